"""The archive: WARC records, their index, resuming what a crash left, and WARC files made elsewhere."""

from __future__ import annotations

import argparse
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from fetchers.archive import Manifest, captures, cut_up, latest_crawl, locked, page_urls, read_crawl
from fetchers.cdxj import Entry, Place, read_lines, surt, write_lines
from fetchers.history import Known
from fetchers.message import read_message, sha1
from fetchers.model import Crawl, Exchange, FetchError
from fetchers.shelf import FILES_OPEN, OPEN, WARC, open_file, read_index
from fetchers.warc import intact_length, make_record, read_records
from fetchers.writer import Archive

URL = "https://guide.example/a/"
WHEN = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)


def exchange(body: bytes, url: str = URL, head: bytes = b"", status: bytes = b"200 OK") -> Exchange:
    response = b"HTTP/1.1 %s\r\nContent-Type:text/html; charset=utf-8\r\n%s\r\n%s" % (status, head, body)
    return Exchange(url, WHEN, b"GET /a/ HTTP/1.1\r\nHost: guide.example\r\n\r\n", response, "192.0.2.1")


def manifest(*urls: str) -> Manifest:
    return Manifest(dict.fromkeys(urls, ()), {}, (), (), len(urls), 0, False, Known(urls))


def stored(folder: Path, *exchanges: Exchange) -> Crawl:
    folder.mkdir(parents=True, exist_ok=True)
    with Archive(folder, {"software": "test"}) as archive:
        for each in exchanges:
            archive.store(each, "https://guide.example/", "L")
        archive.finish(manifest(*{each.url for each in exchanges}))
    return read_crawl(folder.parent, folder.name, archive.name)


def records(path: Path) -> Iterator[tuple[str, dict[str, str], bytes]]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, no_record_parse=True):
            yield record.rec_type, dict(record.rec_headers.headers), record.raw_stream.read()


def check(path: Path) -> None:
    checker = Checker(argparse.Namespace(inputs=[str(path)], verbose=False))
    assert checker.process_all() == 0


def test_a_crawl_is_a_warc_file_that_others_read(tmp_path: Path) -> None:
    one = exchange(b"<p>h\xe9llo</p>", head=b"X-Odd :\tsp\xe4ce  \r\n")
    crawl = stored(tmp_path / "guide", one)
    warc, index = crawl.files
    check(warc)
    kinds = list(records(warc))
    assert [kind for kind, _, _ in kinds] == ["warcinfo", "metadata", "request", "response", "metadata"]
    assert kinds[1][2] == b"via: https://guide.example/\r\nhopsFromSeed: L\r\n"
    assert kinds[2][2] == one.request
    assert kinds[3][2] == one.response
    fields = kinds[3][1]
    assert fields["WARC-Target-URI"] == URL
    assert fields["WARC-Date"] == "2026-05-04T03:02:01.123456Z"
    assert fields["WARC-IP-Address"] == "192.0.2.1"
    assert {kinds[n][1]["WARC-Concurrent-To"] for n in (1, 2)} == {fields["WARC-Record-ID"]}
    with warc.open("rb") as stream:
        assert stream.read(10_000).startswith(b"\x1f\x8b")
        assert next(iter(ArchiveIterator(io.BytesIO(warc.read_bytes())))).rec_headers.protocol == "WARC/1.1"
    assert index.read_text().splitlines() == sorted(index.read_text().splitlines())


def test_index_leads_to_the_record(tmp_path: Path) -> None:
    crawl = stored(tmp_path / "guide", exchange(b"one"), exchange(b"two", URL + "b"))
    warc, index = crawl.files
    for line in index.read_text().splitlines():
        key, timestamp, values = line.split(" ", 2)
        entry = json.loads(values)
        assert key == surt(entry["url"])
        assert entry["filename"] == warc.name
        data = warc.read_bytes()[int(entry["offset"]) :][: int(entry["length"])]
        (record,) = ArchiveIterator(io.BytesIO(data))
        assert record.rec_headers["WARC-Target-URI"] == entry["url"]
        if entry["status"] != "-":
            assert timestamp == "20260504030201"


