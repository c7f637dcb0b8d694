"""The counts of many batches together, in memory that does not grow with their number: they lie in files until added up."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parsers.site import SiteCounts

LEAST_SHARE = 0.1
"""`parsers.site.learn` concludes nothing from a text on a smaller share of the pages, or of those like listings."""

FEWEST_KEYS = 3
"""So many facts make a page like a listing to `parsers.site.learn`."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The counts of a batch in a file: how many pages it has, and how many of them are like listings."""

    path: Path
    pages: int
    alike: int


def save(counts: SiteCounts, path: Path) -> Saved:
    """Write the counts of a batch to a file."""
    path.write_bytes(pickle.dumps(counts))
    return Saved(path, counts.pages, sum(pages for keys, pages in counts.keys.items() if keys >= FEWEST_KEYS))


def tally(saved: Sequence[Saved]) -> SiteCounts:
    """The counts of all batches, without the texts that are too rare for `parsers.site.learn` to conclude anything from.

    A text that has a share of all pages has that share of the pages of some batch: only such are counted at all.
    """
    total = SiteCounts()
    if len(saved) == 1:
        return _load(saved[0])
    pages, alike = sum(one.pages for one in saved), sum(one.alike for one in saved)
    share = LEAST_SHARE * (alike or pages) / (pages or 1)
    common: set[str] = set()
    for one in saved:
        counts, least = _load(one), share * one.pages
        common |= {text for of in (counts.texts, counts.labels) for text, on in of.items() if on >= least}
    for one in saved:
        counts = _load(one)
        counts.texts = Counter({text: on for text, on in counts.texts.items() if text in common})
        counts.labels = Counter({label: on for label, on in counts.labels.items() if label in common})
        counts.values = {label: values for label, values in counts.values.items() if label in common}
        total.add(counts)
    return total


def _load(one: Saved) -> SiteCounts:
    counts: SiteCounts = pickle.loads(one.path.read_bytes())  # noqa: S301 - written by this run
    return counts
