"""A batch of pages as one unit of work: read from the archive, studied or parsed, written as a part of a release.

Plain functions: `flows.steps` makes Prefect tasks of them. One bad page never ends a batch.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from fetchers.archive import captures, page_urls
from fetchers.files import crawl_files
from fetchers.model import Capture, Crawl
from parsers.listing import parse
from parsers.model import Listing, Problem
from parsers.page import read_page
from parsers.site import Site, SiteCounts, count, learn
from parsers.site_parsers import read_source_page
from releases import release
from releases.build import ParsedPage, rows, unmatched_rows, write_part
from releases.describe import Archive
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

    `set_by_hand` counts values by column; `matched` has the lines of lookups.csv that set any, `taken_out` those of suppress.csv
    that name a listing here.
    """

    part: Path
    listings: int = 0
    fields: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    set_by_hand: Counter[str] = field(default_factory=Counter)
    matched: set[int] = field(default_factory=set)
    taken_out: set[int] = field(default_factory=set)


def cut(urls: Sequence[str], size: int = PAGES_A_BATCH) -> list[Batch]:
    """Batches of at most `size` pages."""
    return [Batch(n, tuple(urls[at : at + size])) for n, at in enumerate(range(0, len(urls), size))]


def study(raw: Path, crawl: Crawl, batch: Batch) -> SiteCounts:
    """Look at the pages of a batch, for what the pages of the site share."""
    return count(read_page(c.body, c.url, c.content_type) for c in captures(raw, crawl, batch.urls))


def parse_batch(raw: Path, crawl: Crawl, source: Source, site: Site, batch: Batch, folder: Path) -> Parsed:
    """Parse the pages of a batch and write their rows below `folder`."""
    parsed = Parsed(folder / f"{batch.number:06d}")
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
    write_part(parsed.part, rows(pages, source, parsed.taken_out))
    return parsed


def add_up(studied: Iterable[SiteCounts]) -> SiteCounts:
    """The counts of all batches together."""
    counts = SiteCounts()
    for batch in studied:
        counts.add(batch)
    return counts


def stage(raw: Path, processed: Path, source: Source, crawl: Crawl, parsed: Sequence[Parsed]) -> Path:
    """Merge the parts into a release beside the published ones of the folder `processed`.

    Lookups and takedowns that matched nothing are told in it, unless the crawl was cut short: the page that they are for may be
    missing.
    """
    parts = [part.part for part in parsed]
    if not crawl.capped:
        matched = set().union(*(part.matched for part in parsed))
        taken_out = set().union(*(part.taken_out for part in parsed))
        parts.append(write_part(parts[0].parent / "source", unmatched_rows(source, matched, taken_out)))
    archive = Archive(crawl.name, tuple((file.name, file.sha256) for file in crawl_files(raw, crawl)))
    return release.stage(processed, parts, source, crawl_time(crawl), archive)


def crawl_time(crawl: Crawl) -> datetime:
    """When the crawl began, UTC."""
    return datetime.strptime(crawl.name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def rebuild(raw: Path, processed: Path, source: Source, crawl: Crawl) -> Path:
    """The whole path from a crawl to a staged release of the folder `processed`, in this process and without Prefect."""
    cut_up = cut(page_urls(raw, crawl))
    site = learn(add_up(study(raw, crawl, batch) for batch in cut_up))
    with tempfile.TemporaryDirectory() as scratch:
        parsed = [parse_batch(raw, crawl, source, site, batch, Path(scratch)) for batch in cut_up]
        return stage(raw, processed, source, crawl, parsed)


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
