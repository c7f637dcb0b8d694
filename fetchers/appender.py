"""The WARC files of the crawl being written: begun, mended after a crash, written to the end, closed when they are large."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from fetchers.archive import disk_errors
from fetchers.cdxj import Entry, Place
from fetchers.model import FetchError
from fetchers.shelf import OPEN, now, open_file, scan, warc_name, warc_names, where
from fetchers.warc import MANIFEST, Made, intact_length, make_record

FILE_SIZE = 1_000_000_000
"""How large a WARC file may grow, in bytes, before the next one is begun: what the WARC guidelines of the IIPC advise."""

SYNC_SECONDS = 5.0
"""How old, in seconds, what is written may get before the disk is told to keep it; a crash of the machine takes no more."""


class Appender:
    """Writes records to the end of a crawl's files; `about` is what each file begins with, its warcinfo record.

    Appending is local work: object stores have no such thing. Unbuffered, so that a record is there or it is not.
    """

    def __init__(self, folder: Path, crawl: str, about: dict[str, str]) -> None:
        self._folder, self._crawl, self._about = folder, crawl, about
        self._number = self._end = self._head = 0
        self._synced = time.monotonic()

    def mend(self) -> list[Entry]:
        """Cut off what a crash has torn, and a manifest that no rename followed; what is left, in the order of writing."""
        entries: list[Entry] = []
        for filename in warc_names(self._folder, self._crawl):
            path = where(self._folder, filename)
            with open_file(path) as stream:
                whole = intact_length(stream)
            os.truncate(path, whole)
            entries += scan(self._folder, filename)
        for entry in entries:
            if entry.url == MANIFEST:
                os.truncate(where(self._folder, entry.place.filename), entry.place.offset)
        return [entry for entry in entries if entry.url != MANIFEST]

    def begin(self) -> None:
        """Open the last of the files, or a first one."""
        self._open(max(0, len(warc_names(self._folder, self._crawl)) - 1))

    def append(self, *records: Made) -> Place:
        """Write records side by side; the place of the last. FetchError where the disk refuses: then no trace is left."""
        size = sum(len(record.data) for record in records)
        start = self._end
        try:
            with disk_errors(self._folder):
                # A file that holds nothing yet takes anything.
                if self._end > self._head and self._end + size > FILE_SIZE:
                    self._next()
                    start = self._end
                for record in records:
                    offset, left = self._end, memoryview(record.data)
                    while left:
                        left = left[self._file.write(left) :]
                    self._end += len(record.data)
                if time.monotonic() - self._synced >= SYNC_SECONDS:
                    self.sync()
        except FetchError:
            self._end = start
            with contextlib.suppress(OSError):
                self._file.truncate(start)
            raise
        return Place(self._filename, offset)

    def sync(self) -> None:
        """Tell the disk to keep what is written."""
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()

    def close(self) -> None:
        """Close the file; what is written stays for the next run."""
        self._file.close()

    def finish(self) -> None:
        """Give the files their names: the first one last, since that ends the crawl."""
        for filename in reversed(warc_names(self._folder, self._crawl)):
            where(self._folder, filename).rename(self._folder / filename)

    def discard(self) -> None:
        """Take the files away."""
        for filename in reversed(warc_names(self._folder, self._crawl)):
            where(self._folder, filename).unlink()

    def _next(self) -> None:
        self.sync()
        self._file.close()
        self._open(self._number + 1)

    def _open(self, number: int) -> None:
        self._number, self._filename = number, warc_name(self._crawl, number)
        path = self._folder / f"{self._filename}{OPEN}"
        if (named := self._folder / self._filename).exists():
            named.rename(path)
        self._file = path.open("ab", buffering=0)
        self._end = self._file.seek(0, os.SEEK_END)
        self._head, self._synced = 0, time.monotonic()
        if not self._end:
            block = "".join(f"{name}: {value}\r\n" for name, value in self._about.items()).encode()
            about = make_record("warcinfo", block, "application/warc-fields", now(), WARC_Filename=self._filename)
            self.append(about)
            self._head = self._end
