"""The pages that were read in this process, from the time when they are fetched to the last pass.

Whole pages stay in memory as long as there is room; what `parsers.site.count` found on each is small, and lies in a file, so that
no page is read anew for the first pass, however many there are.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Collection
from typing import IO

from zlib_ng import zlib_ng

from parsers.model import Page
from parsers.site import SiteCounts

Key = tuple[str, str]
"""The URL of a page, and the digest of its payload."""

_ROOM = 80_000_000
"""What whole pages may take, in bytes of memory: 700 of 70 KB with a hundred lines and as many links each."""

_A_PART = 450
"""What a block or a link takes, in bytes."""


class Kept:
    """Pages and counts; `room` is in bytes of memory."""

    def __init__(self, room: int = _ROOM) -> None:
        self._most = self._room = room
        self._pages: dict[Key, Page] = {}
        self._places: dict[Key, tuple[int, int]] = {}
        self._file: IO[bytes] | None = None

    @property
    def pages(self) -> Collection[Key]:
        """The pages that are here whole."""
        return self._pages.keys()

    @property
    def counted(self) -> Collection[Key]:
        """The pages whose counts are here."""
        return self._places.keys()

    def keep(self, key: Key, page: Page) -> None:
        """Keep a page, if there is room."""
        weight = _weight(page)
        if key not in self._pages and weight <= self._room:
            self._room -= weight
            self._pages[key] = page

    def keep_counts(self, key: Key, counts: SiteCounts) -> None:
        """Keep what was counted on a page."""
        file = self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - open as long as counts are kept
        data = zlib_ng.compress(pickle.dumps(counts, pickle.HIGHEST_PROTOCOL), 1)
        self._places[key] = file.seek(0, os.SEEK_END), len(data)
        file.write(data)

    def take(self, key: Key) -> Page | None:
        """A page, which is let go."""
        page = self._pages.pop(key, None)
        if page is not None:
            self._room += _weight(page)
        return page

    def counts(self, key: Key) -> SiteCounts | None:
        """What was counted on a page."""
        if key not in self._places or self._file is None:
            return None
        offset, length = self._places[key]
        self._file.seek(offset)
        counts: SiteCounts = pickle.loads(zlib_ng.decompress(self._file.read(length)))  # noqa: S301 - written above
        return counts

    def forget(self) -> None:
        """Let go of everything."""
        self._pages.clear()
        self._places.clear()
        self._room = self._most
        if self._file is not None:
            self._file.close()
            self._file = None


def _weight(page: Page) -> int:
    return len(page.text) + _A_PART * (len(page.blocks) + len(page.links))
