"""Whether a release holds against the source's own history: what a refresh may lose, learnt from the releases before.

Each trait (see `releases.gate.traits`) is one question: did more listings lose it than listings do from one release to the next?
Lost independently at the usual rate, so many would be lost with a probability (binomial, the upper tail) below ALPHA over the
number of questions (Bonferroni), and it is a share that matters. The usual rate starts from a common one, shrinks as
releases come in that lost less, and grows to the most that the source has lost at once, however much a quiet source would make
of it. So nothing has to be set, and what changes often is allowed to.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from releases.findings import Finding
from releases.gate.causes import explain
from releases.gate.traits import Comparison, Key, Loss, compared
from releases.withheld import withheld
from sources.source import Source

ALPHA = 0.001
"""How often a refresh with nothing wrong may be held, if losses were independent: once in a thousand."""
QUESTIONS = 100
"""The least number of questions that ALPHA is divided among: a small release asks fewer, and is not to be held more easily."""
REMEMBERED = 6
"""How many releases back are looked at."""
CHURN = 0.5
"""More than this share lost at once is an event, not churn: a renamed label that was accepted once is no licence for the next."""
_QUIET = 3


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for a kind of trait: the rate at which it is lost, and the least share that matters."""

    rate: float = 0.05
    matters: float = 0.2


_USUAL = {
    "listings": Usual(0.03, 0.1),
    "section": Usual(0.03, 0.9),
    "group": Usual(0.03, 0.9),
    "likeness": Usual(0.05, 0.1),
}
_TIGHTER = 0.1
"""The least share that matters where the source has been quiet for some releases."""


def gate(staged: Path, source: Source, last: Path, earlier: Sequence[Path] = ()) -> list[Finding]:
    """What the staged release lost against `last` that its history does not lead one to expect, each loss under its cause.

    `earlier` are the releases before `last`, oldest first. What `expect` in the source's configuration says of the count of
    listings or of a column counts instead of what is learnt of it. `last` is without what suppress.csv takes out by now, and
    the earlier ones are looked at without it: what goes by hand was not lost.
    """
    with compared(last, staged) as comparison:
        losses = comparison.losses()
        found = [loss for loss in losses if not _settled(loss, source)]
        pairs = len(earlier[-REMEMBERED:])
        found = [loss for loss in found if beyond(loss, usual(loss, pairs), len(losses))]
        if found and earlier:
            with ExitStack() as stack:
                shown = [
                    stack.enter_context(withheld(path, source.name, source.suppress)) for path in earlier[-REMEMBERED:]
                ]
                most = _most([*shown, last], {loss.key for loss in found})
            found = [loss for loss in found if beyond(loss, usual(loss, pairs, most.get(loss.key, 0)), len(losses))]
        return explain(comparison, found, source) if found else []


def beyond(loss: Loss, usual: Usual, questions: int) -> bool:
    """Whether more was lost than is usual: too much for chance, and enough to matter."""
    if not loss.had or loss.rate < usual.matters or loss.lost * 50 < loss.listings:
        return False
    if loss.kind == "listings" and loss.lost > 1 and loss.rate >= CHURN >= usual.matters:
        return True  # half of a directory, however small
    return tail(loss.lost, loss.had, usual.rate) < ALPHA / max(questions, QUESTIONS)


def usual(loss: Loss, pairs: int, most: float = 0.0) -> Usual:
    """What is usual for the trait after so many earlier refreshes, of which the worst lost the share `most`."""
    start = _USUAL.get(loss.kind, Usual())
    if pairs >= _QUIET:
        start = replace(start, matters=min(start.matters, _TIGHTER) if loss.kind not in ("section", "group") else 0.9)
    rate = max(start.rate / (1 + pairs / _QUIET), 1.5 * most)
    return Usual(rate, max(start.matters, 2 * most))


def tail(lost: int, had: int, rate: float) -> float:
    """The probability of so many losses or more among `had` that are lost independently at that rate (binomial)."""
    if lost <= had * rate:
        return 1.0
    term = math.exp(
        math.lgamma(had + 1)
        - math.lgamma(lost + 1)
        - math.lgamma(had - lost + 1)
        + lost * math.log(rate)
        + (had - lost) * math.log1p(-rate)
    )
    total = 0.0
    for k in range(lost, had + 1):
        total += term
        if term < total * 1e-12:
            break
        term *= (had - k) / (k + 1) * rate / (1 - rate)
    return total


def _most(releases: Sequence[Path], keys: set[Key]) -> dict[Key, float]:
    """The largest share that each trait lost from one of these releases to the next, as far as it was churn."""
    kinds = sorted({kind for kind, _ in keys})
    most: dict[Key, float] = {}
    for before, after in itertools.pairwise(releases):
        with compared(before, after) as comparison:
            for loss in _wanted(comparison, kinds, keys):
                if loss.rate <= CHURN:
                    most[loss.key] = max(most.get(loss.key, 0.0), loss.rate)
    return most


def _wanted(comparison: Comparison, kinds: Sequence[str], keys: set[Key]) -> list[Loss]:
    return [loss for loss in comparison.losses(*kinds) if loss.key in keys]


def _settled(loss: Loss, source: Source) -> bool:
    """Whether the source's configuration says itself what may be lost."""
    if loss.kind == "listings":
        return source.expect.drop is not None
    return loss.kind == "column" and loss.name in source.expect.filled
