"""Web addresses in text: printed with or without a scheme, or behind a link."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from parsers.frozen import lightly
from parsers.model import Line

_WITH_SCHEME = re.compile(r"\bhttps?://[^\s<>\"|]+|\bwww\.[^\s<>\"|@]+", re.IGNORECASE)
# a host name without "www.": lower case, so that "Jal.Tel" and "e.V.Berlin" are none
_HOST = re.compile(r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?::\d+)?(?:/[^\s<>\"|]*)?(?![\w@])")
_TRAILING = ".,;:!?'\"»”’*"
_MAP = re.compile(
    r"(?:^|\.)(?:maps\.|google\.[a-z.]+/maps|goo\.gl/maps|openstreetmap\.|osm\.org|bing\.com/maps|here\.com)",
    re.IGNORECASE,
)


@lightly(frozen=True, slots=True)
class UrlMatch:
    """A web address in a line: its place in the line's own text, and the absolute URL (RFC 3986)."""

    start: int
    end: int
    url: str


def find_urls(line: Line) -> list[UrlMatch]:
    """The web addresses of a line, in order, none overlapping: those that the text prints, then links whose text is words.

    A printed address that is linked is what the link leads to, where that is the same host; without scheme and link it gets
    `http://`. Links to maps and links around numbers are no web addresses of the
    organisation.
    """
    found: list[UrlMatch] = []

    def add(start: int, end: int, url: str) -> None:
        if 0 <= start < end <= len(line.text) and all(end <= other.start or start >= other.end for other in found):
            found.append(UrlMatch(start, end, url))

    for pattern in (_WITH_SCHEME, _HOST) if "." in line.text else ():
        for match in pattern.finditer(line.text):
            printed = _trim(match.group())
            if is_url(printed):
                end = match.start() + len(printed)
                add(match.start(), end, _linked(line, match.start(), end, printed) or absolute(printed))
    for link in line.links:
        start, end = link.start - line.start, link.end - line.start
        text = line.text[max(start, 0) : max(end, 0)]
        words = text.strip()
        if not words or any(char.isdigit() for char in words) or "@" in words or not _is_web(link.href):
            continue
        if not _MAP.search(link.href.partition("://")[2]):
            start += text.find(words)
            add(start, start + len(words), link.href)
    return sorted(found, key=lambda url: url.start)


def _linked(line: Line, start: int, end: int, printed: str) -> str | None:
    """Where the link around a printed address leads, if it is to the host printed."""
    for link in line.links:
        if link.start - line.start < end and link.end - line.start > start and _is_web(link.href):
            hosts = {_host(absolute(printed)), _host(link.href)}
            says_more = link.href.rstrip("/") != absolute(printed).rstrip("/")
            return link.href if says_more and len(hosts) == 1 else None
    return None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def absolute(printed: str) -> str:
    """`printed` with a scheme: `http://` where none is printed."""
    return printed if "://" in printed else f"http://{printed}"


def is_url(text: str) -> bool:
    """Whether `text` is a web address: a host name of at least two labels that DNS would allow (RFC 1035), and what follows."""
    try:
        host = urlsplit(absolute(text)).hostname or ""
    except ValueError:
        return False
    labels = host.split(".")
    return len(labels) > 1 and all(0 < len(label) < 64 for label in labels) and not labels[-1].isdigit()


def _is_web(href: str) -> bool:
    return (
        href.lower().startswith(("http://", "https://")) and "/cdn-cgi/l/email-protection" not in href and is_url(href)
    )


def _trim(text: str) -> str:
    while text:
        shorter = text.rstrip(_TRAILING)
        for opening, closing in ("()", "[]"):
            if shorter.endswith(closing) and shorter.count(closing) > shorter.count(opening):
                shorter = shorter[:-1]
        if shorter == text:
            return text
        text = shorter
    return text
