"""Text -> passages by language.

Words are scored in every language (`ngrams.py`), and the least costly path through them is taken: a word costs what it is
less likely in the chosen language than in its best one, a change of language costs the more the less the gap between the
words invites it, and a language that the text has not needed so far costs for being brought in. The path is exact
(Viterbi 1967); the set of languages is found by dropping what does not earn its cost, one language after the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from parsers.model import Passage
from parsers.ngrams import Model, model
from parsers.scripts import ONLY_LANGUAGE, script, words

Scores = npt.NDArray[np.float32]

UNDETERMINED = "und"

_GAPS = (
    # kind, what the gap holds, cost of a change of language there in prose, in a title; in the nats that words are scored in
    ("paragraph", re.compile(r"\n[^\S\n]*\n"), 2.0, 2.0),
    ("newline", re.compile(r"\n"), 3.0, 3.0),
    ("sentence", re.compile(r"[.!?…։؟۔।॥。！？]['\"’”»)\]]*\s|[。！？]"), 5.0, 3.0),
    ("separator", re.compile(r"\s[-‐-―−|/\\•·●▪■◦→=+*~]+\s|[|•·\t]"), 5.0, 0.0),
    ("colon", re.compile(r"[:;؛；：/]"), 7.0, 3.0),
    ("bracket", re.compile(r"[()\[\]{}（）]"), 9.0, 0.0),
    ("quote", re.compile(r"[\"“”„‟«»‹›]"), 9.0, 5.0),
    ("comma", re.compile(r"[,،、，]"), 7.0, 4.0),
    ("space", re.compile(r"\s|^$"), 10.0, 6.0),
    ("joined", re.compile(r""), 20.0, 20.0),
)
_KINDS = {kind: place for place, (kind, *_) in enumerate(_GAPS)}
_PROSE_COSTS = np.array([prose for _, _, prose, _ in _GAPS], np.float32)
_TITLE_COSTS = np.array([title for _, _, _, title in _GAPS], np.float32)
_STOP = re.compile(r"['\"’”»)\]]*[.!?…։؟۔।॥。！？]")
_LONGEST_TITLE = 25
_WINDOW = 4
_PARTING = 2.0
_ISLAND_COST = 10.0
_ISLAND_WORDS = 10
_ISLAND_SHARE = 0.4

_COST_LANGUAGE = 1.5
_COST_UNEXPECTED = 6.0
_PRIOR_WEIGHT = 0.5
_STAY_ENTRY = 0.0
_FIRST_ENTRY = 0.5
_LONGEST_ACRONYM = 6
_TEMPERATURE = 2.0
_TELLING = 0.3


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `first` to `last` (exclusive) in the language of column `language`."""

    first: int
    last: int
    language: int


def split(text: str, languages: Sequence[str] = ()) -> list[Passage]:
    """Split `text` into passages of one language each, in order: every letter is in one of them, adjacent ones differ.

    `languages` are those that the text is expected in (BCP 47); another one needs more evidence. Offsets are in characters
    into `text`; blanks and separators between two passages are in neither. A text without letters is one passage `und`,
    a blank one none.
    """
    return _split(text, languages, None)


def split_blocks(
    blocks: Sequence[str], languages: Sequence[str] = (), prior: Mapping[str, float] | None = None
) -> list[list[Passage]]:
    """Split lines that follow one another on a page: for each of `blocks` its passages, with offsets into the block.

    The blocks are read as one text, so that a short line is understood from its neighbours. `languages` and `prior` as in
    `classify`.
    """
    result: list[list[Passage]] = [[] for _ in blocks]
    starts, offset = [], 0
    for block in blocks:
        starts.append(offset)
        offset += len(block) + 1
    for passage in _split("\n".join(blocks), languages, prior):
        for number, (start, block) in enumerate(zip(starts, blocks, strict=True)):
            first, last = max(passage.start - start, 0), min(passage.end - start, len(block))
            piece = block[first:last] if first < last else ""
            if piece.strip():
                first += len(piece) - len(piece.lstrip())
                last = first + len(piece.strip())
                result[number].append(Passage(first, last, passage.lang, passage.confidence))
    return result


