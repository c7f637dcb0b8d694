"""HTTP messages as they went over the wire: the block of a WARC response record (RFC 9112, WARC 1.1 section 6.3)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from warcio.bufferedreaders import ChunkedDataReader
from warcio.statusandheaders import StatusAndHeadersParser

DECODED_LIMIT = 50_000_000
"""The most that a body may hold once decompressed, in bytes: what the sitemap protocol allows its largest files."""

GZIP = b"\x1f\x8b"
"""How every gzip file begins (RFC 1952, section 2.3.1)."""

_parser = StatusAndHeadersParser([], verify=False)


class UndecodableError(Exception):
    """A body that its headers do not explain: an unknown content coding, a damaged stream, or too much of it."""


class TooMuchError(UndecodableError):
    """A body that is small on the wire, and has no end once decoded."""


@dataclass(frozen=True)
class Message:
    """A response: its status, its headers in order, and its head and payload as received."""

    status: int
    headers: tuple[tuple[str, str], ...]
    head: bytes
    payload: bytes

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def mime(self) -> str | None:
        """The media type, lower case and without parameters; None where none is stated."""
        stated = (self.header("Content-Type") or "").partition(";")[0].strip().lower()
        return stated or None

    @cached_property
    def digest(self) -> str:
        """WARC-Payload-Digest: of the payload as stored, which is what WARC tools verify."""
        return sha1(self.payload)

    @cached_property
    def content_digest(self) -> str:
        """The same of the content; UndecodableError where there is none."""
        content = self.content()
        return self.digest if content is self.payload else sha1(content)

    def content(self) -> bytes:
        """The payload without its transfer coding.

        Two responses with the same content are the same resource, wherever the server cut it into chunks. Archives made
        elsewhere may keep the header and not the chunks: then the payload is the content.
        """
        if (self.header("Transfer-Encoding") or "").strip().lower() != "chunked":
            return self.payload
        return _bounded(ChunkedDataReader(io.BytesIO(self.payload)).read)

    def body(self) -> bytes:
        """The payload without transfer and content codings; UndecodableError where they cannot be undone."""
        content = self.content()
        coding = (self.header("Content-Encoding") or "identity").strip().lower().removeprefix("x-")
        if coding == "identity" or not content:
            return content
        if coding == "gzip":
            return gunzip(content) if content.startswith(GZIP) else content
        if coding == "deflate":
            return _inflate(content)
        raise UndecodableError(f"its content coding is {coding!r}; only gzip and deflate were asked for")


def read_message(block: bytes) -> Message:
    """The message that `block` holds; ValueError where it does not begin as an HTTP response."""
    stream = io.BytesIO(block)
    try:
        head = _parser.parse(stream)
        status = int(head.get_statuscode())
    except (EOFError, ValueError) as error:
        raise ValueError(f"not an HTTP response: {block[:60]!r}") from error
    payload_at = stream.tell()
    return Message(status, tuple(head.headers), block[:payload_at], block[payload_at:])


def sha1(data: bytes) -> str:
    """A digest as WARC files spell it: algorithm, colon, base 32."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def gunzip(data: bytes) -> bytes:
    """What a gzip file holds (RFC 1952, also of several members)."""
    return _bounded(gzip.GzipFile(fileobj=io.BytesIO(data)).read)


def _inflate(data: bytes) -> bytes:
    """A `deflate` body: zlib as RFC 9110 has it, or the bare stream that some servers send instead."""
    wbits = zlib.MAX_WBITS if data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0 else -zlib.MAX_WBITS
    return _bounded(lambda size: zlib.decompressobj(wbits).decompress(data, size))


def _bounded(read: Callable[[int], bytes]) -> bytes:
    try:
        body = read(DECODED_LIMIT + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise UndecodableError(f"its coding is damaged: {error}") from error
    if len(body) > DECODED_LIMIT:
        raise TooMuchError(f"it is larger than {DECODED_LIMIT:,} bytes once decoded")
    return body
