"""Word -> how well it fits each language: log-likelihoods under n-gram models, read deterministically.

Two naive Bayes models are added, each in its own features: langdetect's character n-grams of length 1 to 3 (Nakatani 2010)
and py3langid's byte n-grams chosen for what they tell of the language rather than of the topic (Lui and Baldwin 2011, 2012).
`langdetect.detect` itself draws n-grams at random until it is sure of one language for the whole text; its tables are used
here in full, word by word, so that a text can be in several languages and every run says the same.
"""

from __future__ import annotations

import json
import unicodedata
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from operator import add
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from parsers.folding import load_vocabulary
from parsers.scripts import ONLY_LANGUAGE, script

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

Scores = npt.NDArray[np.float32]
"""One number a language, in the order of `Model.languages`: log-likelihoods relative to the best, which is 0."""

_BOUND = 1 << 16
"""Words whose scores are kept, about 20 MB."""

# n-grams overlap, so that a naive Bayes counts each letter several times over: these weights bring its certainty down to
# what it is worth. They are the best of a coarse grid (docs/decisions/languages.md).
_LANGDETECT_WEIGHT = 0.16
_LANGID_WEIGHT = 0.18
_LEXICON_WEIGHT = 3.3
# However odd a word looks in a language, it may be a name: beyond this, evidence counts for less and less.
_ROBUST = 3.0
_WRONG_SCRIPT = -60.0
"""A word in a script that the language is not written in; but a Latin word may stand in a text in any language."""
_WRITTEN = 0.001
"""A letter that makes up this share of a language's text is one of its own."""
_UNTABLED = -5.0
_RARE = 0.01
"""Per cent of web pages, in languages that the vocabulary does not list."""


_Table = dict[str, float]
"""n-gram -> its share among the n-grams of its length in the text that langdetect was trained on."""


def _read_langdetect() -> dict[str, _Table]:
    """Primary subtag -> table. Chinese has a profile for each of its scripts: of the two shares, the greater."""
    from langdetect import PROFILES_DIRECTORY

    tables: dict[str, _Table] = {}
    for path in sorted(Path(PROFILES_DIRECTORY).iterdir()):
        if not path.is_file():
            continue
        profile = json.loads(path.read_text(encoding="utf-8"))
        totals = profile["n_words"]
        table = tables.setdefault(profile["name"].partition("-")[0], {})
        for gram, count in profile["freq"].items():
            table[gram] = max(count / totals[len(gram) - 1], table.get(gram, 0.0))
    return tables


