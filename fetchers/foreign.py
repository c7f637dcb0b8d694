"""A WARC file made elsewhere as a source: its responses become a crawl, without network, with their own dates and URLs."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from fetchers.archive import captures, read_crawl
from fetchers.cdxj import REVISIT_MIME, Entry
from fetchers.ledger import LONG_LAG, PAGE_TYPES, Begun, Ledger
from fetchers.model import Capture, Failure, FetchError
from fetchers.robots import robots_url
from fetchers.shelf import open_file
from fetchers.urls import is_page_url
from fetchers.warc import DamagedError, Record, read_records
from fetchers.writer import Archive


def take_warc(path: Path, archive: Archive, ledger: Ledger) -> tuple[str, ...]:
    """Copy a WARC file into the archive, and read its pages, whatever their host; which limits cut that short.

    Its feeds, scripts and pictures are copied, no more. FetchError where the file is missing or is no WARC file.
    """
    for failure in _copy(path, archive):
        ledger.fail(failure)
    entries = sorted(filter(_may_be_page, archive.entries.values()), key=lambda entry: entry.url)
    reading: deque[Begun] = deque()
    left = 0
    for number, entry in enumerate(entries):
        while reading and (len(reading) > LONG_LAG or ledger.room == 0):
            ledger.finish(reading.popleft())
        if ledger.room == 0:
            left = len(entries) - number
            break
        if begun := ledger.begin(entry, archive.message(entry)):
            reading.append(begun)
        ledger.report(entry.url, len(entries) - number - 1)
    for begun in reading:
        ledger.finish(begun)
    return (f"the limit of pages: {left:,} responses not read",) if left else ()


def read_warc(path: Path) -> Iterator[Capture]:
    """The pages of a WARC file, sorted by URL, read one at a time; `warc_file` and `offset` are those of a passing copy.

    FetchError where the file is missing or is no WARC file; at the end, where some of it could not be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        raw, name = Path(folder), "warc"
        (raw / name).mkdir()
        with Archive(raw / name, {}) as archive:
            ledger = Ledger(archive, None, None)
            take_warc(path, archive, ledger)
            archive.finish(ledger.manifest(()))
        crawl = read_crawl(raw, name, archive.name)
        yield from captures(raw, crawl)
    damaged = [failure.detail for failure in crawl.failures if failure.kind == "damaged"]
    if damaged:
        raise FetchError(
            f"{path}: {len(damaged)} records could not be read; the first: {damaged[0]}. Fetch the file again."
        )


def _copy(path: Path, archive: Archive) -> Iterator[Failure]:
    """Copy the responses (WARC 1.0 or 1.1, gzip or plain), but what an interrupted run has copied; say what could not be."""
    copied = {(entry.url, entry.date) for entry in archive.entries.values()}
    count = 0
    try:
        stream = open_file(path)
    except OSError as error:
        raise FetchError(
            f"{path}: cannot be read ({error.strerror or error}). "
            "Mend `start` in source.yml: a URL, a folder or a .warc(.gz) file."
        ) from error
    with stream:
        try:
            for record in read_records(stream):
                count += 1
                if why := _copy_one(record, archive, copied):
                    yield Failure(record.url, "damaged", f"{path.name}, byte {record.offset}: {why}")
        except DamagedError as error:
            if not count:
                raise FetchError(f"{path}: is no WARC file: {error}. Name a .warc or .warc.gz file.") from error
            yield Failure(str(path), "damaged", f"{error}; what stands before it was read")
    if not count:
        raise FetchError(f"{path}: is no WARC file: no record is in it. Name a .warc or .warc.gz file.")


def _copy_one(record: Record, archive: Archive, copied: set[tuple[str, datetime]]) -> str | None:
    """Copy a record if it is a response; why it cannot be, where it cannot."""
    if record.kind not in ("response", "revisit") or not record.url.startswith(("http:", "https:")):
        return None
    if record.kind == "revisit":
        known = archive.entries.get(record.field("WARC-Refers-To-Target-URI") or record.url)
        return None if known else "it repeats a record of another file"
    try:
        if (record.url, record.date) not in copied:
            archive.copy(record)
    except ValueError as error:
        return str(error)
    return None


def _may_be_page(entry: Entry) -> bool:
    """Whether discovery would have asked for it, and might have got a page."""
    is_page = entry.mime in (None, REVISIT_MIME, *PAGE_TYPES) and is_page_url(entry.url)
    return is_page and not entry.location and entry.url != robots_url(entry.url)
