"""The archive of a source, crawl by crawl: what each says of itself, and its pages.

A crawl is written record by record (`fetchers.writer`), each appended whole; what a crash tears is at the end only. It is
finished when its last record (the manifest) stands and its first file has lost its `.open`: one atomic rename, after the index
is in place. Every state between is WARC files that any tool reads.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fetchers.cdxj import Entry, Place
from fetchers.history import Known
from fetchers.message import Message, UndecodableError
from fetchers.model import BusyError, Capture, Crawl, Failure, FetchError, Past
from fetchers.shelf import INDEX, WARC, Reader, finished_crawls, read_index, warc_names
from fetchers.slices import Slice, pages_of, read_slice, write_slices
from fetchers.warc import MANIFEST, Made, make_record


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished crawl says of itself.

    `pages` holds each page's address and those that redirect to it, `duplicates` the pages left out and the one they repeat,
    `known` what is remembered of the pages of earlier crawls.
    """

    pages: dict[str, tuple[str, ...]]
    duplicates: dict[str, str]
    failures: tuple[Failure, ...]
    capped: tuple[str, ...]
    fetched: int
    unchanged: int
    resumed: bool
    known: Known


def latest_crawl(raw: Path, source_name: str) -> Crawl | None:
    """The last finished crawl of a source; None where there is none. FetchError where its files are damaged."""
    names = finished_crawls(raw / source_name)
    return read_crawl(raw, source_name, names[-1]) if names else None


def read_crawl(raw: Path, source_name: str, name: str) -> Crawl:
    """A finished crawl as its archive tells it; FetchError where that is missing or damaged."""
    folder = raw / source_name
    manifest = read_manifest(folder, name)
    first, *others = warc_names(folder, name)
    return Crawl(
        source=source_name,
        name=name,
        files=(folder / first, folder / f"{name}{INDEX}", *(folder / more for more in others)),
        pages=len(manifest.pages),
        fetched=manifest.fetched,
        unchanged=manifest.unchanged,
        failed=len(manifest.failures),
        moved=len(manifest.known.moved),
        kept=len(manifest.known.kept),
        gone=len(manifest.known.gone),
        failures=manifest.failures,
        capped=manifest.capped,
        finished=True,
        resumed=manifest.resumed,
    )


def page_urls(raw: Path, crawl: Crawl) -> list[str]:
    """The addresses of a finished crawl's pages, sorted: what `captures` gives, and may be asked for in parts."""
    return sorted(read_manifest(raw / crawl.source, crawl.name).pages)


def crawl_places(raw: Path, crawl: Crawl) -> list[Place]:
    """Where the responses lie that a finished crawl's pages are read from, whichever crawl fetched them."""
    folder = raw / crawl.source
    manifest = read_manifest(folder, crawl.name)
    entries = _captured(folder, crawl.name, sorted(manifest.pages), manifest.known)
    return [entry.payload_place for _, entry in sorted(entries.items())]


def past_pages(raw: Path, crawl: Crawl) -> dict[str, Past]:
    """The pages of earlier crawls that a finished crawl found to be no more, by URL."""
    past = read_manifest(raw / crawl.source, crawl.name).known.past
    return {url: page for url, page in past.items() if page.why}


def former_addresses(raw: Path, crawl: Crawl) -> dict[str, tuple[str, ...]]:
    """The addresses that the pages of a finished crawl, and those that it found to be no more, had before, by URL."""
    return read_manifest(raw / crawl.source, crawl.name).known.former


def cut_up(raw: Path, crawl: Crawl, parts: Sequence[Sequence[str]], out: Path) -> list[Path]:
    """Write what the archive knows of each of these parts of a finished crawl's pages to the folder `out`, for `captures`."""
    folder = raw / crawl.source
    manifest = read_manifest(folder, crawl.name)
    known = manifest.known
    return write_slices(folder, crawl.name, manifest.pages, known, parts, out)


