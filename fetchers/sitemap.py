"""Sitemaps and feeds: the addresses that a site lists itself.

Sitemaps: sitemaps.org protocol 0.9 (XML, index files, plain text, gzip). Feeds: RSS 0.9 to 2.0, Atom (RFC 4287).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from fetchers.message import GZIP, gunzip


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap names, in its order: `pages`, and further `sitemaps`. `damage` says where it could not be read on."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    damage: str | None = None


def read_sitemap(body: bytes) -> Sitemap:
    """Read a sitemap or sitemap index: up to the damage, where there is one. UndecodableError where it is gzip, and broken.

    Expat stops entity bombs itself since 2.4.1 (2021), which every supported Python has.
    """
    data = gunzip(body) if body.startswith(GZIP) else body
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = (line.strip() for line in data.decode("utf-8-sig", errors="replace").splitlines())
        return Sitemap(pages=tuple(line for line in lines if line.startswith(("http://", "https://"))))
    pages: list[str] = []
    sitemaps: list[str] = []
    reading = _Reading(data)
    for path, element in reading.elements():
        address = (element.text or "").strip()
        if path == ["url", "loc"] and address:
            pages.append(address)
        elif path == ["sitemap", "loc"] and address:
            sitemaps.append(address)
    return Sitemap(tuple(pages), tuple(sitemaps), reading.damage)


def read_feed(body: bytes) -> tuple[str, ...]:
    """The addresses of what a feed tells of, in its order, up to the damage where there is one; none where it is no feed."""
    pages: list[str] = []
    for path, element in _Reading(body).elements():
        if path == ["item", "link"]:
            pages.append((element.text or "").strip())
        elif path == ["entry", "link"] and element.get("rel", "alternate") == "alternate":
            pages.append(element.get("href", "").strip())
    return tuple(page for page in pages if page)


class _Reading:
    """XML read as far as it goes; `damage` then says where it could not be read on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.damage: str | None = None

    def elements(self) -> Iterator[tuple[list[str], Element]]:
        """The elements in the order in which they end, each with its name and that of its parent before it."""
        open_tags: list[str] = []
        parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
        try:
            parser.feed(self._data.lstrip())
            parser.close()
        except ParseError as error:
            self.damage = str(error)
        with contextlib.suppress(ParseError):
            for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
                if event == "start":
                    open_tags.append(element.tag.rpartition("}")[2])
                    continue
                yield open_tags[-2:], element
                open_tags.pop()
