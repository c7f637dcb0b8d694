"""robots.txt: what may be fetched, how fast, and which sitemaps there are (RFC 9309; Crawl-delay and Sitemap by custom)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from protego import Protego

SIZE_LIMIT = 500 * 1024
"""How much of a robots.txt is read, in bytes: what RFC 9309, section 2.5, asks for at least."""

TOKEN = "listings"  # noqa: S105
"""Our product token, which robots.txt files may address (RFC 9309, section 2.2.1)."""

_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Directives of X-Robots-Tag that have a value after a colon; any other name before one is a crawler's."""

_NAME = re.compile(r"[a-z_-]+")
"""A crawler's name (RFC 9309, section 2.2.1), which a date is not."""


SLOWEST = 600.0
"""The longest delay between two requests that is obeyed, in seconds; a site that asks for more is not crawled."""

_AGENT = re.compile(r"\s*user-?\s?agent\s*:(?P<name>[^#]*)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\s*(?:d\w+|allow|site-?maps?|crawl[- ]delay|request[- ]rate)\s*:", re.IGNORECASE)


@dataclass(frozen=True)
class Robots:
    """The rules of one origin. `refused` says why nothing may be fetched at all: the file could not be had.

    `kind` is then that of the failure (`fetchers.model.Failure`).
    """

    text: str = ""
    refused: str | None = None
    kind: str = "robots"

    @classmethod
    def from_response(cls, status: int, body: bytes) -> Self:
        """The rules by the answer: 2xx as written, 4xx none, all else forbids everything (RFC 9309, section 2.3.1)."""
        if 200 <= status < 300:
            made = cls(body[:SIZE_LIMIT].decode("utf-8-sig", errors="replace"))
            if made.delay > SLOWEST:
                return cls(made.text, f"it asks for {made.delay:g} s between two requests, which no crawl can wait for")
            return made
        if 400 <= status < 500:
            return cls()
        return cls(refused=f"its server answered {status}", kind=f"http-{status}")

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched by us."""
        return self.refused is None and self._rules.can_fetch(url, TOKEN)

    @property
    def delay(self) -> float:
        """The seconds between two requests that it asks for; 0 where it asks for none."""
        rate = self._rules.request_rate(TOKEN)
        return max(self._rules.crawl_delay(TOKEN) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that it names, in its order."""
        return tuple(self._rules.sitemaps)

    @cached_property
    def _rules(self) -> Protego:
        return Protego.parse("\n".join(map(_plain, self.text.splitlines())))


def _plain(line: str) -> str:
    """A line as protego reads it by RFC 9309.

    To protego a group is ours whose name ours begins with, but not one with a version after it ("listings/2"), or a word after
    the `*`; and a line of another purpose ends the names of a group. The RFC compares whole names, without what no name has
    (section 2.2.1), and leaves unknown lines out (section 2.2.4).
    """
    if agent := _AGENT.match(line):
        name = re.match(r"\*|[a-z_-]*", agent["name"].strip().lower())
        known = name[0] if name else ""
        return f"User-agent: {known if known in ('*', TOKEN) else '-' + known}"
    return line if ":" not in line or _DIRECTIVE.match(line) else ""


def robots_url(url: str) -> str:
    """Where the robots.txt for a URL is: at the root of its origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def robots_tag(value: str) -> tuple[str, ...]:
    """The directives of an X-Robots-Tag header that are for everyone, or for us; lower case, in its order.

    A crawler's name and a colon address what follows them to that crawler, up to the next name (Google, "Robots meta tag,
    data-nosnippet, and X-Robots-Tag specifications"; there is no other).
    """
    found: list[str] = []
    ours = True
    for part in value.lower().split(","):
        name, colon, rest = part.partition(":")
        if colon and _NAME.fullmatch(name.strip()) and name.strip() not in _VALUED:
            ours, part = name.strip() == TOKEN, rest
        if ours:
            found.append(part.strip())
    return tuple(found)
