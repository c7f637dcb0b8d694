"""Large crawls: WARC files that end in time, what the disk is told to keep, and what a crash between two files leaves."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Timer

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from fetchers.archive import captures, latest_crawl
from fetchers.crawl import crawl
from fetchers.shelf import INDEX, OPEN, read_index
from fetchers.writer import Archive
from sources.source import Source
from tests.crawling import ALL, check, directory, paths, run
from tests.servers import Answer, Script, serving
from tests.test_archive import URL, exchange, manifest
from tests.test_foreign import wget_record

SIZE = 6_000


def test_a_file_is_closed_when_it_is_large_and_the_crawl_goes_on_in_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetchers.appender.FILE_SIZE", SIZE)
    with serving() as site:
        directory(site)
        found = run(site, tmp_path)
        assert paths(tmp_path, site, found) == ALL
        first, index, *others = found.files
        assert [path.name for path in others] == [f"{found.name}.{n}.warc.gz" for n in range(1, len(others) + 1)]
        assert len(others) > 2
        for path in (first, *others):
            assert path.stat().st_size <= SIZE
            assert Checker(argparse.Namespace(inputs=[str(path)], verbose=False)).process_all() == 0
            with path.open("rb") as stream:
                head = next(iter(ArchiveIterator(stream)))
                assert (head.rec_type, head.rec_headers["WARC-Filename"]) == ("warcinfo", path.name)
        before = index.read_bytes()
        index.unlink()
        assert paths(tmp_path, site, found) == ALL
        assert index.read_bytes() == before
        again = run(site, tmp_path)
        assert (again.unchanged, again.fetched) == (21, 0)
        assert paths(tmp_path, site, again) == ALL
    assert latest_crawl(tmp_path, "guide") == again


def test_a_page_larger_than_a_file_has_one_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchers.appender.FILE_SIZE", 2_000)
    (tmp_path / "guide").mkdir()
    big = bytes(random.Random(1).randrange(256) for _ in range(9_000))
    with Archive(tmp_path / "guide", {"software": "test"}) as archive:
        for n, body in enumerate((b"small", big, b"small too")):
            archive.store(exchange(body, f"{URL}{n}"), None, "")
        archive.finish(manifest(*(f"{URL}{n}" for n in range(3))))
    found = latest_crawl(tmp_path, "guide")
    assert found is not None
    assert [capture.body for capture in captures(tmp_path, found)] == [b"small", big, b"small too"]


@pytest.mark.parametrize("named", [0, 1, 2])
def test_a_crash_among_the_names_of_the_files_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    """The files get their names last first: whatever number has it, the crawl is not finished, and can be."""
    monkeypatch.setattr("fetchers.appender.FILE_SIZE", SIZE)
    with serving() as site:
        directory(site)
        found = run(site, tmp_path)
        first, index, *others = found.files
        for path in [first, *others][: len(others) + 1 - named]:
            path.rename(path.with_name(path.name + OPEN))
        index.unlink()
        site.seen.clear()
        again = run(site, tmp_path)
        assert again.resumed and again.name == found.name
        assert site.seen == []
        assert paths(tmp_path, site, again) == ALL
    assert len(read_index(tmp_path / "guide", again.name)) == len(ALL) + 4
    assert not list((tmp_path / "guide").glob(f"*{OPEN}"))


def test_a_crawl_that_comes_to_nothing_takes_all_its_files_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetchers.appender.FILE_SIZE", 100)
    (tmp_path / "guide").mkdir()
    with Archive(tmp_path / "guide", {"software": "test"}) as archive:
        for n in range(3):
            archive.store(exchange(b"", f"{URL}{n}", status=b"500 No"), None, "")
        assert len(list((tmp_path / "guide").glob("*.warc.gz*"))) > 1
        archive.discard()
    assert list((tmp_path / "guide").glob(f"*{INDEX}")) == list((tmp_path / "guide").glob("*.warc.gz*")) == []


@pytest.mark.parametrize(("interval", "least", "most"), [(0.0, 24, 200), (3600.0, 1, 2)])
def test_the_disk_is_told_to_keep_what_is_written_at_an_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interval: float, least: int, most: int
) -> None:
    told: list[int] = []
    real = os.fsync

    def watched(file: int) -> None:
        told.append(file)
        real(file)

    monkeypatch.setattr("fetchers.appender.SYNC_SECONDS", interval)
    monkeypatch.setattr("fetchers.appender.os.fsync", watched)
    with serving() as site:
        directory(site)
        run(site, tmp_path)
    assert least <= len(told) <= most


def test_a_warc_file_of_requests_alone_has_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "asked.warc"
    request = b"GET / HTTP/1.1\r\nHost: guide.example\r\n\r\n"
    record = wget_record("http://guide.example/", "2026-01-02T03:04:05Z", request)
    path.write_bytes(
        record.replace(b"Type: response", b"Type: request").replace(b"msgtype=response", b"msgtype=request")
    )
    found = crawl(Source("copy", str(path)), tmp_path / "raw")
    assert (found.pages, found.failures) == (0, ())


CHILD = """
import sys
from pathlib import Path
import fetchers.appender
from fetchers.crawl import crawl
from sources.source import Pace, Source
fetchers.appender.FILE_SIZE = int(sys.argv[3])
crawl(Source("guide", sys.argv[1], pace=Pace(0.0)), Path(sys.argv[2]))
"""


def test_killed_at_ten_random_moments_it_comes_to_what_an_undisturbed_crawl_comes_to(tmp_path: Path) -> None:
    """Whatever it was doing: a timer decides, not the server."""
    moments = random.Random(9309)
    with serving() as site:
        directory(site)
        whole = run(site, tmp_path / "whole")
        kept = dict(site.answers)
        site.answers |= {path: slowed(answer) for path, answer in kept.items() if isinstance(answer, Answer)}
        killed = 0
        for _ in range(10):
            command = [sys.executable, "-c", CHILD, f"{site.base}/", str(tmp_path / "cut"), str(SIZE)]
            child = subprocess.Popen(command, cwd=Path(__file__).parents[1])
            asked = len(site.seen)
            while len(site.seen) == asked and child.poll() is None:
                time.sleep(0.002)
            timer = Timer(moments.uniform(0.0, 0.06), child.send_signal, [signal.SIGKILL])
            timer.start()
            child.wait(timeout=30)
            timer.cancel()
            killed += child.returncode == -signal.SIGKILL
        assert killed >= 5
        site.answers = kept
        resumed = run(site, tmp_path / "cut")
        both = (captures(tmp_path / "whole", whole), captures(tmp_path / "cut", resumed))
        for one, other in zip(*both, strict=True):
            assert (one.url, one.body, one.requested_urls, one.known_as) == (
                other.url,
                other.body,
                other.requested_urls,
                other.known_as,
            )
    assert (resumed.pages, resumed.failures) == (whole.pages, whole.failures)
    check(resumed)


def slowed(answer: Answer) -> Script:
    """The same answer, 5 ms later, so that a crawl lasts long enough to be killed."""

    def answer_late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.005)
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        handler.wfile.write(f"HTTP/1.1 {answer.status} OK\r\n{head}Connection: close\r\n\r\n".encode() + answer.body)

    return answer_late
