"""Servers that are broken, or mean it: each costs little time, is told as what it is, and takes no other page along."""

from __future__ import annotations

import gzip
import re
import socket
import struct
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pandas as pd
import pytest

from fetchers.archive import captures
from fetchers.client import Client, Limits
from fetchers.crawl import crawl
from fetchers.failures import ADVICE, advice
from fetchers.message import TooMuchError, read_message
from fetchers.model import Crawl, Failure
from flows.outcome import outcome
from tests.crawling import check, released
from tests.directories import entry
from tests.servers import Answer, Script, Site, html, redirect, serving, source
from tests.test_client import secured

PATIENT = Limits(
    connect=5.0, read=10.0, deadline=20.0, size=3_000_000, retries=0, backoff=0.01, patience=0.5, rest=0.02
)
"""Limits that a good page keeps to on a machine that is busy; a server that does not answer is none of these tests'."""

SHORT = replace(PATIENT, read=1.0, deadline=2.0)
"""Limits that a slow server is soon given up by."""

SECONDS = 20.0
"""What a crawl of a few pages may take under them, on a busy machine."""

GOOD = ("anchor", "beacon", "cedar")
PAGE = entry("hostile", "+32 2 555 01 99", "none").encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def wire(*pieces: bytes, pause: float = 0.0) -> Script:
    """Send pieces as they are, a pause after each."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)

    return answer


def drip(head: bytes, rest: bytes) -> Script:
    return wire(head, *(bytes([byte]) for byte in rest), pause=0.05)


def reset(said: bytes) -> Script:
    """Say something and reset the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(said)
        handler.wfile.flush()
        time.sleep(0.02)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(OK + b"\r\n")
    while True:
        handler.wfile.write(b"<p>and more</p>" * 5000)


def many_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(5000)))


def hops(handler: BaseHTTPRequestHandler) -> None:
    """One of a hundred redirects."""
    number = int(handler.path.rpartition("-")[2]) if "-" in handler.path else 0
    to = b"/" if number == 100 else b"/hostile-%d" % (number + 1)
    handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % to)


BOMB = gzip.compress(bytes(10_000_000), 9, mtime=0) * 100
"""A gigabyte of zeros in a megabyte, as a hundred members (RFC 1952, section 2.2)."""


def coded(coding: str, body: bytes) -> Answer:
    return Answer(body, headers={"Content-Type": "text/html", "Content-Encoding": coding})


def late(value: str, status: int = 503) -> Answer:
    return Answer(b"later", status, {"Retry-After": value, "Content-Type": "text/html"})


