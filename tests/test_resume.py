"""Crawls after others: what is not fetched again, and going on after a crash."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fetchers.archive import captures, latest_crawl
from fetchers.model import FetchError, Progress
from fetchers.shelf import OPEN
from tests.crawling import ALL, LISTINGS, check, directory, page, paths, run
from tests.servers import Answer, html, serving


def test_a_second_crawl_loads_nothing_again(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        first = run(site, tmp_path)
        site.answers["/home-3/"] = page(site, LISTINGS["/home-3/"] + "<p>New opening hours</p>")
        second = run(site, tmp_path)
        before, after = list(captures(tmp_path, first)), list(captures(tmp_path, second))
        assert (second.fetched, second.unchanged) == (1, 20)
        assert all("If-None-Match" in seen.headers for seen in site.seen[24:] if seen.path in ALL)
    changed = [now.url.removeprefix(site.base) for was, now in zip(before, after, strict=True) if was.body != now.body]
    assert changed == ["/home-3/"]
    assert {capture.warc_file for capture in after if capture.revisit} == {first.files[0].name}
    assert {capture.linked_from for capture in before} == {capture.linked_from for capture in after}
    check(second)


def test_both_validators_are_sent_together(tmp_path: Path) -> None:
    stated = {"ETag": '"1"', "Last-Modified": "Fri, 01 May 2026 10:00:00 GMT"}
    with serving({"/": html("<p>one</p>", **stated)}) as site:
        run(site, tmp_path)
        before = len(site.seen)
        assert run(site, tmp_path).unchanged == 1
        (asked,) = (seen.headers for seen in site.seen[before:] if seen.path == "/")
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == (stated["ETag"], stated["Last-Modified"])


def test_pages_without_validators_are_compared(tmp_path: Path) -> None:
    with serving() as site:
        directory(site, validators=False)
        for path, answer in site.answers.items():
            if isinstance(answer, Answer):
                site.answers[path] = replace(answer, chunks=(len(path), 5))
        first = run(site, tmp_path)
        assert first.fetched == 21
        for path, answer in site.answers.items():
            if isinstance(answer, Answer):
                site.answers[path] = replace(answer, chunks=(3,))
        second = run(site, tmp_path)
        third = run(site, tmp_path)
        assert (second.unchanged, third.unchanged) == (21, 21)
        assert [c.body for c in captures(tmp_path, first)] == [c.body for c in captures(tmp_path, third)]


def test_pages_that_went_stay_out(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        run(site, tmp_path)
        del site.answers["/home-5/"]
        found = run(site, tmp_path)
        assert "/home-5/" not in paths(tmp_path, site, found)
        assert [(failure.url, failure.kind) for failure in found.failures] == [(f"{site.base}/home-5/", "http-404")]


def test_a_server_that_falls_silent_ends_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        whole = run(site, tmp_path / "whole")
        site.seen.clear()

        def falter(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

        def once(handler: BaseHTTPRequestHandler) -> None:
            site.answers["/"] = falter
            body = front.body if isinstance(front, Answer) else b""
            handler.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

        front = site.answers["/"]
        kept = dict(site.answers)
        site.answers["/"] = once
        site.answers |= {path: falter for path in LISTINGS if path not in ("/home-0/", "/home-1/")}
        with pytest.raises(FetchError, match=r"has not answered 5 addresses in a row \(last: http-503\).*goes on"):
            run(site, tmp_path / "cut")
        site.answers = kept
        site.seen.clear()
        resumed = run(site, tmp_path / "cut")
        assert resumed.resumed
        assert {"/", "/home-0/", "/home-1/"}.isdisjoint(site.paths)
        assert paths(tmp_path / "cut", site, resumed) == paths(tmp_path / "whole", site, whole)
        assert resumed.failures == ()


def test_ctrl_c_leaves_an_archive_to_go_on_from(tmp_path: Path) -> None:
    def stop(state: Progress) -> None:
        if state.fetched == 6:
            raise KeyboardInterrupt

    with serving() as site:
        directory(site)
        with pytest.raises(KeyboardInterrupt):
            run(site, tmp_path, progress=stop)
        assert latest_crawl(tmp_path, "guide") is None
        before = len(site.seen)
        found = run(site, tmp_path)
        assert found.resumed
        assert paths(tmp_path, site, found) == ALL
        asked = site.paths[before:]
        assert set(asked).isdisjoint(site.paths[:before])
        assert len(asked) == 15


CHILD = """
import sys
from pathlib import Path
from fetchers.crawl import crawl
from sources.source import Pace, Source
crawl(Source("guide", sys.argv[1], pace=Pace(0.0)), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("after", [2, 5, 11, 16])
def test_kill_and_go_on(tmp_path: Path, after: int) -> None:
    """However hard it stops, the next run ends with the same captures, and asks for nothing that was stored."""
    with serving() as site:
        directory(site)
        whole = run(site, tmp_path / "whole")
        site.seen.clear()

        def last_words(handler: BaseHTTPRequestHandler) -> None:
            child.send_signal(signal.SIGKILL)
            child.wait()

        answers, order = (
            dict(site.answers),
            ["/robots.txt", "/", "/sitemap.xml", "/feed/", *LISTINGS, "/list/2/", "/list/3/"],
        )
        site.answers[order[after]] = last_words
        command = [sys.executable, "-c", CHILD, f"{site.base}/", str(tmp_path / "cut")]
        child = subprocess.Popen(command, cwd=Path(__file__).parents[1])
        child.wait(timeout=30)
        assert child.returncode == -signal.SIGKILL
        (left,) = (tmp_path / "cut" / "guide").glob(f"*{OPEN}")
        with left.open("ab") as torn:
            torn.write(gzip.compress(os.urandom(300))[:-20])
        answered = site.paths[:-1]
        site.answers = answers
        site.seen.clear()
        resumed = run(site, tmp_path / "cut")
        assert resumed.resumed is (after > 1)
        assert set(site.paths).isdisjoint(answered)
        assert (resumed.pages, resumed.fetched, resumed.failures) == (whole.pages, whole.fetched, whole.failures)
        both = (captures(tmp_path / "whole", whole), captures(tmp_path / "cut", resumed))
        for one, other in zip(*both, strict=True):
            assert (one.url, one.body, one.linked_from) == (other.url, other.body, other.linked_from)
    check(resumed)


def test_one_crawl_of_a_source_at_a_time(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)

        def second(state: Progress) -> None:
            with pytest.raises(FetchError, match="another run of this source is at work"):
                run(site, tmp_path)

        assert run(site, tmp_path, progress=second).pages == 21
