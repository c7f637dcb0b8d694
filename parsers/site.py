"""What the pages of one site share: labels at the same place, boilerplate, where its listings are.

Two passes: `count` looks at each page lightly, counts merge over batches in any order, and `learn` draws from them what the
second pass reads every page with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit
from zlib import crc32

from parsers.candidates import Candidate, Candidates
from parsers.captions import captions, value_before
from parsers.folding import fold, fold_accents
from parsers.forms import label_like
from parsers.model import Entity, Page
from parsers.pairs import paired_labels

_FEWEST_PAGES = 3
_FEWEST_KEYS = 3
_LABEL_SHARE = 0.1
_BOILERPLATE_SHARE = 0.5
# The pages of a bilingual site come in two halves, of a trilingual one in three.
_REPEATED_SHARE = 0.25
_FEWEST_REPEATED = 4
_LONGEST_COUNTED = 120
_VALUES_KEPT = 3


@dataclass(slots=True)
class SiteCounts:
    """Counts over pages: how many print a text, how many print it as a label may stand, and known keys a page.

    `values` holds for each label the smallest hashes of what stands after it: enough to know that it varies, whatever the
    order in which counts were merged. `listing_like` are the addresses of the pages whose labels name enough facts, `entities`
    how many pages describe an organisation in their markup.
    """

    pages: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    values: dict[str, tuple[int, ...]] = field(default_factory=dict)
    keys: Counter[int] = field(default_factory=Counter)
    listing_like: set[str] = field(default_factory=set)
    entities: Counter[str] = field(default_factory=Counter)

    def add(self, other: SiteCounts) -> None:
        """Merge the counts of another batch of pages."""
        self.pages += other.pages
        self.texts.update(other.texts)
        self.labels.update(other.labels)
        self.keys.update(other.keys)
        self.listing_like |= other.listing_like
        self.entities.update(other.entities)
        for label, values in other.values.items():
            self.values[label] = tuple(sorted({*self.values.get(label, ()), *values})[:_VALUES_KEPT])


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a site's pages.

    `labels` recur with changing values (folded), `varied` with two values at least; `boilerplate` stands on half of its
    pages and `repeated` on a quarter (folded); `listing_like` are the pages (by `page_key`) that read like listings;
    `fewest_keys` is how many facts one has; `operators` are the organisations that markup describes on a quarter of the pages
    (by `entity_key`): the site's own.
    """

    labels: frozenset[str] = frozenset()
    varied: frozenset[str] = frozenset()
    boilerplate: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()
    listing_like: frozenset[str] = frozenset()
    fewest_keys: int = 2
    operators: frozenset[str] = frozenset()


def page_key(url: str) -> str:
    """An address without what does not tell pages apart: fragment and trailing slash."""
    return url.partition("#")[0].rstrip("/")


def entity_key(entity: Entity) -> str:
    """What an organisation in markup is known by on every page: its name, else what identifies it."""
    return fold_accents((*entity.names, *entity.addresses, "")[0])


def on_site(page: Page, href: str) -> bool:
    """Whether an address is that of another page of the same site."""
    return _served_by(href) == _host_of(page.url) and page_key(href) != page_key(page.url)


@lru_cache(maxsize=4096)
def _host_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


@lru_cache(maxsize=4096)
def _served_by(href: str) -> tuple[str, str] | None:
    """The host that serves an address, but for what Cloudflare puts in the place of a site's e-mail addresses."""
    return None if urlsplit(href).path.startswith("/cdn-cgi/") else _host_of(href)


def count(pages: Iterable[Page]) -> SiteCounts:
    """The counts of some pages of a site."""
    counts = SiteCounts()
    for page in pages:
        counts.add(_count(page))
    return counts


