"""Sitemaps: the addresses that a site lists itself (sitemaps.org protocol 0.9; XML, index files, plain text, gzip)."""

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
    open_tags: list[str] = []
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    damage = None
    try:
        parser.feed(data.lstrip())
        parser.close()
    except ParseError as error:
        damage = str(error)
    with contextlib.suppress(ParseError):
        for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
            if event == "start":
                open_tags.append(element.tag.rpartition("}")[2])
                continue
            path = open_tags[-2:]
            open_tags.pop()
            address = (element.text or "").strip()
            if path == ["url", "loc"] and address:
                pages.append(address)
            elif path == ["sitemap", "loc"] and address:
                sitemaps.append(address)
    return Sitemap(tuple(pages), tuple(sitemaps), damage)
