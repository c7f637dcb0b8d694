"""Bring printed words to the form in which they are looked up, and read the vocabularies that hold them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any
from zlib import crc32

from parsers import made

_QUOTES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "ـ": None,  # Arabic tatweel only stretches a word
        "\u200b": None,
        "\u200e": None,
        "\u200f": None,
        "\u00ad": None,
    }
)
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
"""The forms as wide as an ideogram that East Asian text gives letters, digits and signs, for `str.translate`."""
_BETWEEN = "\ue000"  # for private use: in no text, and neither a space nor a letter to any rule of Unicode
_QUOTED = re.compile(f"[{''.join(map(chr, _QUOTES))}]")
_DIGIT = re.compile(r"\d")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# letters that Unicode does not decompose into a base letter and a mark
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WHOLE = re.compile(f"[{''.join(map(chr, _UNDECOMPOSED))}]")


KEPT = 1 << 16
"""So many short texts are remembered with what was found out about them: those of a batch of pages, or of one very long page."""
# Longer texts are hardly met twice; labels, menu entries and names are, on page after page.
_LONGEST_KEPT = 120


def clean(text: str) -> str:
    """The text as tables may hold it: Unicode NFC, which looks the same, and without control characters, which nobody sees.

    White space among these stays (tab, line feed and the like). So do the invisible ones that make a difference to readers, such
    as the joiners of Persian and the direction marks of Hebrew.
    """
    text = _CONTROL.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def has_digit(text: str) -> bool:
    """Whether a text has a decimal digit of any script."""
    if text.isascii():
        return len(text.encode().translate(None, b"0123456789")) < len(text)
    return _DIGIT.search(text) is not None


def fold(text: str) -> str:
    """`text` in Unicode NFKC, case-folded, with straight quotes and dashes, single spaces and no invisible characters."""
    return _fold_short(text) if len(text) <= _LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():  # most texts are, and nothing but case, the back quote and white space is folded then
        return " ".join(text.lower().replace("`", "'").split())
    folded = unicodedata.normalize("NFKC", text)
    if _QUOTED.search(folded):
        folded = folded.translate(_QUOTES)
    # Turkish capital dotted I case-folds to i and a combining dot
    return " ".join(folded.casefold().replace("i̇", "i").split())


def fold_accents(text: str) -> str:
    """`fold(text)` without accents and vowel marks: what is left when somebody types without them."""
    return _fold_accents_short(text) if len(text) <= _LONGEST_KEPT else _fold_accents(text)


def _fold_accents(text: str) -> str:
    if text.isascii():
        return fold(text)
    decomposed = unicodedata.normalize("NFD", fold(text))
    marks = "".join(char for char in set(decomposed) if char > "\u02ff" and _is_mark(char))
    if marks:
        decomposed = re.sub(f"[{marks}]+", "", decomposed)
    bare = unicodedata.normalize("NFC", decomposed)
    return bare.translate(_UNDECOMPOSED) if _WHOLE.search(bare) else bare


@cache
def _is_mark(char: str) -> bool:
    return unicodedata.category(char) == "Mn"


_fold_short = lru_cache(maxsize=KEPT)(_fold)
_fold_accents_short = lru_cache(maxsize=KEPT)(_fold_accents)


def fold_many(texts: Iterable[str]) -> list[tuple[str, str]]:
    """`fold` and `fold_accents` of many texts, as pairs: folded as one text, which takes a fraction of the time."""
    whole = _BETWEEN.join(texts)
    folded, bare = (form.split(_BETWEEN) for form in (fold(whole), fold_accents(whole)))
    return [(one.strip(), other.strip()) for one, other in zip(folded, bare, strict=True)]


def load_words(name: str) -> list[str]:
    """All words of a vocabulary that lists words by language, the longest first, each once."""
    return longest_first(word for words in load_vocabulary(name).values() for word in words)


def longest_first(words: Iterable[str]) -> list[str]:
    """`words`, each once, in the order in which a regular expression tries them without missing a longer one."""
    return sorted(set(words), key=lambda word: (-len(word), word))


@cache
def load_vocabulary(name: str) -> Any:
    """The content of `vocabulary/<name>.yml`, one of the files that are edited without programming."""
    source = (made.VOCABULARY / f"{name}.yml").read_bytes()
    kept = _kept().get(name, {})
    if kept.get("of") == crc32(source):
        return kept["content"]
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
    return yaml.load(source, Loader=loader)  # noqa: S506


@cache
def _kept() -> dict[str, Any]:
    """The vocabularies as they were when `parsers.making` ran, which are read in a tenth of the time."""
    return made.read("vocabularies")
