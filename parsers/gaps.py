"""What stands between two words, and what a change of language costs there.

All costs are in the nats that words are scored in. Below 0, a change is what one expects.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from parsers.evidence import Cases, Mask, Places, Scores

# Kinds of gaps between words, the first that fits counts: what the gap holds, and the cost of a change of language in it, in
# prose and in a title.
_GAPS = (
    ("paragraph", re.compile(r"\n[^\S\n]*\n"), 2.5, 1.5),
    ("newline", re.compile(r"\n"), 3.5, 2.0),
    ("sentence", re.compile(r"[.!?…։؟۔।॥。！？]['\"’”»)\]]*\s|[。！？]"), 3.0, 3.0),
    ("separator", re.compile(r"\s[-‐-―−|/\\•·●▪■◦→=+*~]+\s|[|•·\t]"), 6.0, -1.0),
    ("colon", re.compile(r"[:;؛；：/]"), 13.0, 2.0),
    ("bracket", re.compile(r"[()\[\]{}（）]"), 13.0, 1.0),
    ("quote", re.compile(r"[\"“”„‟«»‹›]"), 15.0, 6.0),
    ("comma", re.compile(r"[,،、，]"), 15.0, 2.0),
    ("space", re.compile(r"\s|^$"), 17.0, 7.0),
    ("joined", re.compile(r""), 20.0, 20.0),
)
_KINDS = {kind: place for place, (kind, *_) in enumerate(_GAPS)}
_NEWLINE, _SENTENCE, _COLON, _COMMA, _SPACE = (
    _KINDS[kind] for kind in ("newline", "sentence", "colon", "comma", "space")
)
_PROSE_COSTS = np.array([prose for _, _, prose, _ in _GAPS], np.float32)
_TITLE_COSTS = np.array([title for _, _, _, title in _GAPS], np.float32)

# A language begins with a capital where it begins with a sentence or a name, seldom with a word in lower case.
_CAPITAL_PROSE, _CAPITAL_TITLE = 4.0, 2.0
_LOWER_PROSE, _LOWER_TITLE = 5.0, 4.0
# The most that a change of language costs between words in different scripts.
_COST_SCRIPT = 5.0

# Where a title has separators, it changes language at them: elsewhere that costs so much more. Else the same holds, less
# strictly, for the best of what it has: slashes and brackets, then commas.
_RANKS = np.array([9, 9, 9, 0, 1, 1, 9, 2, 3, 3])
_COST_WEAKER = 4.0
_COST_NO_SEPARATOR = 12.0


def _table(costs: Scores, first: int, capital: float, lower: float) -> Scores:
    """Costs by the kind of the gap (row) and the case of the word behind it (column; see `Known.case`).

    The kinds from `first` on are those behind which a capital counts.
    """
    table = np.repeat(costs[:, None], 4, axis=1)
    table[first : _SPACE + 1, 1] -= capital
    table[_COLON : _SPACE + 1, -1] += lower
    return table


_PROSE_TABLE = _table(_PROSE_COSTS, _SPACE, _CAPITAL_PROSE, _LOWER_PROSE)
_TITLE_TABLE = _table(_TITLE_COSTS, _COMMA, _CAPITAL_TITLE, _LOWER_TITLE)
# By the best rank in a title, what each kind of gap costs more.
_WEAKER = np.where(
    (np.arange(10)[:, None] < _RANKS) & (np.arange(10) != _COLON),
    np.where(np.arange(10) == 0, _COST_NO_SEPARATOR, _COST_WEAKER)[:, None],
    0.0,
).astype(np.float32)
_WEAKER[9] = 0.0

# A title is a line of at most so many words without the end of a sentence.
_LONGEST_TITLE = 24
_STOP = re.compile(r"['\"’”»)\]]*[.!?…։؟۔।॥。！？]")
_NUMBER = re.compile(r"[.!?…]\S*\s+(?:\W*\d|[-‐-―•·●▪■◦→*+]\s)")
# Gaps that cost no more than this part stretches of running text, of which a sentence is the usual one.
_PARTING = 2.0
_LONGEST_PARTICLE = 3
_LONG_WORD = 4
"""Letters of a capitalised word that is a name where a title repeats it."""

INVITING = _PROSE_COSTS[_SPACE] - _CAPITAL_PROSE
"""A change that costs less is looked for even where nothing in the words suggests it."""

_KEPT = 1 << 14
_found: dict[str, int] = {}
_CLOSES, _STARTS_WITH_STOP, _NUMBERED = 16, 32, 64


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each word of some texts, what a change of language costs before it; and how the words fall into parts."""

    costs: Scores
    starts: Places
    """The first word of each stretch of running text in one script."""
    names: Mask
    """For each word, whether it looks like one of a name in running text: capitalised within a sentence."""
    particles: Mask
    """For each word, whether it stands, with at most one more, between two of `names`."""
    titles: tuple[tuple[int, int], ...]
    """The first word of each title, and the one behind its last."""
    repeated: tuple[int, ...]
    """Capitalised words that their title has more than once: names, which stand in each language's part."""

    def starts_between(self, first: int, last: int) -> Places:
        """`starts` within the text of the words `first` to `last`, counted from its first."""
        begin, end = self.starts.searchsorted((first, last))
        return self.starts[begin:end] - first

    def titles_between(self, first: int, last: int) -> list[tuple[int, int]]:
        """`titles` within the text of the words `first` to `last`, counted from its first."""
        titles = self.titles[bisect_left(self.titles, (first,)) : bisect_left(self.titles, (last,))]
        return [(begin - first, end - first) for begin, end in titles]