def captures(
    raw: Path,
    crawl: Crawl,
    urls: Sequence[str] | None = None,
    cut: Path | None = None,
    unread: Container[tuple[str, str]] = (),
) -> Iterator[Capture]:
    """The pages of a finished crawl, sorted by URL, read one at a time; with `urls`, those of them.

    `cut` is a file of `cut_up` that has them. Of those `unread`, by URL and digest, neither body nor media type is read.
    Raises FetchError where a page is none of the crawl's, or its record cannot be read.
    """
    folder = raw / crawl.source
    of_it = read_slice(cut) if cut else _slice(folder, crawl.name, urls)
    pages, entries = of_it.pages, of_it.entries
    wanted = sorted(pages if urls is None else set(urls))
    if strange := [url for url in wanted if url not in pages or url not in entries]:
        raise FetchError(
            f"{folder / crawl.name}{WARC}: has no page {strange[0]}. Delete the {INDEX} file beside it, and retry."
        )
    reader = Reader(folder)
    with contextlib.closing(reader):
        for url in wanted:
            entry = entries[url]
            place = entry.payload_place
            if (url, entry.digest) in unread:
                message = Message(200, (), b"", b"")
                body, digest = b"", entry.digest
            else:
                message = reader.message(place)
                digest = message.digest
                try:
                    body = message.body()
                except UndecodableError as error:
                    raise FetchError(f"{folder / place.filename}: the page {url} cannot be read: {error}.") from error
            yield Capture(
                url=url,
                requested_urls=pages[url],
                fetched_at=entry.date,
                status=message.status,
                content_type=message.header("Content-Type"),
                body=body,
                warc_file=place.filename,
                offset=place.offset,
                digest=digest,
                revisit=entry.original is not None,
                linked_from=entry.via,
                known_as=of_it.identities.get(url, url),
                former=of_it.former.get(url, ()),
                first_seen=datetime.fromisoformat(of_it.first_seen[url]) if url in of_it.first_seen else entry.date,
            )


def _slice(folder: Path, name: str, urls: Sequence[str] | None) -> Slice:
    """The same as a slice, from the whole index."""
    manifest = read_manifest(folder, name)
    known = manifest.known
    wanted = sorted(manifest.pages if urls is None else set(urls))
    return Slice(
        manifest.pages, _captured(folder, name, wanted, known), known.identities, known.first_seen, known.former
    )


def _captured(folder: Path, name: str, urls: Sequence[str], known: Known) -> dict[str, Entry]:
    """The capture of each page: of those kept, in the crawl that had them last."""
    entries = pages_of(read_index(folder, name, set(urls)))
    kept = {url: known.kept[url] for url in urls if url in known.kept}
    for earlier in sorted(set(kept.values())):
        of_it = {url for url, crawl in kept.items() if crawl == earlier}
        entries |= pages_of(read_index(folder, earlier, of_it))
    return entries


def read_manifest(folder: Path, name: str) -> Manifest:
    """What the crawl's last record says; FetchError where there is none."""
    found = read_index(folder, name, {MANIFEST})
    if not found:
        raise FetchError(
            f"{folder / name}{WARC}: has no closing record: it is damaged, or no crawl of listings. "
            "Move it elsewhere; a WARC made elsewhere is read by naming it as `start` in source.yml."
        )
    with contextlib.closing(Reader(folder)) as reader:
        block = reader.record(found[-1].place).block
    values: dict[str, Any] = json.loads(block)
    return Manifest(
        pages={url: tuple(aliases) for url, aliases in values["pages"].items()},
        duplicates=values["duplicates"],
        failures=tuple(Failure(**failure) for failure in values["failures"]),
        capped=tuple(values["capped"]),
        fetched=values["fetched"],
        unchanged=values["unchanged"],
        resumed=values["resumed"],
        known=_known(values),
    )


def _known(values: dict[str, Any]) -> Known:
    """What a manifest remembers; those of version 0.1.0 remember nothing but their pages."""
    told = values.get("known", {"pages": list(values["pages"])})
    past = {url: Past(**page) for url, page in told.pop("past", {}).items()}
    former = {url: tuple(addresses) for url, addresses in told.pop("former", {}).items()}
    return Known(**told | {"past": past, "former": former, "gone": tuple(told.get("gone", ()))})


def manifest_record(manifest: Manifest, when: datetime) -> Made:
    """The record that ends a crawl."""
    values = {field.name: getattr(manifest, field.name) for field in fields(manifest)}
    block = json.dumps(values, default=_plain, sort_keys=True, indent=1).encode()
    return make_record("metadata", block, "application/json", when, WARC_Target_URI=MANIFEST)


def _plain(part: Any) -> object:
    """A part of a manifest as JSON has it; without copying what lies in it, of which there may be a great deal."""
    if isinstance(part, Failure | Past | Known):
        return {field.name: getattr(part, field.name) for field in fields(part)}
    return sorted(part)


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """What the disk refuses below `folder`, as a FetchError that says what to do; other files' errors pass."""
    try:
        yield
    except OSError as error:
        if isinstance(error.filename, str) and not Path(error.filename).resolve().is_relative_to(folder.resolve()):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "Free some space and run it again: it goes on from what is archived."
        else:
            advice = "Check that the folder exists and may be written to."
        raise FetchError(
            f"{folder}: cannot be written ({os.strerror(error.errno) if error.errno else error}). {advice}"
        ) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder for this process alone; BusyError at once where another run has it. A dead process holds no lock."""
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise BusyError(
                f"{folder}: another run of this source is at work. Wait until it has ended, or stop it."
            ) from error
    try:
        yield
    finally:
        lock.release()
