"""Sitemaps: the addresses that a site lists itself (sitemaps.org protocol 0.9; XML, index files, plain text, gzip)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import ParseError, XMLPullParser  # noqa: S405 - see read_sitemap

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
    parser = XMLPullParser(("start", "end"))
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    open_tags: list[str] = []
    damage = None
    try:
        parser.feed(data.lstrip())
        parser.close()
    except ParseError as error:
        damage = str(error)
    try:
        for event, element in parser.read_events():
            if event == "start":
                open_tags.append(element.tag.rpartition("}")[2])
                continue
            tag = open_tags.pop()
            parent = open_tags[-1] if open_tags else ""
            if tag == "loc" and parent in found and element.text and element.text.strip():
                found[parent].append(element.text.strip())
    except ParseError as error:
        damage = str(error)
    return Sitemap(tuple(found["url"]), tuple(found["sitemap"]), damage)
