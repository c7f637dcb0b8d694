"""Scored words -> runs of one language each: the least costly path, over few languages.

A change of language costs the more the less the gap between the words invites it, and a language costs for being in the text
at all. The path is exact (Viterbi 1967); the set of languages is found by dropping what does not earn its cost, one language
after the other (minimum description length, Rissanen 1978).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from parsers.evidence import Places, Scores
from parsers.gaps import INVITING

# Words on either side that decide whether a change of language is considered between two words of running text.
_WINDOW = 3

# The languages that a path is sought through: those that fit a stretch of running text best, and those that a few words in a
# row fit better by so many nats (a block of words in prose, a word and a pair of words in a title); at most so many.
_PROSE_BLOCK, _PROSE_LOOK = 4, 3.0
_WORD_LOOK, _PAIR_LOOK = 1.0, 2.0
_MOST_LANGUAGES = 12

# What it costs that a language is in the text at all, times the logarithm of the text's length: a long text gives more
# occasions for a mistake.
_COST_LANGUAGE = 0.4


class Run(NamedTuple):
    """Words `first` to `last` (exclusive), and the column of their language."""

    first: int
    last: int
    language: int


def candidates(scores: Scores, starts: Places, titles: Sequence[tuple[int, int]], entry: Scores) -> Places:
    """The columns of the languages that any part of the text may be in.

    `scores` has a row a word and a column a language: log-likelihoods. `entry` is what it costs to expect each language;
    `starts` and `titles` are as in `Gaps`.
    """
    sums = np.add.reduceat(scores, starts) - entry
    first, best = _best(sums)
    main = np.add.reduce(sums).argmax()
    # What would be lost if all were in the main language.
    gains = np.bincount(first, best - sums[:, main] + 1e-3, scores.shape[1])
    gains[main] = np.inf
    found = gains.nonzero()[0]
    looks = [(_blocks(scores), _PROSE_LOOK)]
    for start, end in titles:
        title = scores[start:end]
        looks += [(title, _WORD_LOOK), (title[1:] + title[:-1], _PAIR_LOOK)]
    for rows, least in looks:
        if len(rows):
            first, best = _best(rows)
            more = best - np.maximum.reduce(rows[:, found], axis=1)
            told = (more > least).nonzero()[0]
            if len(told):
                np.maximum.at(gains, first[told], more[told])
    chosen: Places = gains.nonzero()[0]
    if len(chosen) > _MOST_LANGUAGES:
        chosen = np.sort(np.argsort(-gains, kind="stable")[:_MOST_LANGUAGES])
    return chosen


def _blocks(scores: Scores) -> Scores:
    """The sums of so many words in a row each."""
    whole = len(scores) // _PROSE_BLOCK * _PROSE_BLOCK
    rows = [scores[first:whole:_PROSE_BLOCK] for first in range(_PROSE_BLOCK)]
    sums = np.empty((-(-len(scores) // _PROSE_BLOCK), scores.shape[1]), np.float32)
    np.add(rows[0], rows[1], out=sums[: len(rows[0])])
    for row in rows[2:]:
        sums[: len(row)] += row
    if whole < len(scores):
        sums[-1] = np.add.reduce(scores[whole:])
    return sums


def _best(rows: Scores) -> tuple[Places, Scores]:
    """The column of the best score in each row, and that score."""
    columns = rows.argmax(axis=1)
    return columns, rows[np.arange(len(rows)), columns]


def decode(scores: Scores, costs: Scores, entry: Scores) -> list[Run]:
    """The runs of one language each that explain the words best, in order, adjacent ones in different languages.

    `scores` and `entry` as in `candidates`, which are the columns here; `costs` as in `Gaps`.
    """
    starts = _chunk_starts(scores, costs)
    bounds = [*starts.tolist(), len(scores)]
    rows, changes = np.add.reduceat(scores, starts).tolist(), costs[starts].tolist()
    chosen = _choose(rows, changes, entry.tolist(), len(scores))
    if len(chosen) == 1:
        return [Run(0, len(scores), chosen[0])]
    runs = _viterbi([[row[column] for column in chosen] for row in rows], changes, [0.0] * len(chosen))
    return [Run(bounds[run.first], bounds[run.last], chosen[run.language]) for run in runs]


def _chunk_starts(scores: Scores, costs: Scores) -> Places:
    """The words at which the language may change: within running text only where what precedes and what follows differ."""
    count = len(scores)
    # Row n is the sum of the words before word n, with as many rows more at either end as the window has words.
    totals = np.zeros((count + 1 + 2 * _WINDOW, scores.shape[1]), np.float32)
    scores.cumsum(axis=0, out=totals[_WINDOW + 1 : _WINDOW + 1 + count])
    totals[_WINDOW + 1 + count :] = totals[_WINDOW + count]
    seen = (totals[_WINDOW:] - totals[:-_WINDOW]).argmax(axis=1)
    may = (seen[:count] != seen[_WINDOW : _WINDOW + count]) | (costs < INVITING)
    may[0] = True
    places: Places = may.nonzero()[0]
    return places


Rows = Sequence[Sequence[float]]


def _choose(rows: Rows, costs: Sequence[float], entry: Sequence[float], words: int) -> list[int]:
    """The columns of the few languages of the text: those that an unbounded path uses, less what does not earn its cost."""
    runs = _viterbi(rows, costs, entry)
    sums = [list(map(sum, zip(*rows[run.first : run.last], strict=True))) for run in runs]
    gaps = [costs[run.first] for run in runs]
    chosen = sorted({run.language for run in runs})
    rent = _COST_LANGUAGE * math.log1p(words / 10)
    while len(chosen) > 1:
        cost = _cost(sums, gaps, chosen)
        losses = []
        for language in chosen:
            others = [other for other in chosen if other != language]
            losses.append((_cost(sums, gaps, others) - cost - entry[language] - rent, language))
        loss, language = min(losses)
        if loss >= 0:
            break
        chosen.remove(language)
    return chosen


def _cost(rows: Rows, costs: Sequence[float], columns: Sequence[int]) -> float:
    """The cost of the best path through some columns."""
    totals = [-rows[0][column] for column in columns]
    for row, cost in zip(rows[1:], costs[1:], strict=True):
        changed = min(totals) + cost
        totals = [min(total, changed) - row[column] for total, column in zip(totals, columns, strict=True)]
    return min(totals)


def _viterbi(rows: Rows, costs: Sequence[float], entry: Sequence[float]) -> list[Run]:
    """The best path: scores, less `costs` of each change, less the `entry` cost of the language changed to."""
    if len(entry) == 2:
        return _viterbi_of_two(rows, costs, entry)
    totals = [score - cost for score, cost in zip(rows[0], entry, strict=True)]
    before = [totals]
    for row, cost in zip(rows[1:], costs[1:], strict=True):
        # What each language has if it is changed to from the best one.
        best = max(totals) - cost
        totals = [
            (total if total >= (changed := best - each) else changed) + score
            for total, each, score in zip(totals, entry, row, strict=True)
        ]
        before.append(totals)
    language, last = totals.index(max(totals)), len(rows)
    runs: list[Run] = []
    for place in range(len(rows) - 1, 0, -1):
        totals = before[place - 1]
        best = max(totals)
        if totals[language] < best - costs[place] - entry[language]:
            chosen = totals.index(best)
            if chosen != language:
                runs.append(Run(place, last, language))
                language, last = chosen, place
    runs.append(Run(0, last, language))
    return runs[::-1]


def _viterbi_of_two(rows: Rows, costs: Sequence[float], entry: Sequence[float]) -> list[Run]:
    """The same for two languages, of which only the difference counts: how far the first is ahead."""
    first, second = entry
    ahead = rows[0][0] - rows[0][1] - first + second
    before = [ahead]
    for row, cost in zip(rows[1:], costs[1:], strict=True):
        best = ahead - cost if ahead > 0 else -cost
        one, other = best - first, best - second
        ahead = (ahead if ahead > one else one) - (other if other > 0 else 0.0) + row[0] - row[1]
        before.append(ahead)
    language, last = int(ahead < 0), len(rows)
    runs: list[Run] = []
    for place in range(len(rows) - 1, 0, -1):
        ahead = before[place - 1]
        # How much the other language was better, if it was.
        lost = ahead if language else -ahead
        if lost > 0 and lost > costs[place] + entry[language]:
            runs.append(Run(place, last, language))
            language, last = 1 - language, place
    runs.append(Run(0, last, language))
    return runs[::-1]
