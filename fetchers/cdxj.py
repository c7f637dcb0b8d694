"""The index beside a WARC file: CDXJ, one sorted line a response, "SURT timestamp {json}" (as pywb and OpenWayback read it)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

from fetchers.urls import url_key

REVISIT_MIME = "warc/revisit"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: the WARC file's name, and the offset in it, in bytes."""

    filename: str
    offset: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One response or revisit record, or the manifest that ends a crawl (of status 0).

    `date` is its WARC-Date; `mime` is "warc/revisit" for a revisit, whose payload lies at `original`. `digest` is the
    WARC-Payload-Digest, `content_digest` the same without the transfer coding. `length` is what the record takes, in bytes,
    `location` where a redirect leads, `via` the page that led here, `truncated` why the payload was not kept (WARC-Truncated).
    """

    url: str
    date: datetime
    mime: str | None
    status: int
    digest: str
    content_digest: str
    place: Place
    length: int
    original: Place | None = None
    location: str | None = None
    via: str | None = None
    truncated: str | None = None

    @property
    def payload_place(self) -> Place:
        """The record that has the payload."""
        return self.original or self.place


def surt(url: str) -> str:
    """The sort-friendly form of a URL: host labels reversed, then the canonical path and query.

    The form of archive.org's SURT as CDX files use it: no scheme, no `www.`, lower case.

    >>> surt("http://www.wayside.example:8080/About?b=2&a=1")
    'example,wayside:8080)/about?a=1&b=2'
    """
    parts = urlsplit(url_key(url).lower())
    host = (parts.hostname or "").removeprefix("www.")
    if not _is_address(host):
        host = ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return f"{host}{port})" + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def warc_date(date: datetime) -> str:
    """WARC-Date: UTC to the microsecond, as WARC 1.1 allows."""
    return date.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def write_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The lines of the index of these records, sorted; the file name last in each line's JSON, as pywb writes it."""
    keyed = sorted(((_key(entry), entry) for entry in entries), key=itemgetter(0))
    for _, alike in groupby(keyed, key=itemgetter(0)):
        for line in sorted(f"{key} {_values(entry)}\n" for key, entry in alike):
            yield line.encode()


def read_lines(data: bytes, urls: Collection[str] | None = None) -> Iterator[Entry]:
    """The records of an index, in its order; with `urls`, of these only. ValueError (with the line) where a line is none."""
    keys = None if urls is None else {surt(url) for url in urls}
    if not data:
        return
    for number, line in enumerate(data.decode().removesuffix("\n").split("\n"), 1):
        try:
            key, _, values = line.split(" ", 2)
            if keys is None or key in keys:
                entry = _entry(json.loads(values))
                if urls is None or entry.url in urls:
                    yield entry
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no CDXJ line: {line[:80]!r}") from error


def _key(entry: Entry) -> str:
    return f"{surt(entry.url)} {entry.date:%Y%m%d%H%M%S}"


def _values(entry: Entry) -> str:
    values: dict[str, Any] = {
        "url": entry.url,
        "mime": entry.mime,
        "status": str(entry.status or "-"),
        "digest": entry.digest,
        "date": warc_date(entry.date),
        "content": None if entry.content_digest == entry.digest else entry.content_digest,
        "redirect": entry.location,
        "via": entry.via,
        "truncated": entry.truncated,
    }
    if entry.original is not None:
        values |= {"orig.offset": str(entry.original.offset), "orig.filename": entry.original.filename}
    values |= {"offset": str(entry.place.offset), "length": str(entry.length), "filename": entry.place.filename}
    known = {key: value for key, value in values.items() if value is not None}
    return json.dumps(known)


def _entry(values: dict[str, str]) -> Entry:
    moved = "orig.filename" in values
    return Entry(
        url=values["url"],
        date=datetime.fromisoformat(values["date"]),
        mime=values.get("mime"),
        status=int(values["status"].replace("-", "0")),
        digest=values["digest"],
        content_digest=values.get("content", values["digest"]),
        place=Place(values["filename"], int(values["offset"])),
        length=int(values["length"]),
        original=Place(values["orig.filename"], int(values["orig.offset"])) if moved else None,
        location=values.get("redirect"),
        via=values.get("via"),
        truncated=values.get("truncated"),
    )
