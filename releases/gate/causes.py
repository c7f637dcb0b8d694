"""What is likely to have happened to a site, from what its listings lost: one cause for all the losses that come of it.

Causes are tried from the coarse to the fine: a wall in front of the pages before labels, labels before the columns that they
fill. Each takes the losses that it accounts for out of the case; what nobody accounts for is told as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releases.findings import Finding
from releases.gate.case import Case
from releases.gate.of_labels import label_causes
from releases.gate.of_listings import listing_causes
from releases.gate.of_values import value_causes
from releases.gate.traits import Comparison, Loss
from sources.source import Source


def explain(comparison: Comparison, found: Sequence[Loss], source: Source) -> list[Finding]:
    """The causes of the losses, as findings; warnings where nothing that people load is worse for it."""
    case = Case(comparison, source, {loss.key: loss for loss in found})
    return [
        finding for causes in (listing_causes, label_causes, value_causes, _unexplained) for finding in causes(case)
    ]


def _unexplained(case: Case) -> Iterator[Finding]:
    for loss in case.of(*{kind for kind, _ in case.open}):
        what = f"{loss.kind} {loss.name!r}: {loss.lost} of the {loss.had} listings that had it have it no more"
        yield Finding("error", what, "listings", f"See `change` for which. {case.accept()}", "lost-values")
