"""Text -> passages by language.

Words are scored in every language (`ngrams.py`), and the least costly way to give each a language is taken (`decoding.py`).
Everything is a pure function of the text: no random numbers, no state that shows, safe to call from threads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from parsers.decoding import Run, decode
from parsers.model import Passage
from parsers.ngrams import Model, Scores, model
from parsers.scripts import Word, words

UNDETERMINED = "und"

# How much the share of a language on the web counts, and how much more an unexpected language has to be likely, in nats.
_PRIOR_WEIGHT = 0.3
_COST_UNEXPECTED = 4.0

# Capitals up to this length are acronyms where the text around them is not in capitals: no word of any language.
_LONGEST_ACRONYM = 6

# Words are not independent: sums of their scores are this much too sure.
_TEMPERATURE = 1.2
_TELLING = 0.3
"""The least chance at which a language is named where nothing but the text itself speaks for it."""

_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl"}
"""Primary subtags that the tables know by another: macrolanguages and deprecated ones."""


def split(text: str, languages: Sequence[str] = ()) -> list[Passage]:
    """Split `text` into passages of one language each, in order: every letter is in one of them, adjacent ones differ.

    `languages` are those that the text is expected in (BCP 47); others need more evidence. Offsets are in characters into
    `text`; blanks and separators between two passages are in neither. What nobody could tell is one passage `und`; a blank
    text has no passages.
    """
    if not text.strip():
        return []
    tokens = words(text)
    runs: list[Run] = []
    if tokens:
        known = model()
        entry = _entry_costs(known, languages, {})
        possible = np.flatnonzero(np.isfinite(entry))
        scores, entry = _scores(known, tokens)[:, possible], entry[possible]
        runs = decode(text, tokens, scores, entry)
    tagged = []
    for run in runs:
        # What stands alone has only the text itself to speak for it; a run among others has them.
        sums = scores[run.first : run.last].sum(axis=0)
        chance = float(_chances(sums - entry if len(runs) == 1 else sums)[run.language])
        tagged.append((known.languages[possible[run.language]], chance))
    if not runs or (len(runs) == 1 and tagged[0][1] < _TELLING):
        start = len(text) - len(text.lstrip())
        return [Passage(start, len(text.rstrip()), UNDETERMINED, 0.0)]
    return [
        Passage(start, end, tag, chance)
        for (start, end), (tag, chance) in zip(_places(text, tokens, runs), tagged, strict=True)
    ]


def split_blocks(blocks: Sequence[str], languages: Sequence[str] = ()) -> list[list[Passage]]:
    """Split lines that follow one another on a page: for each of `blocks` its passages, with offsets into the block.

    The blocks are read as one text, so that a short line is understood from its neighbours, and the ends of blocks are
    good places for a change of language. `languages` as in `split`.
    """
    passages = split("\n".join(blocks), languages)
    result: list[list[Passage]] = []
    offset = first = 0
    for block in blocks:
        end = offset + len(block)
        while first < len(passages) and passages[first].end <= offset:
            first += 1
        pieces = []
        for passage in passages[first:]:
            if passage.start >= end:
                break
            start, stop = max(passage.start - offset, 0), min(passage.end - offset, len(block))
            piece = block[start:stop]
            if stripped := piece.strip():
                start += piece.index(stripped)
                pieces.append(Passage(start, start + len(stripped), passage.lang, passage.confidence))
        result.append(pieces)
        offset = end + 1
    return result


def likelihoods(text: str, languages: Sequence[str] = (), prior: Mapping[str, float] | None = None) -> dict[str, float]:
    """How likely a short text is in each language: natural logarithms up to a constant, prior included.

    `languages` are those expected (BCP 47), all alike; `prior` weighs them (by their share of the page's text, say; any
    positive numbers). Empty where there is nothing to go by.
    """
    known = model()
    scores = _scores(known, words(text)).sum(axis=0)
    if not scores.any():
        return {}
    scores = scores - _entry_costs(known, languages, prior or {})
    return {tag: score for tag, score in zip(known.languages, scores.tolist(), strict=True) if math.isfinite(score)}


def _scores(known: Model, tokens: Sequence[Word]) -> Scores:
    """A row a word; of 0 for those that tell nothing."""
    spoken = [word.text for word in tokens if word.spoken]
    shouted = sum(len(word) for word in spoken if word.isupper() and len(word) > 1)
    loud = shouted * 2 > sum(map(len, spoken))
    heard = [
        (row, word.text.lower() if word.text.isupper() else word.text)
        for row, word in enumerate(tokens)
        if word.spoken and (loud or not 1 < len(word.text) <= _LONGEST_ACRONYM or not word.text.isupper())
    ]
    result = np.zeros((len(tokens), len(known.languages)), np.float32)
    if heard:
        result[[row for row, _ in heard]] = known.scores([word for _, word in heard])
    return result


def _entry_costs(known: Model, languages: Sequence[str], prior: Mapping[str, float]) -> Scores:
    """What it costs to expect each language, at least 0: infinite for those that are only looked for where expected."""
    costs: Scores = _PRIOR_WEIGHT * (known.prior.max() - known.prior)
    costs[~known.common] = np.inf
    expected: dict[int, float] = {}
    for tag, weight in (dict.fromkeys(languages, 1.0) | dict(prior)).items():
        if weight > 0 and (column := known.index.get(_primary(tag))) is not None:
            expected[column] = expected.get(column, 0.0) + weight
    if expected:
        costs += _COST_UNEXPECTED
        most = max(expected.values())
        for column, weight in expected.items():
            costs[column] = min(math.log(most / weight), _COST_UNEXPECTED)
    costs -= costs.min()
    return costs


def _primary(tag: str) -> str:
    subtag = tag.replace("_", "-").partition("-")[0].lower()
    return _SAME.get(subtag, subtag)


def _chances(scores: Scores) -> Scores:
    chances: Scores = np.exp((scores - scores.max()) / _TEMPERATURE)
    chances /= chances.sum()
    return chances


def _places(text: str, tokens: Sequence[Word], runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Where the runs start and end: punctuation goes with the word that it touches, a bullet with the line that it opens."""
    bounds = [len(text) - len(text.lstrip())]
    for before, after in pairwise(runs):
        left, right = tokens[before.last - 1].end, tokens[after.first].start
        gap = text[left:right]
        head, _, line = gap.rpartition("\n")
        if "\n" in gap:
            bounds += [left + len(head.rstrip()), right - len(line.lstrip())]
        elif gap.split() and any(map(str.isspace, gap)):
            closing = "" if gap[0].isspace() else gap.split()[0]
            opening = "" if gap[-1].isspace() else gap.split()[-1]
            bounds += [left + len(closing), right - len(opening)]
        else:
            bounds += [left, right]
    bounds.append(len(text.rstrip()))
    return list(zip(bounds[::2], bounds[1::2], strict=True))
