"""Which paragraphs of a text translate which of another: by their order and their length.

W. A. Gale and K. W. Church, A program for aligning sentences in bilingual corpora, Computational Linguistics 19 (1993): a
translation is about as long as what it translates, and keeps its order. Here the unit is the paragraph.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

Bead = tuple[range, range]
"""Paragraphs of one text, by number, and those of the other that say the same."""

# The variance of a translation's length for each character of the original, and how often so many paragraphs become so
# many: both from the paper.
_VARIANCE = 6.8
_SHARES = {(1, 1): 0.89, (1, 0): 0.0099, (0, 1): 0.0099, (2, 1): 0.089, (1, 2): 0.089, (2, 2): 0.011}
_LOG_SHARES = tuple((ways, math.log(share)) for ways, share in _SHARES.items())
# A text this many times as long as another is no translation of it.
_LONGEST_RATIO = 2.5
_SMALLEST = 1e-12
# Beyond so many pairs of paragraphs a description is no description; time grows with their number.
_MOST_PAIRS = 250_000
_FIRST_WIDE = "\u1100"
"""No character before this one is as wide as an ideograph (Unicode, EastAsianWidth.txt)."""


def align(source: Sequence[str], target: Sequence[str]) -> list[Bead]:
    """The paragraphs of `target` that translate those of `source`, in order; each is in one bead, or in none.

    Where some have no counterpart, the paragraphs do not align, and the whole of one text stands for the whole of the other.
    Texts of very different length are no translations: they give no bead.
    """
    lengths = [_length(text) for text in source], [_length(text) for text in target]
    totals = sum(lengths[0]), sum(lengths[1])
    if min(totals) == 0 or max(totals) > _LONGEST_RATIO * min(totals):
        return []
    if len(source) * len(target) <= _MOST_PAIRS:
        beads = _cheapest(*lengths, totals[1] / totals[0])
        if all(len(one) and len(other) for one, other in beads):
            return beads
    return [(range(len(source)), range(len(target)))]


def _length(text: str) -> int:
    """How long a paragraph is, in letters of an alphabet; an ideograph stands for about two of them."""
    letters = "".join(text.split())
    if max(letters, default="") < _FIRST_WIDE:  # most texts: to count is the slowest part of making a release otherwise
        return len(letters)
    return len(letters) + sum(unicodedata.east_asian_width(c) in "WF" for c in letters)


def _cheapest(source: Sequence[int], target: Sequence[int], ratio: float) -> list[Bead]:
    """The least unlikely way to match two rows of lengths, by dynamic programming."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(source) + 1):
        for j in range(len(target) + 1):
            ways = []
            for (a, b), log_share in _LOG_SHARES:
                if i >= a and j >= b and (before := best.get((i - a, j - b))):
                    cost = _cost(sum(source[i - a : i]), sum(target[j - b : j]), ratio) - log_share
                    ways.append((before[0] + cost, (a, b)))
            if ways:
                best[i, j] = min(ways)
    beads: list[Bead] = []
    i, j = len(source), len(target)
    while i or j:
        a, b = best[i, j][1]
        beads.append((range(i - a, i), range(j - b, j)))
        i, j = i - a, j - b
    return beads[::-1]


def _cost(source: int, target: int, ratio: float) -> float:
    """How unlikely two lengths are for a text and its translation, in nats."""
    mean = (source + target / ratio) / 2
    if mean == 0:
        return 0.0
    delta = (target - source * ratio) / math.sqrt(mean * _VARIANCE)
    return -math.log(max(math.erfc(abs(delta) / math.sqrt(2)), _SMALLEST))
