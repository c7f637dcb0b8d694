"""What a crawl wants to know of a page: where it leads, whether it reads like a listing, and what tells it from others.

Pure, and small: it may be found out by another process than the one that crawls.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from parsers.model import Page
from parsers.page import read_page
from parsers.site import SiteCounts, count
from parsers.vacancy import says_nothing

_NOT_FOLLOWED = frozenset(
    {"nofollow", "alternate", "pingback", "search", "stylesheet", "icon", "manifest"},
)
"""Link relations that lead to no further page (HTML Living Standard, section 4.6.7, and WordPress's own)."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Payload:
    """A page as it was fetched: `body` is free of codings, `digest` that of the payload as stored."""

    url: str
    digest: str
    body: bytes
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a page for the crawl.

    `links` are those to follow, in the page's order; `aliases` the addresses that it gives as short for its own. `canonical`,
    `robots` and `feeds` are the page's. `lines` are hashes of its lines of main text, whatever numbers they have, and `main` is
    one of all of them. `listing` tells that it reads like a listing by the labels that everyone knows; `vacant` is what it is
    where it holds nothing though it answers (`parsers.vacancy`).
    """

    url: str
    links: tuple[str, ...]
    aliases: tuple[str, ...]
    canonical: str | None
    robots: tuple[str, ...]
    feeds: tuple[str, ...]
    lines: frozenset[int]
    main: bytes
    listing: bool
    vacant: tuple[str, str] | None = None


Reader = Callable[[Payload], Callable[[], Read]]
"""Begins to read a page; what it returns waits for what was read."""


def look(payload: Payload) -> tuple[Read, Page, SiteCounts | None]:
    """Read a page: for the crawl, in full, and as `parsers.site.count` sees it (None where the page broke that)."""
    page = read_page(payload.body, payload.url, payload.content_type)
    counts = counted(page)
    listing = bool(counts and counts.listing_like)
    return described(page, listing, None if listing else says_nothing(page, payload.body)), page, counts


def described(page: Page, listing: bool = False, vacant: tuple[str, str] | None = None) -> Read:
    """What of a page the crawl wants to know."""
    rels = [(link.href, link.rel.split()) for link in page.links]
    main = [block.text for block in page.blocks if block.area == "main"]
    text = "\n".join(main) or page.text
    return Read(
        url=page.url,
        links=tuple(href for href, rel in rels if "shortlink" not in rel and _NOT_FOLLOWED.isdisjoint(rel)),
        aliases=tuple(href for href, rel in rels if "shortlink" in rel),
        canonical=page.canonical,
        robots=page.robots,
        feeds=page.feeds,
        lines=frozenset(map(_line, main)),
        main=hashlib.sha256(_bytes(text)).digest(),
        listing=listing,
        vacant=vacant,
    )


def read_here(payload: Payload) -> Callable[[], Read]:
    """Reads a page at once, in this process."""
    read = look(payload)[0]
    return lambda: read


def counted(page: Page) -> SiteCounts | None:
    """What was counted on a page; None of one that breaks the parser: that is told by who parses it, and ends no crawl."""
    try:
        return count([page])
    except Exception:
        return None


def _line(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(_bytes(_NUMBER.sub("0", text)), digest_size=8).digest())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")