class Model:
    """The languages known and what is known of each. Built once (`model()`); read only, hence safe to share by threads."""

    def __init__(self) -> None:
        # Imported here: who only imports this module does not pay for the tables.
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        with ThreadPoolExecutor(1) as pool:
            # Decompression, which is most of the time, leaves the interpreter to the other tables.
            identifier = pool.submit(LanguageIdentifier.from_model_file, MODEL_FILE)
            tables = _read_langdetect()
            self._read(tables, identifier.result())

    def _read(self, tables: Mapping[str, _Table], identifier: LanguageIdentifier) -> None:
        others = {label for label in identifier.labels if len(label) == 2} - {"nn", "zx"}
        self.languages: tuple[str, ...] = tuple(sorted(others.union(tables)))
        """BCP 47 primary subtags, sorted."""
        self.index = {language: column for column, language in enumerate(self.languages)}
        self.sole = {letters: self.index[tag] for letters, tag in ONLY_LANGUAGE.items() if tag in self.index}
        """Scripts without a table that only one language is written in, and that language's column."""
        self.tabled = np.array([language in tables for language in self.languages])
        self.common = self.tabled | np.isin(np.arange(len(self.languages)), list(self.sole.values()))
        """Mask of the languages that any text may be in. The others are considered where they are expected."""
        self._read_langdetect(tables)
        self._read_langid(identifier)
        self._read_lexicon()
        self._known: dict[str, Scores] = {}

    def _read_langdetect(self, tables: Mapping[str, _Table]) -> None:
        from langdetect.detector import Detector
        from langdetect.utils.ngram import NGram

        self._compose = NGram.normalize_vi
        self._normal = _Normal(NGram.normalize)
        self._grams: dict[str, int] = {}
        for _, table in sorted(tables.items()):
            for gram in table:
                self._grams.setdefault(gram, len(self._grams))
        shares = np.zeros((len(self._grams), len(tables)), np.float32)
        for column, (_, table) in enumerate(sorted(tables.items())):
            shares[[self._grams[gram] for gram in table], column] = list(table.values())
        self._writers = self._find_writers(shares)
        shares += Detector.ALPHA_DEFAULT / Detector.BASE_FREQ
        self._gram_scores = np.log(shares).astype(np.float16)

    def _find_writers(self, shares: Scores) -> dict[str, npt.NDArray[np.bool_]]:
        """Script -> mask of the languages that are written in it, by the letters in langdetect's tables."""
        result: dict[str, npt.NDArray[np.bool_]] = {}
        for gram, row in self._grams.items():
            if len(gram) == 1 and gram.isalpha():
                mask = result.setdefault(script(gram), ~self.common)
                mask[self.tabled] |= shares[row] > _WRITTEN
        return result

    def _read_langid(self, identifier: LanguageIdentifier) -> None:
        columns = [identifier.nb_classes.index(language) for language in self.languages]
        self._features = identifier.nb_ptc.take(columns, axis=1)
        self._moves = identifier.tk_nextmove
        self._rows = identifier.tk_row
        self._outputs = array("i", identifier.tk_output)

    def _read_lexicon(self) -> None:
        self._lexicon: dict[str, list[int]] = {}
        share = np.full(len(self.languages), _RARE)
        for language, entry in sorted(load_vocabulary("words").items()):
            column = self.index[language]
            share[column] = entry.get("share", share[column])
            listed = {word for key in ("function", "organizations") for word in entry.get(key, "").split()}
            for word in sorted(listed | {_plain(word) for word in listed}):
                self._lexicon.setdefault(word, []).append(column)
        self.prior: Scores = np.log(share / share.sum()).astype(np.float32)
        """Log share of each language among what is printed on the web."""

    def scores(self, words: Sequence[str]) -> Scores:
        """Log-likelihood of each of `words` in each language, relative to its best: shape (words, languages), at most 0."""
        cache = self._known
        found = {word: cache[word] for word in words if word in cache}
        new = [word for word in dict.fromkeys(words) if word not in found]
        if new:
            fresh = dict(zip(new, self._score(new).astype(np.float16), strict=True))
            if len(cache) + len(new) > _BOUND:
                self._known = cache = {}
            cache.update(fresh)
            found |= fresh
        return np.array([found[word] for word in words], np.float32)

    def _score(self, words: Sequence[str]) -> Scores:
        total = np.full((len(words), len(self.languages)), -np.inf, np.float32)
        langdetect = self._sums(self._gram_scores, [self._grams_of(word) for word in words])
        total[:, self.tabled] = langdetect
        # Without a table, nearly as likely as the best: the other model decides.
        total[:, ~self.common] = langdetect.max(axis=1, keepdims=True) + _UNTABLED
        total *= _LANGDETECT_WEIGHT
        total += _LANGID_WEIGHT * self._sums(self._features, [self._features_of(word) for word in words])
        for row, word in enumerate(words):
            lower = word.lower().replace("’", "'")
            for part in {lower, *lower.replace("'", "' ").split()} if "'" in lower else (lower,):
                if part in self._lexicon:
                    total[row, self._lexicon[part]] += _LEXICON_WEIGHT
        total -= total.max(axis=1, keepdims=True)
        # Infinitely unlikely only where a model has no word for it.
        np.maximum(total, _WRONG_SCRIPT, out=total)
        total /= -_ROBUST
        np.log1p(total, out=total)
        total *= -_ROBUST
        for row, word in enumerate(words):
            letters = script(word[0])
            if letters in self.sole:
                total[row] = _WRONG_SCRIPT
                total[row, self.sole[letters]] = 0.0
            elif letters != "LATIN" and letters in self._writers:
                total[row, ~self._writers[letters]] += _WRONG_SCRIPT
        return total

    @staticmethod
    def _sums(table: npt.NDArray[np.floating], rows: Sequence[Sequence[int]]) -> Scores:
        """For each of `rows`, the sum of those rows of `table`."""
        # A row of zeros in front of each keeps `reduceat` from reading an empty one as the next.
        index = np.fromiter((row for each in rows for row in (-1, *each)), np.intp)
        picked = table[index].astype(np.float32)
        picked[index < 0] = 0.0
        sums: Scores = np.add.reduceat(picked, np.cumsum([0, *(len(each) + 1 for each in rows[:-1])]))
        return sums

    def _grams_of(self, word: str) -> list[int]:
        normal = self._compose(unicodedata.normalize("NFC", word)).translate(self._normal)
        rows: list[int | None] = []
        for part in normal.split():
            padded = f" {part} "
            pairs = list(map(add, padded, padded[1:]))
            rows += map(self._grams.get, (*part, *pairs, *map(add, pairs, padded[2:])))
        return [row for row in rows if row is not None]

    def _features_of(self, word: str) -> list[int]:
        moves, rows, outputs = self._moves, self._rows, self._outputs
        state, result = 0, []
        for byte in f" {word} ".encode("utf-8", errors="replace"):
            state = moves[(rows[state] << 8) + byte]
            if (feature := outputs[state]) >= 0:
                result.append(feature)
        return result


class _Normal(dict[int, int]):
    """langdetect's mapping of characters, one at a time as they are met."""

    def __init__(self, normalize: Callable[[str], str]) -> None:
        super().__init__()
        self._normalize = normalize

    def __missing__(self, code: int) -> int:
        self[code] = mapped = ord(self._normalize(chr(code)))
        return mapped


def _plain(word: str) -> str:
    """`word` without accents, as it is printed where the keyboard has none."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


class _Lazy:
    """The one model of this process, read on first use by whichever thread comes first."""

    def __init__(self) -> None:
        self._lock = Lock()

    def get(self) -> Model:
        with self._lock:
            return self._model

    @cached_property
    def _model(self) -> Model:
        return Model()


_lazy = _Lazy()


def model() -> Model:
    """The model of this process. The first call reads the tables (about half a second, 100 MB)."""
    return _lazy.get()
