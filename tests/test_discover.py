"""Which addresses are fetched: spelling, scope, sitemaps, and the order of the frontier."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetchers.candidate import Candidate
from fetchers.discover import Caps, Frontier
from fetchers.message import UndecodableError
from fetchers.reading import described
from fetchers.sitemap import read_sitemap
from fetchers.urls import Scope, clean_url, is_page_url, url_key
from parsers.page import read_page

BASE = "https://guide.example"


@pytest.mark.parametrize(
    ("href", "cleaned"),
    [
        ("https://Guide.Example/About#team", f"{BASE}/About"),
        ("https://guide.example", f"{BASE}/"),
        ("https://guide.example:443/a", f"{BASE}/a"),
        ("http://guide.example:8080/a", "http://guide.example:8080/a"),
        ("https://user:secret@guide.example/a", f"{BASE}/a"),
        (f"{BASE}/a?utm_source=x&b=2&fbclid=y&a=1&UTM_medium=z", f"{BASE}/a?b=2&a=1"),
        (f"{BASE}/a?contact", f"{BASE}/a?contact"),
        (f"{BASE}/a/?id=", f"{BASE}/a/?id="),
        (f"{BASE}/a b/é", f"{BASE}/a%20b/%C3%A9"),
        (f"  {BASE}/a\n", f"{BASE}/a"),
        ("mailto:help@guide.example", None),
        ("tel:+3225550100", None),
        ("javascript:void(0)", None),
        ("ftp://guide.example/a", None),
        ("https://", None),
        ("http://[::1/a", None),
        ("http://guide.example:port/a", None),
    ],
)
def test_clean_url(href: str, cleaned: str | None) -> None:
    assert clean_url(href) == cleaned


@pytest.mark.parametrize("port", ["", ":80", ":443", ":8080", ":59999", ":65536"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@given(
    host=st.sampled_from(
        [
            "guide.example",
            "a.b.c",
            "127.0.0.1",
            "0x7f.1",
            "-a.b-",
            "xn--bcher-kva.example",
            "256.1.1.1",
            "c." * 200 + "d",
        ]
    ),
    path=st.text("a0-_.~/Zp", max_size=12),
)
def test_a_plain_address_is_spelled_as_w3lib_has_it(scheme: str, host: str, port: str, path: str) -> None:
    url = f"{scheme}://{host}{port}/{path}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fetchers.urls._PLAIN", re.compile("(?!)"))
        cleaned = clean_url(url)
        key = url_key(cleaned) if cleaned else None
    assert clean_url(url) == cleaned
    assert cleaned is None or url_key(cleaned) == key


@given(st.text(max_size=60))
@settings(deadline=None, derandomize=True)
def test_clean_url_takes_anything_and_is_settled_at_once(text: str) -> None:
    for href in (text, f"https://guide.example/{text}", f"https://guide.example/?{text}"):
        cleaned = clean_url(href)
        if cleaned is not None:
            assert clean_url(cleaned) == cleaned
            assert "#" not in cleaned
            assert cleaned.isascii()
            url_key(cleaned)
            is_page_url(cleaned)


PAGES = "/ /a /a.html /a.php?id=3 /a.aspx /guide.txt /feedback/ /atomium/ /a?services=1 /2020/01/01/a/ /administration/"
MORE_PAGES = "/news/feeding-families/ /search-and-rescue/ /print/ /v1.2/ /?p=3 /registration/ /1/1/1/"


@pytest.mark.parametrize("path", f"{PAGES} {MORE_PAGES}".split())
def test_may_be_a_page(path: str) -> None:
    assert is_page_url(BASE + path)


ASSETS = "/a.css /a.JPG /a.pdf?download=1 /feed/ /a/feed /a/feed/atom/ /wp-json/wp/v2/posts /wp-admin/ /xmlrpc.php"
SERVICES = "/?s=help /a/?replytocom=3#respond /?feed=rss2 /a?print=1 /wp-login.php?redirect_to=x /a/b/a/b/a/b/"


@pytest.mark.parametrize("path", [*f"{ASSETS} {SERVICES}".split(), "/" + "a" * 2000])
def test_is_no_page(path: str) -> None:
    assert not is_page_url(BASE + path)


@pytest.mark.parametrize(
    ("start", "url", "own"),
    [
        ("/", "/a", "/a"),
        ("/", "http://guide.example/a", "/a"),
        ("/", "https://www.guide.example/a", "/a"),
        ("/", "https://other.example/a", None),
        ("/", "https://guide.example.evil.example/a", None),
        ("/", "https://guide.example:8443/a", None),
        ("/list/", "/list/a", "/list/a"),
        ("/list/", "/other", None),
        ("/list/", "/list", None),
        ("/list/index.html", "/list/a", "/list/a"),
        ("/list/index.html", "/a", None),
        ("/list", "/list/a", "/list/a"),
        ("/list", "/list?page=2", "/list?page=2"),
        ("/list", "/listing", None),
    ],
)
def test_scope(start: str, url: str, own: str | None) -> None:
    scope = Scope.of(BASE + start)
    assert scope.within(url if "://" in url else BASE + url) == (None if own is None else BASE + own)


def test_scope_with_another_name() -> None:
    scope = Scope.of("http://copy.localhost/").also(BASE)
    assert scope.within(f"{BASE}/a") == "http://copy.localhost/a"


def sitemap(*pages: str, kind: str = "url") -> bytes:
    locs = "".join(f"<{kind}><loc> {page} </loc><lastmod>2026-01-01</lastmod></{kind}>" for page in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><{kind}set xmlns="{space}">{locs}</{kind}set>'.encode()


def test_sitemap() -> None:
    body = sitemap(f"{BASE}/b", f"{BASE}/a?x=1&amp;y=2")
    assert read_sitemap(body).pages == (f"{BASE}/b", f"{BASE}/a?x=1&y=2")
    assert read_sitemap(b"\n" + body).pages == read_sitemap(body).pages
    assert read_sitemap(gzip.compress(body)) == read_sitemap(body)


def test_sitemap_index() -> None:
    found = read_sitemap(sitemap(f"{BASE}/posts.xml", kind="sitemap"))
    assert (found.pages, found.sitemaps) == ((), (f"{BASE}/posts.xml",))


def test_sitemap_of_images_names_pages_only() -> None:
    body = sitemap(f"{BASE}/a").replace(
        b"</url>", b'<i:image xmlns:i="x"><i:loc>https://guide.example/a.png</i:loc></i:image></url>'
    )
    assert read_sitemap(body).pages == (f"{BASE}/a",)


def test_sitemap_as_text() -> None:
    assert read_sitemap(f"\ufeff{BASE}/a\r\n\r\nnot a link\n{BASE}/b\n".encode()).pages == (f"{BASE}/a", f"{BASE}/b")


def test_damaged_sitemap_is_read_up_to_the_damage() -> None:
    found = read_sitemap(sitemap(f"{BASE}/a", f"{BASE}/b")[:-20])
    assert f"{BASE}/a" in found.pages
    assert found.damage
    with pytest.raises(UndecodableError):
        read_sitemap(gzip.compress(sitemap(f"{BASE}/a"))[:-12])


def test_sitemap_that_is_a_bomb() -> None:
    lines = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    found = read_sitemap(
        f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{lines}]><urlset><url><loc>&a9;</loc></url></urlset>'.encode()
    )
    assert found.damage
    assert found.pages == ()


@given(st.binary(max_size=200))
@settings(deadline=None, derandomize=True)
def test_sitemap_takes_anything(body: bytes) -> None:
    try:
        read_sitemap(b"<urlset>" + body)
        read_sitemap(body)
    except UndecodableError:
        assert body.startswith(b"\x1f\x8b")


def frontier(caps: Caps | None = None) -> Frontier:
    made = Frontier(Scope.of(f"{BASE}/"), caps or Caps())
    made.seen(f"{BASE}/")
    return made


def taken(known: Frontier, count: int) -> list[Candidate]:
    """The next candidates, at most `count`, host by host."""
    found = (known.next(host) for host in list(known.hosts) for _ in range(count))
    return [candidate for candidate in found if candidate][:count]


def add(
    to: Frontier, body: str, url: str = f"{BASE}/", candidate: Candidate | None = None, robots: tuple[str, ...] = ()
) -> list[str]:
    to.add_page(candidate or Candidate(url), described(read_page(body.encode(), url, "text/html")), robots)
    return [urlsplit(found.url)._replace(scheme="", netloc="").geturl() for found in taken(to, 1000)]


def test_links_are_taken_once_and_in_order() -> None:
    body = '<a href="/c">c</a><a href="/b?y=1&x=2">b</a><a href="/c#team">c</a><a href="b?x=2&y=1">b</a><a href="/">home</a>'
    assert add(frontier(), body) == ["/c", "/b?y=1&x=2"]


@pytest.mark.parametrize("rel", ["nofollow", "noopener nofollow", "alternate", "shortlink", "NoFollow"])
def test_links_not_to_follow(rel: str) -> None:
    assert add(frontier(), f'<a href="/a" rel="{rel}">a</a><a href="/b">b</a>') == ["/b"]


@pytest.mark.parametrize(("meta", "tag"), [("nofollow", ""), ("NONE", ""), ("", "nofollow"), ("noindex, nofollow", "")])
def test_pages_whose_links_are_not_to_follow(meta: str, tag: str) -> None:
    body = f'<meta name="robots" content="{meta}"><a href="/a">a</a>'
    assert add(frontier(), body, robots=(tag,)) == []


def test_pages_that_are_not_to_index_are_followed() -> None:
    assert add(frontier(), '<meta name="robots" content="noindex"><a href="/a">a</a>') == ["/a"]


def test_canonical_address_is_a_candidate() -> None:
    assert add(frontier(), '<link rel="canonical" href="/a/">', f"{BASE}/?x=1") == ["/a/"]


def test_shortlinks_are_not_asked() -> None:
    known = frontier()
    known.add(f"{BASE}/?p=3", None, "L")
    assert add(known, "<link rel=shortlink href='/?p=3'><a href='/?p=4'>other</a>", f"{BASE}/a/") == ["/?p=4"]


def test_redirects() -> None:
    known = frontier()
    asked = Candidate(f"{BASE}/old", via=f"{BASE}/", hops="L")
    assert known.redirect(asked, "/new") is None
    (found,) = taken(known, 9)
    assert (found.url, found.via, found.hops, found.chain) == (f"{BASE}/new", f"{BASE}/old", "LR", (f"{BASE}/old",))
    assert known.redirect(Candidate(f"{BASE}/older"), "/new") is None
    assert len(known) == 0
    for location, kind in [
        ("/old", "redirect-loop"),
        ("https://other.example/", "off-site"),
        ("/wp-login.php", "off-site"),
    ]:
        failure = known.redirect(replace(found, url=f"{BASE}/new"), location)
        assert failure is not None
        assert (failure.url, failure.kind) == (f"{BASE}/old", kind)


def test_a_chain_of_redirects_ends() -> None:
    known, asked, failure = frontier(), Candidate(f"{BASE}/0"), None
    for n in range(1, 100):
        failure = known.redirect(asked, f"/{n}")
        if failure:
            break
        (asked,) = taken(known, 1)
    assert failure is not None
    assert failure.kind == "redirect-loop"
    assert n == 11


def test_caps_are_told() -> None:
    body = "".join(f'<a href="/{n}">{n}</a>' for n in range(1, 9))
    known = frontier(Caps(pages=5))
    assert len(add(known, body)) == 4
    assert known.capped == ("more than 5 addresses: 4 left out",)


def test_turning_pages_is_not_depth() -> None:
    known, page = frontier(Caps(depth=2, steps=50)), Candidate(f"{BASE}/list?page=1", depth=1)
    for n in range(2, 40):
        known.add(f"{BASE}/list?page={n}", page, "L")
        (page,) = taken(known, 1)
    assert (page.depth, page.steps) == (1, 38)
    for n in range(40, 60):
        known.add(f"{BASE}/list?page={n}", page, "L")
        page = next(iter(taken(known, 1)), page)
    assert known.capped == ("more than 50 pages of one list: 8 left out",)


def test_endless_nesting_ends() -> None:
    known, page = frontier(Caps(depth=5)), Candidate(f"{BASE}/")
    for letter in "abcdefgh":
        known.add(f"{page.url}{letter}/", page, "L")
        page = next(iter(taken(known, 1)), page)
    assert known.capped == ("more than 5 links from the start: 3 left out",)


def test_filters_that_combine_end() -> None:
    known = frontier(Caps(parameters=10))
    for n in range(30):
        known.add(f"{BASE}/find?sort={n}&view=a", None, "L")
        known.add(f"{BASE}/show?id={n}", None, "L")
    assert len(taken(known, 100)) == 40
    assert known.capped == ("/find?sort=&view= in too many combinations: 20 left out",)


def test_a_link_that_was_out_of_scope_is_taken_up_when_the_scope_has_grown() -> None:
    made = Frontier(Scope.of(f"{BASE}/"))
    link = "https://elsewhere.example/house/1"
    assert made.add(link, None, "L") is None and made.add(link, None, "L") is None
    made.scope = made.scope.also("https://elsewhere.example")
    assert made.add(link, None, "L") is not None
    assert made.add(link, None, "L") is None
