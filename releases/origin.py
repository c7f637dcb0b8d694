"""Which capture of which listing a row was made from, so that a merge can keep one of several and drop the others whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

_END = int(datetime.max.replace(tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class Capture:
    """A response in the archive: when it was fetched (seconds since 1970), whence, and where its record lies (byte offset)."""

    time: int
    url: str
    warc_file: str
    warc_offset: int
    digest: str

    def __str__(self) -> str:
        return f"{self.url}, fetched {datetime.fromtimestamp(self.time, UTC):%Y-%m-%dT%H:%M:%SZ}"


def origin(source: Capture, canonical: str, position: int) -> str:
    """A text that sorts first for the capture to keep: the one at the canonical URL, the newest, then whatever is stable.

    `position` is the listing's place on its page, -1 for the page itself.
    """
    place = source.url, source.warc_file, source.warc_offset, source.digest
    age = f"{_END - source.time:012}"
    return json.dumps([int(source.url != canonical), age, *place, position], ensure_ascii=False)


def capture(text: str) -> Capture:
    """The capture that an origin names."""
    _, age, *place, _ = json.loads(text)
    return Capture(_END - int(age), *place)
