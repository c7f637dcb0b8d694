"""Scored words -> runs of one language each: the least costly path, over few languages.

A change of language costs the more the less the gap between the words invites it; a language costs for being in the text at
all; and a few foreign words within a sentence (a title, a name) stay with the sentence. The path is exact (Viterbi 1967); the
set of languages is found by dropping what does not earn its cost, one language after the other (minimum description length,
Rissanen 1978).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from parsers.ngrams import Scores
from parsers.scripts import Word, script

Columns = npt.NDArray[np.intp]

# Kinds of gaps between words, the first that fits counts: what the gap holds, and the cost of a change of language in it, in
# prose and in a title, in the nats that words are scored in. Below 0, a change is what one expects.
_GAPS = (
    ("paragraph", re.compile(r"\n[^\S\n]*\n"), 2.5, 1.5),
    ("newline", re.compile(r"\n"), 3.5, 2.0),
    ("sentence", re.compile(r"[.!?…։؟۔।॥。！？]['\"’”»)\]]*\s|[。！？]"), 4.0, 3.0),
    ("separator", re.compile(r"\s[-‐-―−|/\\•·●▪■◦→=+*~]+\s|[|•·\t]"), 1.5, -1.0),
    ("colon", re.compile(r"[:;؛；：/]"), 11.5, 2.0),
    ("bracket", re.compile(r"[()\[\]{}（）]"), 10.0, 1.0),
    ("quote", re.compile(r"[\"“”„‟«»‹›]"), 13.0, 6.0),
    ("comma", re.compile(r"[,،、，]"), 13.0, 2.0),
    ("space", re.compile(r"\s|^$"), 14.0, 7.0),
    ("joined", re.compile(r""), 20.0, 20.0),
)
_KINDS = {kind: place for place, (kind, *_) in enumerate(_GAPS)}
_PROSE_COSTS = np.array([prose for _, _, prose, _ in _GAPS], np.float32)
_TITLE_COSTS = np.array([title for _, _, _, title in _GAPS], np.float32)

# A title is a line of at most so many words without the end of a sentence.
_LONGEST_TITLE = 24
_STOP = re.compile(r"['\"’”»)\]]*[.!?…։؟۔।॥。！？]")
# Gaps that cost no more than this part stretches of running text, of which a sentence is the usual one.
_PARTING = 2.0

# The most that a change of language costs between words in different scripts.
_COST_SCRIPT = 5.0

# Words on either side that decide whether a change of language is considered between two words of running text.
_WINDOW = 3

# What it costs that a language is in the text at all, times the logarithm of the text's length: a long text gives more
# occasions for a mistake.
_COST_LANGUAGE = 0.4

# A run is an island where it is a smaller share than this of a stretch of running text; it costs the more the shorter it is,
# down to nothing at so many words.
_ISLAND_SHARE = 0.25
_ISLAND_COST = 7.0
_ISLAND_WORDS = 7


@dataclass(frozen=True, slots=True)
class Run:
    """Words `first` to `last` (exclusive), and the column of their language."""

    first: int
    last: int
    language: int


def decode(text: str, words: Sequence[Word], scores: Scores, entry: Scores) -> list[Run]:
    """The runs of one language each that explain `words` of `text` best, in order, adjacent ones in different languages.

    `scores` has a row a word and a column a language: log-likelihoods. `entry` is what it costs to expect each language.
    Empty where no word tells anything.
    """
    if not scores.any():
        return []
    costs, stretches = _gap_costs(text, words)
    starts = _chunk_starts(scores, costs)
    sizes = np.diff(starts, append=len(words))
    scores, costs, stretches = np.add.reduceat(scores, starts), costs[starts], stretches[starts]
    chosen = _choose(scores, costs, entry)
    runs = _viterbi(scores[:, chosen], costs, np.zeros(len(chosen), np.float32))
    runs = [Run(run.first, run.last, int(chosen[run.language])) for run in runs]
    runs = _without_islands(runs, scores, costs, stretches, sizes)
    bounds = [*starts.tolist(), len(words)]
    return [Run(bounds[run.first], bounds[run.last], run.language) for run in runs]


@lru_cache(maxsize=1 << 12)
def _gap(gap: str) -> int:
    return next(place for place, (_, pattern, _, _) in enumerate(_GAPS) if pattern.search(gap))


def _gap_costs(text: str, words: Sequence[Word]) -> tuple[Scores, Columns]:
    """The cost of a change of language before each word, and the number of the stretch of running text that it is in."""
    gaps = [text[before.end : after.start] for before, after in pairwise(words)]
    kinds = np.array([_KINDS["paragraph"], *map(_gap, gaps)], np.intp)
    breaks = kinds <= _KINDS["newline"]
    lines = np.cumsum(breaks) - 1
    stops = kinds == _KINDS["sentence"]
    # A full stop at its end makes a line a sentence, however short.
    closed = [bool(at_end and _STOP.match(gap)) for at_end, gap in zip(breaks[1:], gaps, strict=True)]
    stops |= np.array([*closed, _STOP.match(text, words[-1].end) is not None])
    title = (np.bincount(lines, stops) == 0) & (np.bincount(lines) <= _LONGEST_TITLE)
    costs = np.where(title[lines], _TITLE_COSTS[kinds], _PROSE_COSTS[kinds])
    scripts = [script(word.text[0]) for word in words]
    turns = np.array([False, *(before != after for before, after in pairwise(scripts))])
    costs[turns] = np.minimum(costs[turns], _COST_SCRIPT)
    return costs, np.cumsum((kinds <= _KINDS["sentence"]) | (costs <= _PARTING)) - 1


def _chunk_starts(scores: Scores, costs: Scores) -> Columns:
    """The words at which the language may change: within running text only where what precedes and what follows differ."""
    sums = np.vstack([np.zeros_like(scores[:1]), np.cumsum(scores, axis=0)])
    place = np.arange(len(scores))
    before = (sums[place] - sums[np.maximum(place - _WINDOW, 0)]).argmax(axis=1)
    after = (sums[np.minimum(place + _WINDOW, len(scores))] - sums[place]).argmax(axis=1)
    may = (before != after) | (costs < _PROSE_COSTS[_KINDS["space"]])
    may[0] = True
    return np.flatnonzero(may)


def _choose(scores: Scores, costs: Scores, entry: Scores) -> Columns:
    """The columns of the few languages of the text: those that an unbounded path uses, less what does not earn its cost."""
    runs = _viterbi(scores, costs, entry)
    sums = np.add.reduceat(scores, [run.first for run in runs])
    gaps = [float(costs[run.first]) for run in runs[1:]]
    chosen = sorted({run.language for run in runs})
    while len(chosen) > 1:
        cost = _cost(sums[:, chosen], gaps)
        losses = []
        for language in chosen:
            others = [other for other in chosen if other != language]
            earned = _cost(sums[:, others], gaps) - cost
            losses.append((earned - float(entry[language]) - _COST_LANGUAGE * math.log1p(len(scores) / 10), language))
        loss, language = min(losses)
        if loss >= 0:
            break
        chosen.remove(language)
    return np.array(chosen, np.intp)


def _cost(scores: Scores, gaps: Sequence[float]) -> float:
    """The cost of the best path."""
    cost = -scores[0]
    for row, gap in zip(scores[1:], gaps, strict=True):
        cost = np.minimum(cost, cost.min() + gap) - row
    return float(cost.min())


def _viterbi(scores: Scores, costs: Scores, entry: Scores) -> list[Run]:
    """The best path: scores, less `costs` of each change, less the `entry` cost of the language changed to."""
    count, width = scores.shape
    total = scores[0] - entry
    came = np.zeros(count, np.intp)
    stayed = np.ones((count, width), bool)
    for row in range(1, count):
        best = int(total.argmax())
        changed = (total[best] - costs[row]) - entry
        came[row] = best
        np.greater_equal(total, changed, out=stayed[row])
        np.maximum(total, changed, out=total)
        total += scores[row]
    language, last = int(total.argmax()), count
    runs: list[Run] = []
    for row in range(count - 1, 0, -1):
        if not stayed[row, language]:
            runs.append(Run(row, last, language))
            language, last = int(came[row]), row
    runs.append(Run(0, last, language))
    return _merged(runs[::-1])


def _merged(runs: Sequence[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in runs:
        first = merged.pop().first if merged and merged[-1].language == run.language else run.first
        merged.append(Run(first, run.last, run.language))
    return merged


def _without_islands(
    runs: Sequence[Run], scores: Scores, costs: Scores, stretches: Columns, sizes: Columns
) -> list[Run]:
    """`runs` less the islands that are not sure enough to be foreign, the least sure first."""
    runs = list(runs)
    while True:
        losses = [
            (gain, place, near)
            for place, run in enumerate(runs)
            for near in _mainland(runs, place, stretches, sizes)
            if (gain := _island_gain(run, near, runs, place, scores, costs, sizes)) < 0
        ]
        if not losses:
            return runs
        _, place, language = min(losses)
        runs[place] = Run(runs[place].first, runs[place].last, language)
        runs = _merged(runs)


def _mainland(runs: Sequence[Run], place: int, stretches: Columns, sizes: Columns) -> list[int]:
    """The languages of the stretch that run `place` is an island in; none where it is no island."""
    run = runs[place]
    stretch = stretches[run.first]
    if stretches[run.last - 1] != stretch:
        return []
    left, right = np.searchsorted(stretches, [stretch, stretch + 1])
    if sizes[run.first : run.last].sum() >= _ISLAND_SHARE * sizes[left:right].sum():
        return []
    near = [runs[n] for n in (place - 1, place + 1) if 0 <= n < len(runs)]
    return sorted({other.language for other in near if other.first < right and other.last > left})


def _island_gain(
    run: Run, language: int, runs: Sequence[Run], place: int, scores: Scores, costs: Scores, sizes: Columns
) -> float:
    """What it is worth that the run is not in `language`."""
    sums = scores[run.first : run.last].sum(axis=0)
    size = int(sizes[run.first : run.last].sum())
    gain = float(sums[run.language] - sums[language]) - max(0.0, _ISLAND_COST * (1 - size / _ISLAND_WORDS))
    if place > 0 and runs[place - 1].language == language:
        gain -= float(costs[run.first])
    if place + 1 < len(runs) and runs[place + 1].language == language:
        gain -= float(costs[run.last])
    return gain
