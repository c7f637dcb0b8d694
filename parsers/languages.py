"""Text -> passages by language.

Words are scored in every language (`evidence.py`), the gaps between them weighed (`gaps.py`), and the least costly way to give
each word a language is taken (`decoding.py`). Everything is a pure function of the text: no random numbers, no state that
shows, safe to call from threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, islice, pairwise

import numpy as np

from parsers.decoding import Run, candidates, decode
from parsers.evidence import Cases, Model, Places, Scores, damped, model
from parsers.gaps import Gaps, read_gaps
from parsers.model import Passage
from parsers.scripts import cut

UNDETERMINED = "und"

# How much the share of a language on the web counts, and how much more an unexpected language has to be likely, in nats.
_PRIOR_WEIGHT = 0.3
_COST_UNEXPECTED = 4.0

# Capitals up to this length are acronyms where the text around them is not in capitals: no word of any language.
_LONGEST_ACRONYM = 6

# However odd a word looks in a language, it may be a name: how far its evidence is trusted, in nats (`evidence.damped`). In
# prose, a capitalised word within a sentence probably is one; in a title all words are capitalised, and few are foreign, but
# what is repeated in each of its languages is a name.
_TRUST_PROSE = np.float32(5.0)
_TRUST_NAME = np.float32(1.0)
_TRUST_PARTICLE = np.float32(1.0)
_TRUST_TITLE = np.float32(12.0)
_TRUST_REPEATED = np.float32(1.0)

# Words are not independent: sums of their scores are this much too sure.
_TEMPERATURE = 1.2
_TELLING = 0.3
"""The least chance at which a language is named where nothing but the text itself speaks for it."""

_BATCH = 64
"""Texts whose words are looked up together."""

_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl"}
"""Primary subtags that the tables know by another: macrolanguages and deprecated ones."""


def split(text: str, languages: Sequence[str] = ()) -> list[Passage]:
    """Split `text` into passages of one language each, in order: every letter is in one of them, adjacent ones differ.

    `languages` are those that the text is expected in (BCP 47); others need more evidence. Offsets are in characters into
    `text`; blanks and separators between two passages are in neither. What nobody could tell is one passage `und`; a blank
    text has no passages.
    """
    return _split_batch([text], tuple(languages))[0]


def split_each(texts: Iterable[str], languages: Sequence[str] = ()) -> Iterator[list[Passage]]:
    """`split` each of `texts`, in order. Many short texts are done faster so: their words are looked up together."""
    waiting = iter(texts)
    while batch := list(islice(waiting, _BATCH)):
        yield from _split_batch(batch, tuple(languages))


def _split_batch(texts: Sequence[str], languages: tuple[str, ...]) -> list[list[Passage]]:
    cuts = [cut(text) for text in texts]
    known = model()
    found = _runs(known, [pieces for pieces in cuts if len(pieces) > 1], *_expected(languages))
    return [
        _passages(text, pieces, next(found) if len(pieces) > 1 else [], known.languages)
        for text, pieces in zip(texts, cuts, strict=True)
    ]


def _passages(
    text: str, pieces: Sequence[str], found: Sequence[tuple[Run, float]], tags: Sequence[str]
) -> list[Passage]:
    if not found or (len(found) == 1 and found[0][1] < _TELLING):
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return [Passage(start, end, UNDETERMINED, 0.0)] if end else []
    places = _places(text, pieces, [run for run, _ in found])
    return [
        Passage(start, end, tags[run.language], chance)
        for (start, end), (run, chance) in zip(places, found, strict=True)
    ]


def _runs(
    model: Model, cuts: Sequence[Sequence[str]], entry: Scores, possible: Places
) -> Iterator[list[tuple[Run, float]]]:
    """For each text, in pieces, the runs of one language each and how sure that is; none where no word tells anything.

    `entry` is what it costs to expect each of the `possible` languages.
    """
    if not cuts:
        return
    words = list(chain.from_iterable(pieces[1::2] for pieces in cuts))
    bounds = list(accumulate((len(pieces) // 2 for pieces in cuts), initial=0))
    firsts = np.array(bounds[:-1])
    known, numbers = model.known(words)
    case, letters, scripts = known.case.take(numbers), known.letters.take(numbers), known.script.take(numbers)
    told = _told(numbers, case, letters, firsts)
    gaps = read_gaps(list(chain.from_iterable(pieces[2::2] for pieces in cuts)), words, firsts, case, letters, scripts)
    trust = _trust(case, gaps)[:, None]
    telling = np.logical_or.reduceat(told, firsts).tolist()
    # A text in Latin letters throughout is in none of the languages that are not written in them.
    width = len(possible)
    widths = np.where(np.logical_or.reduceat(scripts, firsts), width, min(width, model.latin)).tolist()
    for place, (first, last) in enumerate(pairwise(bounds)):
        if not telling[place]:
            yield []
            continue
        here = told[first:last]
        if width == model.common:
            scores = known.damped.take(here, axis=0)[:, : widths[place]]
        else:
            scores = known.damped[here[:, None], possible]
        costs = entry[: scores.shape[1]]
        few = candidates(scores, gaps.starts_between(first, last), gaps.titles_between(first, last), costs)
        if len(few) > 1:
            sharp = damped(known.undamped(here[:, None], possible[few]), trust[first:last])
            runs = decode(sharp, gaps.costs[first:last], costs[few])
        else:
            runs = [Run(0, last - first, 0)]
        sums = np.add.reduceat(scores, [run.first for run in runs])
        # What stands alone has only the text itself to speak for it; a run among others has them.
        chances = _chances(sums - costs if len(runs) == 1 else sums)
        columns = few.take([run.language for run in runs])
        sure = chances[np.arange(len(runs)), columns].tolist()
        tags = possible.take(columns).tolist()
        yield [(Run(run.first, run.last, tag), chance) for run, tag, chance in zip(runs, tags, sure, strict=True)]


def _told(numbers: Places, case: Cases, letters: Places, firsts: Places) -> Places:
    """The numbers of the words that tell of a language: 0 for acronyms, in texts that are not printed in capitals."""
    capitals = case == 2
    if not np.logical_or.reduce(capitals):
        return numbers
    loud = np.add.reduceat(letters * capitals, firsts) * 2 > np.add.reduceat(letters, firsts)
    acronyms = capitals & (letters <= _LONGEST_ACRONYM)
    if np.logical_or.reduce(loud):
        acronyms &= ~loud.repeat(np.diff(firsts, append=len(numbers)))
    return np.where(acronyms, 0, numbers)


def _trust(case: Cases, gaps: Gaps) -> Scores:
    """How far the evidence of each word is trusted (see `damped`)."""
    trust = np.full(len(case), _TRUST_PROSE)
    trust[gaps.names] = _TRUST_NAME
    trust[gaps.particles] = _TRUST_PARTICLE
    for start, end in gaps.titles:
        trust[start:end] = _TRUST_TITLE
    if gaps.repeated:
        trust[list(gaps.repeated)] = _TRUST_REPEATED
    return trust


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
    words = cut(text)[1::2]
    if not words:
        return {}
    found, numbers = known.known(words)
    told = _told(numbers, found.case[numbers], found.letters[numbers], np.zeros(1, np.intp))
    scores = found.damped[told].sum(axis=0)
    if not scores.any():
        return {}
    scores = scores - _entry_costs(known, languages, prior or {})
    return {tag: score for tag, score in zip(known.languages, scores.tolist(), strict=True) if math.isfinite(score)}


@lru_cache(maxsize=256)
def _expected(languages: tuple[str, ...]) -> tuple[Scores, Places]:
    """What it costs to expect each of the possible languages, and which those are."""
    costs = _entry_costs(model(), languages, {})
    possible = np.flatnonzero(np.isfinite(costs))
    entry: Scores = costs[possible]
    for shared in (entry, possible):
        shared.flags.writeable = False
    return entry, possible


def _entry_costs(known: Model, languages: Sequence[str], prior: Mapping[str, float]) -> Scores:
    """What it costs to expect each language, at least 0: infinite for those that are only looked for where expected."""
    costs: Scores = _PRIOR_WEIGHT * (known.prior.max() - known.prior)
    costs[known.common :] = np.inf
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
    chances: Scores = np.exp((scores - np.maximum.reduce(scores, axis=1, keepdims=True)) / _TEMPERATURE)
    chances /= np.add.reduce(chances, axis=1, keepdims=True)
    return chances


def _places(text: str, pieces: Sequence[str], runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Where the runs start and end: punctuation goes with the word that it touches, a bullet with the line that it opens."""
    bounds, right, before = [len(text) - len(text.lstrip())], 0, 0
    for run in runs[1:]:
        # The gap before word n is piece 2 n.
        place = 2 * run.first
        gap = pieces[place]
        right += len("".join(pieces[before : place + 1]))
        left, before = right - len(gap), place + 1
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
