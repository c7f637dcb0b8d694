"""Whole crawls: what is fetched, what comes of it when something goes wrong, and going on after a crash."""

from __future__ import annotations

import argparse
import gzip
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier

import pytest
from warcio.checker import Checker

from fetchers.archive import OPEN, captures, latest_crawl
from fetchers.crawl import crawl, fetch_page
from fetchers.discover import Caps
from fetchers.foreign import read_warc
from fetchers.model import Capture, Crawl, FetchError, Progress
from sources.source import Pace, Source
from tests.servers import QUICK, Answer, Site, chunked, html, redirect, serving, source

LISTINGS = {
    f"/home-{n}/": f"<title>Home {n}</title><main><h1>Home {n}</h1><p>Telephone: 555-01{n:02}</p></main>"
    for n in range(18)
}


def directory(site: Site, validators: bool = True) -> None:
    """A site as directories are: lists of pages in two ways, feeds, assets, short links, a comment form."""
    head = '<link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="stylesheet" href="/style.css">'
    for n, (path, body) in enumerate(LISTINGS.items()):
        short = f'<link rel="shortlink" href="/?p={n}"><link rel="canonical" href="BASE{path}">'
        reply = f'<a rel="nofollow" href="{path}?replytocom=1#respond">Reply</a><a href="mailto:a@listings.example">Mail</a>'
        site.answers[path] = page(site, head + short + body + reply, validators)
        site.answers[f"/?p={n}"] = redirect(f"{site.base}{path}")
    paths = list(LISTINGS)
    for n in range(3):
        links = "".join(f'<a href="BASE{path}?utm_source=list">{path}</a>' for path in paths[n * 6 : n * 6 + 6])
        following = f'<a href="/list/{n + 2}/" rel="next">next</a>' if n < 2 else ""
        site.answers["/" if n == 0 else f"/list/{n + 1}/"] = page(
            site, head + links + following + f"<p>List {n}</p>", validators
        )


def page(site: Site, text: str, validators: bool = True) -> Answer:
    body = text.replace("BASE", site.base)
    return html(body, **({"ETag": f'"{zlib.crc32(body.encode())}"'} if validators else {}))


def paths(raw: Path, site: Site, found: Crawl) -> list[str]:
    return [capture.url.removeprefix(site.base) for capture in captures(raw, found)]


def run(site: Site, raw: Path, **options: object) -> Crawl:
    return crawl(source(site), raw, limits=QUICK, **options)  # type: ignore[arg-type]


def check(found: Crawl) -> None:
    assert Checker(argparse.Namespace(inputs=[str(found.files[0])], verbose=False)).process_all() == 0


ALL = sorted(["/", "/list/2/", "/list/3/", *LISTINGS])


