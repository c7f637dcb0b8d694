"""robots.txt: what may be fetched, how fast, and which sitemaps there are (RFC 9309; Crawl-delay and Sitemap by custom)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from protego import Protego

SIZE_LIMIT = 500 * 1024
"""How much of a robots.txt is read, in bytes: what RFC 9309, section 2.5, asks for at least."""

TOKEN = "listings"  # noqa: S105
"""Our product token, which robots.txt files may address (RFC 9309, section 2.2.1)."""


@dataclass(frozen=True)
class Robots:
    """The rules of one origin. `refused` says why nothing may be fetched at all: the file could not be had."""

    text: str = ""
    refused: str | None = None

    @classmethod
    def from_response(cls, status: int, body: bytes) -> Self:
        """The rules by the answer: 2xx as written, 4xx none, all else forbids everything (RFC 9309, section 2.3.1)."""
        if 200 <= status < 300:
            return cls(body[:SIZE_LIMIT].decode("utf-8-sig", errors="replace"))
        if 400 <= status < 500:
            return cls()
        return cls(refused=f"its server answered {status}")

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
        return Protego.parse(self.text)


def robots_url(url: str) -> str:
    """Where the robots.txt for a URL is: at the root of its origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"