def _count(page: Page) -> SiteCounts:
    indexes = [i for i, block in enumerate(page.blocks) if block.area == "main"]
    short = {fold(b.text) for b in page.blocks if b.area in ("main", "aside") and len(b.text) <= _LONGEST_COUNTED}
    labels: dict[str, int] = {}
    keys = set()
    candidates = Candidates(page)
    found = candidates.among(indexes)
    candidates.keep()
    paired = paired_labels(page, found)
    below = captions(page, indexes)
    for c in below:
        labels.setdefault(fold(c.text), crc32(fold(value_before(page, c)).encode()))
    for c in found:
        if c.colon or c.markup in ("dt", "heading", "bold") or c.start in paired or _is_beside_cell(page, c):
            if c.known and c.known.key != "other":
                keys.add((c.known.key, c.known.kind))
            if label_like(c.text) and sum(map(str.isalpha, c.text)) > 1:
                labels.setdefault(fold(c.text), _value(page, c))
    return SiteCounts(
        pages=1,
        texts=Counter(short),
        labels=Counter(labels.keys()),
        values={label: (value,) for label, value in labels.items()},
        keys=Counter([len(keys)]),
        listing_like={page_key(page.url)} if len(keys) >= _FEWEST_KEYS else set(),
        entities=Counter({entity_key(entity) for entity in page.structured}),
    )


def _is_beside_cell(page: Page, c: Candidate) -> bool:
    """Whether a candidate is the whole of a table cell, and the line after it stands in the next cell of the row."""
    own = page.blocks[c.block].cell
    after = page.blocks[c.block + 1].cell if c.block + 1 < len(page.blocks) else None
    if own is None or after is None or not c.whole:
        return False
    return (own.table, own.row, own.column + own.columns) == (after.table, after.row, after.column)


def _value(page: Page, c: Candidate) -> int:
    """A hash of what stands after a label: on its line, else on the next."""
    block = page.blocks[c.block]
    if not c.whole:
        begin = c.value - block.start
        return crc32(fold(block.text[begin : begin + _LONGEST_COUNTED]).encode())
    following = page.blocks[c.block + 1] if c.block + 1 < len(page.blocks) else None
    return crc32(fold(following.text[:_LONGEST_COUNTED]).encode()) if following else 0


def recurs(text: str, known: Collection[str]) -> bool:
    """Whether a line is among some texts of the site; a long one is never counted, and not looked up."""
    return len(text) <= _LONGEST_COUNTED and fold(text) in known


def learn(counts: SiteCounts) -> Site:
    """What the counts of a site's pages say; of fewer than three pages nothing is concluded."""
    if counts.pages < _FEWEST_PAGES:
        return Site()
    listing_like = [(keys, pages) for keys, pages in sorted(counts.keys.items()) if keys >= _FEWEST_KEYS]
    total = sum(pages for _, pages in listing_like)
    enough = max(_FEWEST_PAGES, _LABEL_SHARE * (total or counts.pages))
    recurring = [label for label, pages in counts.labels.items() if pages >= enough]
    labels = frozenset(label for label in recurring if len(counts.values[label]) == _VALUES_KEPT)
    varied = frozenset(label for label in recurring if len(counts.values[label]) > 1)
    common = max(_FEWEST_PAGES, _BOILERPLATE_SHARE * counts.pages)
    boilerplate = frozenset(text for text, pages in counts.texts.items() if pages >= common and text not in labels)
    often = max(_FEWEST_REPEATED, _REPEATED_SHARE * counts.pages)
    repeated = frozenset(text for text, pages in counts.texts.items() if pages >= often and text not in labels)
    fewest = max(2, _median(listing_like, total) // 3) if total >= _FEWEST_PAGES else Site().fewest_keys
    everywhere = max(_FEWEST_PAGES, _REPEATED_SHARE * counts.pages)
    operators = frozenset(key for key, pages in counts.entities.items() if pages >= everywhere)
    return Site(labels, varied, boilerplate, repeated, frozenset(counts.listing_like), fewest, operators)


def _median(rows: list[tuple[int, int]], total: int) -> int:
    seen = 0
    for keys, pages in rows:
        seen += pages
        if 2 * seen >= total:
            return keys
    return 0
