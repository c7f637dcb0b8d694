"""Text -> words, by writing system: what can be told of a language before any statistics.

Scripts are those of Unicode Standard Annex 24, read from the names that the Unicode Character Database gives to letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

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

# langdetect's own patterns, widened to addresses without a scheme: their letters are in no language.
_ADDRESS = r"https?://\S+|www\.\S+|[-\w.+]{1,64}@[-\w]{1,255}(?:\.[-\w]{1,63})+"

_TOKEN = re.compile(rf"(?P<address>{_ADDRESS})|(?P<word>{_WORD}(?:['’ʼ]{_WORD})*|[{_LETTERS_ALONE}]{{1,4}})")

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


class Word(NamedTuple):
    """A word, and its place in the text. `spoken` is false for URLs and e-mail addresses, which are in no language."""

    start: int
    end: int
    text: str
    spoken: bool


def words(text: str) -> list[Word]:
    """The words of `text`, in order: every letter is in exactly one of them.

    An elided article stays with its noun ("l'écoute"); scripts without blanks come in pieces of up to four characters.
    """
    return [
        Word(match.start(), match.end(), match.group(), match.lastgroup == "word") for match in _TOKEN.finditer(text)
    ]


@cache
def script(letter: str) -> str:
    """The script of a letter as Unicode's name of it begins ("LATIN", "CYRILLIC", "CJK"), empty where it has none."""
    return unicodedata.name(letter, "").partition(" ")[0]
