"""How often a word is used in each language: the strongest evidence there is for a few words.

Word lists tell apart what letters do not ("sale" in English, French and Italian; "en" in Dutch, French, Spanish and Swedish),
and the share of each word in a language's text is what a naive Bayes asks for. The lists are wordfreq's (Speer 2022).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "vocabulary" / "frequencies.npz"
FLOOR = -16.0
"""The logarithm of the frequency that words are taken to have in whose list they are not."""
STEP = 1 / 15
"""Frequencies are kept as one byte: the negative of their natural logarithm, in such steps."""


def key(word: str) -> int:
    """What the file knows a word by: of a million words about a hundred share one."""
    return crc32(word.encode("utf-8", errors="replace"))


def bare(word: str) -> str:
    """`word` without accents, as it is printed where the keyboard has none."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


class Frequencies:
    """The lists, read once; read only, hence safe to share by threads."""

    def __init__(self) -> None:
        with np.load(FILE) as stored:
            self.tags: tuple[str, ...] = tuple(stored["tags"].tolist())
            """The languages that have a list (BCP 47)."""
            self._keys = np.cumsum(stored["steps"], dtype=np.uint32)
            self._columns = stored["columns"]
            self._levels = stored["levels"]
            self._counts = stored["counts"]
            self._ends = np.cumsum(self._counts, dtype=np.int32)

    def set_columns(self, columns: Sequence[int], width: int) -> None:
        """Say in which of `width` columns of `logs` each language that has a list is."""
        self._columns = np.array(columns, np.uint8)[self._columns]
        self._empty = np.full((1, width), FLOOR, np.float32)

    def logs(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Logarithm of the frequency of each of `words` (folded) in each language, `FLOOR` at least: (words, languages)."""
        result = self._empty.repeat(len(words), axis=0)
        # No word has a blank in it.
        wanted = np.fromiter(map(crc32, " ".join(words).encode("utf-8", "replace").split(b" ")), np.uint32, len(words))
        places = self._keys.searchsorted(wanted)
        rows = (self._keys.take(places, mode="clip") == wanted).nonzero()[0]
        places = places[rows]
        counts = self._counts.take(places)
        entries = (self._ends.take(places) - counts.cumsum(dtype=np.int32)).repeat(counts)
        entries += np.arange(len(entries), dtype=np.int32)
        result[rows.repeat(counts), self._columns.take(entries)] = self._levels.take(entries) * np.float32(-STEP)
        return result
