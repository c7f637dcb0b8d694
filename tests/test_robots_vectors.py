"""robots.txt, vector by vector: what RFC 9309 says, and where protego alone would say otherwise (docs/fetching.md lists it)."""

from __future__ import annotations

import pytest
from protego import Protego

from fetchers.robots import SLOWEST, Robots

LONG = "a" * 5000

VECTORS: dict[str, tuple[str, str, bool]] = {
    # Section 2.2.1: groups and names.
    "groups of one name are one": (
        "User-agent: listings\nDisallow: /a\n\nUser-agent: listings\nDisallow: /b",
        "/b",
        False,
    ),
    "several names, one group": ("User-agent: other\nUser-agent: listings\nDisallow: /a", "/a", False),
    "a name in any case": ("USER-AGENT: LiStInGs\nDisallow: /a", "/a", False),
    "a name with a version": ("User-agent: listings/1.0\nDisallow: /a", "/a", False),
    "a name with words after it": ("User-agent: listings crawler\nDisallow: /a", "/a", False),
    "a shorter name is another's": ("User-agent: list\nDisallow: /a", "/a", True),
    "a longer name is another's": ("User-agent: listingsbot\nDisallow: /a", "/a", True),
    "our own group replaces the one for all": (
        "User-agent: *\nDisallow: /\n\nUser-agent: listings\nDisallow: /b",
        "/a",
        True,
    ),
    "our own group may be empty": ("User-agent: *\nDisallow: /\n\nUser-agent: listings\nDisallow:", "/a", True),
    "our own group may lack rules": ("User-agent: *\nDisallow: /\n\nUser-agent: listings\n", "/a", True),
    "words after the star": ("User-agent: * everyone\nDisallow: /a", "/a", False),
    "rules before any group": ("Disallow: /\nUser-agent: other\nDisallow:", "/a", True),
    "blank lines end no group": ("User-agent: *\n\n\nDisallow: /a", "/a", False),
    "comments end no group": ("User-agent: *\n# all of you\nDisallow: /a", "/a", False),
    # Section 2.2.4: other lines.
    "a sitemap ends no group": (
        "User-agent: listings\nSitemap: https://guide.example/s.xml\nDisallow: /a",
        "/a",
        False,
    ),
    "unknown lines end no names": ("User-agent: listings\nRemark: 1\nUser-agent: other\nDisallow: /a", "/a", False),
    "a delay ends the names": ("User-agent: listings\nCrawl-delay: 1\nUser-agent: other\nDisallow: /a", "/a", True),
    "noindex is no rule": ("User-agent: *\nNoindex: /a", "/a", True),
    # Section 2.2: form.
    "carriage returns and line feeds": ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
    "carriage returns alone": ("User-agent: *\rDisallow: /a\r", "/a", False),
    "blanks everywhere": ("  User-agent :  *  \n  Disallow :  /a  ", "/a", False),
    "a comment behind a rule": ("User-agent: *\nDisallow: /a#b", "/a", False),
    "a comment behind a name": ("User-agent: * # all\nDisallow: /a", "/a", False),
    "NUL bytes": ("User-agent: *\n\0\nDisallow: /a", "/a", False),
    "markup before the rules": ("<html>\nUser-agent: *\nDisallow: /a", "/a", False),
    "a long path": (f"User-agent: *\nDisallow: /{LONG}", f"/{LONG}b", False),
    "a long line of another kind": (f"Remark: {LONG * 4}\nUser-agent: *\nDisallow: /a", "/a", False),
    "a long name": (f"User-agent: {LONG}\nDisallow: /\nUser-agent: *\nDisallow: /a", "/b", True),
    # Section 2.2.2: which rule counts.
    "the longer rule wins": ("User-agent: *\nDisallow: /a/\nAllow: /a/b", "/a/b/c", True),
    "the longer rule wins in any order": ("User-agent: *\nAllow: /a/b\nDisallow: /a/", "/a/b/c", True),
    "length counts wildcards": ("User-agent: *\nAllow: /a/b\nDisallow: /a/*.html", "/a/b.html", False),
    "of two equal rules, allow": ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
    "an empty allow is none": ("User-agent: *\nAllow:\nDisallow: /a", "/a", False),
    "the root alone": ("User-agent: *\nDisallow: /\nAllow: /$", "/", True),
    "the root alone, and no more": ("User-agent: *\nDisallow: /\nAllow: /$", "/a", False),
    "robots.txt itself is open": ("User-agent: *\nDisallow: /", "/robots.txt", True),
    "prefixes": ("User-agent: *\nDisallow: /fish", "/fish.html", False),
    "a folder is not its name": ("User-agent: *\nDisallow: /fish/", "/fish", True),
    "paths have their case": ("User-agent: *\nDisallow: /Fish", "/fish", True),
    "parameters": ("User-agent: *\nDisallow: /a?x=1", "/a?x=1&y=2", False),
    "parameters of the path": ("User-agent: *\nDisallow: /a;x", "/a;x=1", False),
    "fragments do not count": ("User-agent: *\nDisallow: /a", "/a#b", False),
    "double slashes": ("User-agent: *\nDisallow: //a", "//a", False),
    # Section 2.2.3: special characters.
    "a star within": ("User-agent: *\nDisallow: /a*z", "/abcz/d", False),
    "a star at the start": ("User-agent: *\nDisallow: *.gif$", "/x.gif", False),
    "a star alone": ("User-agent: *\nDisallow: *", "/a", False),
    "several stars": ("User-agent: *\nDisallow: /*/*/x", "/a/b/x", False),
    "a star matches nothing, too": ("User-agent: *\nDisallow: /a*b", "/ab", False),
    "the end": ("User-agent: *\nDisallow: /a$", "/a", False),
    "the end, and not more": ("User-agent: *\nDisallow: /a$", "/ab", True),
    "a dollar within is one": ("User-agent: *\nDisallow: /a$b", "/a$b", False),
    "a dollar that is meant": ("User-agent: *\nDisallow: /a%24", "/a$", False),
    "a star that is meant": ("User-agent: *\nDisallow: /a%2A", "/a*", False),
    "a star that is meant is no other": ("User-agent: *\nDisallow: /a%2Ab", "/axb", True),
    "a question mark": ("User-agent: *\nDisallow: /*?", "/a?b", False),
    # Section 2.2.2: percent-encoding.
    "hex in any case": ("User-agent: *\nDisallow: /%c3%a4", "/%C3%A4", False),
    "letters written out": ("User-agent: *\nDisallow: /ä", "/%C3%A4", False),
    "letters in the address": ("User-agent: *\nDisallow: /%C3%A4", "/ä", False),
    "plain letters encoded": ("User-agent: *\nDisallow: /%61", "/a", False),
    "plain letters encoded in the address": ("User-agent: *\nDisallow: /a", "/%61", False),
    "an encoded slash is none": ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
    "an encoded slash is itself": ("User-agent: *\nDisallow: /a%2fb", "/a%2Fb", False),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name: str) -> None:
    text, path, allowed = VECTORS[name]
    assert Robots.from_response(200, text.encode()).allows(f"https://guide.example{path}") is allowed


