"""A batch of pages as one unit of work: read from the archive, studied or parsed, written as a part of a release.

Plain functions: `flows.steps` makes Prefect tasks of them. One bad page never ends a batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from fetchers.archive import captures
from fetchers.model import Capture, Crawl
from parsers.listing import parse
from parsers.model import Listing, Problem
from parsers.page import read_page
from parsers.site import Site, SiteCounts, count
from parsers.site_parsers import read_source_page
from releases.build import ParsedPage, rows, write_part
from sources.source import Source

PAGES_A_BATCH = 700
"""So many that a task's own cost (35 ms of CPU) stays under two per cent of its work (docs/decisions)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pages of a crawl, by URL, sorted."""

    number: int
    urls: tuple[str, ...]


@dataclass(slots=True)
class Parsed:
    """What came of a batch: the folder of its part, and counts for people.

    `set_by_hand` counts values by column, `matched` has the lines of lookups.csv that set any.
    """

    part: Path
    listings: int = 0
    fields: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    set_by_hand: Counter[str] = field(default_factory=Counter)
    matched: set[int] = field(default_factory=set)


def cut(urls: Sequence[str], size: int = PAGES_A_BATCH) -> list[Batch]:
    """Batches of at most `size` pages."""
    return [Batch(n, tuple(urls[at : at + size])) for n, at in enumerate(range(0, len(urls), size))]


def study(raw: Path, crawl: Crawl, batch: Batch) -> SiteCounts:
    """Look at the pages of a batch, for what the pages of the site share."""
    return count(read_page(c.body, c.url, c.content_type) for c in captures(raw, crawl, batch.urls))


def parse_batch(raw: Path, crawl: Crawl, source: Source, site: Site, batch: Batch, folder: Path) -> Parsed:
    """Parse the pages of a batch and write their rows below `folder`."""
    # A batch may be begun anew elsewhere while a worker that was given up still writes.
    parsed = Parsed(folder / f"{batch.number:06d}-{uuid4()}")
    pages = []
    for capture in captures(raw, crawl, batch.urls):
        listings, problems = _parse(capture, source, site)
        pages.append(_parsed_page(capture, listings, problems))
        parsed.listings += len(listings)
        parsed.problems.update(problem.kind for problem in problems)
        for listing in listings:
            parsed.fields += len(listing.fields)
            parsed.languages.update(listing.page_languages)
            parsed.problems.update(problem.kind for problem in listing.problems)
            parsed.set_by_hand.update(override.column for override in listing.overrides)
            parsed.matched.update(override.line for override in listing.overrides)
    write_part(parsed.part, rows(pages, source))
    return parsed


def _parse(capture: Capture, source: Source, site: Site) -> tuple[list[Listing], tuple[Problem, ...]]:
    page = read_source_page(source, capture.body, capture.url, capture.content_type)
    try:
        # The crawl has already followed what pages call themselves; where one was fetched is its address.
        listings = parse(replace(page, canonical=None), source, site)
    except Exception as error:
        advice = "This page broke the parser: please report it with the page. The other pages are complete."
        return [], (*page.problems, Problem("parser-error", f"{type(error).__name__}: {error}", advice))
    return listings, () if listings else page.problems


def _parsed_page(capture: Capture, listings: Sequence[Listing], problems: tuple[Problem, ...]) -> ParsedPage:
    return ParsedPage(
        url=capture.url,
        fetched_at=capture.fetched_at,
        warc_file=capture.warc_file,
        warc_offset=capture.offset,
        digest=capture.digest,
        listings=tuple(listings),
        problems=problems,
    )
