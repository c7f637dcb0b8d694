"""Word -> how well it fits each language: three kinds of evidence, added.

langdetect's character n-grams (`ngrams.py`), how often the word is used in each language (`frequencies.py`), and words that
organisations call themselves (`vocabulary/words.yml`). Text repeats its words, so what was said of one is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt

from parsers.folding import load_vocabulary
from parsers.frequencies import FLOOR, Frequencies, bare
from parsers.ngrams import NGrams
from parsers.scripts import ONLY_LANGUAGE, is_address, script

Scores = npt.NDArray[np.float32]
"""One number a language, in the order of `Model.languages`: log-likelihoods relative to the best, which is 0."""
Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

_KEPT = 1 << 16
"""Words whose scores are kept, about 20 MB."""

# n-grams overlap, so that a naive Bayes counts each letter several times over: its certainty is brought down to what it is
# worth. These are the best of a coarse grid, on a plateau (docs/decisions/languages.md).
_NGRAM_WEIGHT = 0.14
_FREQUENCY_WEIGHT = 0.8
_ORGANIZATION_WEIGHT = 2.0
# Where there is no list, a word is taken to be nearly as frequent as where it is most; and the same for n-grams.
_UNLISTED = -2.0
_UNTABLED = -5.0
_FUNCTION = -6.0
"""The logarithm of the frequency of a function word, in languages without a list."""
_LEAST = -49.0
WRONG_SCRIPT = np.float32(-60.0)
"""A word in a script that the language is not written in; but a Latin word may stand in a text in any language."""
_RARE = 0.01
"""Per cent of web pages, in languages that the vocabulary does not list."""
# However odd a word looks in a language, it may be a name: beyond this, evidence counts for less and less.
_ROBUST = 5.0


def damped(scores: Scores, robust: npt.ArrayLike = _ROBUST) -> Scores:
    """`scores` of single words as they may be added up: the further beyond `robust`, the less each nat counts."""
    scale = np.asarray(robust, np.float32)
    result: Scores = np.where(scores <= WRONG_SCRIPT, WRONG_SCRIPT, -scale * np.log1p(scores / -scale))
    return result


class Known:
    """What has been found out of words: by the number of the word, of which 0 is that of words that tell nothing."""

    def __init__(self, languages: int, capacity: int) -> None:
        self.capacity = capacity
        self.numbers: dict[str, int] = {}
        self.scores = np.zeros((capacity, languages), np.float16)
        """Undamped."""
        self.damped = np.zeros((capacity, languages), np.float16)
        self.letters = np.zeros(capacity, np.int32)
        """How many there are; 0 in words that are in no language."""
        self.case = np.zeros(capacity, np.int8)
        """1 where the word begins with a capital, 2 where it is all capitals (of more than one letter), -1 in lower case, else 0."""
        self.script = np.zeros(capacity, np.int8)


class Model:
    """The languages known and what is known of each. Built once (`model()`); safe to share by threads."""

    def __init__(self) -> None:
        self._ngrams, self._frequencies = NGrams(), Frequencies()
        words = load_vocabulary("words")
        sole = set(ONLY_LANGUAGE.values())
        common = sorted(sole.union(self._ngrams.tags))
        others = sorted(set(words).union(self._frequencies.tags).difference(common))
        self.languages: tuple[str, ...] = (*common, *others)
        """BCP 47 primary subtags: first those that any text may be in, then those considered only where they are expected."""
        self.index = {language: column for column, language in enumerate(self.languages)}
        self.common = np.arange(len(self.languages)) < len(common)
        self._tabled = self._columns(self._ngrams.tags)
        self._listed = self._columns(self._frequencies.tags)
        self._read_scripts()
        self._read_vocabulary()
        self._scripts: dict[str, int] = {}
        self._lock = Lock()
        self._known = self._empty(_KEPT)

    def _empty(self, capacity: int) -> Known:
        return Known(len(self.languages), capacity)

    def _columns(self, tags: Sequence[str]) -> Places:
        return np.array([self.index[tag] for tag in tags], np.intp)

    def _read_scripts(self) -> None:
        self._writers: dict[str, Mask] = {}
        for letters, tabled in self._ngrams.writers.items():
            if letters == "LATIN":
                continue
            mask = ~self.common
            mask[self._tabled] = tabled
            self._writers[letters] = mask
        for letters, tag in ONLY_LANGUAGE.items():
            self._writers[letters] = np.arange(len(self.languages)) == self.index[tag]
        self._tableless = self.common.copy()
        self._tableless[self._tabled] = False
        """Mask of the languages that only their script tells."""
        # A language without a list may have any word, if it shares a script with those that have one.
        listed = np.isin(np.arange(len(self.languages)), self._listed)
        alone = np.array([language in _OWN_SCRIPT for language in self.languages])
        self._unlisted = np.flatnonzero(~listed & ~alone & ~self._tableless)

    def _read_vocabulary(self) -> None:
        share = np.full(len(self.languages), _RARE)
        self._functions: dict[str, list[int]] = {}
        self._organizations: dict[str, list[int]] = {}
        for language, entry in sorted(load_vocabulary("words").items()):
            column = self.index[language]
            share[column] = entry.get("share", share[column])
            for kind, lexicon in (("function", self._functions), ("organizations", self._organizations)):
                if kind == "function" and column not in self._unlisted:
                    continue
                listed = set(entry.get(kind, "").split())
                for word in sorted(listed | set(map(bare, listed))):
                    lexicon.setdefault(word, []).append(column)
        self.prior: Scores = np.log(share / share.sum()).astype(np.float32)
        """Log share of each language among what is printed on the web."""

    def known(self, words: Sequence[str]) -> tuple[Known, Places]:
        """What is known of `words`, and the number of each in it."""
        known = self._known
        numbers = list(map(known.numbers.get, words))
        if None in numbers:
            with self._lock:
                known = self._learn(words)
            numbers = list(map(known.numbers.get, words))
        return known, np.array(numbers, np.intp)

    def _learn(self, words: Sequence[str]) -> Known:
        known = self._known
        new = [word for word in dict.fromkeys(words) if word not in known.numbers]
        if len(known.numbers) + len(new) >= known.capacity:
            # Others may be reading the old one, which stays as it is.
            new = list(dict.fromkeys(words))
            known = self._empty(max(_KEPT, len(new) + 1))
        if new:
            first = len(known.numbers) + 1
            numbers = slice(first, first + len(new))
            spoken = np.array([not is_address(word) for word in new])
            scores = self._score([word.lower() if word.isupper() else word for word in new])
            scores[~spoken] = 0.0
            known.scores[numbers] = scores
            known.damped[numbers] = damped(scores)
            known.letters[numbers] = np.where(spoken, [len(word) for word in new], 0)
            known.case[numbers] = list(map(_case, new))
            known.script[numbers] = [self._scripts.setdefault(script(word[0]), len(self._scripts)) for word in new]
            known.numbers.update(zip(new, range(first, first + len(new)), strict=True))
        self._known = known
        return known

    def _score(self, words: Sequence[str]) -> Scores:
        total = np.full((len(words), len(self.languages)), np.float32(0.0))
        ngrams = _NGRAM_WEIGHT * self._ngrams.logs(words)
        total[:] = ngrams.max(axis=1, keepdims=True) + np.float32(_NGRAM_WEIGHT * _UNTABLED)
        total[:, self._tabled] = ngrams
        folded = [word.lower().replace("’", "'") for word in words]
        total += _FREQUENCY_WEIGHT * self._logs(folded)
        for row, word in enumerate(folded):
            for part in _parts(word):
                if part in self._organizations:
                    total[row, self._organizations[part]] += np.float32(_ORGANIZATION_WEIGHT)
        total -= total[:, self.common].max(axis=1, keepdims=True)
        np.clip(total, _LEAST, 0.0, out=total)
        total[:, self._tableless] = WRONG_SCRIPT
        for row, word in enumerate(words):
            if not word.isascii() and (mask := self._writers.get(script(word[0]))) is not None:
                total[row, ~mask] = WRONG_SCRIPT
                total[row, mask] = np.maximum(total[row, mask], np.float32(_LEAST)) if mask.sum() > 1 else 0.0
        return total

    def _logs(self, words: Sequence[str]) -> Scores:
        """Logarithms of the frequencies of folded `words`: those of an elided article and its noun are two words'."""
        result = np.full((len(words), len(self.languages)), np.float32(FLOOR))
        result[:, self._listed] = self._frequencies.logs(words)
        elided = [
            (row, part) for row, word in enumerate(words) if "'" in word for part in word.replace("'", " ").split()
        ]
        if elided:
            rows = [row for row, _ in elided]
            parts = np.zeros((len(words), len(self._listed)), np.float32)
            np.add.at(parts, rows, self._frequencies.logs([part for _, part in elided]) - np.float32(FLOOR))
            result[:, self._listed] = np.maximum(result[:, self._listed], parts + np.float32(FLOOR))
        best = result[:, self._listed].max(axis=1) + np.float32(_UNLISTED)
        result[:, self._unlisted] = np.maximum(best, np.float32(FLOOR))[:, None]
        for row, word in enumerate(words):
            for part in _parts(word):
                if part in self._functions:
                    columns = self._functions[part]
                    result[row, columns] = np.maximum(result[row, columns], np.float32(_FUNCTION))
        return result


_OWN_SCRIPT = frozenset("bn el gu he ja kn ko ml pa ta te th zh".split())
"""Languages without a list of words, for their letters tell them."""


def _parts(word: str) -> tuple[str, ...]:
    return tuple({word, *word.replace("'", "' ").split()}) if "'" in word else (word,)


def _case(word: str) -> int:
    if len(word) > 1 and word.isupper():
        return 2
    return 1 if word[0].isupper() else -1 if word[0].islower() else 0


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
    """The model of this process. The first call reads the tables (a quarter of a second, 60 MB)."""
    return _lazy.get()
