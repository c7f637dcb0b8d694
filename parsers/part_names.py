"""What the parts of one organisation are called: its offices, departments and desks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from parsers.folding import fold, load_vocabulary
from parsers.localities import read_locality
from parsers.model import Block, Line

_WORD = re.compile(r"[^\W_]+")
_LONGEST_PARTICLE = 3
_MOST_OTHER_WORDS = 1
# An address is a few short lines; its town stands among the first of them.
_MOST_LINES = 5
_LONGEST_LINE = 80


def heads_office(label: str, lines: Sequence[Line] | Sequence[Block]) -> bool:
    """Whether a heading is called like a part of an organisation, and has its address below: "Bureau de Gand", "Leeds office"."""
    if not mostly_says(fold(label), "parts"):
        return False
    texts = [line.text for line in lines[:_MOST_LINES]]
    return any(len(text) <= _LONGEST_LINE and read_locality(text, None, first=False) for text in texts)


def mostly_says(text: str, section: str) -> bool:
    """Whether a folded text holds a word of the vocabulary and hardly another: "Leeds office", "Bureau de Gand"."""
    if any(phrase in text for phrase in _phrases(section)):
        return True
    words = [word for word in _WORD.findall(text) if len(word) > _LONGEST_PARTICLE or word in _words(section)]
    known = sum(word in _words(section) for word in words)
    return bool(known) and len(words) - known <= _MOST_OTHER_WORDS


@cache
def _entries(section: str) -> frozenset[str]:
    return frozenset(fold(word) for words in load_vocabulary("parts")[section].values() for word in words)


@cache
def _words(section: str) -> frozenset[str]:
    return frozenset(entry for entry in _entries(section) if " " not in entry)


@cache
def _phrases(section: str) -> frozenset[str]:
    return frozenset(entry for entry in _entries(section) if " " in entry)
