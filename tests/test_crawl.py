"""Whole crawls: what is fetched, and what comes of it when something goes wrong."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Callable, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Barrier

import pytest

from fetchers.archive import captures, latest_crawl
from fetchers.crawl import crawl, fetch_page
from fetchers.discover import Caps
from fetchers.ledger import LAG
from fetchers.model import FetchError, Progress, UnreachableError
from fetchers.reading import Payload, Read, Reader, look, read_here
from sources.source import Pace
from tests.crawling import ALL, check, directory, paths, run
from tests.servers import QUICK, Answer, html, redirect, serving, source


def test_a_directory(tmp_path: Path) -> None:
    with serving() as site:
        directory(site)
        found = run(site, tmp_path)
        assert paths(tmp_path, site, found) == ALL
        assert sorted(site.paths) == sorted(["/robots.txt", "/sitemap.xml", "/feed/", *ALL])
    assert (found.pages, found.fetched, found.unchanged, found.failed, found.capped) == (21, 21, 0, 0, ())
    assert found.finished
    assert not found.resumed
    assert latest_crawl(tmp_path, "guide") == found
    check(found)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_order_does_not_depend_on_concurrency(tmp_path: Path, concurrency: int) -> None:
    with serving() as site:
        directory(site)
        found = crawl(source(site, concurrency=concurrency), tmp_path, limits=QUICK)
        assert paths(tmp_path, site, found) == ALL
        entries = [line.split(" ")[0] for line in found.files[1].read_text().splitlines()]
    assert len(entries) == len(ALL) + 4
    check(found)


def test_a_reader_may_lag_behind_and_changes_neither_order_nor_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetchers.walk._LAGGING", 4)
    under_way: list[int] = []

    def late(payload: Payload) -> Callable[[], Read]:
        """Reads a page when what was read is asked for, and no sooner."""
        under_way.append(under_way[-1] + 1 if under_way else 1)

        def result() -> Read:
            under_way.append(under_way[-1] - 1)
            return look(payload)[0]

        return result

    def asked(raw: Path, reader: Reader, limit: int | None) -> tuple[list[str], list[str]]:
        with serving() as site:
            directory(site)
            found = run(site, raw, reader=reader, limit=limit)
            return site.paths, paths(raw, site, found)

    for limit in (None, 9):
        now = asked(tmp_path / f"now{limit}", read_here, limit)
        assert asked(tmp_path / f"late{limit}", late, limit) == now
        assert len(now[1]) == (limit or len(ALL))
    assert 1 < max(under_way) <= LAG + 1 and under_way[-1] == 0


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


@pytest.mark.parametrize(("tag", "followed"), [("nofollow", False), ("otherbot: noindex, nofollow", True)])
def test_x_robots_tag_says_whether_links_are_followed(tmp_path: Path, tag: str, followed: bool) -> None:
    with serving({"/": html('<a href="/a">a</a>', **{"X-Robots-Tag": tag}), "/a": html("a")}) as site:
        assert ("/a" in paths(tmp_path, site, run(site, tmp_path))) is followed


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
    with pytest.raises(UnreachableError, match=r"robots.txt cannot be had.*refused"):
        crawl(gone, tmp_path, limits=QUICK)


@pytest.mark.parametrize(
    ("answers", "passes"),
    [
        ({"/": Answer(b"later", 503)}, True),
        ({"/": Answer(b"slower", 429)}, True),
        ({"/robots.txt": Answer(b"", 500)}, True),
        ({"/robots.txt": Answer(b"User-agent: *\nDisallow: /")}, False),
        ({"/": Answer(b"gone", 404)}, False),
        ({"/": Answer(b"closed", 403)}, False),
        ({"/": redirect("/")}, False),
    ],
)
def test_what_may_pass_is_told_apart(tmp_path: Path, answers: Mapping[str, Answer], passes: bool) -> None:
    with serving(answers) as site, pytest.raises(FetchError) as raised:
        run(site, tmp_path)
    assert isinstance(raised.value, UnreachableError) == passes
    assert pickle.loads(pickle.dumps(raised.value)).args == raised.value.args, "it comes back from another process"


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
    assert found.capped == ("more than 4 addresses: 6 left out",)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    with serving() as site:
        directory(site)
        run(site, tmp_path, progress=told.append)
    assert [state.fetched for state in told] == list(range(1, 22))
    assert told[-1].queued == 0


def test_one_page(tmp_path: Path) -> None:
    with serving({"/a": redirect("/b"), "/b": html("<h1>B</h1>")}) as site:
        page = fetch_page(f"{site.base}/a")
        assert (page.url, page.content_type, page.body) == (f"{site.base}/b", "text/html; charset=utf-8", b"<h1>B</h1>")
        assert site.paths == ["/robots.txt", "/a", "/b"]
        with pytest.raises(FetchError, match="404"):
            fetch_page(f"{site.base}/none")
    with pytest.raises(FetchError, match="is no web address"):
        fetch_page("http://")


def test_the_delay_of_the_source_is_kept(tmp_path: Path) -> None:
    with serving({"/": html('<a href="/a">a</a>'), "/a": html("a")}) as site:
        crawl(replace(source(site), pace=Pace(0.15)), tmp_path, limits=QUICK)
        times = [seen.at for seen in site.seen]
    assert times[-1] - times[0] > 0.4