def test_a_directory(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        found = run(site, tmp_path)
        assert paths(tmp_path, site, found) == ALL
        assert sorted(site.paths) == sorted(["/robots.txt", "/sitemap.xml", *ALL])
    assert (found.pages, found.fetched, found.unchanged, found.failed, found.capped) == (21, 21, 0, 0, ())
    assert found.finished
    assert not found.resumed
    assert latest_crawl(tmp_path, "guide") == found
    check(found)


def test_a_second_crawl_loads_nothing_again(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        first = run(site, tmp_path)
        site.answers["/home-3/"] = page(site, LISTINGS["/home-3/"] + "<p>New opening hours</p>")
        second = run(site, tmp_path)
        before, after = list(captures(tmp_path, first)), list(captures(tmp_path, second))
        assert (second.fetched, second.unchanged) == (1, 20)
        assert all("If-None-Match" in seen.headers for seen in site.seen[23:] if seen.path in ALL)
    changed = [now.url.removeprefix(site.base) for was, now in zip(before, after, strict=True) if was.body != now.body]
    assert changed == ["/home-3/"]
    assert {capture.warc_file for capture in after if capture.revisit} == {first.files[0].name}
    assert {capture.linked_from for capture in before} == {capture.linked_from for capture in after}
    check(second)


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


@pytest.mark.parametrize("concurrency", [1, 4])
def test_order_does_not_depend_on_concurrency(tmp_path: Path, concurrency: int) -> None:
    with serving() as site:
        directory(site)
        found = crawl(source(site, concurrency=concurrency), tmp_path, limits=QUICK)
        assert paths(tmp_path, site, found) == ALL
        entries = [line.split(" ")[0] for line in found.files[1].read_text().splitlines()]
    assert len(entries) == len(ALL) + 3
    check(found)


def test_concurrent_requests_run_side_by_side(tmp_path: Path) -> None:
    all_here = Barrier(8, timeout=15)

    def together(handler: BaseHTTPRequestHandler) -> None:
        all_here.wait()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>page</p>" + handler.path.encode())

    with serving({f"/{n}": together for n in range(8)}) as site:
        site.answers["/"] = html("".join(f'<a href="/{n}">{n}</a>' for n in range(8)))
        found = crawl(source(site, concurrency=8), tmp_path, limits=QUICK)
    assert (found.pages, found.failures) == (9, ())


def test_aliases_and_duplicates_are_one_page(tmp_path: Path) -> None:
    copy = '<link rel="canonical" href="BASE/a/"><main><h1>A</h1><p>A house with many words about itself.</p></main>'
    with serving() as site:
        site.pages(
            {
                "/": '<a href="/old">1</a><a href="/a/">2</a><a href="/older">3</a><a href="/by-town/a/">4</a>'
                '<a href="/?p=7">5</a><a href="/index.html">6</a>',
                "/a/": copy + "<aside>Latest: B</aside>",
                "/by-town/a/": copy + "<aside>Latest: C</aside>",
                "/p/a": copy,
            }
        )
        site.answers |= {"/old": redirect("/a/"), "/older": redirect("/old", 302), "/?p=7": redirect("a/", 308)}
        site.answers["/index.html"] = site.answers["/"]
        found = run(site, tmp_path)
        home, one = captures(tmp_path, found)
        assert (home.url, one.url) == (f"{site.base}/", f"{site.base}/a/")
        assert one.requested_urls == tuple(f"{site.base}{path}" for path in ("/?p=7", "/old", "/older"))
        assert site.paths.count("/a/") == 1
        assert found.failures == ()


def test_a_wrong_canonical_address_loses_no_page(tmp_path: Path) -> None:
    with serving() as site:
        wrong = '<link rel="canonical" href="BASE/"><main>%s</main>'
        site.pages({"/": wrong % '<a href="/?page=2">more</a>', "/?page=2": wrong % "page two"})
        assert paths(tmp_path, site, run(site, tmp_path)) == ["/", "/?page=2"]


def test_sitemaps(tmp_path: Path) -> None:
    locs = "<{0}><loc>BASE{1}</loc></{0}>"
    with serving() as site:

        def xml(kind: str, *urls: str) -> bytes:
            return f"<{kind}set>{''.join(locs.format(kind, url) for url in urls)}</{kind}set>".replace(
                "BASE", site.base
            ).encode()

        site.pages({"/": "start", "/a": "a", "/b": "b", "/c": "c"})
        site.answers |= {
            "/robots.txt": Answer(
                f"Sitemap: {site.base}/maps.xml\nSitemap: https://other.example/x.xml\nSitemap: /gone.xml".encode()
            ),
            "/maps.xml": Answer(
                xml("sitemap", "/one.xml", "/two.xml.gz", "/maps.xml"), headers={"Content-Type": "text/xml"}
            ),
            "/one.xml": Answer(xml("url", "/a", "/a.pdf", "/feed/"), headers={"Content-Type": "application/xml"}),
            "/two.xml.gz": Answer(gzip.compress(xml("url", "/b")), headers={"Content-Type": "application/gzip"}),
            "/sitemap.xml": redirect("/three.xml"),
            "/three.xml": Answer(xml("url", "/c")[:-4], headers={"Content-Type": "application/xml"}),
        }
        found = run(site, tmp_path)
        assert paths(tmp_path, site, found) == ["/", "/a", "/b", "/c"]
        kinds = [(failure.url.replace(site.base, ""), failure.kind) for failure in found.failures]
    assert kinds == [("/gone.xml", "http-404"), ("https://other.example/x.xml", "off-site")]


def test_scope_is_below_the_start(tmp_path: Path) -> None:
    with serving() as site:
        site.pages(
            {
                "/guide/": '<a href="/guide/a">a</a><a href="/shop">shop</a><a href="//other.example/">o</a>',
                "/guide/a": "a",
            }
        )
        site.pages({"/shop": "shop"})
        found = crawl(source(site, path="/guide/"), tmp_path, limits=QUICK)
        assert paths(tmp_path, site, found) == ["/guide/", "/guide/a"]
        assert "/shop" not in site.paths


def test_a_start_that_redirects_moves_the_scope(tmp_path: Path) -> None:
    with serving() as site:
        host = site.base.replace("127.0.0.1", "localhost")
        site.answers |= {
            "/": redirect(f"{host}/en/"),
            "/en/": html(f'<a href="{host}/en/a">a</a><a href="/nl/">nl</a>'),
            "/en/a": html("a"),
        }
        found = run(site, tmp_path)
        assert [c.url for c in captures(tmp_path, found)] == [f"{host}/en/", f"{host}/en/a"]
        assert next(captures(tmp_path, found)).requested_urls == (f"{site.base}/",)


def test_failures_are_data(tmp_path: Path) -> None:
    def rude(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"nonsense")

    answers: Mapping[str, Answer] = {
        "/gone": Answer(b"<p>gone</p>", 410, {"Content-Type": "text/html"}),
        "/loop": redirect("/loop2"),
        "/loop2": redirect("/loop"),
        "/away": redirect("https://other.example/"),
        "/paper": Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "/big": html("<p>" + "x" * 60_000),
        "/packed": Answer(b"\x1f\x8bbroken", headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}),
        "/bare": Answer(b"\x00\x01"),
        "/nowhere": Answer(status=302),
        "/bad": Answer(status=301, headers={"Location": "http://["}),
        "/busy": Answer(b"", 503),
    }
    with serving({**answers, "/rude": rude}) as site:
        names = [*answers, "/rude", "/private", "/missing"]
        site.answers["/"] = html("".join(f'<a href="{name}">{name}</a>' for name in names))
        site.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private")
        found = run(site, tmp_path)
        kinds = {failure.url.removeprefix(site.base): failure.kind for failure in found.failures}
        assert all(failure.linked_from and failure.detail for failure in found.failures)
        assert "/private" not in site.paths
        again = {failure.url.removeprefix(site.base): failure.kind for failure in run(site, tmp_path).failures}
    assert kinds == {
        "/gone": "http-410",
        "/loop": "redirect-loop",
        "/away": "off-site",
        "/paper": "not-html",
        "/big": "too-large",
        "/packed": "undecodable",
        "/bare": "not-html",
        "/nowhere": "http-302",
        "/bad": "off-site",
        "/busy": "http-503",
        "/rude": "broken",
        "/private": "robots",
        "/missing": "http-404",
    }
    assert again == kinds
    assert found.pages == 1
    check(found)


def test_robots_can_only_slow_down(tmp_path: Path) -> None:
    with serving({"/": html('<a href="/a">a</a>'), "/a": html("a")}) as site:
        site.answers["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 0.2")
        run(site, tmp_path)
        times = {seen.path: seen.at for seen in site.seen}
    assert times["/a"] - times["/sitemap.xml"] > 0.15


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        (
            {"/robots.txt": Answer(b"User-agent: listings\nDisallow: /")},
            "robots.txt forbids it to 'listings'.*Ask the site's owner",
        ),
        ({"/robots.txt": Answer(b"", 500)}, r"robots.txt cannot be had: its server answered 500.*Try again later"),
        (
            {"/robots.txt": Answer(b"?", headers={"Content-Encoding": "br"})},
            "robots.txt cannot be had: its content coding",
        ),
        ({}, "the start is no page .404"),
        ({"/": redirect("/")}, "redirect-loop"),
        (
            {"/": Answer(b"{}", headers={"Content-Type": "application/json"})},
            "the start is no page .200, application/json",
        ),
    ],
)
def test_a_start_that_gives_nothing_is_told_and_leaves_nothing(
    tmp_path: Path, answers: Mapping[str, Answer], says: str
) -> None:
    with serving(answers) as site:
        for _ in range(2):
            with pytest.raises(FetchError, match=says):
                run(site, tmp_path)
    assert not list((tmp_path / "guide").glob("*.warc*"))


