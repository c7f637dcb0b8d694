"""Text -> passages by language.

Words are scored in every language (`ngrams.py`), and the least costly path through them is taken: a word costs what it is
less likely in the chosen language than in its best one, a change of language costs the more the less the gap between the
words invites it, and a language that the text has not needed so far costs for being brought in. The path is exact
(Viterbi 1967); the set of languages is found by dropping what does not earn its cost, one language after the other.
"""

from __future__ import annotations

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

# The cost of a change of language in each kind of gap, in the nats that words are scored in.
_COST_PARAGRAPH = 2.0
_COST_SEPARATOR = 2.0
_COST_NEWLINE = 3.0
_COST_SENTENCE = 5.0
_COST_QUOTE = 6.0
_COST_COMMA = 7.0
_COST_SPACE = 10.0
_COST_JOINED = 20.0

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_SEPARATOR = re.compile(r"(?:^|\s)[-‐-―−|/\\•·●▪■◦→=+*~]+(?:\s|$)|[|•·/()\[\]{}\t]")
_SENTENCE = re.compile(r"[.!?…։؟۔।॥。！？:;؛]['\"’”»)\]]*(?:\s|$)|[。！？]")
_QUOTE = re.compile(r"[\"“”„‟«»‹›]")
_COMMA = re.compile(r"[,،、，]")

_COST_LANGUAGE = 6.0
_COST_UNEXPECTED = 6.0
_PRIOR_WEIGHT = 1.0
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
    emissions = _emissions(known, tokens)
    costs = np.array([0.0] + [_gap_cost(text[a[1] : b[0]]) for a, b in pairwise(tokens)], np.float32)
    entry = _entry_costs(known, languages, prior)
    chosen = _choose(emissions, costs, entry)
    if not len(chosen):
        stripped = text.strip()
        return [Passage(text.find(stripped), text.find(stripped) + len(stripped), UNDETERMINED, 0.0)]
    runs = _viterbi(emissions[:, chosen], costs, _PRIOR_WEIGHT * 0 * entry[chosen])
    runs = [_Run(run.first, run.last, int(chosen[run.language])) for run in runs]
    return _passages(text, tokens, runs, known, emissions)


Token = tuple[int, int, str, bool]


def _tokens(text: str) -> list[Token]:
    return list(words(text))


def _emissions(known: Model, tokens: Sequence[Token]) -> Scores:
    result = np.zeros((len(tokens), len(known.languages)), np.float32)
    shouted = sum(len(word) for _, _, word, spoken in tokens if spoken and word.isupper() and len(word) > 1)
    loud = shouted * 2 > sum(len(word) for _, _, word, spoken in tokens if spoken)
    for row, (_, _, word, spoken) in enumerate(tokens):
        if not spoken:
            continue
        if word.isupper() and len(word) > 1:
            if not loud and len(word) <= _LONGEST_ACRONYM:
                continue
            word = word.lower()
        result[row] = known.scores(word)
    return result


def _by_script(tokens: Sequence[Token]) -> str | None:
    """The language, where the script of every word says it."""
    told = {ONLY_LANGUAGE.get(script(word[0])) for _, _, word, spoken in tokens if spoken}
    return told.pop() if len(told) == 1 else None


def _entry_costs(known: Model, languages: Sequence[str], prior: Mapping[str, float] | None) -> Scores:
    """What it costs to bring in each language at all."""
    costs = _PRIOR_WEIGHT * (known.prior.max() - known.prior)
    hinted = [known.index[tag] for tag in map(_primary, languages) if tag in known.index]
    if hinted:
        costs += _COST_UNEXPECTED
        costs[hinted] = 0.0
    if prior:
        total = sum(prior.values())
        weights = np.full(len(costs), 0.02, np.float32)
        for tag, weight in sorted(prior.items()):
            if _primary(tag) in known.index and total > 0:
                weights[known.index[_primary(tag)]] += weight / total
        costs = costs - np.log(weights)
    return costs - costs.min()


def _primary(tag: str) -> str:
    """The primary subtag in the form that the tables use: Norwegian is one language to them."""
    subtag = tag.replace("_", "-").partition("-")[0].lower()
    return {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl"}.get(subtag, subtag)


@lru_cache(maxsize=1 << 12)
def _gap_cost(gap: str) -> float:
    if _PARAGRAPH.search(gap):
        return _COST_PARAGRAPH
    if _SEPARATOR.search(gap) and len(gap) > 1:
        return _COST_SEPARATOR
    if "\n" in gap:
        return _COST_NEWLINE
    if _SEPARATOR.search(gap) or _SENTENCE.search(gap):
        return _COST_SENTENCE
    if _QUOTE.search(gap):
        return _COST_QUOTE
    if _COMMA.search(gap):
        return _COST_COMMA
    return _COST_SPACE if not gap or gap.isspace() else _COST_JOINED


def _choose(emissions: Scores, costs: Scores, entry: Scores) -> npt.NDArray[np.intp]:
    """The columns of the few languages of the text: those that an unbounded path uses, less what does not earn its entry."""
    if not emissions.any():
        return np.empty(0, np.intp)
    runs = _viterbi(emissions, costs, entry)
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
            losses.append((then - now - entry[language] - _COST_LANGUAGE, language))
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
    merged: list[_Run] = []
    for run in runs:
        if merged and merged[-1].language == run.language:
            run = _Run(merged.pop().first, run.last, run.language)
        merged.append(run)
    return merged


def _chances(scores: Scores) -> Scores:
    weights = np.exp((scores - scores.max()) / _TEMPERATURE)
    return weights / weights.sum()


def _passages(
    text: str, tokens: Sequence[Token], runs: Sequence[_Run], known: Model, emissions: Scores
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
        passages.append(Passage(start, end, known.languages[run.language], float(chances[run.language])))
    return passages
