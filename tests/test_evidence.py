"""What single words tell of a language: n-grams, frequencies, and what is kept of both."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from langdetect import PROFILES_DIRECTORY
from langdetect.detector import Detector

from parsers import evidence
from parsers.affixes import Affixes
from parsers.evidence import WRONG_SCRIPT, Model, damped, model
from parsers.frequencies import FLOOR, STEP, Frequencies, bare
from parsers.ngrams import NGrams

WORDS = ["maison", "Familles", "thuis", "straße", "страна", "l'écoute", "日本", "x", "ქართული", "عربي", "1"]


@cache
def _ngrams() -> NGrams:
    return NGrams()


@cache
def _frequencies() -> Frequencies:
    frequencies = Frequencies()
    frequencies.set_columns(range(len(frequencies.tags)), len(frequencies.tags))
    return frequencies


def _slowly(word: str, language: str) -> float:
    """The sum of the log-shares of a word's pairs and triples of letters, as langdetect's own profile has them."""
    profile = json.loads((Path(PROFILES_DIRECTORY) / language).read_text(encoding="utf-8"))
    known = {
        gram
        for path in Path(PROFILES_DIRECTORY).iterdir()
        if path.is_file()
        for gram in json.loads(path.read_text(encoding="utf-8"))["freq"]
    }
    padded = f" {word} "
    grams = [padded[n : n + size] for size in (2, 3) for n in range(len(padded) - size + 1)]
    smallest = Detector.ALPHA_DEFAULT / Detector.BASE_FREQ
    return sum(
        math.log(profile["freq"].get(gram, 0) / profile["n_words"][len(gram) - 1] + smallest)
        for gram in grams
        if gram in known
    )


@pytest.mark.parametrize(("word", "language"), [("thuis", "nl"), ("straße", "de"), ("straße", "fr")])
def test_n_grams_are_read_as_langdetect_has_them(word: str, language: str) -> None:
    logs = _ngrams().logs(["other", word, ""], latin=True)
    assert logs[1][_ngrams().tags.index(language)] == pytest.approx(_slowly(word, language), rel=1e-4)
    assert not logs[2].any()


def test_languages_are_parted_by_their_letters() -> None:
    ngrams = _ngrams()
    latin, others = ngrams.tags[: ngrams.latin], ngrams.tags[ngrams.latin :]
    assert {"nl", "fr", "tr", "vi"} <= set(latin)
    assert {"ru", "el", "ar", "ja"} <= set(others)
    assert ngrams.logs(["thuis"], latin=True).shape == (1, len(latin))
    assert others[int(ngrams.logs(["Θεσσαλονίκη"], latin=False)[0].argmax())] == "el"


def test_frequent_words_are_frequent_in_their_language() -> None:
    frequencies = _frequencies()
    logs = frequencies.logs(["huis", "qqzzx", "université", bare("université")])
    dutch, french = frequencies.tags.index("nl"), frequencies.tags.index("fr")
    assert logs[0].argmax() == dutch
    assert set(logs[1].tolist()) == {FLOOR}
    assert logs[2, french] - 1.5 == pytest.approx(logs[3, french], abs=2 * STEP)


def test_rare_words_are_told_by_how_they_begin_and_end() -> None:
    tags = model().languages[: model().latin]
    words = ["folkrepublikerna", "wiederherstellbarkeit", "qqqqzzzz"]
    logs = Affixes(tags).logs(words)
    assert logs.shape == (len(words), len(tags))
    assert [tags[int(row.argmax())] for row in logs[:2]] == ["sv", "de"]
    assert (logs.max(axis=1) == 0).all()
    assert not logs[2].any()
    # One order of languages tells what another does.
    assert np.array_equal(Affixes(tags[::-1]).logs(words), logs[:, ::-1])


def test_every_language_of_langdetect_is_known() -> None:
    profiles = {path.name.partition("-")[0] for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file()}
    assert len(profiles) >= 54  # Chinese has two profiles
    assert profiles <= set(model().languages[: model().common])


def test_evidence_of_one_word_is_bounded_more_and_more() -> None:
    scores = np.array([0.0, -1.0, -10.0, -40.0, WRONG_SCRIPT], np.float32)
    for robust in (1.0, 5.0, 12.0):
        kept = damped(scores, robust)
        assert kept[0] == 0
        assert kept[-1] == WRONG_SCRIPT
        assert (np.diff(kept) < 0).all()
        assert all(kept[1:-1] > scores[1:-1])
    assert damped(scores, 1.0)[2] > damped(scores, 5.0)[2]


def test_what_is_kept_of_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_KEPT", 7)
    small = Model()
    known, numbers = model().known(WORDS)
    expected = known.steps[numbers]

    def look_up(shift: int) -> bool:
        words = [*WORDS[shift:], *WORDS[:shift]]
        found, places = small.known([*words, *(word for word in words[:3])])
        return np.array_equal(found.steps[places[: len(WORDS)]], np.roll(expected, -shift, axis=0))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look_up, [n % len(WORDS) for n in range(64)]))
    # Few enough to be kept, and then too many: a new beginning is made.
    for word in WORDS:
        found, places = small.known([word])
        assert np.array_equal(found.steps[places[0]], expected[WORDS.index(word)])


def test_a_script_leaves_few_languages() -> None:
    known, numbers = model().known(["страна", "ქართული"])
    possible = known.damped[numbers] > WRONG_SCRIPT
    index = model().index
    assert possible[0, index["ru"]]
    assert not possible[0, index["fr"]]
    assert np.flatnonzero(possible[1, : model().common]).tolist() == [index["ka"]]
