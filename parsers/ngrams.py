"""Word -> its log-likelihood in each language, by langdetect's own character n-grams (Nakatani 2010).

`langdetect.detect` draws n-grams at random until it is sure of one language for the whole text. Here its tables are read in
full, as a naive Bayes, word by word: a text can be in several languages, and every run says the same. Of its n-grams of 1 to 3
characters the single ones are left out, since pairs tell what they do. All words asked for are looked up at once.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from parsers.made import FOLDER
from parsers.scripts import script

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
Arrays = Mapping[str, npt.NDArray[Any]]

_WRITTEN = 0.001
"""A letter that makes up this share of a language's text is one of its own."""
# Where characters are met that langdetect's mapping brings to a letter or to a blank, besides Latin letters themselves.
_LATIN_BLOCKS = (range(0x250), range(0x1E00, 0x1F00), range(0x2000, 0x2070))
# An n-gram in other scripts is one number: each character takes as many bits as Unicode has.
_BITS = np.uint64(21)
FILE = FOLDER / "ngrams.npz"
"""`make` as a file: reading it takes a tenth of making it. `parsers.making` writes it."""


class NGrams:
    """The tables, read once; read only, hence safe to share by threads."""

    def __init__(self) -> None:
        arrays = read()
        self.tags: tuple[str, ...] = tuple(arrays["tags"].tolist())
        """The languages that have a table (BCP 47): the primary subtag, sorted; first those written in Latin letters."""
        self.latin = int(arrays["latin"])
        """How many are written in Latin letters."""
        self.writers: dict[str, npt.NDArray[np.bool_]] = dict(
            zip(arrays["scripts"].tolist(), arrays["writers"], strict=True)
        )
        """Script -> mask of the languages that have letters of it in their tables."""
        self._latin = _Latin(arrays["numbers"], arrays["latin_keys"], _dense(arrays, "latin", self.latin))
        self._others = _Others(arrays["others_keys"], _dense(arrays, "others", len(self.tags) - self.latin))

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


def _dense(arrays: Arrays, name: str, width: int) -> Floats:
    """The log-shares, and behind them a row of zeros for n-grams that no language has, which tell nothing."""
    counts = arrays[f"{name}_counts"]
    table = np.full((len(counts) + 1, width), arrays["least"], np.float32)
    table[np.arange(len(counts)).repeat(counts), arrays[f"{name}_columns"]] = arrays[f"{name}_logs"]
    table[-1] = 0.0
    return table


