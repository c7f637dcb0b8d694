"""Which kinds of contact a line may hold, by their form alone: a look before they are read."""

from __future__ import annotations

import re

from parsers.folding import has_digit
from parsers.model import Block

_EMAIL = re.compile(r"[\w.+-]@[\w-]|\w\s?[\[(]at[\])]\s?\w", re.I)
_URL = re.compile(r"https?://|\bwww\.", re.I)
_NUMBER = re.compile(r"\+?\(?\d[\d ()/.\xa0-]{5,}\d")
_DATE = re.compile(r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{4}\s?[-–]\s?\d{4}\b")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15


def contact_kinds(block: Block) -> set[str]:
    """The kinds of contact that a line holds, by their form."""
    schemes = {link.href.partition(":")[0].lower() for link in block.links} if block.links else ()
    kinds = set()
    if block.hidden or "mailto" in schemes or may_be_email(block.text):
        kinds.add("email")
    if "tel" in schemes or _may_be_phone(block.text):
        kinds.add("phone")
    if may_be_url(block.text):
        kinds.add("url")
    return kinds


def may_be_email(text: str) -> bool:
    """Whether an e-mail address may be printed or spelled out in a text."""
    return ("@" in text or "(" in text or "[" in text) and _EMAIL.search(text) is not None


def may_be_url(text: str) -> bool:
    """Whether an address of the web is in a text."""
    return ("://" in text or "www." in text.lower()) and _URL.search(text) is not None


def _may_be_phone(text: str) -> bool:
    if not has_digit(text):
        return False
    numbers = _NUMBER.finditer(_DATE.sub(" ", text))
    return any(_FEWEST_DIGITS <= sum(map(str.isdigit, found.group())) <= _MOST_DIGITS for found in numbers)
