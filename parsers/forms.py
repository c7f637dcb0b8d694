"""What form a label has."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from parsers.folding import KEPT, fold, load_vocabulary

_SENTENCE = re.compile(r"\s\S*[^\W\d_]{3}[.?;]\s|://|@|…")
_LONGEST_UNKNOWN = 60
_MOST_WORDS = 8


def label_like(text: str) -> bool:
    """Whether a text that no vocabulary knows may be a label: it has the form of one, and is no word as "Note" is."""
    return has_label_form(text) and fold(text) not in _no_labels()


def has_label_form(text: str) -> bool:
    """Whether a text has the form of a label: a few words, no sentence, no number, no address."""
    return 1 < len(text) <= _LONGEST_UNKNOWN and _has_label_form(text)


@lru_cache(maxsize=KEPT)
def _has_label_form(text: str) -> bool:
    if len(text.split()) > _MOST_WORDS or not any(map(str.isalpha, text)):
        return False
    if _SENTENCE.search(text) or text.endswith((".", "!", ",", ";")):
        return False
    letters = sum(map(str.isalpha, text))
    digits = sum(map(str.isdigit, text))
    return digits <= letters


@cache
def _no_labels() -> frozenset[str]:
    """Words that a colon follows although they name no fact: "Note", "Hinweis", ..."""
    return frozenset(fold(word) for words in load_vocabulary("no_labels").values() for word in words)
