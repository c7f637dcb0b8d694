"""The files of a source's folder: their names, their index, and the way to each record.

A crawl is `<time>.warc.gz`; beyond a gigabyte it goes on in `<time>.1.warc.gz`, and so on. While it is written each has `.open`
at its end. One index, `<time>.cdxj`, leads to the records of them all.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

import fsspec

from fetchers.cdxj import Entry, Place, read_lines, write_lines
from fetchers.message import Message, read_message
from fetchers.model import FetchError
from fetchers.warc import DamagedError, Record, index_entry, read_records

WARC, INDEX, OPEN = ".warc.gz", ".cdxj", ".open"

FILES_OPEN = 8
"""How many WARC files are open at a time: the pages of one crawl may lie in those of many before it."""


def finished_crawls(folder: Path) -> list[str]:
    """The names of the finished crawls in a source's folder, oldest first."""
    return _crawls(folder, WARC)


def unfinished_crawls(folder: Path) -> list[str]:
    """The names of the crawls in a source's folder that are not finished, oldest first."""
    return _crawls(folder, f"{WARC}{OPEN}")


def _crawls(folder: Path, ending: str) -> list[str]:
    names = (path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))
    return sorted(name for name in names if "." not in name)


def warc_name(crawl: str, number: int) -> str:
    """The name of a crawl's WARC file of that number, from 0, once it is finished."""
    return f"{crawl}.{number}{WARC}" if number else f"{crawl}{WARC}"


def warc_names(folder: Path, crawl: str) -> list[str]:
    """The names of a crawl's WARC files, in the order in which they were written."""
    names: list[str] = []
    while where(folder, name := warc_name(crawl, len(names))).exists():
        names.append(name)
    return names


def where(folder: Path, filename: str) -> Path:
    """Where a WARC file lies: under its name, or, of a crawl that is not finished, with `.open` at its end."""
    path = folder / filename
    beside = path.with_name(f"{filename}{OPEN}")
    return beside if not path.exists() and beside.exists() else path


def read_index(folder: Path, name: str, urls: Collection[str] | None = None) -> tuple[Entry, ...]:
    """The index of a finished crawl, in the order in which it was fetched; with `urls`, of these only.

    Where its file is missing it is made anew. FetchError where it is damaged.
    """
    path = folder / f"{name}{INDEX}"
    try:
        if not path.exists():
            replace_file(path, write_lines(entry for file in warc_names(folder, name) for entry in scan(folder, file)))
        with open_file(path) as stream:
            entries = read_lines(stream.read(), urls)
            return tuple(sorted(entries, key=lambda entry: written(entry.place)))
    except (ValueError, DamagedError) as error:
        raise FetchError(f"{path}: {error}. Delete the file: it is made anew from the WARC file.") from error


def index_lines(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """The URL and the line of each record in the index of a finished crawl, sorted as it is; FetchError where it is damaged."""
    path = folder / f"{name}{INDEX}"
    if not path.exists():
        read_index(folder, name, ())
    with open_file(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                text = line.decode()
                yield json.loads(text.split(" ", 2)[2])["url"], text
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise FetchError(
                    f"{path}: line {number} is no CDXJ line. Delete the file: it is made anew from the WARC file."
                ) from error


class Reader:
    """Random access to the records of a source's folder, those of a crawl being written among them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
            if len(self._streams) == FILES_OPEN:
                self._streams.popitem(last=False)[1].close()
            self._streams[filename] = open_file(where(self._folder, filename))
        self._streams.move_to_end(filename)
        return self._streams[filename]


def scan(folder: Path, filename: str) -> Iterator[Entry]:
    """The index of a WARC file of ours, read from its records, in their order; `via` is in the metadata record before each."""
    via: dict[str, str | None] = {}
    with open_file(where(folder, filename)) as stream:
        for record in read_records(stream):
            if record.kind == "metadata" and record.field("Content-Type") == "application/warc-fields":
                lines = (line.partition(": ") for line in record.block.decode().splitlines())
                via[record.url] = {name: value for name, _, value in lines}.get("via")
            elif entry := index_entry(record, filename, via.get(record.url)):
                yield entry


def written(place: Place) -> tuple[int, str, int]:
    """What sorts the places of a crawl as they were written: its second file has a longer name than its first."""
    return len(place.filename), place.filename, place.offset


def open_file(path: Path, mode: str = "rb") -> BinaryIO:
    """Open a file of the archive: the one place where that is done."""
    return cast(BinaryIO, fsspec.open(str(path), mode).open())


def replace_file(path: Path, data: Iterable[bytes]) -> None:
    """Write a file, given in pieces, in one step: whole, or not at all."""
    beside = path.with_name(path.name + ".part")
    with open_file(beside, "wb") as stream:
        stream.writelines(data)
    beside.replace(path)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
