"""Word -> how well it fits each language: four kinds of evidence, added.

langdetect's character n-grams (`ngrams.py`), how often the word is used in each language (`frequencies.py`), how rare words
begin and end there (`affixes.py`), and words that organisations call themselves (`vocabulary/words.yml`). Text repeats its
words, so what was said of one is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import numpy.typing as npt

from parsers.affixes import SHORTEST, Affixes
from parsers.folding import load_vocabulary
from parsers.frequencies import FLOOR, Frequencies, bare
from parsers.ngrams import NGrams
from parsers.scripts import ONLY_LANGUAGE, is_address, script

Scores = npt.NDArray[np.float32]
"""One number a language, in the order of `Model.languages`: log-likelihoods relative to the best that any text may be in."""
Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Cases = npt.NDArray[np.int8]

_KEPT = 1 << 16
"""Words whose scores are kept, about 20 MB."""

# n-grams overlap, so that a naive Bayes counts each letter several times over: its certainty is brought down to what it is
# worth. These are the best of a coarse grid, on a plateau (docs/decisions/languages.md).
_NGRAM_WEIGHT = 0.17
_FREQUENCY_WEIGHT = 0.8
_AFFIX_WEIGHT = 0.8
_ORGANIZATION_WEIGHT = 2.0
_LETTER_WEIGHT = 4.0
_OFTEN = -13.0
"""The logarithm of the frequency from which on a word's own frequency is enough; the rarer it is, the more its affixes count."""
# Where there is no list, a word is taken to be nearly as frequent as where it is most; and the more so where there are no
# n-grams either, in languages considered only where they are expected.
_UNLISTED = -2.0
_UNTABLED = -0.5
_FUNCTION = -6.0
"""The logarithm of the frequency of a function word, in languages without a list."""
_LEAST = -49.0
WRONG_SCRIPT = np.float32(-60.0)
"""A word in a script that the language is not written in."""
_LOANED = -10.0
"""A word in Latin letters in a language that is not written in them: it may stand in a text in any."""
_RARE = 0.01
"""Per cent of web pages, in languages that the vocabulary does not list."""
_STEP = np.float32(1 / 512)
"""Scores are kept in such steps, of which two bytes hold enough for all between `WRONG_SCRIPT` and 60."""
# However odd a word looks in a language, it may be a name: beyond this, evidence counts for less and less.
_ROBUST = 5.0


def damped(scores: Scores, robust: npt.ArrayLike = _ROBUST) -> Scores:
    """`scores` of single words as they may be added up: the further beyond `robust`, the less each nat counts."""
    scale = np.asarray(robust, np.float32)
    result: Scores = np.log1p(np.minimum(scores, 0.0) / -scale)
    result *= -scale
    np.maximum(result, scores, out=result)
    np.copyto(result, WRONG_SCRIPT, where=scores <= WRONG_SCRIPT)
    return result


class Known:
    """What has been found out of words: by the number of the word, of which 0 is that of words that tell nothing."""

    def __init__(self, languages: int, capacity: int) -> None:
        self.capacity = capacity
        self.numbers: dict[str, int] = {}
        self.steps = np.zeros((capacity, languages), np.int16)
        """Scores in small steps (`undamped`)."""
        self.damped = np.zeros((capacity, languages), np.float32)
        self.letters = np.zeros(capacity, np.intp)
        """How many there are; 0 in words that are in no language."""
        self.case = np.zeros(capacity, np.int8)
        """1 where a word begins with a capital, 2 where it has more and no other letters, -1 where in lower case, else 0."""
        self.script = np.zeros(capacity, np.intp)

    def undamped(self, numbers: Places, columns: Places) -> Scores:
        """The scores of words in some languages, as they were before they were damped."""
        scores: Scores = self.steps[numbers, columns] * _STEP
        return scores


