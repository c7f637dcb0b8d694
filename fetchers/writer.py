"""The crawl being written: begun or resumed, one record after the other, then finished in one step."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from fetchers.appender import Appender
from fetchers.archive import Manifest, disk_errors, manifest_record, read_manifest
from fetchers.cdxj import Entry, Place, write_lines
from fetchers.history import Known
from fetchers.message import Message, UndecodableError, read_message, sha1
from fetchers.model import RETRIED, Exchange, FetchError
from fetchers.robots import robots_url
from fetchers.shelf import (
    INDEX,
    WARC,
    Reader,
    finished_crawls,
    now,
    read_index,
    replace_file,
    unfinished_crawls,
)
from fetchers.warc import (
    MANIFEST,
    Made,
    Record,
    copy_record,
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
        begun = unfinished_crawls(folder)
        self.resumed = bool(begun)
        self.name = begun[-1] if begun else _free_name(folder)
        self._entries: dict[str, Entry] = {}
        self._log: list[Entry] = []
        self.last_name = max(finished_crawls(folder), default=None)
        self.last = read_manifest(folder, self.last_name).known if self.last_name else Known()
        known = read_index(folder, self.last_name) if self.last_name else ()
        self._earlier = {entry.url: entry for entry in known if entry.url != MANIFEST}
        self._contents: dict[str, Entry] = {}
        self._latest: tuple[Place, Message] | None = None
        self._reader = Reader(folder)
        for entry in self._earlier.values():
            self._know(entry)
        with disk_errors(folder):
            self._appender = Appender(folder, self.name, about)
            left = self._appender.mend() if begun else []
            if any(map(_is_page, left)):
                for entry in left:
                    self._add(entry)
            elif begun:
                # Without any page it is begun anew.
                self._appender.discard()
                self.resumed = False
            self._appender.begin()

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
        return None if entry is None or _may_change(entry) else entry

    def earlier(self, url: str) -> Entry | None:
        """The page that the crawl before this one stored at a URL."""
        entry = self._earlier.get(url)
        return entry if entry and _has_payload(entry) else None

    def last_capture(self, url: str) -> Entry | None:
        """The capture of a page that the crawl before this one had, or kept."""
        if url in self.last.kept:
            return next(iter(read_index(self.folder, self.last.kept[url], {url})), None)
        return self._earlier.get(url)

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
        if self._latest and self._latest[0] == entry.payload_place:
            return self._latest[1]
        return self._reader.message(entry.payload_place)

    def head(self, entry: Entry) -> Message:
        """The response of an entry itself: of a revisit, its head alone."""
        return self._reader.message(entry.place)

    def is_unchanged(self, entry: Entry) -> bool:
        """Whether an entry repeats what an earlier crawl stored."""
        return entry.original is not None and entry.original.filename.partition(".")[0] != self.name

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
        before = (
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
        return self._add(self._append(via, message, *before, record))

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
        return self._add(self._append(None, message, made))

    def finish(self, manifest: Manifest) -> None:
        """Close the crawl: manifest, index, and the file's final name, in this order."""
        made = manifest_record(manifest, now())
        place = self._appender.append(made)
        end = manifest_entry(made.at(place.offset), place.filename)
        with disk_errors(self.folder):
            self._appender.sync()
            self.close()
            replace_file(self.folder / f"{self.name}{INDEX}", write_lines([*self._log, end]))
            self._appender.finish()

    def discard(self) -> None:
        """Take the crawl away: it came to nothing."""
        self.close()
        self._appender.discard()

    def close(self) -> None:
        """Close its files; what is written stays for the next run."""
        self._appender.close()
        self._reader.close()

    def _known(self, exchange: Exchange, message: Message) -> Entry | None:
        """The entry whose payload this response repeats."""
        if message.status == 304:
            return self.earlier(exchange.url)
        if message.status != 200 or not message.payload or exchange.truncated:
            return None
        try:
            return self._contents.get(message.content_digest)
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
        # A server that falters later takes nothing back that it has said.
        if entry.url not in self._entries or not _may_change(entry):
            self._entries[entry.url] = entry
        self._know(entry)
        return entry

    def _append(self, via: str | None, message: Message, *records: Made) -> Entry:
        """Write records of which the last has this response; its entry."""
        place = self._appender.append(*records)
        made = records[-1]
        if made.kind == "response":
            self._latest = place, message
        return response_entry(made.at(place.offset), place.filename, via, message)


def _has_payload(entry: Entry) -> bool:
    """Whether an entry leads to the whole payload of a page."""
    return (entry.status == 200 or entry.original is not None) and not entry.truncated


def _may_change(entry: Entry) -> bool:
    """Whether the answer may be another the next time."""
    return entry.status >= 500 or entry.status in RETRIED


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
