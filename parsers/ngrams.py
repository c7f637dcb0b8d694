"""Word -> its log-likelihood in each language, by langdetect's own character n-grams (Nakatani 2010).

`langdetect.detect` draws n-grams at random until it is sure of one language for the whole text. Here its tables are read in
full, as a naive Bayes, word by word: a text can be in several languages, and every run says the same. Of its n-grams of 1 to 3
characters the single ones are left out, since pairs tell what they do. All words asked for are looked up at once.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from parsers.scripts import script

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

_WRITTEN = 0.001
"""A letter that makes up this share of a language's text is one of its own."""
# Where characters are met that langdetect's mapping brings to a letter or to a blank, besides Latin letters themselves.
_LATIN_BLOCKS = (range(0x250), range(0x1E00, 0x1F00), range(0x2000, 0x2070))
# An n-gram in other scripts is one number: each character takes as many bits as Unicode has.
_BITS = np.uint64(21)
_NONE = chr(0x10FFFF) * 3
"""Stands for what is in no table: the last of all n-grams, of characters that are none."""


class NGrams:
    """The tables, read once; read only, hence safe to share by threads."""

    def __init__(self) -> None:
        # Imported here: who only imports this module does not pay for the tables.
        from langdetect.detector import Detector
        from langdetect.utils.ngram import NGram

        tags, columns, grams, shares = _read()
        main, writers = _find_writers(grams, columns, shares, len(tags))
        order = np.argsort([script != "LATIN" for script in main], kind="stable")
        self.tags: tuple[str, ...] = tuple(tags[column] for column in order.tolist())
        """The languages that have a table (BCP 47): the primary subtag, sorted; first those written in Latin letters."""
        self.latin = main.count("LATIN")
        """How many are written in Latin letters."""
        self.writers: dict[str, npt.NDArray[np.bool_]] = {script: mask[order] for script, mask in writers.items()}
        """Script -> mask of the languages that have letters of it in their tables."""
        columns, smallest = np.argsort(order)[columns], np.float32(Detector.ALPHA_DEFAULT / Detector.BASE_FREQ)
        latin = columns < self.latin
        characters = np.array([*grams, _NONE], "U3").view(np.uint32).reshape(-1, 3)
        self._latin = _Latin(characters[:-1][latin], columns[latin], shares[latin], smallest, NGram.normalize)
        latin[:] = ~latin
        others = characters[np.append(latin, True)]
        self._others = _Others(others, columns[latin] - self.latin, shares[latin], smallest, NGram.normalize)

    def logs(self, words: Sequence[str], latin: bool) -> Floats:
        """The sum of the log-shares of the n-grams of each of `words` in each language: shape (words, languages).

        `latin` words are in Latin letters, and their columns are the languages that are written in them; those of other words
        are the other languages.
        """
        # Each word stands between two blanks of its own, so that an n-gram over the seam of two words has two blanks in it.
        text = f"  {'  '.join(words)}  "
        if not unicodedata.is_normalized("NFC", text):
            words = [unicodedata.normalize("NFC", word) for word in words]
            text = f"  {'  '.join(words)}  "
        starts = np.fromiter(accumulate([0, *[len(word) + 2 for word in words[:-1]]]), np.intp, len(words))
        return (self._latin if latin else self._others).logs(text, starts)


def _table(rows: Places, columns: Places, shares: Floats, smallest: np.float32) -> Floats:
    """The log-shares, and behind them a row of zeros for n-grams that no language has, which tell nothing."""
    table = np.zeros((rows.max() + 2, columns.max() + 1), np.float32)
    np.maximum.at(table, (rows, columns), shares)
    table += smallest
    np.log(table, out=table)
    table[-1] = 0.0
    return table


