"""An address to fetch, and how discovery came to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address to fetch.

    `via` is the page that named it, `hops` the path from the start, a letter a hop (L link, R redirect, M sitemap, as Heritrix
    has them; F feed, K a page known from an earlier crawl), `depth` and `steps` its length as `Caps` counts it, `chain` the
    addresses that redirected here.
    """

    url: str
    via: str | None = None
    hops: str = ""
    depth: int = 0
    steps: int = 0
    chain: tuple[str, ...] = ()
