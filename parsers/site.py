"""What the pages of one site share: labels at the same place, boilerplate, where its listings are.

Two passes: `count` looks at each page lightly, counts merge over batches in any order, and `learn` draws from them what the
second pass reads every page with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from parsers.candidates import find_candidates, label_like
from parsers.folding import fold
from parsers.model import Page

_FEWEST_PAGES = 3
_FEWEST_KEYS = 3
_LABEL_SHARE = 0.1
_BOILERPLATE_SHARE = 0.5
_LONGEST_COUNTED = 120


@dataclass(slots=True)
class SiteCounts:
    """Counts over pages: how many print a text, how many listing-like ones print it as a label, and known keys a page."""

    pages: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    keys: Counter[int] = field(default_factory=Counter)

    def add(self, other: SiteCounts) -> None:
        """Merge the counts of another batch of pages."""
        self.pages += other.pages
        self.texts.update(other.texts)
        self.labels.update(other.labels)
        self.keys.update(other.keys)


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a site's pages: recurring `labels` and `boilerplate` (folded), known keys a listing `keys`."""

    labels: frozenset[str] = frozenset()
    boilerplate: frozenset[str] = frozenset()
    fewest_keys: int = 2


def count(pages: Iterable[Page]) -> SiteCounts:
    """The counts of some pages of a site."""
    counts = SiteCounts()
    for page in pages:
        counts.pages += 1
        indexes = [i for i, block in enumerate(page.blocks) if block.area == "main"]
        short = {fold(page.blocks[i].text) for i in indexes if len(page.blocks[i].text) <= _LONGEST_COUNTED}
        counts.texts.update(short)
        candidates = list(find_candidates(page, indexes, {}))
        apart = [c for c in candidates if c.colon or c.markup in ("dt", "heading", "bold")]
        keys = len({(c.known.key, c.known.kind) for c in apart if c.known and c.known.key != "other"})
        counts.keys[keys] += 1
        if keys >= _FEWEST_KEYS:
            counts.labels.update({fold(c.text) for c in apart if c.known or (label_like(c.text) and not c.whole)})
    return counts


def learn(counts: SiteCounts) -> Site:
    """What the counts of a site's pages say; of fewer than three pages nothing is concluded."""
    listing_like = [(keys, pages) for keys, pages in sorted(counts.keys.items()) if keys >= _FEWEST_KEYS]
    total = sum(pages for _, pages in listing_like)
    if total < _FEWEST_PAGES:
        return Site()
    enough = max(_FEWEST_PAGES, _LABEL_SHARE * total)
    labels = frozenset(text for text, pages in counts.labels.items() if pages >= enough)
    common = max(_FEWEST_PAGES, _BOILERPLATE_SHARE * counts.pages)
    boilerplate = frozenset(text for text, pages in counts.texts.items() if pages >= common and text not in labels)
    return Site(labels, boilerplate, max(2, _median(listing_like, total) // 3))


def _median(rows: list[tuple[int, int]], total: int) -> int:
    seen = 0
    for keys, pages in rows:
        seen += pages
        if 2 * seen >= total:
            return keys
    return 0
