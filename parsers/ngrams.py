"""Word -> its log-likelihood in each language, by langdetect's own character n-grams (Nakatani 2010).

`langdetect.detect` draws n-grams at random until it is sure of one language for the whole text. Here its tables are read in
full, as a naive Bayes, word by word: a text can be in several languages, and every run says the same. Of its n-grams of 1 to 3
characters the single ones are left out, since pairs tell what they do. All words asked for are looked up at once.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parsers.scripts import script

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

_WRITTEN = 0.001
"""A letter that makes up this share of a language's text is one of its own."""
# An n-gram is one number: each character takes as many bits as Unicode has.
_BITS = np.uint64(21)
_NONE = chr(0x10FFFF) * 3
"""Stands for what is in no table: the last of all n-grams, of characters that are none."""
_SLOT_BITS = 19
# Knuth's multiplicative hashing: 2 to the 64th over the golden ratio.
_FACTOR, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(64 - _SLOT_BITS)


class NGrams:
    """The tables, read once; read only, hence safe to share by threads."""

    def __init__(self) -> None:
        # Imported here: who only imports this module does not pay for the tables.
        from langdetect.detector import Detector
        from langdetect.utils.ngram import NGram

        self._normal = _Normal(NGram.normalize)
        tags, columns, grams, shares = _read()
        main, writers = _find_writers(grams, columns, shares, len(tags))
        order = np.argsort([script != "LATIN" for script in main], kind="stable")
        self.tags: tuple[str, ...] = tuple(tags[column] for column in order.tolist())
        """The languages that have a table (BCP 47): the primary subtag, sorted; first those written in Latin letters."""
        self.latin = main.count("LATIN")
        """How many are written in Latin letters."""
        self.writers: dict[str, npt.NDArray[np.bool_]] = {script: mask[order] for script, mask in writers.items()}
        """Script -> mask of the languages that have letters of it in their tables."""
        characters = np.array([*grams, _NONE], "U3").view(np.uint32).reshape(-1, 3).astype(np.uint64)
        keys = characters[:, 0] | characters[:, 1] << _BITS | characters[:, 2] << (_BITS + _BITS)
        self._keys, rows = np.unique(keys, return_inverse=True)
        self._hash()
        columns, smallest = np.argsort(order)[columns], np.float32(Detector.ALPHA_DEFAULT / Detector.BASE_FREQ)
        self._tables = []
        for first, last in ((0, self.latin), (self.latin, len(tags))):
            mine = (columns >= first) & (columns < last)
            table = np.zeros((len(self._keys), last - first), np.float32)
            np.maximum.at(table, (rows[:-1][mine], columns[mine] - first), shares[mine])
            table += smallest
            np.log(table, out=table)
            # The last row is that of n-grams that no language has, which tell nothing.
            table[-1] = 0.0
            self._tables.append(table)

    def _hash(self) -> None:
        """Find the n-grams by a table of slots, and those whose slot another one has by bisection."""
        slots = (self._keys * _FACTOR) >> _SHIFT
        numbers = np.arange(len(self._keys), dtype=np.int32)
        self._slots = np.full(1 << _SLOT_BITS, numbers[-1], np.int32)
        self._slots[slots] = numbers
        self._crowded_rows = numbers[self._slots[slots] != numbers]
        self._crowded = self._keys[self._crowded_rows]

    def logs(self, words: Sequence[str], latin: bool) -> Floats:
        """The sum of the log-shares of the n-grams of each of `words` in each language: shape (words, languages).

        `latin` words are in Latin letters, and their columns are the languages that are written in them; those of other words
        are the other languages.
        """
        composed = [word if word.isascii() else unicodedata.normalize("NFC", word) for word in words]
        sizes = np.fromiter(map(len, composed), np.intp, len(composed)) + 2
        # Each word stands between two blanks of its own, so that an n-gram over the seam of two words has two blanks in it.
        text = f"  {'  '.join(composed)}  ".translate(self._normal)
        code = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
        before, middle, after = code[:-2], code[1:-1], code[2:]
        keys = np.empty((len(middle), 2), np.uint64)
        keys[:, 0] = before | middle << _BITS
        keys[:, 1] = keys[:, 0] | after << (_BITS + _BITS)
        # What has a blank in its middle, or is all blank, is in no table.
        rows = self._tables[not latin].take(self._rows(keys.ravel()), axis=0)
        sums: Floats = np.add.reduceat(rows, 2 * (np.cumsum(sizes) - sizes))
        return sums

    def _rows(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """Where the n-grams are in the table."""
        rows = self._slots.take((keys * _FACTOR) >> _SHIFT)
        missed = np.flatnonzero(self._keys.take(rows) != keys)
        others = np.searchsorted(self._crowded, keys[missed])
        others[others == len(self._crowded)] = 0
        found = self._crowded.take(others) == keys[missed]
        rows[missed] = np.where(found, self._crowded_rows.take(others), len(self._keys) - 1)
        return rows


def _read() -> tuple[tuple[str, ...], Places, list[str], Floats]:
    """Languages; and for each entry of their tables: column, n-gram, its share among the n-grams of its length.

    Chinese has a profile for each of its scripts: both are of one language.
    """
    from langdetect import PROFILES_DIRECTORY

    paths = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file())
    tags = tuple(sorted({path.name.partition("-")[0] for path in paths}))
    columns, grams, shares = [], [], []
    for path in paths:
        profile = json.loads(path.read_text(encoding="utf-8"))
        column, totals = tags.index(profile["name"].partition("-")[0]), np.array([1, *profile["n_words"]])
        keys = list(profile["freq"])
        counts = np.fromiter(profile["freq"].values(), np.float64, len(keys))
        grams += keys
        columns.append(np.full(len(keys), column))
        shares.append(counts / totals[np.fromiter(map(len, keys), np.intp, len(keys))])
    return tags, np.concatenate(columns), grams, np.concatenate(shares).astype(np.float32)


def _find_writers(
    grams: Sequence[str], columns: Places, shares: Floats, width: int
) -> tuple[list[str], dict[str, npt.NDArray[np.bool_]]]:
    """The script that most of each language's letters are in; and of each script, the languages that have letters in it."""
    written: dict[str, npt.NDArray[np.bool_]] = {}
    totals: dict[str, Floats] = {}
    for place in np.flatnonzero(np.fromiter(map(len, grams), np.intp, len(grams)) == 1).tolist():
        if grams[place].isalpha():
            name = script(grams[place])
            totals.setdefault(name, np.zeros(width, np.float32))[columns[place]] += shares[place]
            written.setdefault(name, np.zeros(width, bool))[columns[place]] |= shares[place] > _WRITTEN
    names, main = list(totals), np.stack(list(totals.values())).argmax(axis=0)
    return [names[place] for place in main.tolist()], {name: mask for name, mask in written.items() if mask.any()}


class _Normal(dict[int, int]):
    """langdetect's mapping of characters, one at a time as they are met."""

    def __init__(self, normalize: Callable[[str], str]) -> None:
        super().__init__()
        self._normalize = normalize

    def __missing__(self, code: int) -> int:
        self[code] = mapped = ord(self._normalize(chr(code)))
        return mapped