class _Latin:
    """The tables of languages in Latin letters, of which there are so few that each three have a place of their own."""

    def __init__(self, numbers: npt.NDArray[np.uint16], keys: npt.NDArray[np.int32], table: Floats) -> None:
        self._numbers = numbers.astype(np.int32)
        # Number 0 is that of all other characters.
        self._size = size = int(numbers.max()) + 1
        # What three characters tell is what the first two tell, and what they tell together.
        self._rows = np.full((size * size, size), len(keys), np.uint16)
        """The row of each three characters in the table."""
        # A pair is taken for three that end with another character.
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

    def __init__(self, keys: npt.NDArray[np.uint64], table: Floats) -> None:
        self._normal = _Normal()
        self._keys = keys
        self._table = table

    def logs(self, text: str, starts: Places) -> Floats:
        """As `_Latin.logs`."""
        code = np.frombuffer(text.translate(self._normal).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
        keys = np.empty((len(code) - 2, 2), np.uint64)
        keys[:, 0] = code[:-2] | code[1:-1] << _BITS
        keys[:, 1] = keys[:, 0] | code[2:] << (_BITS + _BITS)
        # What has a blank in its middle, or is all blank, is in no table.
        wanted = keys.ravel()
        rows = self._keys.searchsorted(wanted)
        rows[self._keys.take(rows, mode="clip") != wanted] = len(self._keys)
        sums: Floats = np.add.reduceat(self._table.take(rows, axis=0), 2 * starts)
        return sums


def read() -> Arrays:
    """What `make` gives: from its file, where that was made of what is there now."""
    try:
        with np.load(FILE) as stored:
            if stored["of"] == _made_of():
                return dict(stored)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        pass
    return make()


def _made_of() -> str:
    return f"langdetect {version('langdetect')}, Unicode {unicodedata.unidata_version}"


def make() -> Arrays:
    """The tables of langdetect as arrays.

    `tags` are the languages, the first `latin` of which are written in Latin letters; `writers` has, for each of `scripts`, which
    have letters of it. For n-grams in Latin letters and for `others`: `keys` are their numbers, sorted; `counts` in how many
    languages each is; `columns` which these are, and `logs` the logarithm of its share there; `least` is that of one that a
    language does not have. `numbers` are those of characters, from 1, in the keys of Latin letters.
    """
    from langdetect.detector import Detector

    tags, columns, grams, shares = _read()
    main, writers = _find_writers(grams, columns, shares, len(tags))
    order = np.argsort([script != "LATIN" for script in main], kind="stable")
    latin = main.count("LATIN")
    smallest = np.float32(Detector.ALPHA_DEFAULT / Detector.BASE_FREQ)
    columns = np.argsort(order)[columns]
    characters = np.array(grams, "U3").view(np.uint32).reshape(-1, 3)
    numbers, keys, used = _latin_keys(characters)
    used &= columns < latin
    others = columns >= latin
    codes = characters[others].astype(np.uint64)
    other_keys = codes[:, 0] | codes[:, 1] << _BITS | codes[:, 2] << (_BITS + _BITS)
    return {
        "of": np.array(_made_of()),
        "tags": np.array([tags[column] for column in order.tolist()]),
        "latin": np.array(latin),
        "scripts": np.array(list(writers)),
        "writers": np.stack([mask[order] for mask in writers.values()]),
        "least": np.log(smallest),
        "numbers": numbers,
        **_sparse("latin", keys[used], columns[used], shares[used], smallest),
        **_sparse("others", other_keys, columns[others] - latin, shares[others], smallest),
    }


def _latin_keys(characters: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint16], Places, npt.NDArray[np.bool_]]:
    """The numbers of Latin letters; those of n-grams; and whether all characters of each have one."""
    letters = [ord(" "), *(c for c in np.unique(characters).tolist() if c and script(chr(c)) == "LATIN")]
    known = {letter: number for number, letter in enumerate(letters, 1)}
    numbers = np.zeros(_LATIN_BLOCKS[-1].stop + 1, np.uint16)
    for code in (code for block in _LATIN_BLOCKS for code in block):
        numbers[code] = known.get(ord(_normalize(chr(code))), 0)
    inside = np.zeros(characters.max() + 1, np.int32)
    inside[letters] = range(1, len(letters) + 1)
    places = inside[characters]
    used = (places[:, 1] > 0) & ((places > 0) == (characters > 0)).all(axis=1)
    size = len(letters) + 1
    return numbers, (places[:, 0] * size + places[:, 1]) * size + places[:, 2], used


def _sparse(name: str, keys: Places, columns: Places, shares: Floats, smallest: np.float32) -> Arrays:
    unique, rows = np.unique(keys, return_inverse=True)
    # Chinese has two profiles in one column.
    table = np.zeros((len(unique), columns.max() + 1), np.float32)
    np.maximum.at(table, (rows, columns), shares)
    return {
        f"{name}_keys": unique,
        f"{name}_counts": (table > 0).sum(axis=1, dtype=np.uint8),
        f"{name}_columns": table.nonzero()[1].astype(np.uint8),
        f"{name}_logs": np.log(table[table > 0] + smallest),
    }


def _normalize(char: str) -> str:
    # Imported here: who reads the kept tables does not pay for it.
    from langdetect.utils.ngram import NGram

    normal: str = NGram.normalize(char)
    return normal


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

    def __missing__(self, code: int) -> int:
        self[code] = mapped = ord(_normalize(chr(code)))
        return mapped
