"""The crawl being written: begun or resumed, one record after the other, then finished in one step."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from fetchers.archive import (
    INDEX,
    OPEN,
    WARC,
    Manifest,
    Reader,
    disk_errors,
    finished_crawls,
    manifest_record,
    now,
    open_file,
    read_index,
    replace_file,
    scan,
)
from fetchers.cdxj import Entry, Place, write_lines
from fetchers.message import Message, UndecodableError, read_message, sha1
from fetchers.model import Exchange, FetchError
from fetchers.robots import robots_url
from fetchers.warc import (
    MANIFEST,
    Record,
    copy_record,
    intact_length,
    make_record,
    make_revisit,
    manifest_entry,
    new_id,
    response_entry,
)


class Archive:
    """The one unfinished crawl of a source's folder, which the caller has locked.

    `resumed` tells that an earlier run began it: `held` finds what that run stored.
    """

    def __init__(self, folder: Path, about: dict[str, str]) -> None:
        self.folder = folder
        begun = sorted(folder.glob(f"*{WARC}{OPEN}"))
        self.resumed = bool(begun)
        self.name = begun[-1].name.removesuffix(OPEN).removesuffix(WARC) if begun else _free_name(folder)
        self._path = folder / f"{self.name}{WARC}{OPEN}"
        self._entries: dict[str, Entry] = {}
        self._log: list[Entry] = []
        earlier = finished_crawls(folder)
        known = read_index(folder, earlier[-1]) if earlier else ()
        self._earlier = {entry.url: entry for entry in known if entry.url != MANIFEST}
        self._contents: dict[str, Entry] = {}
        self._reader = Reader(folder, self.name)
        for entry in self._earlier.values():
            self._know(entry)
        with disk_errors(folder):
            if begun:
                self._mend()
            # Appending is local work: object stores have no such thing. Unbuffered, so that a record is there or it is not.
            self._file = self._path.open("ab", buffering=0)
            self._end = self._file.seek(0, os.SEEK_END)
        if not self._end:
            block = "".join(f"{name}: {value}\r\n" for name, value in about.items()).encode()
            filename = f"{self.name}{WARC}"
            self._append(make_record("warcinfo", block, "application/warc-fields", now(), WARC_Filename=filename))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def entries(self) -> dict[str, Entry]:
        """What this crawl holds, by URL: the last response of each."""
        return self._entries

    def held(self, url: str) -> Entry | None:
        """What this crawl has stored of a URL, if that is an answer that would be the same now."""
        entry = self._entries.get(url)
        return None if entry is None or entry.status >= 500 or entry.status in (408, 429) else entry

    def earlier(self, url: str) -> Entry | None:
        """The page that the crawl before this one stored at a URL."""
        entry = self._earlier.get(url)
        return entry if entry and _has_payload(entry) else None

    def validators(self, url: str) -> dict[str, str]:
        """The headers that make a request conditional (RFC 9110, section 13.1).

        None where the crawl before has no page of that URL, or the archive cannot give it back.
        """
        entry = self.earlier(url)
        if entry is None:
            return {}
        try:
            heads = (self.head(entry), self.message(entry))
        except FetchError:
            return {}
        names = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
        found = {ask: next(filter(None, (head.header(name) for head in heads)), None) for ask, name in names.items()}
        return {ask: value for ask, value in found.items() if value}

    @property
    def has_pages(self) -> bool:
        """Whether anything but robots.txt and errors is in it."""
        return any(map(_is_page, self._log))

    def message(self, entry: Entry) -> Message:
        """The response of an entry, for a revisit the one that it repeats."""
        return self._reader.message(entry.payload_place)

    def head(self, entry: Entry) -> Message:
        """The response of an entry itself: of a revisit, its head alone."""
        return self._reader.message(entry.place)

    def is_unchanged(self, entry: Entry) -> bool:
        """Whether an entry repeats what an earlier crawl stored."""
        return entry.original is not None and entry.original.filename != f"{self.name}{WARC}"

    def store(self, exchange: Exchange, via: str | None, hops: str) -> Entry:
        """Write an exchange, and why it was fetched.

        `via` is the page that led there, `hops` the path from the start, a letter a hop (Heritrix's: L link, R redirect,
        M sitemap, P prerequisite, which is robots.txt). The response stands last: who finds it finds the whole. A payload that
        the archive has is not written again. FetchError where the disk refuses; the archive then ends with the record before.
        """
        message = read_message(exchange.response)
        known = self._known(exchange, message)
        common = {"WARC_Target_URI": exchange.url, "WARC_IP_Address": exchange.ip}
        response_id = new_id()
        why = "".join(f"{name}: {value}\r\n" for name, value in (("via", via), ("hopsFromSeed", hops)) if value)
        when = exchange.fetched_at
        self._append(
            make_record(
                "metadata",
                why.encode(),
                "application/warc-fields",
                when,
                WARC_Target_URI=exchange.url,
                WARC_Concurrent_To=response_id,
            ),
            make_record(
                "request",
                exchange.request,
                "application/http; msgtype=request",
                when,
                WARC_Concurrent_To=response_id,
                WARC_Payload_Digest=sha1(b""),
                **common,
            ),
        )
        fields = common | {"WARC_Record_ID": response_id}
        original = self._original(known)
        if known is None or original is None:
            fields |= {"WARC_Payload_Digest": message.digest, "WARC_Truncated": exchange.truncated}
            record = make_record("response", exchange.response, "application/http; msgtype=response", when, **fields)
        else:
            record = make_revisit(message, original, known.payload_place, known.content_digest, when, **fields)
        return self._append_response(record, via)

    def copy(self, record: Record) -> Entry:
        """Write a response of another archive: its named fields and block, digests of our own, the URI without brackets."""
        message = read_message(record.block)
        exchange = Exchange(record.url, record.date, b"", record.block)
        known = self._known(exchange, message)
        original = self._original(known)
        if known is not None and original is not None:
            place, content = known.payload_place, known.content_digest
            made = make_revisit(message, original, place, content, record.date, WARC_Target_URI=record.url)
        else:
            made = copy_record(record, message.digest)
        return self._append_response(made, None)

    def finish(self, manifest: Manifest) -> None:
        """Close the crawl: manifest, index, and the file's final name, in this order."""
        place = Place(f"{self.name}{WARC}", self._append(manifest_record(manifest, now())))
        end = manifest_entry(self._reader.record(place), place.filename)
        with disk_errors(self.folder):
            os.fsync(self._file.fileno())
            self.close()
            replace_file(self.folder / f"{self.name}{INDEX}", write_lines([*self._log, end]))
            self._path.rename(self._path.with_suffix(""))

    def discard(self) -> None:
        """Take the crawl away: it came to nothing."""
        self.close()
        self._path.unlink()

    def close(self) -> None:
        """Close its files; what is written stays for the next run."""
        self._file.close()
        self._reader.close()

    def _mend(self) -> None:
        """Cut off what a crash has torn, and a manifest that no rename followed; then read what is left.

        Without any page it is begun anew.
        """
        with open_file(self._path) as stream:
            whole = intact_length(stream)
        os.truncate(self._path, whole)
        with open_file(self._path) as stream:
            entries = list(scan(stream, f"{self.name}{WARC}"))
        if not any(map(_is_page, entries)):
            os.truncate(self._path, 0)
            self.resumed = False
            return
        for entry in entries:
            if entry.url == MANIFEST:
                os.truncate(self._path, entry.place.offset)
            else:
                self._add(entry)

    def _known(self, exchange: Exchange, message: Message) -> Entry | None:
        """The entry whose payload this response repeats."""
        if message.status == 304:
            return self.earlier(exchange.url)
        if message.status != 200 or not message.payload or exchange.truncated:
            return None
        try:
            return self._contents.get(sha1(message.content()))
        except UndecodableError:
            return None

    def _original(self, known: Entry | None) -> Record | None:
        """The record that has a known payload; None where it is lost: then the payload is written again."""
        try:
            return self._reader.record(known.payload_place) if known else None
        except FetchError:
            return None

    def _know(self, entry: Entry) -> None:
        if _has_payload(entry):
            self._contents.setdefault(entry.content_digest, entry)

    def _add(self, entry: Entry) -> Entry:
        self._log.append(entry)
        self._entries[entry.url] = entry
        self._know(entry)
        return entry

    def _append_response(self, record: bytes, via: str | None) -> Entry:
        place = Place(f"{self.name}{WARC}", self._append(record))
        return self._add(response_entry(self._reader.record(place), place.filename, via))

    def _append(self, *records: bytes) -> int:
        """Write records; the offset of the last. A record that the disk does not take leaves no trace."""
        offset = self._end
        try:
            with disk_errors(self.folder):
                for record in records:
                    offset, left = self._end, memoryview(record)
                    while left:
                        left = left[self._file.write(left) :]
                    self._end += len(record)
        except FetchError:
            with contextlib.suppress(OSError):
                self._file.truncate(self._end)
            raise
        return offset


def _has_payload(entry: Entry) -> bool:
    """Whether an entry leads to the whole payload of a page."""
    return (entry.status == 200 or entry.original is not None) and not entry.truncated


def _is_page(entry: Entry) -> bool:
    """Whether an entry is worth going on from: anything but errors and robots.txt."""
    return _has_payload(entry) and entry.url != robots_url(entry.url)


def _free_name(folder: Path) -> str:
    """The time in 14 digits (UTC); with a counter where the folder has that name already.

    FetchError where the clock is before the last crawl: the new one would pass for the older.
    """
    time = f"{now():%Y%m%d%H%M%S}"
    last = max(finished_crawls(folder), default="")
    if last[:14] > time:
        raise FetchError(
            f"{folder}: the clock says {time} (UTC), and the last crawl is of {last[:14]}. Set the clock right; if it is, that "
            f"crawl's clock was wrong: move its files ({last}.*) elsewhere. Then run it again."
        )
    names = (time, *(f"{time}-{n:02}" for n in range(2, 100)))
    return next(name for name in names if not (folder / f"{name}{WARC}").exists())
