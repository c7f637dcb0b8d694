"""robots.txt by RFC 9309, on its own examples and edges."""

from __future__ import annotations

import pytest

from fetchers.robots import SIZE_LIMIT, Robots, robots_tag, robots_url


def rules(text: str) -> Robots:
    return Robots.from_response(200, text.encode())


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a", "/ab", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /A", "/a", True),
        # Section 2.2.1: the group of our own token, in any case, outweighs the one for all.
        ("User-agent: *\nDisallow: /\n\nUser-agent: Listings\nAllow: /", "/a", True),
        ("User-agent: listings\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        # Section 2.2.2: the most specific rule wins, Allow where two are equal.
        ("User-agent: *\nAllow: /a/page\nDisallow: /a", "/a/page", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/page", "/a/page", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        # Section 2.2.3: special characters.
        ("User-agent: *\nDisallow: /*.php$", "/a.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a.php?b", True),
        ("User-agent: *\nDisallow: /a # comment", "/a", False),
        ("User-agent: *\nDisallow: /ä", "/%C3%A4", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("<!doctype html><p>Not found</p>", "/a", True),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:
    assert rules(text).allows(f"https://guide.example{path}") is allowed


@pytest.mark.parametrize(
    ("status", "allowed"), [(200, True), (204, True), (401, True), (404, True), (500, False), (503, False)]
)
def test_status_decides_where_there_is_no_file(status: int, allowed: bool) -> None:
    assert Robots.from_response(status, b"").allows("https://guide.example/") is allowed


def test_only_so_much_is_read() -> None:
    padding = "# \n" * (SIZE_LIMIT // 3 + 1)
    assert rules(f"{padding}User-agent: *\nDisallow: /").allows("https://guide.example/")
    assert not rules(f"User-agent: *\nDisallow: /\n{padding}").allows("https://guide.example/")


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nDisallow:", 0.0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nRequest-rate: 1/10", 10.0),
        ("User-agent: *\nCrawl-delay: 9\n\nUser-agent: listings\nCrawl-delay: 3", 3.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
    ],
)
def test_delay(text: str, delay: float) -> None:
    assert rules(text).delay == delay


def test_sitemaps() -> None:
    text = "Sitemap: https://guide.example/b.xml\nUser-agent: *\nDisallow: /\nSitemap: https://guide.example/a.xml"
    assert rules(text).sitemaps == ("https://guide.example/b.xml", "https://guide.example/a.xml")


def test_is_at_the_root_of_the_origin() -> None:
    assert robots_url("https://guide.example:8443/a/b?c") == "https://guide.example:8443/robots.txt"


@pytest.mark.parametrize(
    ("value", "directives"),
    [
        ("noindex, NoFollow", ("noindex", "nofollow")),
        ("listings: nofollow", ("nofollow",)),
        ("otherbot: noindex, nofollow", ()),
        ("otherbot: noindex, Listings: nofollow, noarchive", ("nofollow", "noarchive")),
        ("noarchive, otherbot: nofollow", ("noarchive",)),
        ("max-snippet: 20, nofollow", ("max-snippet: 20", "nofollow")),
        (
            "unavailable_after: Sat, 25-Jun-2033 15:00:00 GMT, nofollow",
            ("unavailable_after: sat", "25-jun-2033 15:00:00 gmt", "nofollow"),
        ),
    ],
)
def test_x_robots_tag(value: str, directives: tuple[str, ...]) -> None:
    assert robots_tag(value) == directives
