"""Finding the words of a vocabulary in a short text, however many words it has."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from parsers.folding import KEPT, fold_accents
from parsers.frozen import lightly
from parsers.made import Table

_WORD = re.compile(r"\w+")
_SHORTEST_PART = 2


@lightly(frozen=True, slots=True)
class _Entry:
    """A word or phrase of the vocabulary, and what it stands for.

    `ends`: the first of its words may be the end of a compound; `begins`: the last may be the beginning of one.
    """

    words: tuple[str, ...]
    ends: bool
    begins: bool
    meaning: str


def index_words(entries: Iterable[tuple[str, str]]) -> Table:
    """The words of a vocabulary, each with what it stands for (without blanks), as a `WordFinder` looks them up.

    Case and accents do not matter. A hyphen stands for the rest of a compound, as in a dictionary (-verein, universität-).
    """
    found: dict[str, list[str]] = defaultdict(list)
    for text, meaning in entries:
        words = _WORD.findall(fold_accents(text))
        if not words:
            continue
        begin, end = "-" if text.startswith("-") else "", "-" if text.endswith("-") else ""
        first = f"{begin}{words[0]}{end if len(words) == 1 and not begin else ''}"
        found[first].append(f"{meaning} {begin}{' '.join(words)}{end}")
    return {first: "\n".join(known) for first, known in found.items()}


class WordFinder:
    """The words of a vocabulary in the form that `index_words` gives, each with what it stands for.

    A text takes a few look-ups a word, where a pattern of all words would be tried at every letter.
    """

    def __init__(self, known: Table) -> None:
        self._seen: dict[str, tuple[_Entry, ...]] = {}
        self._index = known

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """The words of the vocabulary in a text: first and last word of the text (end exclusive), and what it stands for."""
        words = _WORD.findall(fold_accents(text))
        return [
            (n, n + len(entry.words), entry.meaning)
            for n, word in enumerate(words)
            for entry in self._known(word)
            if self._fits(entry, words[n : n + len(entry.words)])
        ]

    def _known(self, word: str) -> tuple[_Entry, ...]:
        known = self._seen.get(word)
        if known is None:
            if len(self._seen) >= KEPT:
                self._seen.clear()
            known = self._seen[word] = tuple(self._starting(word))
        return known

    def _starting(self, word: str) -> Iterator[_Entry]:
        yield from self._entries(word)
        for length in range(_SHORTEST_PART, len(word) + 1):
            yield from self._entries(f"{word[:length]}-")
            yield from self._entries(f"-{word[-length:]}")

    def _entries(self, first: str) -> Iterator[_Entry]:
        for told in self._index.get(first, "").splitlines():
            meaning, _, text = told.partition(" ")
            yield _Entry(tuple(text.strip("-").split(" ")), text.startswith("-"), text.endswith("-"), meaning)

    @staticmethod
    def _fits(entry: _Entry, words: list[str]) -> bool:
        if len(words) < len(entry.words):
            return False
        for n, (wanted, word) in enumerate(zip(entry.words, words, strict=True)):
            beginning = entry.begins and n == len(words) - 1
            end = entry.ends and n == 0
            told = (
                wanted in word if beginning and end else word.startswith(wanted) if beginning else word.endswith(wanted)
            )
            if not (told if beginning or end else word == wanted):
                return False
        return True
