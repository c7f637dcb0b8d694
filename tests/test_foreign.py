"""WARC files made elsewhere as sources."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from fetchers.archive import captures
from fetchers.crawl import crawl
from fetchers.foreign import read_warc
from fetchers.model import Capture, FetchError
from sources.source import Source
from tests.crawling import check
from tests.servers import chunked


def wget_record(url: str, date: str, response: bytes) -> bytes:
    """A response record as Wget 1.21 writes it: WARC/1.0, the URI in angle brackets, the body as it came."""
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <{url}>\r\nWARC-Date: {date}\r\n"
    head += f"WARC-Record-ID: <urn:uuid:0d021730-05d3-4753-98c6-{zlib.crc32(url.encode()):012}>\r\n"
    head += f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(response)}\r\n\r\n"
    return head.encode() + response + b"\r\n\r\n"


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode() + body


PAGE = "Content-Type: text/html; charset=UTF-8"


RECORDS = [
    wget_record(
        "http://guide.example/b",
        "2026-01-02T03:04:05Z",
        http(chunked(b"<h1>B</h1>", (3,)), PAGE, "Transfer-Encoding: chunked"),
    ),
    wget_record("http://guide.example/a", "2026-01-02T03:04:06Z", http(b"<h1>old</h1>", PAGE)),
    wget_record(
        "http://guide.example/a",
        "2026-02-02T03:04:06Z",
        http(gzip.compress(b"<h1>A</h1>"), PAGE, "Content-Encoding: gzip"),
    ),
    wget_record(
        "http://guide.example/?p=1",
        "2026-01-02T03:04:07Z",
        http(b"", "Location: http://guide.example/a", status="301 Moved"),
    ),
    wget_record("http://other.example/c.txt", "2026-01-02T03:04:08Z", http(b"Name: C", "Content-Type: text/plain")),
    wget_record("http://guide.example/robots.txt", "2026-01-02T03:04:08Z", http(b"", "Content-Type: text/plain")),
    wget_record(
        "http://guide.example/feed/", "2026-01-02T03:04:08Z", http(b"<rss/>", "Content-Type: application/rss+xml")
    ),
    wget_record(
        "http://guide.example/gone", "2026-01-02T03:04:09Z", http(b"<h1>Gone</h1>", PAGE, status="404 Not Found")
    ),
]


@pytest.mark.parametrize("packed", [True, False])
def test_a_warc_file_as_a_source(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("made.warc.gz" if packed else "made.warc")
    path.write_bytes(b"".join(map(gzip.compress, RECORDS) if packed else RECORDS))
    found = crawl(Source("copy", str(path)), tmp_path / "raw")
    pages = list(captures(tmp_path / "raw", found))
    assert [(page.url, page.body) for page in pages] == [
        ("http://guide.example/a", b"<h1>A</h1>"),
        ("http://guide.example/b", b"<h1>B</h1>"),
        ("http://other.example/c.txt", b"Name: C"),
    ]
    assert pages[0].requested_urls == ("http://guide.example/?p=1",)
    assert pages[0].fetched_at.isoformat() == "2026-02-02T03:04:06+00:00"
    assert [(failure.url, failure.kind) for failure in found.failures] == [("http://guide.example/gone", "http-404")]
    check(found)
    again = crawl(Source("copy", str(path)), tmp_path / "raw")
    assert (again.pages, again.unchanged) == (3, 3)
    assert [page.body for page in captures(tmp_path / "raw", again)] == [page.body for page in pages]
    assert [page.body for page in read_warc(path)] == [page.body for page in pages]


def test_a_torn_warc_file_is_read_up_to_the_tear(tmp_path: Path) -> None:
    path = tmp_path / "torn.warc.gz"
    path.write_bytes(b"".join(map(gzip.compress, RECORDS[:3]))[:-40])
    found = crawl(Source("copy", str(path)), tmp_path / "raw")
    assert [page.body for page in captures(tmp_path / "raw", found)] == [b"<h1>old</h1>", b"<h1>B</h1>"]
    (failure,) = found.failures
    assert failure.kind == "damaged"
    assert "what stands before it was read" in failure.detail
    pages: list[Capture] = []
    with pytest.raises(FetchError, match=r"torn.warc.gz: 1 records? could not be read"):
        pages.extend(read_warc(path))
    assert len(pages) == 2


@pytest.mark.parametrize("content", [b"", b"no WARC file at all", gzip.compress(b"no WARC file at all", mtime=0), None])
def test_what_is_no_warc_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "made.warc.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FetchError, match=r"made.warc.gz: (is no WARC file|cannot be read)"):
        crawl(Source("copy", str(path)), tmp_path / "raw")
    assert not list((tmp_path / "raw" / "copy").glob("*.warc*"))
