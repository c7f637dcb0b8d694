"""What fetching takes and yields: plain frozen dataclasses, and the one error that ends a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be other the next time."""

PASSING = frozenset({"unreachable", "timeout", "broken", *(f"http-{status}" for status in RETRIED)})
"""Kinds of failure that may be over the next time."""


class FetchError(Exception):
    """What ends a crawl; the message says what, where (URL or file) and what to do. The archive stays readable."""


class UnreachableError(FetchError):
    """The site does not answer, or answers that it is out of order: later it may."""


class BusyError(FetchError):
    """Another run of the same source is at work."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as they went over the wire.

    `truncated` says why the response's payload was not kept ("length": too large, "unspecified": not a page), None where it was.
    """

    url: str
    fetched_at: datetime
    request: bytes
    response: bytes
    ip: str | None = None
    truncated: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One address that gave no page.

    `kind` is a short stable code: "unreachable", "timeout", "broken" (cut short), "too-large", "robots", "redirect-loop",
    "off-site" (redirected out of scope), "not-html", "undecodable", "private-address", "tls" (no trusted connection), "damaged"
    (an archive's record), "empty", "soft-404" (200, and not there), "login", or "http-" and the status. `detail` says what was
    seen, `linked_from` which page named the address.
    """

    url: str
    kind: str
    detail: str
    linked_from: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """A page that an earlier crawl had, and the last one has not.

    `known_as` is the address under which it was first known. `first_seen` and `last_seen` are ISO 8601, UTC. `why` says, in
    words, what became of it; empty where nobody looked. `warc_file`, `offset` and `digest` are those of its last capture.
    """

    known_as: str
    first_seen: str
    last_seen: str
    why: str
    warc_file: str | None = None
    offset: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """One page as archived.

    `url` is where its bytes came from, `requested_urls` the addresses that redirect there, in order. `fetched_at` is UTC;
    for a revisit the time at which it was seen unchanged. `body` is free of transfer and content codings. `warc_file`
    (a name within the source's folder) and `offset` (bytes) are where the payload lies: for a revisit, the original's record.
    `digest` is that record's WARC-Payload-Digest. `linked_from` is the page that led here, None for the start. `known_as` is
    the address under which the page was first known: another than `url` where it moved. `first_seen` is when that was, UTC.
    `former` are the addresses that it has had before, oldest first.
    """

    url: str
    requested_urls: tuple[str, ...]
    fetched_at: datetime
    status: int
    content_type: str | None
    body: bytes
    warc_file: str
    offset: int
    digest: str
    revisit: bool
    linked_from: str | None
    known_as: str
    first_seen: datetime
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page fetched by itself, for nobody's archive: `url` is where it is, after redirects, `body` is free of codings."""

    url: str
    content_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl of a source, as its archive tells it.

    `name` is the UTC time at which it began (14 digits), `files` the WARC file, its index, and further WARC files where one was
    not enough. `pages` counts its captures.
    Of the pages seen, `fetched` counts those new or changed, `unchanged` those whose payload the archive had from an earlier
    crawl, `failed` the addresses that gave none. Of the pages of the crawl before, `moved` counts those with another address,
    `kept` those that did not answer this time and stand in the release as they were, `gone` those that are no more. `capped`
    says, in words, which limits cut the crawl short. `finished` is False while `files` may still grow; `resumed` tells that an
    earlier run began it.
    """

    source: str
    name: str
    files: tuple[Path, ...]
    pages: int
    fetched: int
    unchanged: int
    failed: int
    failures: tuple[Failure, ...]
    capped: tuple[str, ...]
    finished: bool
    resumed: bool
    moved: int = 0
    kept: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is: pages new or changed, pages unchanged, failures, addresses waiting, and the one just dealt with."""

    fetched: int
    unchanged: int
    failed: int
    queued: int
    url: str
