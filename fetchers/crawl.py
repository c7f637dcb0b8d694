"""Fetch a source: READ FIRST. One crawl, from its start to a finished archive, whatever happens in between."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import urlsplit

from fetchers.archive import captures, locked, read_crawl
from fetchers.asking import Asker
from fetchers.client import Client, Limits, user_agent, version
from fetchers.discover import Caps
from fetchers.foreign import take_warc
from fetchers.ledger import Ledger
from fetchers.local import served
from fetchers.model import Crawl, Fetched, FetchError, Progress
from fetchers.reading import Reader, read_here
from fetchers.robots import TOKEN
from fetchers.urls import clean_url
from fetchers.walk import Walk
from fetchers.wire import private_addresses
from fetchers.writer import Archive
from sources.source import Source


def crawl(
    source: Source,
    raw: Path,
    *,
    limit: int | None = None,
    known: Collection[str] = (),
    progress: Callable[[Progress], None] | None = None,
    reader: Reader = read_here,
    limits: Limits | None = None,
    caps: Caps | None = None,
) -> Crawl:
    """Fetch a source into `raw`/<name>/, or go on with the crawl that an earlier run left unfinished.

    `limit` ends it after so many pages. `known` are the addresses of listings: one that the last crawl had, and that nothing
    links to any more, is asked for once more, to know whether it moved or is gone. `reader` reads the
    pages. What single addresses fail with is in `Crawl.failures`.

    Raises FetchError where the run cannot begin or go on: start not to be had or forbidden, folder or WARC file missing, disk
    full, server silent, another crawl running. What is archived by then stays, and the next call goes on from it.
    """

    def obtain(archive: Archive, ledger: Ledger) -> tuple[str, ...]:
        if source.kind == "warc":
            return take_warc(Path(source.start), archive, ledger)
        return _walk(source, archive, ledger, limits or _limits(source), caps or _caps(source), known)

    # What the crawl remembered of every page is let go before its manifest is read.
    return read_crawl(raw, source.name, _written(source, raw / source.name, obtain, limit, progress, reader))


def _written(
    source: Source,
    folder: Path,
    obtain: Callable[[Archive, Ledger], tuple[str, ...]],
    limit: int | None,
    progress: Callable[[Progress], None] | None,
    reader: Reader,
) -> str:
    """Write a crawl into the folder of its source: what `obtain` gets, and what became of it; its name."""
    with locked(folder), Archive(folder, _about(source)) as archive:
        ledger = Ledger(archive, limit, progress, reader)
        try:
            capped = obtain(archive, ledger)
        except FetchError:
            if not archive.has_pages:
                archive.discard()
            raise
        archive.finish(ledger.manifest(capped))
        return archive.name


def fetch_page(url: str, contact: str | None = None) -> Fetched:
    """One page by itself, as politely as any (robots.txt, redirects, retries), and kept nowhere.

    FetchError where there is none.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = crawl(Source(name="page", start=url, contact=contact), Path(folder), limit=1)
        page = next(captures(Path(folder), found))
    return Fetched(page.url, page.content_type, page.body)


def _walk(
    source: Source, archive: Archive, ledger: Ledger, limits: Limits, caps: Caps, known: Collection[str]
) -> tuple[str, ...]:
    """Walk a site, or a folder served as one; which limits cut it short."""
    with contextlib.ExitStack() as stack:
        if source.kind == "folder":
            site = stack.enter_context(served(Path(source.start)))
            start, routes, delay = site.url, {site.host: site.port}, 0.0
        else:
            cleaned = clean_url(source.start)
            if cleaned is None:
                raise FetchError(f"{source.start}: is no web address. Mend `start` in source.yml.")
            start, routes, delay = cleaned, {}, source.pace.delay
        client = Client(
            source.contact,
            limits,
            delay=delay,
            concurrency=source.pace.concurrency,
            private=private_addresses(urlsplit(start).hostname or ""),
            routes=routes,
        )
        stack.enter_context(client)
        asker = Asker(archive, client, caps.redirects)
        walk = Walk(archive, ledger, asker, source.pace.concurrency, mirror=source.kind == "folder")
        return walk.run(start, [clean_url(url) or url for url in source.also], caps, known)


def _limits(source: Source) -> Limits:
    """What one address may cost, as the source has it."""
    usual, bounds = Limits(), source.limits
    return Limits(
        connect=min(usual.connect, bounds.seconds),
        read=min(usual.read, bounds.seconds),
        deadline=bounds.seconds,
        size=round(bounds.megabytes * 1_000_000),
    )


def _caps(source: Source) -> Caps:
    """Where discovery ends, as the source has it."""
    bounds = source.limits
    return Caps(pages=bounds.pages, depth=bounds.depth, redirects=bounds.redirects)


def _about(source: Source) -> dict[str, str]:
    """What the warcinfo record says (WARC 1.1, section 6.2.1; its field names are Dublin Core's and the specification's)."""
    about = {
        "software": f"{TOKEN}/{version()}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "http-header-user-agent": user_agent(source.contact),
        "robots": "obey",
        "isPartOf": source.name,
        "description": f"crawl of {source.start}" if source.kind == "url" else f"copy of a local {source.kind}",
    }
    return about | ({"operator": source.contact} if source.contact else {})
