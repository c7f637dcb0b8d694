"""Feeds that lead on, patterns that are learnt, and traps that end."""

from __future__ import annotations

from pathlib import Path

import pytest

from fetchers.discover import Caps
from fetchers.reading import described
from fetchers.shapes import Shapes, shape
from fetchers.sitemap import read_feed
from fetchers.urls import clean_url
from parsers.page import read_page
from parsers.vacancy import says_nothing
from tests.crawling import paths, run
from tests.directories import entry
from tests.servers import Answer, Script, html, serving

BASE = "https://guide.example"
ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><link href="{BASE}/"/><link rel="self" href="{BASE}/feed"/>
<entry><link rel="alternate" href="{BASE}/a"/><link rel="enclosure" href="{BASE}/a.mp3"/></entry>
<entry><link href="{BASE}/b"/></entry></feed>"""
RSS = f"<rss version='2.0'><channel><link>{BASE}/</link><item><link> {BASE}/a </link></item><item><link>{BASE}/b</link></item></channel></rss>"
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><link>{BASE}/</link>
</channel><item><link>{BASE}/a</link></item><item><link>{BASE}/b</link></item></rdf:RDF>"""


@pytest.mark.parametrize("feed", [ATOM, RSS, RDF])
def test_feeds_name_pages(feed: str) -> None:
    assert read_feed(feed.encode()) == (f"{BASE}/a", f"{BASE}/b")
    assert read_feed(feed.encode()[:-25])[:1] == (f"{BASE}/a",)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"<html><p>no feed</p></html>", b"\xff\xfe\x00"])
def test_what_is_no_feed_names_none(body: bytes) -> None:
    assert read_feed(body) == ()


def test_pages_that_only_a_feed_names_are_found(tmp_path: Path) -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/news.rss"><link rel=alternate hreflang=fr href="/fr/">'
    )
    with serving({"/": html(head), "/a": html("a"), "/fr/": html("fr")}) as site:
        feed = RSS.replace(BASE, site.base).encode()
        site.answers["/news.rss"] = Answer(feed, headers={"Content-Type": "application/rss+xml"})
        found = run(site, tmp_path)
        assert paths(tmp_path, site, found) == ["/", "/a"]
        assert "/fr/" not in site.paths
    assert [failure.url.removeprefix(site.base) for failure in found.failures] == ["/b"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "/"),
        ("/anchor/", "/*/"),
        ("/houses/anchor", "/houses/*"),
        ("/houses/anchor-2/", "/houses/*/"),
        ("/node/17", "/node/0"),
        ("/2026/05/", "/0/0/"),
        ("/find?town=Gent&page=3", "/*?page&town"),
    ],
)
def test_shapes(path: str, kind: str) -> None:
    assert shape(BASE + path) == kind


def test_a_pattern_is_given_up_after_pages_that_bring_nothing_new() -> None:
    shapes = Shapes(barren=3)

    def note(path: str, text: str, listing: bool = False, led_on: bool = False) -> bool:
        page = read_page(f"<main><p>{text}</p></main>".encode(), BASE + path, "text/html")
        shapes.note(described(page, listing), led_on)
        return shapes.is_barren(shape(BASE + path))

    assert [note(f"/2026/{n}/", f"May {n}: nothing") for n in range(1, 5)] == [False, False, False, True]
    assert [note(f"/node/{n}", f"story number {'x' * n}") for n in range(1, 9)] == [False] * 8
    assert [note(f"/item/{n}", "same", listing=True) for n in range(9)] == [False] * 9
    assert [note(f"/list?page={n}", "same", led_on=True) for n in range(9)] == [False] * 9
    assert [note(f"/{'x' * n}/", "same") for n in range(9)] == [False] * 9
    assert not note("/2026/5/", "June 5: market")


class Endless(dict[str, Answer | Script]):
    """A site with a page at every address of a calendar, each with a link to the next."""

    def get(self, key: str, default: Answer | Script) -> Answer | Script:  # type: ignore[override]
        if not key.startswith("/calendar/"):
            return super().get(key, default)
        month = int(key.split("/")[2])
        text = f'<main><h1>Month {month}</h1><p>No events.</p><a href="/calendar/{month + 1}/">next</a></main>'
        return html(text)


def test_a_calendar_ends_and_it_is_told(tmp_path: Path) -> None:
    with serving({"/": html('<a href="/calendar/1/">c</a><a href="/anchor/">a</a>')}) as site:
        site.answers["/anchor/"] = html(entry("anchor", "+32 2 555 01 00", "none"))
        site.answers = Endless(site.answers)
        found = run(site, tmp_path, caps=Caps(barren=10))
        assert "/anchor/" in paths(tmp_path, site, found)
    assert found.capped == ("addresses like /calendar/0/ bring nothing new: 1 left out",)
    assert found.pages == 13


def test_requests_are_spent_where_listings_are(tmp_path: Path) -> None:
    with serving() as site:
        news = {f"/news/{'n' * n}/": html(f"<main><p>News {'n' * n}.</p></main>") for n in range(1, 20)}
        houses = {f"/houses/{'h' * n}/": html(entry("h" * n, f"+32 2 555 01 {n:02}", "none")) for n in range(1, 20)}
        site.answers |= {
            "/": html("".join(f'<a href="{path}">{path}</a>' for path in (*news, *houses))),
            **news,
            **houses,
        }
        found = run(site, tmp_path, limit=15)
        got = paths(tmp_path, site, found)
    assert sum(path.startswith("/news/") for path in got) == 5
    assert sum(path.startswith("/houses/") for path in got) == 9


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<title>Page not found | Guide</title><main><p>Sorry.</p></main>", "soft-404"),
        ("<title>Guide</title><main><h1>404</h1><p>Nothing here.</p></main>", "soft-404"),
        ("<main><h1>Oops! That page can’t be found.</h1></main>", "soft-404"),
        ("<title>Seite nicht gefunden – Wegweiser</title><main><p>Leider.</p></main>", "soft-404"),
        ("<title>Страница не найдена</title><main><p>Увы.</p></main>", "soft-404"),
        ("<main><h1>Members</h1><form><input name=u><input type='password' name=p></form></main>", "login"),
        ("<title>Not found: a history</title><main><p>What is lost.</p></main>", None),
        (f"<title>Page not found</title><main><p>{'A long story. ' * 200}</p></main>", None),
        (f"<form><input type=password></form><main><p>{'An article. ' * 200}</p></main>", None),
        ("<title>Room 404</title><main><h1>Room 404</h1><p>A café.</p></main>", None),
    ],
)
def test_pages_that_hold_nothing(body: str, kind: str | None) -> None:
    page = read_page(body.encode(), f"{BASE}/", "text/html; charset=utf-8")
    said = says_nothing(page, body.encode())
    assert (said[0] if said else None) == kind


def test_a_listing_with_a_log_in_beside_it_is_one(tmp_path: Path) -> None:
    box = "<form><input type=password></form>"
    with serving({"/": html('<a href="/anchor/">a</a>')}) as site:
        site.answers["/anchor/"] = html(box + entry("anchor", "+32 2 555 01 00", "none"))
        found = run(site, tmp_path)
        assert "/anchor/" in paths(tmp_path, site, found)
    assert found.failures == ()


def test_session_ids_in_the_path_are_none_of_it() -> None:
    assert clean_url(f"{BASE}/a;jsessionid=8F3A?x=1") == f"{BASE}/a?x=1"
    assert clean_url(f"{BASE}/a;v=1/b") == f"{BASE}/a;v=1/b"
