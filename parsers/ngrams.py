"""Word -> how well it fits each language: log-likelihoods under n-gram models, read deterministically.

Two naive Bayes models are added, each in its own features: langdetect's character n-grams of length 1 to 3 (Nakatani 2010)
and py3langid's byte n-grams chosen for what they tell of the language rather than of the topic (Lui and Baldwin 2011, 2012).
`langdetect.detect` itself draws n-grams at random until it is sure of one language for the whole text; its tables are used
here in full, word by word, so that a text can be in several languages and every run says the same.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import numpy.typing as npt
import yaml

from parsers.scripts import ONLY_LANGUAGE, script

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

Scores = npt.NDArray[np.float32]
"""One number a language, in the order of `Model.languages`: log-likelihoods relative to the best, which is 0."""

_VOCABULARY = Path(__file__).parent / "vocabulary" / "words.yml"
_BOUND = 1 << 15

# n-grams overlap, so that a naive Bayes counts each letter several times over: these weights bring its certainty down to
# what it is worth. They are the best of a coarse grid (docs/decisions/languages.md).
_LANGDETECT_WEIGHT = 0.18
_LANGID_WEIGHT = 0.18
_LEXICON_WEIGHT = 2.8
# However odd a word looks in a language, it may be a name: no single word outweighs this.
_FLOOR = -4.0
_WRONG_SCRIPT = -20.0
"""A word in a script that the language is not written in; but a Latin word may stand in a text in any language."""
_WRITTEN = 0.001
"""A letter that makes up this share of a language's text is one of its own."""
_UNTABLED = -5.0
_RARE = 0.01
"""Per cent of web pages, in languages that the vocabulary does not list."""


class _Profile(TypedDict):
    """One of langdetect's files: n-gram -> count, and the number of n-grams of length 1, 2 and 3 that were counted."""

    name: str
    freq: dict[str, int]
    n_words: list[int]


class Model:
    """The languages known and what is known of each. Built once (`model()`); read only, hence safe to share by threads."""

    def __init__(self) -> None:
        # Imported here: who only imports this module does not pay for the tables.
        from langdetect import PROFILES_DIRECTORY
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        paths = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file())
        profiles: list[_Profile] = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
        subtags = [profile["name"].partition("-")[0] for profile in profiles]
        others = {label for label in identifier.labels if len(label) == 2} - {"nn", "zx"}
        self.languages: tuple[str, ...] = tuple(sorted(others.union(subtags)))
        """BCP 47 primary subtags, sorted."""
        self.index = {language: column for column, language in enumerate(self.languages)}
        columns = [self.index[subtag] for subtag in subtags]
        self.sole = {letters: self.index[tag] for letters, tag in ONLY_LANGUAGE.items() if tag in self.index}
        """Scripts without a table that only one language is written in, and that language's column."""
        self.tabled = np.isin(np.arange(len(self.languages)), columns)
        self.common = self.tabled | np.isin(np.arange(len(self.languages)), list(self.sole.values()))
        """Mask of the languages that any text may be in. The others are considered where they are expected."""
        self._read_langdetect(profiles, columns)
        self._read_langid(identifier)
        self._read_lexicon()
        self._known: dict[str, Scores] = {}

    def _read_langdetect(self, profiles: Sequence[_Profile], columns: Sequence[int]) -> None:
        from langdetect.detector import Detector
        from langdetect.utils.ngram import NGram

        rows: dict[str, int] = {}
        for profile in profiles:
            for gram in profile["freq"]:
                rows.setdefault(gram, len(rows))
        table = np.zeros((len(rows), np.count_nonzero(self.tabled)), np.float32)
        places = np.searchsorted(np.flatnonzero(self.tabled), columns)
        for profile, column in zip(profiles, places, strict=True):
            freq = profile["freq"]
            index = np.fromiter((rows[gram] for gram in freq), np.intp, len(freq))
            lengths = np.fromiter(map(len, freq), np.intp, len(freq))
            share = np.fromiter(freq.values(), np.float64, len(freq)) / np.array(profile["n_words"])[lengths - 1]
            # Chinese has a profile for each of its scripts: a text is in one of them.
            table[index, column] = np.maximum(table[index, column], share)
        table += Detector.ALPHA_DEFAULT / Detector.BASE_FREQ
        self._grams = rows
        self._compose = NGram.normalize_vi
        self._normal = _Normal(NGram.normalize)
        self._writers = self._find_writers(table, rows)
        self._gram_scores = np.log(table, out=table)

    def _find_writers(self, table: Scores, rows: Mapping[str, int]) -> dict[str, npt.NDArray[np.bool_]]:
        """Script -> mask of the languages that are written in it, by the letters in langdetect's tables."""
        result: dict[str, npt.NDArray[np.bool_]] = {}
        for gram, row in rows.items():
            if len(gram) == 1 and gram.isalpha():
                mask = result.setdefault(script(gram), ~self.common)
                mask[self.tabled] |= table[row] > _WRITTEN
        return result

    def _read_langid(self, identifier: LanguageIdentifier) -> None:
        columns = [identifier.nb_classes.index(language) for language in self.languages]
        self._features = np.ascontiguousarray(identifier.nb_ptc[:, columns])
        self._moves = identifier.tk_nextmove
        self._rows = [row << 8 for row in identifier.tk_row]
        self._outputs = identifier.tk_output

    def _read_lexicon(self) -> None:
        entries = yaml.load(
            _VOCABULARY.read_text(encoding="utf-8"),
            Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506
        )
        self._lexicon: dict[str, list[int]] = {}
        share = np.full(len(self.languages), _RARE)
        for language, entry in sorted(entries.items()):
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
            fresh = dict(zip(new, self._score(new), strict=True))
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
            for part in {lower, *lower.replace("'", "' ").split()}:
                total[row, self._lexicon.get(part, [])] += _LEXICON_WEIGHT
        total -= total.max(axis=1, keepdims=True)
        np.logaddexp(total, np.float32(_FLOOR), out=total)
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
        starts = np.cumsum([0, *(len(each) + 1 for each in rows[:-1])])
        return np.add.reduceat(picked, starts)

    def _grams_of(self, word: str) -> list[int]:
        normal = self._compose(unicodedata.normalize("NFC", word)).translate(self._normal)
        padded = [f" {part} " for part in normal.split()]
        ends = ((part, end) for part in padded for end in range(2, len(part) + 1))
        grams = (part[end - length : end] for part, end in ends for length in (1, 2, 3) if length <= end)
        return [row for gram in grams if (row := self._grams.get(gram)) is not None]

    def _features_of(self, word: str) -> list[int]:
        state, result = 0, []
        for byte in f" {word.lower()} ".encode("utf-8", errors="replace"):
            state = self._moves[self._rows[state] + byte]
            if (feature := self._outputs[state]) >= 0:
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
