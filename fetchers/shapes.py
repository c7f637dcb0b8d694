"""What a site's addresses have in common: which pattern its listings have, and which only ever brings the same again."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urlsplit

from fetchers.urls import query_shape
from parsers.model import Page

_ENOUGH = 5
"""How many pages of a pattern are looked at before it is taken for one without listings."""

_LINES = 2_000_000
"""How many lines of text are remembered; beyond, every line counts as new, so that nothing is left out for want of memory."""

_NUMBER = re.compile(r"\d+")


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
        self._lines: set[int] = set()

    def note(self, page: Page, listing: bool, led_on: bool) -> None:
        """Take a page into account: whether it reads like a listing, and whether it led to addresses of other patterns."""
        kind = shape(page.url)
        self._pages[kind] += 1
        self._listings[kind] += listing
        new = self._has_new_text(page)
        self._in_a_row[kind] = 0 if listing or led_on or new else self._in_a_row[kind] + 1

    def rank(self, kind: str) -> int:
        """Which patterns to ask first: 0 those with listings, 1 those not known yet, 2 those that have shown none."""
        if self._listings[kind]:
            return 0
        return 1 if self._pages[kind] < _ENOUGH else 2

    def is_barren(self, kind: str) -> bool:
        """Whether a pattern has brought nothing new for long."""
        endless = "?" in kind or "0" in kind
        return endless and self._in_a_row[kind] >= self._barren

    def _has_new_text(self, page: Page) -> bool:
        lines = {hash(_NUMBER.sub("0", block.text)) for block in page.blocks if block.area == "main"}
        new = lines - self._lines
        if len(self._lines) < _LINES:
            self._lines |= new
        return bool(new)


def host(url: str) -> str:
    """Name and port of the host of an address."""
    return urlsplit(url).netloc
