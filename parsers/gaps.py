"""What stands between two words, and what a change of language costs there.

All costs are in the nats that words are scored in. Below 0, a change is what one expects.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from parsers.evidence import Cases, Mask, Places, Scores

# Kinds of gaps between words, the first that fits counts: what the gap holds, and the cost of a change of language in it, in
# prose and in a title.
_GAPS = (
    ("paragraph", re.compile(r"\n[^\S\n]*\n"), 2.5, 1.5),
    ("newline", re.compile(r"\n"), 3.5, 2.0),
    ("sentence", re.compile(r"[.!?…։؟۔।॥。！？]['\"’”»)\]]*\s|[。！？]"), 3.5, 3.0),
    ("separator", re.compile(r"\s[-‐-―−|/\\•·●▪■◦→=+*~]+\s|[|•·\t]"), 4.0, -1.0),
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
_CAPITAL_PROSE, _CAPITAL_TITLE = np.float32(4.0), np.float32(2.0)
_LOWER_PROSE, _LOWER_TITLE = np.float32(5.0), np.float32(4.0)
# The most that a change of language costs between words in different scripts.
_COST_SCRIPT = 5.0

# Where a title has separators, it changes language at them: elsewhere that costs so much more. Else the same holds, less
# strictly, for the best of what it has: slashes and brackets, then commas.
_RANKS = np.array([9, 9, 9, 0, 1, 1, 9, 2, 3, 3])
_COST_WEAKER = 4.0
_COST_NO_SEPARATOR = 7.0

# A title is a line of at most so many words without the end of a sentence.
_LONGEST_TITLE = 24
_STOP = re.compile(r"['\"’”»)\]]*[.!?…։؟۔।॥。！？]")
# Gaps that cost no more than this part stretches of running text, of which a sentence is the usual one.
_PARTING = 2.0
_LONG_WORD = 4
"""Letters of a capitalised word that is a name where a title repeats it."""

INVITING = _PROSE_COSTS[_SPACE] - _CAPITAL_PROSE
"""A change that costs less is looked for even where nothing in the words suggests it."""

_KEPT = 1 << 14
_found: dict[str, int] = {}
_CLOSES, _STARTS_WITH_STOP = 16, 32


@dataclass(frozen=True, slots=True)
class Gaps:
    """For each word of a text, of the gap before it and of where it stands."""

    costs: Scores
    """What a change of language costs there."""
    stretches: Places
    """The number of the stretch of running text that the word is in."""
    title: Mask
    """Whether the word is in a title."""
    opening: Mask
    """Whether it is the first of a line or sentence."""
    repeated: Mask
    """Whether it is a capitalised word that its title has more than once: a name, which stands in each language's part."""


def read_gaps(gaps: Sequence[str], words: Sequence[str], case: Cases, letters: Places, scripts: Places) -> Gaps:
    """What the gaps around `words` tell: one before each, and one behind the last. The rest is what is known of the words."""
    codes = np.array([_found[gap] if gap in _found else _code(gap) for gap in gaps], np.int8)
    kinds = codes[:-1] & np.int8(15)
    kinds[0] = _KINDS["paragraph"]
    lower, first = case < 0, case == 1
    sentences = np.flatnonzero(kinds == _SENTENCE)
    if len(sentences):
        # "J. Smith": initials end no sentence, nor does a full stop before a word in lower case.
        initials = (letters[sentences - 1] == 1) & ((codes[sentences] & _STARTS_WITH_STOP) > 0)
        kinds[sentences] = np.where(initials, _SPACE, np.where(lower[sentences], _COMMA, _SENTENCE))
    breaks = kinds <= _NEWLINE
    opening = kinds <= _SENTENCE
    lines = np.cumsum(breaks) - 1
    starts = np.flatnonzero(breaks)
    # A full stop at its end makes a line a sentence, however short.
    ends = np.append(starts[1:], len(kinds))
    stops = np.add.reduceat(kinds == _SENTENCE, starts, dtype=np.intp) + ((codes[ends] & _CLOSES) > 0)
    titles = (stops == 0) & (ends - starts <= _LONGEST_TITLE)
    costs = _PROSE_COSTS.take(kinds)
    inner = (kinds >= _COLON) & (kinds <= _SPACE)
    capital, lower = np.flatnonzero((kinds == _SPACE) & first), np.flatnonzero(inner & lower)
    costs[capital] -= _CAPITAL_PROSE
    costs[lower] += _LOWER_PROSE
    repeated = np.zeros(len(words), bool)
    title = titles[lines]
    if titles.any():
        in_title = _TITLE_COSTS.take(kinds)
        in_title[capital] -= _CAPITAL_TITLE
        in_title[lower] += _LOWER_TITLE
        costs = np.where(title, in_title, costs)
        _weaken(costs, kinds, lines, title & ~breaks)
        _find_repeated(repeated, words, case, lines, np.flatnonzero(title))
    turns = np.flatnonzero(scripts[1:] != scripts[:-1]) + 1
    costs[turns] = np.minimum(costs[turns], _COST_SCRIPT)
    stretches = np.cumsum(opening | (costs <= _PARTING))
    return Gaps(costs, stretches, title, opening, repeated)


def _code(gap: str) -> int:
    """The kind of a gap, and whether what it starts with ends a sentence."""
    kind = next(place for place, (_, pattern, _, _) in enumerate(_GAPS) if pattern.search(gap))
    code = kind | (_CLOSES if _STOP.match(gap) else 0) | (_STARTS_WITH_STOP if gap.startswith(".") else 0)
    if len(_found) >= _KEPT:
        _found.clear()
    _found[gap] = code
    return code


def _weaken(costs: Scores, kinds: Cases, lines: Places, inside: Mask) -> None:
    """Add to `costs` what a change costs in a gap `inside` a title that has better ones."""
    ranks = _RANKS[kinds]
    best = np.full(lines[-1] + 1, 9)
    np.minimum.at(best, lines[inside], ranks[inside])
    best = best[lines]
    weaker = inside & (ranks > best) & (kinds != _COLON)
    costs += np.where(weaker, np.where(best == 0, np.float32(_COST_NO_SEPARATOR), np.float32(_COST_WEAKER)), 0)


def _find_repeated(repeated: Mask, words: Sequence[str], case: Cases, lines: Places, places: Places) -> None:
    """Mark those of the words at `places` that are capitalised and occur more than once in their line."""
    named = [place for place in places.tolist() if len(words[place]) >= _LONG_WORD]
    keys = [(int(lines[place]), words[place].lower()) for place in named]
    counts = Counter(keys)
    lower = {key for key, place in zip(keys, named, strict=True) if case[place] < 1}
    for key, place in zip(keys, named, strict=True):
        repeated[place] = counts[key] > 1 and key not in lower
