"""Opening hours in text: times, spans of times, days of the week, in the languages of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from parsers.cldr import own_data
from parsers.folding import fold, load_words
from parsers.made import Table, kept
from parsers.places import LOCALES

_HOUR = r"(?:[01]?\d|2[0-4])"
_ALWAYS = r"(?<![\d/])(?:24\s?/\s?7|7\s?/\s?7|24\s?/\s?24)(?![\d/])"
_UNIT = r"(?:(?-i:h)|hrs|uhr|uur|am|pm|a\.m|p\.m|часов|ώρες|óra|год)\b"  # "12 H" is the number of a house
_CLOCK = rf"(?<![\d.]){_HOUR}(?::[0-5]\d(?!\d)|\s?(?-i:h)\b(?:\s[0-5]\d\b(?![\s.-]?\d))?|\s?h[0-5]\d\b)"
_SPAN = (
    rf"(?<![\d.]){_HOUR}[.:][0-5]\d\s?[-–—]\s?{_HOUR}[.:][0-5]\d(?![.]?\d)"
    rf"|(?<!\d){_HOUR}(?:[.:][0-5]\d)?\s?[-–—]\s?{_HOUR}(?:[.:][0-5]\d)?\s?{_UNIT}"
)
TIMES = re.compile(rf"{_ALWAYS}|{_SPAN}|{_CLOCK}", re.IGNORECASE)
"""Times of day and spans of them: digits that belong to no telephone number."""

_TIME = re.compile(rf"{TIMES.pattern}|(?<!\d){_HOUR}\s?{_UNIT}|\b24\s?h\b|\b7j/7", re.IGNORECASE)
_BARE_SPAN = re.compile(rf"(?<![\d/-]){_HOUR}\s*[-–—]\s*{_HOUR}(?![\d/-])")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_FEWEST_DAYS = 2


def is_hours(text: str, *, spans: bool = False) -> bool:
    """Whether `text` tells opening hours: a time, two days of the week, a word such as "daily".

    With `spans`, "9-17" counts too, which elsewhere may be the number of a house.
    """
    if _TIME.search(text) or (spans and _BARE_SPAN.search(text)):
        return True
    folded = fold(text)
    days = [word for found in _WORD.findall(folded) for word in _names(found)]
    return len(days) >= _FEWEST_DAYS or bool(_said().search(folded))


def is_days(text: str) -> bool:
    """Whether `text` holds days of the week, and no other word."""
    words = _WORD.findall(fold(text))
    return bool(words) and all(any(_names(word)) for word in words)


def _names(word: str) -> Iterator[str]:
    known = _days()
    for part in (word,) if word in known else word.split("-"):
        if part in known:
            yield part


@cache
def _said() -> re.Pattern[str]:
    words = "|".join(re.escape(fold(word)) for word in load_words("hours"))
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


@cache
def _days() -> Table:
    """The days of the week, written out, in the languages of `LOCALES` (Unicode CLDR): names, which stand for nothing."""
    return kept("days", *TABLES["days"])


def _make_days() -> Table:
    names: set[str] = set()
    for locale in LOCALES:
        contexts = own_data(locale).get("days", {})
        for context in ("format", "stand-alone"):
            wide = contexts.get(context, {}).get("wide", {})
            names.update(fold(name) for name in wide.values() if isinstance(name, str))
    plurals = {f"{name}s" for name in names if name.isascii()}
    forms = {form for name in names | plurals for form in (name, name.removesuffix("-feira")) if len(form) > 2}
    return dict.fromkeys(sorted(forms), "")


TABLES: dict[str, tuple[str, Callable[[], Table]]] = {"days": ("hours", _make_days)}
"""The tables of `parsers.made` that this module makes: the vocabulary that each is made of, and how."""
