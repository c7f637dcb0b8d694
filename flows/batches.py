"""A batch of pages as one unit of work: read from the archive, studied or parsed, written as a part of a release.

Plain functions: `flows.steps` makes Prefect tasks of them. One bad page never ends a batch.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from pathlib import Path
from uuid import uuid4

from fetchers import reading
from fetchers.archive import captures, former_addresses, page_urls, past_pages
from fetchers.failures import CAPPED, advice
from fetchers.files import crawl_files
from fetchers.model import Capture, Crawl
from fetchers.reading import Payload, Read
from flows.kept import Kept
from flows.tally import Saved, save
from flows.workers import place_of
from parsers.listing import parse
from parsers.model import Listing, Page, Problem
from parsers.page import read_page
from parsers.site import Site, SiteCounts, learn
from parsers.site_parsers import find_parser, with_own_fields
from releases import release
from releases.build import ParsedPage, crawl_rows, rows, unmatched_rows, write_part
from releases.describe import Archive
from sources.source import Source

PAGES_A_BATCH = 700
"""So many that a task's own cost (35 ms of CPU) stays under two per cent of its work (docs/decisions)."""


_kept = Kept()
"""A page is read and counted once for all passes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pages of a crawl, by URL, sorted.

    `place` is that of the process that has them (`flows.workers`), `cut` the file of what the archive knows of them.
    """

    number: int
    urls: tuple[str, ...]
    place: int | None = None
    cut: Path | None = None


@dataclass(slots=True)
class Parsed:
    """What came of a batch: the folder of its part, and counts for people.

    `set_by_hand` counts values by column; `matched` has the lines of lookups.csv that set any, `taken_out` those of suppress.csv
    that name a listing here, each with its id.
    """

    part: Path
    listings: int = 0
    fields: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    set_by_hand: Counter[str] = field(default_factory=Counter)
    matched: set[int] = field(default_factory=set)
    taken_out: set[tuple[int, str]] = field(default_factory=set)


def cut(urls: Sequence[str], workers: int = 1, size: int = PAGES_A_BATCH) -> list[Batch]:
    """Batches of at most `size` pages, each of pages that one worker has; those of all workers take turns."""
    shares: dict[int | None, list[str]] = defaultdict(list)
    for url in urls:
        shares[place_of(url, workers)].append(url)
    cuts = [
        (at, place, tuple(share[at : at + even]))
        for place, share in shares.items()
        for even in [ceil(len(share) / ceil(len(share) / size))]
        for at in range(0, len(share), even)
    ]
    cuts.sort(key=lambda made: (made[0], made[1] or 0))
    return [Batch(number, of_it, place) for number, (_, place, of_it) in enumerate(cuts)]


def look(payload: Payload) -> Read:
    """Read a page that was fetched; it is kept in this process for the passes to come."""
    read, page, counts = reading.look(payload)
    if not read.vacant:
        key = payload.url, payload.digest
        _kept.keep(key, page)
        if counts:
            _kept.keep_counts(key, counts)
    return read


def look_at(payloads: Sequence[Payload]) -> list[Read]:
    """Read pages that were fetched."""
    return [look(payload) for payload in payloads]


def study_to(raw: Path, crawl: Crawl, batch: Batch, folder: Path) -> Saved:
    """Look at the pages of a batch; what they share is written below `folder`."""
    return save(study(raw, crawl, batch), folder / f"{batch.number:06d}.counts")


def study(raw: Path, crawl: Crawl, batch: Batch) -> SiteCounts:
    """Look at the pages of a batch, for what the pages of the site share."""
    total = SiteCounts()
    for capture in captures(raw, crawl, batch.urls, batch.cut, _kept.counted):
        key = capture.url, capture.digest
        counts = _kept.counts(key)
        if counts is None:
            page = _read_page(capture)
            counts = reading.counted(page)
            _kept.keep(key, page)
        if counts:
            total.add(counts)
    return total


def forget() -> None:
    """Let go of the pages that were kept."""
    _kept.forget()


def _read_page(capture: Capture) -> Page:
    return read_page(capture.body, capture.url, capture.content_type)