def classify(text: str, languages: Sequence[str] = (), prior: Mapping[str, float] | None = None) -> tuple[str, float]:
    """The one language of a short text (a name, a heading), and how sure that is, in [0, 1].

    `languages` are those expected; `prior` gives weights to some languages (a share of the page's text, say), which are
    made into probabilities. (`und`, 0.0) where there is nothing to go by.
    """
    scores = likelihoods(text, languages, prior)
    if not scores:
        return UNDETERMINED, 0.0
    chances = _chances(np.array(list(scores.values()), np.float32))
    best = int(chances.argmax())
    if chances[best] < _TELLING:
        return UNDETERMINED, 0.0
    return list(scores)[best], float(chances[best])


def likelihoods(text: str, languages: Sequence[str] = (), prior: Mapping[str, float] | None = None) -> dict[str, float]:
    """How likely a short text is in each language: natural logarithms up to a constant, prior included.

    Empty where there is nothing to go by. Arguments as in `classify`, whose answer is the best of them.
    """
    known = model()
    tokens = _tokens(text)
    told = _by_script(tokens)
    if told is not None:
        return {told: 0.0}
    scores = _emissions(known, tokens).sum(axis=0)
    if not scores.any():
        return {}
    scores = scores - _entry_costs(known, languages, prior)
    return dict(zip(known.languages, scores.tolist(), strict=True))


def _split(text: str, languages: Sequence[str], prior: Mapping[str, float] | None) -> list[Passage]:
    tokens = _tokens(text)
    if not tokens:
        stripped = text.strip()
        start = text.find(stripped)
        return [Passage(start, start + len(stripped), UNDETERMINED, 0.0)] if stripped else []
    known = model()
    entry = _entry_costs(known, languages, prior)
    open_ = np.flatnonzero(np.isfinite(entry))
    emissions = _emissions(known, tokens)[:, open_]
    costs, stretches = _gap_costs(text, tokens)
    chunks = _chunks(emissions, costs)
    words_, emissions = emissions, np.add.reduceat(emissions, chunks)
    costs, stretches = costs[chunks], stretches[chunks]
    sizes = np.diff([*chunks, len(tokens)])
    chosen = _choose(emissions, costs, entry[open_])
    if not len(chosen):
        stripped = text.strip()
        return [Passage(text.find(stripped), text.find(stripped) + len(stripped), UNDETERMINED, 0.0)]
    runs = _viterbi(emissions[:, chosen], costs, _STAY_ENTRY * entry[open_][chosen])
    runs = [_Run(run.first, run.last, int(chosen[run.language])) for run in runs]
    runs = _without_islands(runs, emissions, costs, stretches, sizes)
    ends = [*chunks.tolist(), len(tokens)]
    runs = [_Run(ends[run.first], ends[run.last], run.language) for run in runs]
    emissions = words_
    return _passages(text, tokens, runs, [known.languages[column] for column in open_], emissions)


Token = tuple[int, int, str, bool]


def _tokens(text: str) -> list[Token]:
    return list(words(text))


def _emissions(known: Model, tokens: Sequence[Token]) -> Scores:
    spoken = [word for _, _, word, spoken in tokens if spoken]
    shouted = sum(len(word) for word in spoken if word.isupper() and len(word) > 1)
    loud = shouted * 2 > sum(map(len, spoken))
    heard = [
        (row, word.lower() if word.isupper() else word)
        for row, (_, _, word, spoken) in enumerate(tokens)
        if spoken and (loud or not 1 < len(word) <= _LONGEST_ACRONYM or not word.isupper())
    ]
    result = np.zeros((len(tokens), len(known.languages)), np.float32)
    if heard:
        result[[row for row, _ in heard]] = known.scores([word for _, word in heard])
    return result


def _by_script(tokens: Sequence[Token]) -> str | None:
    """The language, where the script of every word says it."""
    told = {ONLY_LANGUAGE.get(script(word[0])) for _, _, word, spoken in tokens if spoken}
    return told.pop() if len(told) == 1 else None


