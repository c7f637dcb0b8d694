"""Word -> how well it fits each language: log-likelihoods under n-gram models, read deterministically.

Two naive Bayes models are added, each in its own features: langdetect's character n-grams of length 1 to 3 (Nakatani 2010)
and py3langid's byte n-grams chosen for what they tell of the language rather than of the topic (Lui and Baldwin 2011, 2012).
`langdetect.detect` itself draws n-grams at random until it is sure of one language for the whole text; its tables are used
here in full, word by word, so that a text can be in several languages and every run says the same.
"""

from __future__ import annotations

import json
import math
import unicodedata
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

import langdetect
import numpy as np
import numpy.typing as npt
import yaml
from langdetect.detector import Detector
from langdetect.utils.ngram import NGram
from py3langid.langid import MODEL_FILE, LanguageIdentifier, visit_counts

Scores = npt.NDArray[np.float32]
"""One number a language, in the order of `Model.languages`: log-likelihoods relative to the best, which is 0."""

_PROFILES = Path(langdetect.__file__).parent / "profiles"
_VOCABULARY = Path(__file__).parent / "vocabulary" / "words.yml"
_BOUND = 1 << 15

# n-grams overlap, so that a naive Bayes counts each letter several times over: these weights bring its certainty down to
# what it is worth. They are the best of a coarse grid (docs/decisions/languages.md).
_LANGDETECT_WEIGHT = 0.3
_LANGID_WEIGHT = 0.3
_LEXICON_WEIGHT = 2.0
# However odd a word looks in a language, it may be a name: no single word outweighs this.
_FLOOR = -5.0


class Model:
    """The languages known and what is known of each. Built once (`model()`); read only, hence safe to share by threads."""

    def __init__(self) -> None:
        profiles = [
            json.loads(path.read_text(encoding="utf-8")) for path in sorted(_PROFILES.iterdir()) if path.is_file()
        ]
        names = [profile["name"] for profile in profiles]
        self.languages: tuple[str, ...] = tuple(sorted({name.partition("-")[0] for name in names}))
        """BCP 47 primary subtags, sorted."""
        self.index = {language: column for column, language in enumerate(self.languages)}
        columns = [self.index[name.partition("-")[0]] for name in names]
        self._read_langdetect(profiles, columns)
        self._read_langid()
        self._read_lexicon()
        self.scores = lru_cache(maxsize=_BOUND)(self._scores)

    def _read_langdetect(self, profiles: list[dict[str, object]], columns: list[int]) -> None:
        rows: dict[str, int] = {}
        for profile in profiles:
            for gram in profile["freq"]:  # type: ignore[attr-defined]
                rows.setdefault(gram, len(rows))
        table = np.zeros((len(rows), len(self.languages)), np.float32)
        for profile, column in zip(profiles, columns, strict=True):
            freq: dict[str, int] = profile["freq"]  # type: ignore[assignment]
            totals = np.array([math.inf, *profile["n_words"]])  # type: ignore[misc]
            index = np.fromiter((rows[gram] for gram in freq), np.intp, len(freq))
            share = (
                np.fromiter(freq.values(), np.float64, len(freq))
                / totals[np.fromiter(map(len, freq), np.intp, len(freq))]
            )
            # Chinese has a profile for each of its scripts: a text is in one of them.
            table[index, column] = np.maximum(table[index, column], share)
        table += Detector.ALPHA_DEFAULT / Detector.BASE_FREQ
        self._grams = rows
        self._gram_scores = np.log(table, out=table)

    def _read_langid(self) -> None:
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
        columns = [identifier.nb_classes.index(language) for language in self.languages]
        self._features = np.ascontiguousarray(identifier.nb_ptc[:, columns])
        self._moves = identifier.tk_nextmove
        self._rows = [row << 8 for row in identifier.tk_row]
        self._outputs = identifier.tk_output

    def _read_lexicon(self) -> None:
        entries = yaml.load(
            _VOCABULARY.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        self._lexicon: dict[str, list[int]] = {}
        share = np.full(len(self.languages), 0.002, np.float64)
        for language, entry in sorted(entries.items()):
            column = self.index[language]
            share[column] = entry.get("share", share[column])
            listed = {word for key in ("function", "organizations") for word in entry.get(key, "").split()}
            for word in sorted(listed | {_plain(word) for word in listed}):
                self._lexicon.setdefault(word, []).append(column)
        self.prior: Scores = np.log(share / share.sum()).astype(np.float32)
        """Log share of each language among what is printed on the web."""

    def _scores(self, word: str) -> Scores:
        total = _LANGDETECT_WEIGHT * self._langdetect(word) + _LANGID_WEIGHT * self._langid(word)
        for part in (word, *word.replace("’", "'").replace("'", "' ").split()):
            for column in self._lexicon.get(part.lower(), ()):
                total[column] += _LEXICON_WEIGHT
        total -= total.max()
        np.logaddexp(total, np.float32(_FLOOR), out=total)
        total.setflags(write=False)
        return total

    def _langdetect(self, word: str) -> Scores:
        normal = NGram.normalize_vi(unicodedata.normalize("NFC", word)).translate(_NORMAL)
        index = []
        for part in normal.split():
            padded = f" {part} "
            for end in range(2, len(padded) + 1):
                index += [
                    row for n in (1, 2, 3) if n <= end and (row := self._grams.get(padded[end - n : end])) is not None
                ]
        return self._gram_scores[index].sum(axis=0, dtype=np.float32)

    def _langid(self, word: str) -> Scores:
        data = f" {word.lower()} ".encode("utf-8", errors="replace")
        counts = visit_counts(self._moves, self._rows, self._outputs, data)
        if not counts:
            return np.zeros(len(self.languages), np.float32)
        index = np.fromiter(counts.keys(), np.intp, len(counts))
        weights = np.fromiter(counts.values(), np.float32, len(counts))
        return weights @ self._features[index].astype(np.float32)


class _Normal(dict[int, int]):
    """langdetect's mapping of characters, one at a time as they are met."""

    def __missing__(self, code: int) -> int:
        self[code] = mapped = ord(NGram.normalize(chr(code)))
        return mapped


_NORMAL = _Normal()


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
