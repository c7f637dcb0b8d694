"""WARC 1.1 records (ISO 28500:2017), one gzip member each: how they are made, found, and read back."""

from __future__ import annotations

import io
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from zlib_ng import zlib_ng

from fetchers.cdxj import REVISIT_MIME, Entry, Place, warc_date
from fetchers.message import Message, UndecodableError, read_message, sha1

MANIFEST = "metadata://listings/crawl.json"
"""Target URI of the record that ends a crawl of ours: its pages, failures and limits, as JSON."""

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

CONTENT_DIGEST = "WARC-Content-Digest"
"""Our field in a revisit: the digest of what it repeats without its transfer coding, where that is another."""

_BLOCK = 1 << 16

_LEVEL = 5
"""How hard records are compressed, by zlib-ng: four times as fast as warcio's zlib at 9, for two per cent more on the disk."""


class DamagedError(Exception):
    """A WARC file that cannot be read on; the message says at which byte."""


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record: its type, its named fields, its block as stored, and the bytes that it takes in its file."""

    kind: str
    fields: tuple[tuple[str, str], ...]
    block: bytes
    offset: int
    length: int

    def field(self, name: str) -> str | None:
        """The first named field of that name, in any case."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    @property
    def url(self) -> str:
        """WARC-Target-URI, without the angle brackets that WARC 1.0 prescribed by mistake and wget writes."""
        return (self.field("WARC-Target-URI") or "").removeprefix("<").removesuffix(">")

    @property
    def date(self) -> datetime:
        """WARC-Date; ValueError where it is none."""
        return datetime.fromisoformat(self.field("WARC-Date") or "").astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A record ready to be written: `data` is what its file gets, compressed; the rest is what it says."""

    kind: str
    fields: tuple[tuple[str, str], ...]
    block: bytes
    data: bytes

    def at(self, offset: int) -> Record:
        """The record, once it lies at a byte of its file."""
        return Record(self.kind, self.fields, self.block, offset, len(self.data))


def make_record(kind: str, block: bytes, content_type: str, date: datetime, **fields: str | None) -> Made:
    """A record. `fields` are its named fields, with underscores for hyphens; None leaves one out.

    The block is written as it is. warcio would rather parse HTTP heads and write them anew, so it is shown none, or for a
    revisit, of which it writes nothing else, the bytes themselves.
    """
    named = [("WARC-Type", kind), ("WARC-Record-ID", new_id()), ("WARC-Date", warc_date(date))]
    head = StatusAndHeaders("", named, protocol="WARC/1.1")
    for name, value in fields.items():
        if value is not None:
            head.replace_header(name.replace("_", "-"), value)
    out = io.BytesIO()
    payload, http_head = (b"", _Verbatim(block)) if kind == "revisit" else (block, None)
    record = ArcWarcRecord("warc", kind, head, io.BytesIO(payload), http_head, content_type, len(block))
    record.payload_length = len(payload)
    WARCWriter(out, gzip=False, warc_version="1.1").write_record(record)
    data = zlib_ng.compress(out.getbuffer(), _LEVEL, wbits=31)
    return Made(kind, tuple(head.headers), block, data)


def make_revisit(
    message: Message, original: Record, place: Place, content_digest: str, date: datetime, **fields: str | None
) -> Made:
    """A record that says: the payload of `message` is that of `original`, which lies at `place` (WARC 1.1, section 6.7)."""
    not_modified = message.status == 304
    return make_record(
        "revisit",
        message.head,
        "application/http; msgtype=response",
        date,
        WARC_Profile=NOT_MODIFIED if not_modified else IDENTICAL,
        WARC_Refers_To=original.field("WARC-Record-ID"),
        WARC_Refers_To_Target_URI=original.url,
        WARC_Refers_To_Date=warc_date(original.date),
        WARC_Refers_To_Filename=place.filename,
        WARC_Refers_To_File_Offset=str(place.offset),
        WARC_Payload_Digest=original.field("WARC-Payload-Digest"),
        WARC_Truncated=None if not_modified else "length",
        **{CONTENT_DIGEST.replace("-", "_"): content_digest},
        **fields,
    )


def copy_record(record: Record, payload_digest: str) -> Made:
    """A response of another archive as a record of ours: its block and named fields, digests anew, the URI without brackets."""
    fields = {name.replace("-", "_"): value for name, value in record.fields if name.lower() not in _REMADE}
    content_type = record.field("Content-Type") or "application/http; msgtype=response"
    made = {"WARC_Target_URI": record.url, "WARC_Payload_Digest": payload_digest}
    return make_record("response", record.block, content_type, record.date, **fields | made)


_REMADE = frozenset(
    "warc-type warc-date warc-target-uri warc-block-digest warc-payload-digest warc-warcinfo-id warc-concurrent-to "
    "content-length content-type".split()
)
"""Named fields that a copy has of its own, or that name records which are not copied."""


class _Verbatim:
    """An HTTP head that warcio writes as it was received."""

    def __init__(self, head: bytes) -> None:
        self.headers_buff = head

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """Leave the head alone."""


def new_id() -> str:
    """A WARC-Record-ID."""
    return f"<{uuid.uuid4().urn}>"


def read_records(stream: BinaryIO) -> Iterator[Record]:
    """The records from where `stream` stands, one at a time; DamagedError where one is cut short or is none."""
    start = stream.tell()
    iterator = WARCIterator(stream, no_record_parse=True)
    try:
        for record in iterator:
            block = record.raw_stream.read()
            offset, length = iterator.get_record_offset(), iterator.get_record_length()
            stated = record.rec_headers.get_header("Content-Length")
            if stated is not None and stated != str(len(block)):
                raise DamagedError(f"the record at byte {offset} is cut short ({len(block)} of {stated} bytes)")
            start = offset + length
            yield Record(record.rec_type or "", tuple(record.rec_headers.headers), block, offset, length)
    except (ArchiveLoadFailed, zlib.error, ValueError, AttributeError) as error:
        raise DamagedError(f"no WARC record can be read at byte {start}: {error}") from error


def intact_length(stream: BinaryIO) -> int:
    """How many bytes, from where `stream` stands, are whole gzip members: all that a torn write has left of a file."""
    whole = size = 0
    member = zlib.decompressobj(wbits=31)
    data = stream.read(_BLOCK)
    while data:
        try:
            member.decompress(data)
        except zlib.error:
            break
        if member.eof:
            size += len(data) - len(member.unused_data)
            whole, data, member = size, member.unused_data, zlib.decompressobj(wbits=31)
        else:
            size, data = size + len(data), b""
        data = data or stream.read(_BLOCK)
    return whole


def index_entry(record: Record, filename: str, via: str | None) -> Entry | None:
    """The index line of a record; None where it is no HTTP response or revisit, and no manifest."""
    if record.url == MANIFEST:
        return manifest_entry(record, filename)
    if record.kind in ("response", "revisit") and record.url.startswith(("http:", "https:")):
        return response_entry(record, filename, via)
    return None


def manifest_entry(record: Record, filename: str) -> Entry:
    """The index line of the record that ends a crawl."""
    digest, place = sha1(record.block), Place(filename, record.offset)
    return Entry(MANIFEST, record.date, "application/json", 0, digest, digest, place, record.length)


def response_entry(record: Record, filename: str, via: str | None, message: Message | None = None) -> Entry:
    """The index line of a response or revisit; ValueError where its block is no HTTP response.

    `message` is what its block holds, where that is known.
    """
    message = message or read_message(record.block)
    original = None
    if record.kind == "revisit":
        file, offset = record.field("WARC-Refers-To-Filename"), record.field("WARC-Refers-To-File-Offset")
        original = Place(file, int(offset)) if file and offset else None
        digest = record.field("WARC-Payload-Digest") or ""
        content = record.field(CONTENT_DIGEST) or digest
    else:
        digest = record.field("WARC-Payload-Digest") or message.digest
        try:
            content = message.content_digest
        except UndecodableError:
            content = digest
    return Entry(
        url=record.url,
        date=record.date,
        mime=REVISIT_MIME if record.kind == "revisit" else message.mime,
        status=message.status,
        digest=digest,
        content_digest=content,
        place=Place(filename, record.offset),
        length=record.length,
        original=original,
        location=message.header("Location") if 300 <= message.status < 400 else None,
        via=via,
        truncated=record.field("WARC-Truncated") if record.kind == "response" else None,
    )