def parse_with(raw: Path, crawl: Crawl, source: Source, site: Path, batch: Batch, folder: Path) -> Parsed:
    """`parse_batch` with what is known of the site in a file, which a process reads once."""
    return parse_batch(raw, crawl, source, _site(site), batch, folder)


def save_site(site: Site, path: Path) -> Path:
    """Write what is known of a site to a file; returns its path."""
    path.write_bytes(pickle.dumps(site))
    return path


@lru_cache(maxsize=1)
def _site(path: Path) -> Site:
    found: Site = pickle.loads(path.read_bytes())  # noqa: S301 - written by this run
    return found


def parse_batch(raw: Path, crawl: Crawl, source: Source, site: Site, batch: Batch, folder: Path) -> Parsed:
    """Parse the pages of a batch and write their rows below `folder`."""
    # A batch may be begun anew elsewhere while a worker that was given up still writes.
    parsed = Parsed(folder / f"{batch.number:06d}-{uuid4()}")
    pages = []
    unread = () if find_parser(source) else _kept.pages
    for capture in captures(raw, crawl, batch.urls, batch.cut, unread):
        page = _kept.take((capture.url, capture.digest)) or _read_page(capture)
        page = with_own_fields(source, page, capture.body, capture.content_type)
        listings, problems = _parse(replace(page, former=capture.former), source, site)
        pages.append(_parsed_page(capture, page, listings, problems))
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


def write_crawl(raw: Path, crawl: Crawl, source: Source, folder: Path) -> Path:
    """Write what a release tells of a crawl beside its pages: pages that are gone, and addresses that gave none."""
    former = former_addresses(raw, crawl)
    gone = [
        ParsedPage(
            url=url,
            fetched_at=datetime.fromisoformat(page.last_seen),
            warc_file=page.warc_file,
            warc_offset=page.offset,
            digest=page.digest,
            first_seen=datetime.fromisoformat(page.first_seen),
            state="gone",
            known_as=page.known_as,
            former=former.get(url, ()),
        )
        for url, page in sorted(past_pages(raw, crawl).items())
    ]
    failures = [(failure.url, Problem(failure.kind, failure.detail, advice(failure))) for failure in crawl.failures]
    failures += [(source.start, Problem("capped", cut, CAPPED)) for cut in crawl.capped]
    return write_part(folder, crawl_rows(gone, failures, source, former))


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
    parts.append(write_crawl(raw, crawl, source, parts[0].parent / "crawl"))
    taken_out = set().union(*(part.taken_out for part in parsed))
    if not crawl.capped:
        matched = set().union(*(part.matched for part in parsed))
        lines = {line for line, _ in taken_out}
        parts.append(write_part(parts[0].parent / "source", unmatched_rows(source, matched, lines)))
    archive = Archive(crawl.name, tuple((file.name, file.sha256) for file in crawl_files(raw, crawl)))
    # The release before may have these listings at other addresses.
    source = replace(source, suppress=source.suppress.naming(taken_out))
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


def _parse(page: Page, source: Source, site: Site) -> tuple[list[Listing], tuple[Problem, ...]]:
    try:
        # The crawl has already followed what pages call themselves; where one was fetched is its address.
        listings = parse(replace(page, canonical=None), source, site)
    except Exception as error:
        advice = "This page broke the parser: please report it with the page. The other pages are complete."
        return [], (*page.problems, Problem("parser-error", f"{type(error).__name__}: {error}", advice))
    return listings, () if listings else page.problems


def _parsed_page(
    capture: Capture, page: Page, listings: Sequence[Listing], problems: tuple[Problem, ...]
) -> ParsedPage:
    return ParsedPage(
        url=capture.url,
        fetched_at=capture.fetched_at,
        warc_file=capture.warc_file,
        warc_offset=capture.offset,
        digest=capture.digest,
        listings=tuple(listings),
        problems=problems,
        first_seen=capture.first_seen,
        known_as=capture.known_as,
        former=capture.former,
        title=page.title,
        text=page.text,
    )