def _entry_costs(known: Model, languages: Sequence[str], prior: Mapping[str, float] | None) -> Scores:
    """What it costs to bring in each language at all: infinite for those that are only considered where expected."""
    costs = _PRIOR_WEIGHT * (known.prior.max() - known.prior)
    costs[~known.common] = np.inf
    weights = dict.fromkeys(languages, 1.0) | dict(prior or {})
    expected = {known.index[_primary(tag)]: weight for tag, weight in weights.items() if _primary(tag) in known.index}
    if expected:
        costs += _COST_UNEXPECTED
        most = max(expected.values())
        for column, weight in expected.items():
            costs[column] = _PRIOR_WEIGHT * math.log(most / weight) if weight > 0 else _COST_UNEXPECTED
    return costs - costs.min()


def _primary(tag: str) -> str:
    """The primary subtag in the form that the tables use: Norwegian is one language to them."""
    subtag = tag.replace("_", "-").partition("-")[0].lower()
    return {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl"}.get(subtag, subtag)


@lru_cache(maxsize=1 << 12)
def _gap(gap: str) -> int:
    return next(place for place, (_, pattern, _, _) in enumerate(_GAPS) if pattern.search(gap))


def _gap_costs(text: str, tokens: Sequence[Token]) -> tuple[Scores, npt.NDArray[np.intp]]:
    """The cost of a change of language before each word, and the number of the stretch of running text that it is in."""
    gaps = [text[a[1] : b[0]] for a, b in pairwise(tokens)]
    kinds = np.array([_KINDS["paragraph"], *map(_gap, gaps)], np.intp)
    lines = np.cumsum(kinds <= _KINDS["newline"]) - 1
    # A full stop at its end makes a line a sentence, however short.
    stops = kinds == _KINDS["sentence"]
    ends = [
        kind <= _KINDS["newline"] and _STOP.match(gap) is not None for kind, gap in zip(kinds[1:], gaps, strict=True)
    ]
    stops[:-1] |= np.array(ends, bool)
    stops[-1] |= _STOP.match(text, tokens[-1][1]) is not None
    title = (np.bincount(lines, stops) == 0) & (np.bincount(lines) <= _LONGEST_TITLE)
    costs = np.where(title[lines], _TITLE_COSTS[kinds], _PROSE_COSTS[kinds])
    return costs, np.cumsum((kinds <= _KINDS["sentence"]) | (costs <= _PARTING)) - 1


def _chunks(emissions: Scores, costs: Scores) -> npt.NDArray[np.intp]:
    """The words at which the language may change: within running text only where what precedes and what follows differ."""
    sums = np.vstack([np.zeros_like(emissions[:1]), np.cumsum(emissions, axis=0)])
    count = len(emissions)
    place = np.arange(count)
    before = (sums[place] - sums[np.maximum(place - _WINDOW, 0)]).argmax(axis=1)
    after = (sums[np.minimum(place + _WINDOW, count)] - sums[place]).argmax(axis=1)
    cut = (before != after) | (costs < _PROSE_COSTS[_KINDS["space"]])
    cut[0] = True
    return np.flatnonzero(cut)


def _choose(emissions: Scores, costs: Scores, entry: Scores) -> npt.NDArray[np.intp]:
    """The columns of the few languages of the text: those that an unbounded path uses, less what does not earn its entry."""
    if not emissions.any():
        return np.empty(0, np.intp)
    runs = _viterbi(emissions, costs, entry * _FIRST_ENTRY)
    sums = np.vstack([np.zeros(emissions.shape[1]), np.cumsum(emissions, axis=0, dtype=np.float64)])
    totals = np.array([sums[run.last] - sums[run.first] for run in runs])
    gaps = [0.0] + [float(costs[run.first]) for run in runs[1:]]
    chosen = sorted({run.language for run in runs})
    while len(chosen) > 1:
        losses = []
        for language in chosen:
            others = [other for other in chosen if other != language]
            now = _price(totals, gaps, chosen)
            then = _price(totals, gaps, others)
            losses.append((then - now - entry[language] - _COST_LANGUAGE * math.log1p(len(emissions) / 10), language))
        loss, language = min(losses)
        if loss >= 0:
            break
        chosen.remove(language)
    return np.array(chosen, np.intp)


def _price(totals: Scores, gaps: Sequence[float], chosen: Sequence[int]) -> float:
    """The cost of the best path over whole runs in the languages `chosen`."""
    sub = totals[:, chosen]
    cost = -sub[0]
    for row, gap in zip(sub[1:], gaps[1:], strict=True):
        cost = np.minimum(cost, cost.min() + gap) - row
    return float(cost.min())


def _viterbi(emissions: Scores, costs: Scores, entry: Scores) -> list[_Run]:
    """The most likely path: score of the words, less `costs` of each change, less the `entry` cost of the language entered."""
    count, width = emissions.shape
    score = emissions[0] - entry
    came = np.empty(count, np.intp)
    stayed = np.ones((count, width), bool)
    for row in range(1, count):
        best = int(score.argmax())
        came[row] = best
        switched = (score[best] - costs[row]) - entry
        np.greater_equal(score, switched, out=stayed[row])
        np.maximum(score, switched, out=score)
        score += emissions[row]
    language = int(score.argmax())
    runs: list[_Run] = []
    last = count
    for row in range(count - 1, 0, -1):
        if not stayed[row, language]:
            runs.append(_Run(row, last, language))
            language, last = int(came[row]), row
    runs.append(_Run(0, last, language))
    runs.reverse()
    return _merged(runs)


def _merged(runs: Sequence[_Run]) -> list[_Run]:
    merged: list[_Run] = []
    for run in runs:
        if merged and merged[-1].language == run.language:
            run = _Run(merged.pop().first, run.last, run.language)
        merged.append(run)
    return merged


def _without_islands(
    runs: Sequence[_Run], emissions: Scores, costs: Scores, stretches: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> list[_Run]:
    """A few foreign words within a sentence, a title or a name, stay with the sentence unless they are sure to be foreign."""
    runs = list(runs)
    while True:
        weakest: tuple[float, int, _Run] | None = None
        for place, run in enumerate(runs):
            stretch = stretches[run.first]
            if stretches[run.last - 1] != stretch:
                continue
            left, right = np.searchsorted(stretches, [stretch, stretch + 1])
            size = int(sizes[run.first : run.last].sum())
            if size >= _ISLAND_SHARE * sizes[left:right].sum():
                continue
            near = [runs[n] for n in (place - 1, place + 1) if 0 <= n < len(runs)]
            near = [other for other in near if other.first < right and other.last > left]
            for other in near:
                cost = max(0.0, _ISLAND_COST * (1 - size / _ISLAND_WORDS))
                sums = emissions[run.first : run.last].sum(axis=0)
                gain = float(sums[run.language] - sums[other.language]) - cost
                gain -= float(costs[run.first]) if run.first else 0.0
                gain -= float(costs[run.last]) if len(near) > 1 and near[0].language == near[1].language else 0.0
                if gain < 0 and (weakest is None or gain < weakest[0]):
                    weakest = (gain, place, _Run(run.first, run.last, other.language))
        if weakest is None:
            return runs
        runs[weakest[1]] = weakest[2]
        runs = _merged(runs)


def _chances(scores: Scores) -> Scores:
    weights = np.exp((scores - scores.max()) / _TEMPERATURE)
    return weights / weights.sum()


def _passages(
    text: str, tokens: Sequence[Token], runs: Sequence[_Run], languages: Sequence[str], emissions: Scores
) -> list[Passage]:
    """Runs of words -> passages: punctuation goes with the word that it touches, a bullet with the line that it opens."""
    starts, ends = [len(text) - len(text.lstrip())], []
    for before, after in pairwise(runs):
        left, right = tokens[before.last - 1][1], tokens[after.first][0]
        gap = text[left:right]
        pieces = gap.split()
        ends.append(left + (len(pieces[0]) if pieces and not gap[0].isspace() else 0))
        lead = gap[gap.rfind("\n") + 1 :] if "\n" in gap else gap
        tail = (
            len(lead.lstrip())
            if "\n" in gap
            else (len(pieces[-1]) if pieces and not gap[-1].isspace() and len(pieces) > 1 else 0)
        )
        starts.append(right - tail)
    ends.append(len(text.rstrip()))
    passages = []
    for run, start, end in zip(runs, starts, ends, strict=True):
        chances = _chances(emissions[run.first : run.last].sum(axis=0))
        passages.append(Passage(start, end, languages[run.language], float(chances[run.language])))
    return passages
