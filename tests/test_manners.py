"""How a guest behaves: pauses, rests, one request at a time for each host, and robots.txt read again on long runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier

import pytest

from fetchers.client import Client, Limits, user_agent
from fetchers.crawl import crawl
from fetchers.model import FetchError, Progress
from fetchers.turns import Turns
from tests.crawling import run
from tests.servers import QUICK, Answer, Site, html, serving, source


def seconds(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def test_a_host_has_its_turn_after_the_delay_and_another_at_once() -> None:
    turns = Turns(0.2, 60.0)
    turns.wait("a")
    assert seconds(lambda: turns.wait("b")) < 0.15
    assert seconds(lambda: turns.wait("a")) > 0.04
    turns.slow_down("b", 0.6)
    turns.wait("b")
    assert seconds(lambda: turns.wait("b")) > 0.5


def test_a_host_that_slows_down_is_left_alone() -> None:
    turns = Turns(0.0, 0.3)
    for _ in range(5):
        turns.answered("a", 0.1)
    assert seconds(lambda: turns.wait("a")) < 0.1
    turns.answered("a", 3.0)
    assert seconds(lambda: turns.wait("a")) > 0.25
    assert seconds(lambda: turns.wait("b")) < 0.1


def test_a_host_that_is_always_slow_is_left_alone_no_longer_than_the_others() -> None:
    turns = Turns(0.0, 60.0)
    for _ in range(3):
        turns.answered("a", 4.0)
    assert seconds(lambda: turns.wait("a")) < 0.1


def test_a_crawl_rests_after_a_late_answer() -> None:
    def late(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.7)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    limits = replace(QUICK, rest=0.4)
    with serving({"/": html("a"), "/late": late}) as site:
        with Client(limits=limits, delay=0, private=["127.0.0.1"]) as client:
            for path in ("/", "/late", "/"):
                client.get(f"{site.base}{path}")
        times = [seen.at for seen in site.seen]
    assert times[2] - times[1] > 1.0


def test_retry_after_holds_the_whole_host(tmp_path: Path) -> None:
    """While one request waits, the others that run side by side wait with it."""
    refused: list[float] = []

    def once(handler: BaseHTTPRequestHandler) -> None:
        site.answers["/0"] = html("<p>0</p>")
        refused.append(time.monotonic())
        handler.wfile.write(b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")

    with serving({f"/{n}": html(f"<p>{n}</p>") for n in range(12)}) as site:
        site.answers["/"] = html("".join(f'<a href="/{n}">{n}</a>' for n in range(12)))
        site.answers["/0"] = once
        found = crawl(source(site, concurrency=2), tmp_path, limits=replace(QUICK, patience=5.0))
        after = [seen.at for seen in site.seen if seen.at > refused[0] + 0.3]
    assert (found.pages, found.failures) == (13, ())
    assert len(after) >= 9 and min(after) - refused[0] > 0.9


def test_who_asks_is_told_with_the_projects_address_and_the_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fetchers.client.homepage", lambda: "https://listings.example/")
    assert user_agent("data@guide.example").endswith(" (+https://listings.example/; data@guide.example)")
    assert user_agent(None).endswith(" (+https://listings.example/)")


def test_hosts_are_asked_side_by_side(tmp_path: Path) -> None:
    both_here = Barrier(2, timeout=15)

    def together(handler: BaseHTTPRequestHandler) -> None:
        both_here.wait()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>page</p>" + handler.path.encode())

    with serving({"/a": together}) as one, serving({"/": html('<a href="/b">b</a>'), "/b": together}) as other:
        one.answers["/"] = html(f'<a href="/a">a</a><a href="{other.base}/">other</a>')
        found = crawl(replace(source(one), also=(f"{other.base}/",)), tmp_path, limits=QUICK)
        assert "/robots.txt" in other.paths
    assert (found.pages, found.failures) == (4, ())


def test_the_sitemap_of_each_host_is_read(tmp_path: Path) -> None:
    with serving({"/": html("one")}) as one, serving({"/": html("other"), "/b": html("b")}) as other:
        urls = f"<urlset><url><loc>{other.base}/b</loc></url></urlset>".encode()
        other.answers["/sitemap.xml"] = Answer(urls, headers={"Content-Type": "text/xml"})
        found = crawl(replace(source(one), also=(f"{other.base}/",)), tmp_path, limits=QUICK)
    assert (found.pages, found.failures) == (3, ())


def test_each_host_goes_at_its_own_pace(tmp_path: Path) -> None:
    def pages(site: Site) -> None:
        site.answers |= {f"/{n}": html(f"<p>{site.base} {n}</p>") for n in range(4)}
        site.answers["/"] = html(site.base + "".join(f'<a href="/{n}">{n}</a>' for n in range(4)))

    with serving() as quick, serving() as slow:
        pages(quick)
        pages(slow)
        slow.answers["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 0.4")
        found = crawl(replace(source(quick), also=(f"{slow.base}/",)), tmp_path, limits=QUICK)
        times = {site: [seen.at for seen in site.seen if seen.path[1:].isdecimal()] for site in (quick, slow)}
    assert found.pages == 10
    assert times[slow][-1] - times[slow][0] > 1.0
    assert times[quick][-1] < times[slow][1]


def test_robots_txt_is_read_again_on_long_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def close(handler: BaseHTTPRequestHandler) -> None:
        site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /b")
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>a</p>")

    links = html('<a href="/a">a</a><a href="/b">b</a>')
    with serving({"/": links, "/a": close, "/b": html("b")}) as site:
        assert run(site, tmp_path / "short").pages == 3
        assert site.paths.count("/robots.txt") == 1
        site.answers |= {"/a": close, "/robots.txt": Answer(b"", 404)}
        monkeypatch.setattr("fetchers.asking.ROBOTS_AGE", timedelta(0))
        found = run(site, tmp_path / "long")
    assert [(failure.url, failure.kind) for failure in found.failures] == [(f"{site.base}/b", "robots")]


def test_a_run_ends_where_robots_txt_cannot_be_had_any_more_and_goes_on_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falter(handler: BaseHTTPRequestHandler) -> None:
        site.answers["/robots.txt"] = Answer(b"", 503)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<p>a</p>")

    links = html('<a href="/a">a</a><a href="/b">b</a>')
    with serving({"/": links, "/a": falter, "/b": html("b")}) as site:
        monkeypatch.setattr("fetchers.asking.ROBOTS_AGE", timedelta(0))
        with pytest.raises(FetchError, match=r"robots.txt: cannot be had any more: its server answered 503.*goes on"):
            run(site, tmp_path)
        site.answers["/robots.txt"] = Answer(b"")
        found = run(site, tmp_path)
    assert (found.pages, found.failures, found.resumed) == (3, (), True)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=1)])
def test_a_robots_txt_of_yesterday_is_read_again_by_who_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: timedelta
) -> None:
    def stop(state: Progress) -> None:
        raise KeyboardInterrupt

    with serving({"/": html('<a href="/a">a</a>'), "/a": html("a")}) as site:
        with pytest.raises(KeyboardInterrupt):
            run(site, tmp_path, progress=stop)
        before = len(site.seen)
        monkeypatch.setattr("fetchers.asking.ROBOTS_AGE", age)
        assert run(site, tmp_path).resumed
        assert ("/robots.txt" in site.paths[before:]) is (age == timedelta(0))


def test_a_source_bounds_what_a_page_may_cost(tmp_path: Path) -> None:
    with serving({"/": html('<a href="/big">b</a><a href="/0">0</a>'), "/big": html("<p>" + "x" * 5000)}) as site:
        site.answers |= {f"/{n}": Answer(status=302, headers={"Location": f"/{n + 1}"}) for n in range(5)}
        site.answers["/5"] = html("five")
        bounded = replace(source(site), limits=replace(source(site).limits, megabytes=0.004, redirects=3))
        found = crawl(bounded, tmp_path / "bounded")
        assert {failure.url.rpartition("/")[2]: failure.kind for failure in found.failures} == {
            "big": "too-large",
            "0": "redirect-loop",
        }
        assert site.paths.count("/big") == 1, "it would be as large the next time"
        assert crawl(source(site), tmp_path / "free").failures == ()
        few = replace(source(site), limits=replace(source(site).limits, pages=2))
        assert crawl(few, tmp_path / "few").capped == ("more than 2 addresses: 1 left out",)


def test_limits_of_a_source_are_those_of_the_client_where_nothing_is_said() -> None:
    bounds = source(Site("http://guide.example")).limits
    assert (bounds.seconds, bounds.megabytes * 1_000_000) == (Limits().deadline, Limits().size)
