"""The words of addresses (`vocabulary/address_words.yml`) as regular expressions."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from parsers.folding import load_vocabulary, longest_first

Kind = Literal["street", "street_end", "box", "postcode", "region", "town", "inside"]


@cache
def word(kind: Kind) -> str:
    """An expression for the words of a kind; in words of several letters blanks may be dots, or left out ("P.O. Box", "BP")."""
    words = longest_first(load_vocabulary("address_words")[kind])
    whole = "|".join(_spaced(word) for word in words if not word.startswith("-"))
    ends = "|".join(re.escape(word[1:]) for word in words if word.startswith("-"))
    compounds = rf"|\w(?:{ends})" if ends else ""
    return rf"(?:(?<!\w)(?:{whole}){compounds})(?!\w)\.?"


def _spaced(text: str) -> str:
    return re.escape(text).replace(r"\ ", r"\.?\s?")


@cache
def pattern(kind: Kind) -> re.Pattern[str]:
    """The words of a kind, compiled, without regard to case."""
    return re.compile(word(kind), re.IGNORECASE)


@cache
def box() -> re.Pattern[str]:
    """A box at the post office: its word and a number, or the word alone at the end of a part ("Postfach, 3001 Bern")."""
    return re.compile(rf"{word('box')}(?:\s*(?:n[ro°º]\.?)?\s*[A-Z]?\d|\s*(?:$|,))", re.IGNORECASE)


@cache
def house_number() -> re.Pattern[str]:
    """A number as streets have it: before the name or after it."""
    return re.compile(
        r"^(?:n[ro°º]?\.?\s?)?\d{1,5}\s?[a-z]?(?:[-–/]\d{1,5}[a-z]?)?(?:\s?(?:bis|ter|quater))?[,\s]\s*[^\W\d]"
        r"|[^\W\d][\w'’]*\.?,?\s(?:n[ro°ºr.:]*\s?|nº\s?|#\s?|д\.?\s?|№\s?)?\d{1,5}\s?[a-zA-Z]?(?:$|[\s,/#-])|\bs/n\b",
        re.IGNORECASE,
    )
