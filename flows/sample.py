"""A look at a source: some of its pages, fetched into an archive that is gone afterwards, and what the parser makes of them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

from fetchers.archive import captures
from fetchers.client import Limits
from fetchers.crawl import crawl
from fetchers.discover import Caps
from fetchers.model import Capture, Crawl, Failure, Progress
from fetchers.robots import Robots, robots_url
from fetchers.shelf import Reader, read_index
from fetchers.urls import clean_url
from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.site import Site, count, learn
from parsers.site_parsers import read_source_page
from sources.source import Source

_LIMITS = Limits(retries=1)
"""Somebody waits for the answer: what fails twice is told, not tried on."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One page and the listings on it, in page order; `error` is what broke the parser on it, None where nothing did."""

    page: Page
    listings: tuple[Listing, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Some pages of a source, sorted by URL.

    `start` is where the source's start led; for a WARC file, which has none, its shortest URL. `robots` is None where there
    is no site to ask. `site` is what the pages taught. `failures` are the addresses that gave no page, `capped` says in words
    why there are no more.
    """

    start: str
    pages: tuple[Sampled, ...]
    site: Site
    robots: Robots | None
    failures: tuple[Failure, ...]
    capped: tuple[str, ...]

    @property
    def listings(self) -> list[Listing]:
        """The listings on all pages."""
        return [listing for sampled in self.pages for listing in sampled.listings]


def take_sample(source: Source, pages: int, progress: Callable[[Progress], None] | None = None) -> Sample:
    """Fetch at most so many pages of a source, as politely as any crawl, and parse them; nothing is kept.

    The site's own labels are learnt from the pages at hand. FetchError where the start cannot be had, or is forbidden.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder)
        found = crawl(source, raw, limit=pages, progress=progress, limits=_LIMITS)
        fetched = list(captures(raw, found))
        start = _start(source, fetched)
        robots = None if source.kind == "warc" else _robots(raw, found, start)
    read = [replace(read_source_page(source, c.body, c.url, c.content_type), canonical=None) for c in fetched]
    site = learn(count(read))
    sampled = tuple(_parse(page, source, site) for page in read)
    return Sample(start, sampled, site, robots, found.failures, found.capped)


def _parse(page: Page, source: Source, site: Site) -> Sampled:
    try:
        return Sampled(page, tuple(parse(page, source, site)))
    except Exception as error:
        return Sampled(page, error=f"{type(error).__name__}: {error}")


def _start(source: Source, fetched: Sequence[Capture]) -> str:
    """The page that the start led to; its address alone tells it, where it is not a web address the shortest one."""
    asked = clean_url(source.start) if source.kind == "url" else None
    for capture in fetched:
        if asked in (capture.url, *capture.requested_urls):
            return capture.url
    return min((capture.url for capture in fetched), key=lambda url: (len(url), url), default=source.start)


def _robots(raw: Path, found: Crawl, start: str) -> Robots:
    """The robots.txt that the crawl met at the site's root."""
    folder = raw / found.source
    entries = {entry.url: entry for entry in read_index(folder, found.name)}
    url = robots_url(start)
    for _ in range(Caps().redirects):
        if not entries[url].location:
            break
        url = clean_url(urljoin(url, entries[url].location)) or url
    with contextlib.closing(Reader(folder)) as reader:
        message = reader.message(entries[url].place)
    return Robots.from_response(message.status, message.body())