class _Latin:
    """The tables of languages in Latin letters, of which there are so few that each three have a place of their own."""

    def __init__(
        self,
        characters: npt.NDArray[np.uint32],
        columns: Places,
        shares: Floats,
        smallest: np.float32,
        normalize: Callable[[str], str],
    ) -> None:
        blank = ord(" ")
        letters = [blank, *(c for c in np.unique(characters).tolist() if c and script(chr(c)) == "LATIN")]
        numbers = {letter: number for number, letter in enumerate(letters, 1)}
        # Number 0 is that of all other characters.
        self._size = size = len(letters) + 1
        self._numbers = np.zeros(_LATIN_BLOCKS[-1].stop + 1, np.int32)
        for code in (code for block in _LATIN_BLOCKS for code in block):
            self._numbers[code] = numbers.get(ord(normalize(chr(code))), 0)
        # A pair is taken for three that end with another character.
        inside = np.zeros(characters.max() + 1, np.int32)
        inside[letters] = range(1, size)
        known = inside[characters]
        used = (known[:, 1] > 0) & ((known > 0) == (characters > 0)).all(axis=1)
        known, columns, shares = known[used], columns[used], shares[used]
        keys, rows = np.unique((known[:, 0] * size + known[:, 1]) * size + known[:, 2], return_inverse=True)
        table = _table(rows, columns, shares, smallest)
        # What three characters tell is what the first two tell, and what they tell together.
        self._rows = np.full((size * size, size), len(keys), np.uint16)
        """The row of each three characters in the table."""
        pairs = np.flatnonzero(keys % size == 0)
        self._rows[keys[pairs] // size] = pairs[:, None]
        triples = np.flatnonzero(keys % size)
        table[triples] += table[self._rows[keys[triples] // size, 0]]
        self._rows.ravel()[keys[triples]] = triples
        self._table = table

    def logs(self, text: str, starts: Places) -> Floats:
        """The sums over the n-grams that begin at or behind each of `starts`, until the next of them."""
        code = self._numbers.take(np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32), mode="clip")
        keys = code[:-2] * self._size
        keys += code[1:-1]
        keys *= self._size
        keys += code[2:]
        sums: Floats = np.add.reduceat(self._table.take(self._rows.take(keys), axis=0), starts)
        return sums


class _Others:
    """The tables of languages in other letters: too many to have places of their own, they are looked for."""

    def __init__(
        self,
        characters: npt.NDArray[np.uint32],
        columns: Places,
        shares: Floats,
        smallest: np.float32,
        normalize: Callable[[str], str],
    ) -> None:
        self._normal = _Normal(normalize)
        codes = characters.astype(np.uint64)
        keys = codes[:, 0] | codes[:, 1] << _BITS | codes[:, 2] << (_BITS + _BITS)
        self._keys, rows = np.unique(keys, return_inverse=True)
        self._table = _table(rows[:-1], columns, shares, smallest)

    def logs(self, text: str, starts: Places) -> Floats:
        """As `_Latin.logs`."""
        code = np.frombuffer(text.translate(self._normal).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
        keys = np.empty((len(code) - 2, 2), np.uint64)
        keys[:, 0] = code[:-2] | code[1:-1] << _BITS
        keys[:, 1] = keys[:, 0] | code[2:] << (_BITS + _BITS)
        # What has a blank in its middle, or is all blank, is in no table.
        wanted = keys.ravel()
        rows = self._keys.searchsorted(wanted)
        rows[self._keys.take(rows) != wanted] = len(self._keys) - 1
        sums: Floats = np.add.reduceat(self._table.take(rows, axis=0), 2 * starts)
        return sums


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
    places: dict[str, list[int]] = defaultdict(list)
    for place in np.flatnonzero(np.fromiter(map(len, grams), np.intp, len(grams)) == 1).tolist():
        if grams[place].isalpha():
            places[script(grams[place])].append(place)
    totals = [np.bincount(columns[some], shares[some], width) for some in places.values()]
    written = {name: np.zeros(width, bool) for name in places}
    for name, some in places.items():
        written[name][columns[some][shares[some] > _WRITTEN]] = True
    names, main = list(places), np.stack(totals).argmax(axis=0)
    return [names[place] for place in main.tolist()], {name: mask for name, mask in written.items() if mask.any()}


class _Normal(dict[int, int]):
    """langdetect's mapping of characters, one at a time as they are met."""

    def __init__(self, normalize: Callable[[str], str]) -> None:
        super().__init__()
        self._normalize = normalize

    def __missing__(self, code: int) -> int:
        self[code] = mapped = ord(self._normalize(chr(code)))
        return mapped