@pytest.mark.parametrize("mark", ["\ufeff".encode(), b""])
def test_a_byte_order_mark_is_no_text(mark: bytes) -> None:
    assert not Robots.from_response(200, mark + b"User-agent: *\nDisallow: /a").allows("https://guide.example/a")


def test_protego_alone_misses_these() -> None:
    """Where this changes, docs/fetching.md and what stands before protego (`fetchers.robots`) can be shorter."""
    missed = {
        name
        for name, (text, path, allowed) in VECTORS.items()
        if Protego.parse(text).can_fetch(f"https://guide.example{path}", "listings") is not allowed
    }
    assert missed == {
        "a name with a version",
        "a name with words after it",
        "a shorter name is another's",
        "unknown lines end no names",
        "words after the star",
    }


@pytest.mark.parametrize("line", ["Disallow /a", "Disalow: /a"])
def test_where_protego_is_stricter_than_the_standard_it_stays_so(line: str) -> None:
    assert not Robots(f"User-agent: *\n{line}").allows("https://guide.example/a")


@pytest.mark.parametrize("delay", ["nan", "inf", "-5", "2,5", "ten"])
def test_a_delay_that_is_none(delay: str) -> None:
    assert Robots.from_response(200, f"User-agent: *\nCrawl-delay: {delay}".encode()).delay == 0


def test_a_delay_that_no_crawl_can_wait_for_closes_the_site() -> None:
    rules = Robots.from_response(200, f"User-agent: *\nCrawl-delay: {SLOWEST + 1}".encode())
    assert not rules.allows("https://guide.example/")
    assert "seconds" not in (rules.refused or "") and "601 s" in (rules.refused or "")
