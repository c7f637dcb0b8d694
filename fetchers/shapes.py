"""What a site's addresses have in common: which pattern its listings have, and which only ever brings the same again."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from urllib.parse import urlsplit

from fetchers.reading import Read
from fetchers.urls import query_shape

_ENOUGH = 5
"""How many pages of a pattern are looked at before it is taken for one without listings."""

_BITS = 1 << 25
"""Bits that remember lines of text (4 MB): of two million lines one in a hundred thousand is taken for one seen before."""

_PLACES = 8
"""Bits that a line sets."""

_RECENT = 1 << 16
"""Lines that are known to be remembered: of a site's pages most have most of their lines in common."""

_NUMBER = re.compile(r"\d+")


@lru_cache(maxsize=1 << 15)
def shape(url: str) -> str:
    """The pattern of an address: numbers are one, and so are names in the last place and values of parameters.

    >>> shape("https://guide.example/houses/anchor/")
    '/houses/*/'
    >>> shape("https://guide.example/2026/05/?sort=name")
    '/0/0/?sort'
    """
    path, names = query_shape(url)
    parts = [_NUMBER.sub("0", part) for part in path.split("/")]
    last = max((n for n, part in enumerate(parts) if part), default=None)
    if last is not None and parts[last] != "0":
        parts[last] = "*"
    return "/".join(parts) + (f"?{'&'.join(names)}" if names else "")


class Shapes:
    """Counts over the pages of a site by the pattern of their address.

    `barren` is after how many pages in a row without anything new a pattern is given up; only patterns that machines write
    without end are: those with numbers or parameters.
    """

    def __init__(self, barren: int) -> None:
        self._barren = barren
        self._pages: Counter[str] = Counter()
        self._listings: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()
        self._lines = bytearray(_BITS // 8)
        self._recent: set[int] = set()

    def note(self, page: Read, led_on: bool) -> None:
        """Take a page into account; `led_on` says whether it led to addresses of other patterns."""
        kind = shape(page.url)
        self._pages[kind] += 1
        self._listings[kind] += page.listing
        new = self._has_new_text(page)
        self._in_a_row[kind] = 0 if page.listing or led_on or new else self._in_a_row[kind] + 1

    def rank(self, kind: str) -> int:
        """Which patterns to ask first: 0 those with listings, 1 those not known yet, 2 those that have shown none."""
        if self._listings[kind]:
            return 0
        return 1 if self._pages[kind] < _ENOUGH else 2

    def is_barren(self, kind: str) -> bool:
        """Whether a pattern has brought nothing new for long."""
        endless = "?" in kind or "0" in kind
        return endless and self._in_a_row[kind] >= self._barren

    def _has_new_text(self, page: Read) -> bool:
        """A Bloom filter: memory does not grow with the site."""
        new = False
        fresh = page.lines - self._recent
        if len(self._recent) > _RECENT:
            self._recent.clear()
        self._recent |= fresh
        for line in fresh:
            first, step = line & 0xFFFFFFFF, line >> 32 | 1
            for n in range(_PLACES):
                place = (first + n * step) % _BITS
                byte, bit = place >> 3, 1 << (place & 7)
                if not self._lines[byte] & bit:
                    self._lines[byte] |= bit
                    new = True
        return new


def host(url: str) -> str:
    """Name and port of the host of an address."""
    return urlsplit(url).netloc