class Model:
    """The languages known and what is known of each. Built once (`model()`); safe to share by threads."""

    def __init__(self) -> None:
        self._ngrams, self._frequencies = NGrams(), Frequencies()
        tabled, sole = self._ngrams.tags, sorted(ONLY_LANGUAGE.values())
        others = set(load_vocabulary("words")).union(self._frequencies.tags).difference(tabled, sole)
        self.languages: tuple[str, ...] = (*tabled, *sole, *sorted(others))
        """BCP 47 primary subtags: those with n-grams, those that only their script tells, and, considered only where they
        are expected, the others."""
        self.index = {language: column for column, language in enumerate(self.languages)}
        self._tabled, self.common = len(tabled), len(tabled) + len(sole)
        """How many languages, the first ones, any text may be in."""
        self.latin = self._ngrams.latin
        """How many of these, again the first ones, are written in Latin letters."""
        self._affixes = Affixes(self.languages[: self.latin])
        listed = [self.index[tag] for tag in self._frequencies.tags]
        self._frequencies.set_columns(listed, len(self.languages))
        own = [self.index[tag] for tag in _OWN_SCRIPT]
        # A language without a list may have any word, if it shares a script with those that have one.
        self._is_unlisted = np.ones(len(self.languages), bool)
        self._is_unlisted[[*listed, *own, *range(self._tabled, self.common)]] = False
        self._read_scripts()
        self._read_vocabulary()
        self._lock = Lock()
        self._known = self._empty(_KEPT)

    def _empty(self, capacity: int) -> Known:
        return Known(len(self.languages), capacity)

    def _read_scripts(self) -> None:
        self._scripts: dict[str, int] = {"LATIN": 0}
        """The number of each script that a word was met in."""
        self._foreign: dict[int, Places] = {}
        """By the number of a script, the columns of the languages that are not written in it."""
        for letters, tabled in self._ngrams.writers.items():
            number = self._scripts.setdefault(letters, len(self._scripts))
            if number:
                self._foreign[number] = np.flatnonzero(~tabled)
        self._sole: dict[int, int] = {}
        """By the number of a script, the column of the one language that is."""
        for letters, tag in ONLY_LANGUAGE.items():
            self._sole[self._scripts.setdefault(letters, len(self._scripts))] = self.index[tag]
        self._script_of = _Scripts(self._scripts)
        self._told_by_script = frozenset(self._foreign).union(self._sole)

    def _read_vocabulary(self) -> None:
        share = np.full(len(self.languages), _RARE)
        lexicon: dict[str, tuple[list[int], list[int]]] = {}
        self._letter_of: dict[str, list[int]] = {}
        """Letter -> the languages, of those considered only where they are expected, that it tells."""
        for language, entry in sorted(load_vocabulary("words").items()):
            column = self.index[language]
            share[column] = entry.get("share", share[column])
            for place, kind in enumerate(("function", "organizations")):
                if kind == "function" and not self._is_unlisted[column]:
                    continue
                listed = set(entry.get(kind, "").split())
                for word in sorted(listed | set(map(bare, listed))):
                    lexicon.setdefault(word, ([], []))[place].append(column)
            for letter in entry.get("letters", ""):
                self._letter_of.setdefault(letter, []).append(column)
        self._letters = frozenset(self._letter_of)
        self._lexicon = lexicon
        """Word -> the languages without a list that it is a function word of, and those in which organisations use it."""
        self.prior: Scores = np.log(share / share.sum()).astype(np.float32)
        """Log share of each language among what is printed on the web."""

    def known(self, words: Sequence[str]) -> tuple[Known, Places]:
        """What is known of `words`, and the number of each in it."""
        seen = known = self._known
        numbers = list(map(known.numbers.get, words))
        if None in numbers:
            missing = [word for word, number in zip(words, numbers, strict=True) if number is None]
            with self._lock:
                known = self._learn(words, missing if self._known is seen else words)
            numbers = list(map(known.numbers.get, words))
        return known, np.fromiter(numbers, np.intp, len(numbers))

    def _learn(self, words: Sequence[str], missing: Sequence[str]) -> Known:
        known = self._known
        # What another thread has learnt meanwhile is learnt again, to no harm.
        new = list(dict.fromkeys(missing))
        if len(known.numbers) + len(new) >= known.capacity:
            # Others may be reading the old one, which stays as it is.
            new = list(dict.fromkeys(words))
            known = self._empty(max(_KEPT, len(new) + 1))
        if new:
            first = len(known.numbers) + 1
            numbers = slice(first, first + len(new))
            scripts = [self._script_of[word[0]] for word in new]
            silent = [row for row, word in enumerate(new) if not word.isalpha() and is_address(word)]
            scores = self._score([word.lower() if word.isupper() else word for word in new], scripts)
            if silent:
                scores[silent] = 0.0
            known.steps[numbers] = scores * (1 / _STEP)
            known.damped[numbers] = damped(scores)
            known.letters[numbers] = list(map(len, new))
            if silent:
                known.letters[[first + row for row in silent]] = 0
            known.case[numbers] = [-1 if word[0].islower() else _case(word) for word in new]
            known.script[numbers] = scripts
            known.numbers.update(zip(new, range(first, first + len(new)), strict=True))
        self._known = known
        return known

    def _score(self, words: Sequence[str], scripts: Sequence[int]) -> Scores:
        """The undamped scores of words, those in Latin letters (and in letters that tell nothing) apart from the others."""
        others = [row for row, number in enumerate(scripts) if number in self._told_by_script]
        if not others:
            return self._score_alike(words, 0, self.latin)
        latin = [row for row, number in enumerate(scripts) if number not in self._told_by_script]
        result = np.empty((len(words), len(self.languages)), np.float32)
        if latin:
            result[latin] = self._score_alike([words[row] for row in latin], 0, self.latin)
        result[others] = self._score_alike([words[row] for row in others], self.latin, self._tabled)
        for row in others:
            sole = self._sole.get(scripts[row])
            result[row, self._foreign[scripts[row]] if sole is None else slice(None)] = WRONG_SCRIPT
            if sole is not None:
                result[row, sole] = 0.0
        return result

    def _score_alike(self, words: Sequence[str], first: int, last: int) -> Scores:
        """The undamped scores of words that are written in the letters of the languages `first` to `last`."""
        # No word has a blank in it.
        text = " ".join(words).lower().replace("’", "'")
        folded = text.split(" ")
        elided: list[tuple[int, str]] = []
        if "'" in text:
            elided = [(row, part) for row, word in enumerate(folded) if "'" in word for part in word.split("'") if part]
        if elided:
            logs = self._frequencies.logs([*folded, *(part for _, part in elided)])
            total = logs[: len(words)]
            # An elided article and its noun are two words, and what is missing in a list is so twice.
            parts = np.zeros_like(total)
            np.add.at(parts, [row for row, _ in elided], logs[len(words) :] - FLOOR)
            np.maximum(total, parts + FLOOR, out=total)
        else:
            total = self._frequencies.logs(folded)
        often = np.maximum.reduce(total, axis=1)
        np.copyto(total, np.maximum(often + _UNLISTED, FLOOR)[:, None], where=self._is_unlisted)
        named = []
        for row, part in [pair for pair in [*enumerate(folded), *elided] if pair[1] in self._lexicon]:
            functions, organizations = self._lexicon[part]
            if functions:
                total[row, functions] = np.maximum(total[row, functions], _FUNCTION)
            named += [(row, column) for column in organizations]
        total *= _FREQUENCY_WEIGHT
        ngrams = self._ngrams.logs(words, latin=first == 0)
        ngrams *= _NGRAM_WEIGHT
        total[:, first:last] += ngrams
        if first == 0:
            rare = [row for row in (often < _OFTEN).nonzero()[0].tolist() if len(folded[row]) >= SHORTEST]
            if rare:
                weights = (_OFTEN - often[rare]) * (_AFFIX_WEIGHT / (_OFTEN - FLOOR))
                total[rare, :last] += self._affixes.logs([folded[row] for row in rare]) * weights[:, None]
        total[:, self.common :] += (np.maximum.reduce(ngrams, axis=1) + _UNTABLED)[:, None]
        if named:
            total[tuple(zip(*named, strict=True))] += _ORGANIZATION_WEIGHT
        if not text.isascii():
            for letter in self._letters.intersection(text):
                lettered = [row for row, word in enumerate(folded) if letter in word]
                total[np.ix_(lettered, self._letter_of[letter])] += _LETTER_WEIGHT
        # Only languages considered where they are expected may be better than the best.
        total -= np.maximum.reduce(total[:, first:last], axis=1, keepdims=True)
        np.maximum(total, _LEAST, out=total)
        total[:, :first] = WRONG_SCRIPT
        total[:, last : self.common] = _LOANED if first == 0 else WRONG_SCRIPT
        total[:, self._tabled : self.common] = WRONG_SCRIPT
        return total


_OWN_SCRIPT = frozenset("bn el gu he ja kn ko ml pa ta te th zh".split())
"""Languages without a list of words, for their letters tell them."""


class _Scripts(dict[str, int]):
    """Letter -> the number of its script, which is given where a script is met for the first time."""

    def __init__(self, numbers: dict[str, int]) -> None:
        super().__init__()
        self._numbers = numbers

    def __missing__(self, letter: str) -> int:
        self[letter] = number = self._numbers.setdefault(script(letter), len(self._numbers))
        return number


def _case(word: str) -> int:
    if not word[0].isupper():
        return 0
    return 2 if len(word) > 1 and word.isupper() else 1


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