def test_few_files_are_open_at_a_time_however_many_hold_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [exchange(f"<p>page {n}</p>".encode(), f"{URL}{n:02}") for n in range(FILES_OPEN + 5)]
    crawls = [stored(tmp_path / "guide", *pages[: n + 1]) for n in range(len(pages))]
    opened: list[BinaryIO] = []
    most = 0

    def watched(path: Path, mode: str = "rb") -> BinaryIO:
        nonlocal most
        opened.append(open_file(path, mode))
        most = max(most, sum(not stream.closed for stream in opened))
        return opened[-1]

    monkeypatch.setattr("fetchers.shelf.open_file", watched)
    found = list(captures(tmp_path, crawls[-1]))
    assert [capture.warc_file for capture in found] == [crawl.files[0].name for crawl in crawls]
    assert [capture.body for capture in found] == [f"<p>page {n}</p>".encode() for n in range(len(pages))]
    assert most == FILES_OPEN
    assert all(stream.closed for stream in opened)


def test_a_lost_index_is_made_anew(tmp_path: Path) -> None:
    crawl = stored(tmp_path / "guide", exchange(b"one"), exchange(b"two", URL + "b"))
    index = crawl.files[1]
    before = index.read_bytes()
    index.unlink()
    assert [capture.body for capture in captures(tmp_path, crawl)] == [b"one", b"two"]
    assert index.read_bytes() == before


@pytest.mark.parametrize("damage", ["not an index\n", "a 2026 {}\n", 'a 2026 {"url": 3}\n', "a 2026 []\n"])
def test_a_damaged_index_says_what_to_do(tmp_path: Path, damage: str) -> None:
    crawl = stored(tmp_path / "guide", exchange(b"one"))
    crawl.files[1].write_text(damage)
    with pytest.raises(FetchError, match=r"line 1.*Delete the file"):
        read_index(tmp_path / "guide", crawl.name)


def test_captures(tmp_path: Path) -> None:
    crawl = stored(
        tmp_path / "guide",
        exchange(gzip.compress(b"zipped"), URL + "z", b"Content-Encoding: gzip\r\n"),
        exchange(b"plain"),
    )
    first, second = captures(tmp_path, crawl)
    assert (first.url, first.body, second.url, second.body) == (URL, b"plain", URL + "z", b"zipped")
    assert first.fetched_at == WHEN
    assert first.content_type == "text/html; charset=utf-8"
    assert first.linked_from == "https://guide.example/"
    assert first.digest == sha1(b"plain")
    assert not first.revisit
    data = crawl.files[0].read_bytes()[first.offset :]
    assert next(iter(ArchiveIterator(io.BytesIO(data)))).content_stream().read() == b"plain"


def test_captures_of_some_pages(tmp_path: Path) -> None:
    crawl = stored(tmp_path / "guide", *(exchange(b"%d" % n, f"{URL}{n}") for n in range(5)))
    urls = page_urls(tmp_path, crawl)
    assert urls == [f"{URL}{n}" for n in range(5)]
    assert [capture.body for capture in captures(tmp_path, crawl, urls[3:])] == [b"3", b"4"]
    with pytest.raises(FetchError, match=r"has no page https://guide\.example/none"):
        list(captures(tmp_path, crawl, ["https://guide.example/none"]))


def test_slices_hold_what_the_whole_index_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchers.slices._BUFFERED", 2)
    first = stored(tmp_path / "guide", *(exchange(b"%d" % n, f"{URL}{n}") for n in range(5)))
    again = stored(tmp_path / "guide", *(exchange(b"%d" % (n % 4), f"{URL}{n}") for n in range(5)))
    for crawl in (first, again):
        urls = page_urls(tmp_path, crawl)
        parts = [urls[:2], urls[2:], []]
        cuts = cut_up(tmp_path, crawl, parts, tmp_path)
        for part, cut in zip(parts, cuts, strict=True):
            whole = list(captures(tmp_path, crawl, part))
            assert list(captures(tmp_path, crawl, part, cut)) == whole
            known = {(capture.url, capture.digest) for capture in whole[:1]}
            unread = list(captures(tmp_path, crawl, part, cut, known))
            assert [capture.body for capture in unread] == [b"", *(capture.body for capture in whole[1:])][: len(part)]
            assert [capture.digest for capture in unread] == [capture.digest for capture in whole]


def test_a_damaged_index_is_told_when_it_is_cut_up(tmp_path: Path) -> None:
    crawl = stored(tmp_path / "guide", exchange(b"1"))
    index = tmp_path / "guide" / f"{crawl.name}.cdxj"
    index.write_bytes(index.read_bytes() + b"zz) 20260101000000 {\n")
    with pytest.raises(FetchError, match=r"line \d+ is no CDXJ line.*Delete the file"):
        cut_up(tmp_path, crawl, [[URL]], tmp_path)


