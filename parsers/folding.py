"""Bring printed words to the form in which they are looked up, and read the vocabularies that hold them."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

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
_SPACE = re.compile(r"\s+")
# letters that Unicode does not decompose into a base letter and a mark
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def fold(text: str) -> str:
    """`text` in Unicode NFKC, case-folded, with straight quotes and dashes, single spaces and no invisible characters."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    # Turkish capital dotted I case-folds to i and a combining dot
    return _SPACE.sub(" ", folded.replace("i̇", "i")).strip()


def fold_accents(text: str) -> str:
    """`fold(text)` without accents and vowel marks: what is left when somebody types without them."""
    decomposed = unicodedata.normalize("NFD", fold(text))
    bare = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare).translate(_UNDECOMPOSED)


def load_vocabulary(name: str) -> Any:
    """The content of `vocabulary/<name>.yml`, one of the files that are edited without programming."""
    path = Path(__file__).parent / "vocabulary" / f"{name}.yml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