def test_a_start_that_is_not_there_is_told(tmp_path: Path) -> None:
    with serving() as site:
        gone = source(site)
    with pytest.raises(FetchError, match=r"robots.txt cannot be had.*refused"):
        crawl(gone, tmp_path, limits=QUICK)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file")
    with serving() as site, pytest.raises(FetchError, match=r"raw/guide: cannot be written"):
        run(site, tmp_path / "raw")


def test_limit(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        found = run(site, tmp_path, limit=3)
        assert found.pages == 3
        assert found.finished
        assert [reason.partition(":")[0] for reason in found.capped] == ["the limit of pages"]


def test_caps_are_told(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        found = run(site, tmp_path, caps=Caps(pages=4))
    assert found.pages == 4
    assert found.capped == ("more than 4 addresses: 4 left out",)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    with serving() as site:
        directory(site)
        run(site, tmp_path, progress=told.append)
    assert [state.fetched for state in told] == list(range(1, 22))
    assert told[-1].queued == 0


def test_a_server_that_falls_silent_ends_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        whole = run(site, tmp_path / "whole")
        site.seen.clear()

        def falter(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

        kept = dict(site.answers)
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

        answers, order = dict(site.answers), ["/robots.txt", "/", "/sitemap.xml", *LISTINGS, "/list/2/", "/list/3/"]
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


def test_one_page(tmp_path: Path) -> None:
    with serving({"/a": redirect("/b"), "/b": html("<h1>B</h1>")}) as site:
        page = fetch_page(f"{site.base}/a")
        assert (page.url, page.content_type, page.body) == (f"{site.base}/b", "text/html; charset=utf-8", b"<h1>B</h1>")
        assert site.paths == ["/robots.txt", "/a", "/b"]
        with pytest.raises(FetchError, match="404"):
            fetch_page(f"{site.base}/none")
    with pytest.raises(FetchError, match="is no web address"):
        fetch_page("http://")


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


def test_pages_that_went_stay_out(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        run(site, tmp_path)
        del site.answers["/home-5/"]
        found = run(site, tmp_path)
        assert "/home-5/" not in paths(tmp_path, site, found)
        assert [(failure.url, failure.kind) for failure in found.failures] == [(f"{site.base}/home-5/", "http-404")]


def test_the_delay_of_the_source_is_kept(tmp_path: Path) -> None:
    with serving({"/": html('<a href="/a">a</a>'), "/a": html("a")}) as site:
        crawl(replace(source(site), pace=Pace(0.15)), tmp_path, limits=QUICK)
        times = [seen.at for seen in site.seen]
    assert times[-1] - times[0] > 0.4