CASES: Mapping[str, tuple[Answer | Script, str | None]] = {
    "slow headers": (drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a" * 100), "timeout"),
    "one byte at a time": (drip(OK + b"\r\n", b"a" * 200), "timeout"),
    "silence": (wire(b"", pause=3.0), "timeout"),
    "never-ending body": (endless, "too-large"),
    "body longer than stated": (
        wire(OK + b"Content-Length: %d\r\n\r\n" % len(PAGE), PAGE + b"HTTP/1.1 500 No\r\n\r\n"),
        None,
    ),
    "body shorter than stated": (wire(OK + b"Content-Length: 99999\r\n\r\n", PAGE), "broken"),
    "chunks broken in the middle": (
        wire(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\n<p>ab\r\nzz\r\ncd"),
        "broken",
    ),
    "chunks that end too early": (wire(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"ff\r\n<p>abc"), "broken"),
    "gzip bomb": (coded("gzip", BOMB), "too-large"),
    "gzip that is none": (coded("gzip", PAGE), None),
    "gzip that is broken": (coded("gzip", gzip.compress(PAGE, mtime=0)[:-12]), "undecodable"),
    "a coding nobody asked for": (coded("br", b"\x0b\x02\x80"), "undecodable"),
    "redirect to itself": (redirect("/hostile/"), "redirect-loop"),
    "redirect to another scheme": (redirect("ftp://guide.example/a"), "off-site"),
    "redirect to a private address": (redirect("http://10.0.0.1/"), "off-site"),
    "redirect to a metadata service": (redirect("http://169.254.169.254/latest/meta-data/"), "off-site"),
    "redirect to a file": (redirect("file:///etc/hostname"), "off-site"),
    "redirect to no address": (redirect("http://["), "off-site"),
    "a hundred redirects": (hops, "redirect-loop"),
    "reset before any answer": (reset(b""), "broken"),
    "reset in the status line": (reset(b"HTTP/1.1 20"), "broken"),
    "reset in the headers": (reset(b"HTTP/1.1 200 OK\r\nContent-Ty"), "broken"),
    "reset after the headers": (reset(OK + b"Content-Length: 100\r\n\r\n"), "broken"),
    "reset in the body": (reset(OK + b"Content-Length: 100\r\n\r\n<p>half"), "broken"),
    "reset between chunks": (reset(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n"), "broken"),
    "HTTP/1.0": (wire(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE), None),
    "an interim answer first": (wire(b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"\r\n" + PAGE), None),
    "lines without carriage returns": (wire(b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + PAGE), None),
    "no HTTP": (wire(b"220 mail.example ESMTP\r\n"), "broken"),
    "200 and nothing": (html(" \n"), "empty"),
    "200 and an error page": (
        html("<title>Page not found</title><main><h1>Page not found</h1><p>Sorry.</p></main>"),
        "soft-404",
    ),
    "200 and a log-in": (html("<title>Guide</title><main><form><input type=password></form></main>"), "login"),
    "403": (Answer(b"no", 403), "http-403"),
    "429": (Answer(b"slower", 429), "http-429"),
    "Retry-After in seconds": (late("0"), "http-503"),
    "Retry-After as a date": (late("Fri, 31 Dec 9999 23:59:59 GMT", 429), "http-429"),
    "Retry-After beyond measure": (late("9" * 400), "http-503"),
    "Retry-After that is none": (late("Mon, 99 Foo 99999999999 99:99:99 GMT"), "http-503"),
    "a wall of cookies": (
        Answer(status=302, headers={"Location": "/hostile/", "Set-Cookie": "seen=1"}),
        "redirect-loop",
    ),
    "huge headers": (wire(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000), "too-large"),
    "thousands of headers": (many_headers, "too-large"),
    "wrong charset": (
        Answer(PAGE + b"<p>\xff\xfe\x81</p>", headers={"Content-Type": "text/html; charset=utf-8"}),
        None,
    ),
    "a charset that is none": (Answer(PAGE, headers={"Content-Type": "text/html; charset=klingon"}), None),
    "HTML as text/plain": (Answer(PAGE, headers={"Content-Type": "text/plain"}), None),
    "a video": (wire(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"\0" * 9000), "not-html"),
}


def directory(site: Site, answer: Answer | Script, also: str = "") -> None:
    """Good pages before and behind a hostile one."""
    first, *others = (f'<a href="/{name}/">{name}</a>' for name in GOOD)
    site.answers |= {f"/{name}/": html(entry(name, f"+32 2 555 01 {n:02}", "none")) for n, name in enumerate(GOOD)}
    site.answers["/"] = html(f'<main>{first}<a href="/hostile/">x</a>{also}{"".join(others)}</main>')
    site.answers["/hostile/"] = answer


def run(site: Site, raw: Path, limits: Limits = PATIENT) -> Crawl:
    began = time.monotonic()
    found = crawl(source(site), raw, limits=limits)
    assert time.monotonic() - began < SECONDS
    check(found)
    return found


def found_pages(site: Site, raw: Path, found: Crawl) -> dict[str, bytes]:
    return {capture.url.removeprefix(site.base): capture.body for capture in captures(raw, found)}


@pytest.mark.parametrize("case", CASES)
def test_it_is_bounded_told_and_takes_no_other_page_along(tmp_path: Path, case: str) -> None:
    answer, kind = CASES[case]
    with serving() as site:
        directory(site, answer)
        site.answers |= {f"/hostile-{n}": answer for n in range(1, 101) if answer is hops}
        found = run(site, tmp_path, SHORT if kind == "timeout" else PATIENT)
        pages = found_pages(site, tmp_path, found)
        assert {f"/{name}/" for name in GOOD} <= pages.keys()
        told = {failure.url.removeprefix(site.base): failure.kind for failure in found.failures}
    assert told == ({} if kind is None else {"/hostile/": kind})
    assert ("/hostile/" in pages) is (kind is None)
    if kind is None:
        assert pages["/hostile/"].startswith(PAGE) and b"500 No" not in pages["/hostile/"]
    assert all(failure.detail and advice(failure) for failure in found.failures)


def test_a_bomb_takes_no_memory() -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + BOMB)
    tracemalloc.start()
    try:
        with pytest.raises(TooMuchError):
            message.body()
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


@dataclass
class Refused:
    """Answers that refuse all pages but the good ones."""

    status: int
    count: int = 8

    def on(self, site: Site) -> None:
        links = "".join(f'<a href="/closed-{n}/">{n}</a>' for n in range(self.count))
        directory(site, html("<p>open</p>"), links)
        site.answers |= {f"/closed-{n}/": Answer(b"no", self.status) for n in range(self.count)}


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_storm_of_refusals_takes_no_other_page_along(tmp_path: Path, status: int) -> None:
    with serving() as site:
        Refused(status).on(site)
        found = run(site, tmp_path)
        assert {f"/{name}/" for name in GOOD} <= found_pages(site, tmp_path, found).keys()
    assert [failure.kind for failure in found.failures] == [f"http-{status}"] * 8


def test_errors_on_half_of_all_requests_lose_nothing(tmp_path: Path) -> None:
    with serving() as site:
        directory(site, html("<p>open</p>"))

        def unsteady(body: bytes, handler: BaseHTTPRequestHandler) -> None:
            head = b"HTTP/1.1 500 No" if site.paths.count(handler.path) % 2 else b"HTTP/1.1 200 OK"
            handler.wfile.write(head + b"\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + body)

        for name in GOOD:
            page = site.answers[f"/{name}/"]
            assert isinstance(page, Answer)
            site.answers[f"/{name}/"] = partial(unsteady, page.body)
        found = run(site, tmp_path)
        assert {f"/{name}/" for name in GOOD} <= found_pages(site, tmp_path, found).keys()
    assert found.failures == ()


def test_a_server_that_goes_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    """It leaves in the middle of a page, refuses connections for a while, and is back on the same port."""
    with serving() as site:
        directory(site, html("<p>open</p>"))

        def leave(handler: BaseHTTPRequestHandler) -> None:
            site.answers["/anchor/"] = html(entry("anchor", "+32 2 555 01 00", "none"))
            reset(OK)(handler)
            site.pause(0.3)

        site.answers["/anchor/"] = leave
        found = run(site, tmp_path, replace(PATIENT, retries=3, backoff=0.2))
        assert {f"/{name}/" for name in GOOD} <= found_pages(site, tmp_path, found).keys()
    assert found.failures == ()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """A directory, and a second place of it whose certificate nobody vouches for."""
    with serving() as site, serving({"/": html("<p>secret</p>")}, secured(tmp_path)) as other:
        directory(site, html("<p>open</p>"))
        yield site, other


def test_a_certificate_that_nobody_vouches_for(elsewhere: tuple[Site, Site], tmp_path: Path) -> None:
    site, other = elsewhere
    url = f"https://localhost:{other.base.rpartition(':')[2]}/"
    found = crawl(replace(source(site), also=(url,)), tmp_path / "raw", limits=PATIENT)
    assert {f"/{name}/" for name in GOOD} <= found_pages(site, tmp_path / "raw", found).keys()
    assert [(failure.url, failure.kind) for failure in found.failures] == [(url, "tls")]


def test_a_place_in_a_private_network_is_not_even_connected_to(tmp_path: Path) -> None:
    with serving() as site:
        directory(site, html("<p>open</p>"))
        began = time.monotonic()
        found = crawl(replace(source(site), also=("http://169.254.169.254/latest/",)), tmp_path, limits=PATIENT)
        assert time.monotonic() - began < SECONDS
        assert {f"/{name}/" for name in GOOD} <= found_pages(site, tmp_path, found).keys()
    assert [failure.kind for failure in found.failures] == ["private-address"]


def test_a_name_that_leads_inside_at_the_second_look_up_gets_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["9.9.9.9", "127.0.0.1"])
    asked: list[str] = []

    def rebound(host: str, port: int | None, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port or 0))]

    with serving({"/": html("secret")}) as site, Client(limits=SHORT, delay=0) as client:
        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        failure = client.get(site.base.replace("127.0.0.1", "rebound.example") + "/")
        assert site.seen == []
    assert isinstance(failure, Failure)
    assert (failure.kind, asked) == ("private-address", ["rebound.example"] * 2)
    assert "127.0.0.1" in failure.detail


def test_what_failed_stands_in_the_problem_table_and_in_the_summary(tmp_path: Path) -> None:
    shown = ("body shorter than stated", "gzip that is broken", "redirect to itself", "200 and an error page", "403")
    with serving() as site:
        links = "".join(f'<a href="/case-{n}/">{n}</a>' for n in range(len(shown)))
        pdf = Answer(b"%PDF-1.7 \x00", headers={"Content-Type": "text/html"})
        directory(site, pdf, links)
        site.answers |= {f"/case-{n}/": CASES[case][0] for n, case in enumerate(shown)}
        site.answers["/case-2/"] = redirect("/case-2/")
        found = run(site, tmp_path / "raw")
        release = released(found, tmp_path / "raw", tmp_path / "processed" / "guide", source(site))
    problem = pd.read_parquet(release / "problem.parquet")
    told = dict(zip(problem["url"].str.removeprefix(site.base), problem["kind"], strict=True))
    kinds = {f"/case-{n}/": CASES[case][1] for n, case in enumerate(shown)}
    assert {path: told[path] for path in kinds} == kinds
    assert told["/hostile/"] == "not-text"
    assert len(pd.read_parquet(release / "listings.parquet")) == len(GOOD)
    summary = dict(outcome("guide", found, release, [], []).rows())
    assert summary["pages failed"] == "5 (broken 1, http-403 1, redirect-loop 1, soft-404 1, undecodable 1)"


def test_every_kind_of_failure_is_described_and_has_its_advice() -> None:
    kinds = {kind if not kind.startswith("http-") else "http-*" for _, kind in CASES.values() if kind}
    assert kinds | {"tls", "private-address", "robots", "unreachable", "damaged"} == ADVICE.keys()
    told = (Path(__file__).parents[1] / "docs" / "fetching.md").read_text("utf-8").split("## Addresses that failed")[1]
    assert set(re.findall(r"^\| `([^`]+)` \|", told, re.MULTILINE)) == ADVICE.keys()