def read_gaps(
    gaps: Sequence[str], words: Sequence[str], firsts: Places, case: Cases, letters: Places, scripts: Places
) -> Gaps:
    """What the gaps behind each of `words` tell, in texts of which `firsts` are the first words.

    The rest is what is known of the words (`evidence.Known`).
    """
    seen = list(map(_found.get, gaps))
    if None in seen:
        seen = [_code(gap) if code is None else code for gap, code in zip(gaps, seen, strict=True)]
    codes = [0, *cast(list[int], seen)]
    coded = np.frombuffer(bytes(codes), np.uint8)
    kinds = coded[:-1] & np.uint8(15)
    kinds[firsts] = _KINDS["paragraph"]
    sentences = []
    for place in (kinds == _SENTENCE).nonzero()[0].tolist():
        # "J. Smith": initials end no sentence, nor does a full stop before a word in lower case, unless a number begins it.
        if codes[place] & _STARTS_WITH_STOP and letters[place - 1] == 1:
            kinds[place] = _SPACE
        elif case[place] < 0 and not codes[place] & _NUMBERED:
            kinds[place] = _COMMA
        else:
            sentences.append(place)
    costs: Scores = _PROSE_TABLE[kinds, case]
    repeated: list[int] = []
    titles = _titles((kinds <= _NEWLINE).nonzero()[0].tolist(), sentences, codes)
    for first, last in titles:
        costs[first:last] = _TITLE_TABLE[kinds[first:last], case[first:last]]
    turns = (scripts[1:] != scripts[:-1]).nonzero()[0] + 1
    if len(turns):
        costs[turns] = np.minimum(costs[turns], _COST_SCRIPT)
    for first, last in titles:
        if last - first > 1:
            inner = kinds[first + 1 : last]
            costs[first + 1 : last] += _WEAKER[np.minimum.reduce(_RANKS.take(inner))].take(inner)
            repeated += _repeated(words, case, first, last)
    inside = kinds > _SENTENCE
    names = (case == 1) & inside
    parting = ~inside | (costs <= _PARTING)
    parting[turns] = True
    starts = parting.nonzero()[0]
    return Gaps(
        costs,
        starts,
        names,
        _particles(names, (case < 0) & (letters <= _LONGEST_PARTICLE) & (kinds == _SPACE), kinds == _SPACE),
        tuple(titles),
        tuple(repeated),
    )


def _particles(names: Mask, lower: Mask, spaced: Mask) -> Mask:
    """Words in lower case, one or two of them, between two `names`, with nothing but blanks between."""
    found = np.zeros(len(names), bool)
    after = names & spaced
    one = lower[1:-1] & names[:-2] & after[2:]
    found[1:-1] |= one
    two = lower[1:-2] & lower[2:-1] & names[:-3] & after[3:]
    found[1:-2] |= two
    found[2:-1] |= two
    return found


def _code(gap: str) -> int:
    """The kind of a gap, and whether what it starts with ends a sentence."""
    kind = next(place for place, (_, pattern, _, _) in enumerate(_GAPS) if pattern.search(gap))
    code = kind | (_CLOSES if _STOP.match(gap) else 0) | (_STARTS_WITH_STOP if gap.startswith(".") else 0)
    code |= _NUMBERED if _NUMBER.search(gap) else 0
    if len(_found) >= _KEPT:
        _found.clear()
    _found[gap] = code
    return code


def _titles(lines: Sequence[int], sentences: Sequence[int], codes: Sequence[int]) -> list[tuple[int, int]]:
    """Which lines, given by their first words, are titles. `sentences` begin within lines."""
    result = []
    for first, last in pairwise([*lines, len(codes) - 1]):
        # A full stop at its end makes a line a sentence, however short.
        if last - first <= _LONGEST_TITLE and not codes[last] & _CLOSES:
            place = bisect_left(sentences, first)
            if place == len(sentences) or sentences[place] >= last:
                result.append((first, last))
    return result


def _repeated(words: Sequence[str], case: Cases, first: int, last: int) -> list[int]:
    """Those of the words `first` to `last` that are capitalised wherever they occur, and do more than once."""
    long = [place for place in range(first, last) if len(words[place]) >= _LONG_WORD]
    folded = [words[place].lower() for place in long]
    if len(set(folded)) == len(folded):
        return []
    lower = {word for word, place in zip(folded, long, strict=True) if case[place] < 1}
    return [place for word, place in zip(folded, long, strict=True) if word not in lower and folded.count(word) > 1]
