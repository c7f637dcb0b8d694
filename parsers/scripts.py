"""Text -> words, by writing system: what can be told of a language before any statistics.

Scripts are those of Unicode Standard Annex 24, read from the names that the Unicode Character Database gives to letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LETTERS_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u9fff\uf900-\ufaff"
)
"""Thai, Lao, Burmese, Khmer, kana and Han: scripts that print no blanks between words."""

# Vowel signs and accents are no letters to `re`, but belong to the word that they stand in.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06ed\u0900-\u0963\u0971-\u0dff\u200c\u200d"
)
_LETTER = rf"(?:(?![{_LETTERS_ALONE}])[^\W\d_])"
_WORD = rf"{_LETTER}(?:{_LETTER}|[{_MARKS}])*"
_WORDS = rf"{_WORD}(?:['’ʼ]{_WORD})*|[{_LETTERS_ALONE}]{{1,4}}"
_PLAIN_WORDS = r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*"
_LATIN_LETTERS = "A-Za-z\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_LATIN_WORDS = rf"[{_LATIN_LETTERS}]+(?:['’ʼ][{_LATIN_LETTERS}]+)*"

# langdetect's own patterns, widened to addresses without a scheme: their letters are in no language.
_ADDRESS = r"https?://\S+|www\.\S+|[-\w.+]{1,64}@[-\w]{1,255}(?:\.[-\w]{1,63})+"

# Most texts have no addresses and only letters that need no look at their neighbours, or just Latin ones and punctuation: they
# are cut at several times the speed.
_SPECIAL_LETTERS = re.compile(rf"[{_LETTERS_ALONE}{_MARKS}]")
_NOT_LATIN = re.compile(r"[^\x00-\u024f\u2010-\u206f\u20ac]")
_ADDRESS_SIGNS = ("@", "www.", "http")
_IS_ADDRESS = re.compile(_ADDRESS)

ONLY_LANGUAGE = {
    "ARMENIAN": "hy",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
    "ORIYA": "or",
    "SINHALA": "si",
}
"""Scripts that langdetect has no table for, and the language that is, nearly always, the one written in it (BCP 47)."""


def cut(text: str) -> list[str]:
    """`text` in pieces: what stands before, between and behind its words at even places, the words at odd ones.

    Every letter is in exactly one word. An elided article stays with its noun ("l'écoute"); scripts without blanks come in
    pieces of up to four characters; a URL or e-mail address is one word (`is_address`).
    """
    if text.isascii() or not _NOT_LATIN.search(text):
        words = _LATIN_WORDS
    else:
        words = _WORDS if _SPECIAL_LETTERS.search(text) else _PLAIN_WORDS
    return _cutter(words, any(sign in text for sign in _ADDRESS_SIGNS)).split(text)


@cache
def _cutter(words: str, addressed: bool) -> re.Pattern[str]:
    return re.compile(f"({_ADDRESS}|{words})" if addressed else f"({words})")


def is_address(word: str) -> bool:
    """Whether a word, as `cut` gives it, is a URL or an e-mail address, which are in no language."""
    return _IS_ADDRESS.fullmatch(word) is not None


@cache
def script(letter: str) -> str:
    """The script of a letter as Unicode's name of it begins ("LATIN", "CYRILLIC", "CJK"), empty where it has none."""
    return unicodedata.name(letter, "").partition(" ")[0]
