"""The archive of a source: `data/raw/<source>/<time>.warc.gz`, each with its CDXJ index.

A crawl is written to `<time>.warc.gz.open`, record by record, each appended whole; what a crash tears is at the end only. It
is finished when its last record (the manifest) stands and the file has lost its `.open`: one atomic rename, after the index
is in place. Every state between is a WARC file that any tool reads.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from filelock import FileLock, Timeout

from fetchers.cdxj import Entry, Place, read_lines, write_lines
from fetchers.message import Message, UndecodableError, read_message
from fetchers.model import BusyError, Capture, Crawl, Failure, FetchError
from fetchers.warc import MANIFEST, DamagedError, Record, index_entry, make_record, read_records

WARC, INDEX, OPEN = ".warc.gz", ".cdxj", ".open"

FILES_OPEN = 8
"""How many WARC files are open at a time: the pages of one crawl may lie in those of many before it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished crawl says of itself.

    `pages` holds each page's address and those that redirect to it, `duplicates` the pages left out and the one they repeat.
    """

    pages: dict[str, tuple[str, ...]]
    duplicates: dict[str, str]
    failures: tuple[Failure, ...]
    capped: tuple[str, ...]
    fetched: int
    unchanged: int
    resumed: bool


def finished_crawls(folder: Path) -> list[str]:
    """The names of the finished crawls in a source's folder, oldest first."""
    return sorted(path.name.removesuffix(WARC) for path in folder.glob(f"*{WARC}"))


def latest_crawl(raw: Path, source_name: str) -> Crawl | None:
    """The last finished crawl of a source; None where there is none. FetchError where its files are damaged."""
    names = finished_crawls(raw / source_name)
    return read_crawl(raw, source_name, names[-1]) if names else None


def read_crawl(raw: Path, source_name: str, name: str) -> Crawl:
    """A finished crawl as its archive tells it; FetchError where that is missing or damaged."""
    folder = raw / source_name
    manifest = read_manifest(folder, name)
    return Crawl(
        source=source_name,
        name=name,
        files=(folder / f"{name}{WARC}", folder / f"{name}{INDEX}"),
        pages=len(manifest.pages),
        fetched=manifest.fetched,
        unchanged=manifest.unchanged,
        failed=len(manifest.failures),
        failures=manifest.failures,
        capped=manifest.capped,
        finished=True,
        resumed=manifest.resumed,
    )


def page_urls(raw: Path, crawl: Crawl) -> list[str]:
    """The addresses of a finished crawl's pages, sorted: what `captures` gives, and may be asked for in parts."""
    return sorted(read_manifest(raw / crawl.source, crawl.name).pages)


def captures(raw: Path, crawl: Crawl, urls: Sequence[str] | None = None) -> Iterator[Capture]:
    """The pages of a finished crawl, sorted by URL, read one at a time; with `urls`, those of them.

    Raises FetchError where a page is none of the crawl's, or its record cannot be read.
    """
    folder = raw / crawl.source
    pages = read_manifest(folder, crawl.name).pages
    wanted = sorted(pages if urls is None else set(urls))
    entries = {entry.url: entry for entry in read_index(folder, crawl.name, set(wanted))}
    if strange := [url for url in wanted if url not in pages or url not in entries]:
        raise FetchError(
            f"{folder / crawl.name}{WARC}: has no page {strange[0]}. Delete the {INDEX} file beside it, and retry."
        )
    reader = Reader(folder)
    with contextlib.closing(reader):
        for url in wanted:
            entry = entries[url]
            place = entry.payload_place
            message = reader.message(place)
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
                digest=message.digest,
                revisit=entry.original is not None,
                linked_from=entry.via,
            )


def read_index(folder: Path, name: str, urls: Collection[str] | None = None) -> tuple[Entry, ...]:
    """The index of a finished crawl, in the order in which it was fetched; with `urls`, of these only.

    Where its file is missing it is made anew. FetchError where it is damaged.
    """
    path = folder / f"{name}{INDEX}"
    try:
        if not path.exists():
            with open_file(folder / f"{name}{WARC}") as stream:
                replace_file(path, write_lines(scan(stream, f"{name}{WARC}")))
        with open_file(path) as stream:
            entries = read_lines(stream.read(), urls)
            return tuple(sorted(entries, key=lambda entry: entry.place.offset))
    except (ValueError, DamagedError) as error:
        raise FetchError(f"{path}: {error}. Delete the file: it is made anew from the WARC file.") from error


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
    )


def manifest_record(manifest: Manifest, when: datetime) -> bytes:
    """The record that ends a crawl."""
    block = json.dumps(asdict(manifest), sort_keys=True, indent=1).encode()
    return make_record("metadata", block, "application/json", when, WARC_Target_URI=MANIFEST)


class Reader:
    """Random access to the records of a source's folder. `open_name` is the crawl still being written, if there is one."""

    def __init__(self, folder: Path, open_name: str | None = None) -> None:
        self._folder = folder
        self._open_name = open_name
        self._streams: OrderedDict[str, BinaryIO] = OrderedDict()

    def record(self, place: Place) -> Record:
        """The record at a place; FetchError where there is none."""
        try:
            stream = self._stream(place.filename)
            stream.seek(place.offset)
            return next(read_records(stream))
        except (OSError, StopIteration, DamagedError) as error:
            path = self._folder / place.filename
            what = error if str(error) else "the file ends before it"
            raise FetchError(
                f"{path}: the record at byte {place.offset} cannot be read ({what}). Restore the file from a backup."
            ) from error

    def message(self, place: Place) -> Message:
        """The response at a place."""
        return read_message(self.record(place).block)

    def close(self) -> None:
        """Close its files."""
        while self._streams:
            self._streams.popitem()[1].close()

    def _stream(self, filename: str) -> BinaryIO:
        """The file of that name, opened where it is not open; the one that was longest not asked for makes room."""
        if filename not in self._streams:
            suffix = OPEN if filename == f"{self._open_name}{WARC}" else ""
            if len(self._streams) == FILES_OPEN:
                self._streams.popitem(last=False)[1].close()
            self._streams[filename] = open_file(self._folder / f"{filename}{suffix}")
        self._streams.move_to_end(filename)
        return self._streams[filename]


def scan(stream: BinaryIO, filename: str) -> Iterator[Entry]:
    """The index of a WARC file of ours, read from its records, in their order; `via` is in the metadata record before each."""
    via: dict[str, str | None] = {}
    for record in read_records(stream):
        if record.kind == "metadata" and record.field("Content-Type") == "application/warc-fields":
            lines = (line.partition(": ") for line in record.block.decode().splitlines())
            via[record.url] = {name: value for name, _, value in lines}.get("via")
        elif entry := index_entry(record, filename, via.get(record.url)):
            yield entry


def open_file(path: Path, mode: str = "rb") -> BinaryIO:
    """Open a file of the archive: the one place where that is done."""
    return cast(BinaryIO, fsspec.open(str(path), mode).open())


def replace_file(path: Path, data: bytes) -> None:
    """Write a file in one step: whole, or not at all."""
    beside = path.with_name(path.name + ".part")
    with open_file(beside, "wb") as stream:
        stream.write(data)
    beside.replace(path)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


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