def test_an_unchanged_page_is_a_revisit(tmp_path: Path) -> None:
    first = stored(tmp_path / "guide", exchange(b"same" * 500))
    second = stored(tmp_path / "guide", exchange(b"same" * 500, head=b"X-New: 1\r\n"))
    third = stored(tmp_path / "guide", exchange(b"", status=b"304 Not Modified"))
    for crawl, profile in ((second, "identical-payload-digest"), (third, "server-not-modified")):
        check(crawl.files[0])
        fields, block = next((fields, block) for kind, fields, block in records(crawl.files[0]) if kind == "revisit")
        assert fields["WARC-Profile"].endswith(f"/1.1/revisit/{profile}")
        assert fields["WARC-Refers-To-Target-URI"] == URL
        assert fields["WARC-Refers-To-Date"] == "2026-05-04T03:02:01.123456Z"
        assert block.endswith(b"\r\n\r\n")
        (capture,) = captures(tmp_path, crawl)
        assert capture.revisit
        assert (capture.body, capture.status) == (b"same" * 500, 200)
        assert capture.warc_file == first.files[0].name
        assert capture.digest == next(captures(tmp_path, first)).digest


def test_chunks_do_not_make_another_page(tmp_path: Path) -> None:
    head = b"Transfer-Encoding: chunked\r\n"
    stored(tmp_path / "guide", exchange(b"5\r\nhello\r\n0\r\n\r\n", head=head))
    for body in (b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n"):
        (capture,) = captures(tmp_path, stored(tmp_path / "guide", exchange(body, head=head)))
        assert capture.revisit
        assert capture.body == b"hello"


def test_a_lost_original_is_told_and_not_built_upon(tmp_path: Path) -> None:
    first = stored(tmp_path / "guide", exchange(b"same"))
    second = stored(tmp_path / "guide", exchange(b"same"))
    first.files[0].write_bytes(b"")
    with pytest.raises(FetchError, match=rf"{first.files[0].name}: the record at byte \d+ cannot be read"):
        list(captures(tmp_path, second))
    (capture,) = captures(tmp_path, stored(tmp_path / "guide", exchange(b"same")))
    assert not capture.revisit


def test_latest_crawl(tmp_path: Path) -> None:
    assert latest_crawl(tmp_path, "guide") is None
    first = stored(tmp_path / "guide", exchange(b"one"))
    assert latest_crawl(tmp_path, "guide") == first
    second = stored(tmp_path / "guide", exchange(b"two"))
    assert second.name > first.name
    Archive(tmp_path / "guide", {}).close()
    assert latest_crawl(tmp_path, "guide") == second


def test_a_clock_that_went_back_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """A crawl that passed for an older one than the last would never be released, and its pages not be known by the next."""
    last = stored(tmp_path / "guide", exchange(b"one"))
    for path in (tmp_path / "guide").iterdir():
        path.rename(path.with_name(path.name.replace(last.name, "20990101000000")))
    before = sorted(path.name for path in (tmp_path / "guide").iterdir())
    with pytest.raises(
        FetchError, match=r"the clock says 20\d{12} \(UTC\), and the last crawl is of 20990101000000\. Set the"
    ):
        Archive(tmp_path / "guide", {})
    assert sorted(path.name for path in (tmp_path / "guide").iterdir()) == before


def test_a_file_of_others_is_no_crawl(tmp_path: Path) -> None:
    (tmp_path / "guide").mkdir()
    (tmp_path / "guide" / f"1{WARC}").write_bytes(make_record("warcinfo", b"", "application/warc-fields", WHEN).data)
    with pytest.raises(FetchError, match="no closing record"):
        latest_crawl(tmp_path, "guide")


def unfinished(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with Archive(folder, {"software": "test"}) as archive:
        for n in range(3):
            archive.store(exchange(b"page %d" % n, f"{URL}{n}"), None, "")
    return folder / f"{archive.name}{WARC}{OPEN}"


def test_every_cut_leaves_whole_records(tmp_path: Path) -> None:
    path = unfinished(tmp_path / "guide")
    whole = path.read_bytes()
    with path.open("rb") as stream:
        ends = [(record.offset + record.length, record.kind) for record in read_records(stream)]
    assert ends[-1][0] == len(whole)
    for size in range(0, len(whole), 19):
        path.write_bytes(whole[:size])
        kept = sum(kind == "response" for end, kind in ends if end <= size)
        with Archive(tmp_path / "guide", {"software": "test"}) as archive:
            held = [n for n in range(3) if archive.held(f"{URL}{n}")]
            assert held == list(range(kept))
            assert archive.resumed is (kept > 0)
        with path.open("rb") as stream:
            last = [record.offset + record.length for record in read_records(stream)][-1]
        assert last == path.stat().st_size


@pytest.mark.parametrize("tail", [b"\0" * 300, b"\x1f\x8b\x08garbage", b"plain text"])
def test_what_is_no_record_is_cut_off(tmp_path: Path, tail: bytes) -> None:
    path = unfinished(tmp_path / "guide")
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(tail)
    Archive(tmp_path / "guide", {}).close()
    assert path.stat().st_size == size


def test_a_manifest_without_its_rename_is_written_again(tmp_path: Path) -> None:
    crawl = stored(tmp_path / "guide", exchange(b"one"))
    warc = crawl.files[0]
    warc.rename(warc.with_name(warc.name + OPEN))
    with Archive(tmp_path / "guide", {}) as archive:
        assert archive.resumed
        archive.store(exchange(b"two", URL + "b"), None, "")
        archive.finish(manifest(URL, URL + "b"))
    check(warc)
    assert [capture.body for capture in captures(tmp_path, crawl)] == [b"one", b"two"]
    assert sum(fields.get("Content-Type") == "application/json" for _, fields, _ in records(warc)) == 1


@given(st.lists(st.binary(max_size=300), max_size=5), st.binary(max_size=40))
@settings(deadline=None, derandomize=True)
def test_intact_length(blocks: list[bytes], tail: bytes) -> None:
    members = b"".join(gzip.compress(block) for block in blocks)
    torn = gzip.compress(b"torn" + tail)[:-1]
    assert intact_length(io.BytesIO(members)) == len(members)
    assert intact_length(io.BytesIO(members + torn)) == len(members)


def test_a_full_disk_leaves_a_readable_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = unfinished(tmp_path / "guide")
    before = path.read_bytes()
    with Archive(tmp_path / "guide", {}) as archive:
        real = archive._appender._file

        class Full:
            def write(self, data: memoryview) -> int:
                real.write(data[: len(data) // 2])
                raise OSError(28, "No space left on device")

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

        monkeypatch.setattr(archive._appender, "_file", Full())
        with pytest.raises(FetchError, match=r"No space left on device.*Free some space"):
            archive.store(exchange(b"more", URL + "more"), None, "")
    assert path.read_bytes() == before


def test_one_crawl_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "guide"
    with locked(folder), pytest.raises(FetchError, match="another run of this source is at work"), locked(folder):
        pass
    with locked(folder):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match=r"file/guide: cannot be written"), locked(tmp_path / "file" / "guide"):
        pass


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.builds(lambda path, via: (f"https://guide.example/{path}", via), TEXT, TEXT), max_size=6))
@settings(deadline=None, derandomize=True)
def test_index_lines_come_back(pairs: list[tuple[str, str]]) -> None:
    entries = [
        Entry(
            url,
            WHEN,
            "text/html",
            200,
            "sha1:A",
            "sha1:B",
            Place("1.warc.gz", n),
            9,
            Place("0.warc.gz", n),
            None,
            via or None,
        )
        for n, (url, via) in enumerate(pairs)
    ]
    lines = b"".join(write_lines(entries))
    assert lines.decode().splitlines() == sorted(lines.decode().splitlines())
    assert sorted(read_lines(lines), key=lambda entry: entry.place.offset) == entries
    wanted = {url for url, _ in pairs[:2]}
    assert {entry.url for entry in read_lines(lines, wanted)} == wanted


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Guide.Example/About/?b=2&a=1", "example,guide)/about/?a=1&b=2"),
        ("http://guide.example", "example,guide)/"),
        ("http://guide.example:80/", "example,guide)/"),
        ("http://192.0.2.1:8080/a", "192.0.2.1:8080)/a"),
    ],
)
def test_surt(url: str, key: str) -> None:
    assert surt(url) == key


@pytest.mark.parametrize("block", [b"", b"\r\n", b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"\xff\xfe"])
def test_what_is_no_response_is_told(block: bytes) -> None:
    with pytest.raises(ValueError, match="not an HTTP response"):
        read_message(block)
