"""No page hangs, crashes or blows up the parser: each of these gives a listing or a problem, in time that grows with its length.

Time is compared within one run: a page four times as long may take some ten times as long, and not sixteen.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import pytest

from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.nesting import MAX_DEPTH, tame
from parsers.page import MAX_CHARACTERS, read_page
from parsers.record import record
from parsers.site import count, learn
from parsers.walk import MAX_LINES
from sources.source import Source

SOURCE = Source("harbour", "https://harbour.example/", country="BE")
URL = "https://harbour.example/1"
TOP = "<main><h1>Harbour House</h1><p><b>Country:</b> Belgium</p><p><b>Languages:</b> English</p><p><b>Reach:</b> Local</p>"


def read(html: str | bytes, kind: str | None = "text/html; charset=utf-8") -> tuple[Page, list[Listing]]:
    """The whole path of a page: lines, what its site teaches, listings, and each as JSON."""
    page = read_page(html.encode("utf-8", "surrogatepass") if isinstance(html, str) else html, URL, kind)
    listings = parse(page, SOURCE, learn(count([page])))
    for listing in listings:
        json.dumps(record(listing))
        for field in listing.fields:
            assert listing.text[field.label_start : field.label_end] == field.label
            assert all(listing.text[line.start : line.end] == line.text for line in field.lines)
        for passage in listing.passages:
            assert 0 <= passage.start < passage.end <= len(listing.text)
        assert 0 <= listing.accounted <= 1
    return page, listings


GROWING: dict[str, tuple[int, Callable[[int], str]]] = {
    "nested elements": (2000, lambda n: TOP + "<div>" * n + "x" + "</div>" * n),
    "open formatting": (2000, lambda n: TOP + "<p><font>" * n + "x"),
    "open links": (2000, lambda n: TOP + "<a href=x>" * n + "x"),
    "nested tables": (1000, lambda n: TOP + "<table><tr><td>" * n + "x"),
    "attributes": (4000, lambda n: TOP + "<p " + " ".join(f"a{i}=1" for i in range(n)) + ">x"),
    "line breaks": (1000, lambda n: TOP + "x<br>" * n),
    "list items": (800, lambda n: TOP + "<ul>" + "<li>one two" * n),
    "unclosed lists": (1000, lambda n: TOP + "<ul><li>a" * n),
    "bold labels": (400, lambda n: TOP + "".join(f"<p><b>Label {i}:</b> v{i}</p>" for i in range(n))),
    "terms": (400, lambda n: TOP + "<dl>" + "".join(f"<dt>Label {i}<dd>v{i}" for i in range(n)) + "</dl>"),
    "rows": (1000, lambda n: TOP + "<table>" + "".join(f"<tr><th>Label {i}<td>v{i}" for i in range(n)) + "</table>"),
    "columns": (300, lambda n: TOP + "<table><tr>" + "".join(f"<td>Label {i}:<td>v" for i in range(n)) + "</table>"),
    "labels on a line": (200, lambda n: TOP + "<p>" + "Tel: 02 555 01 11 Fax: 02 555 01 12 " * n),
    "contacts": (120, lambda n: TOP + "<h3>Contact</h3><p>Phone: 02 555 01 11</p><p>Fax: 02 555 01 12</p>" * n),
    "cards": (120, lambda n: TOP + "".join(f"<div><h3>Org {i}</h3><p>Phone: 02 555 01 11</p></div>" for i in range(n))),
    "links": (500, lambda n: TOP + "".join(f"<p><a href=/p{i}>Name {i}</a></p>" for i in range(n))),
    "e-mails": (600, lambda n: TOP + "<p><b>Contact:</b> " + "".join(f"a{i}@x.example " for i in range(n))),
    "numbers": (500, lambda n: TOP + "<p><b>Contact:</b> " + "".join(f"02 555 {i % 90 + 10} 11, " for i in range(n))),
    "digits in brackets": (300, lambda n: TOP + "<p><b>Contact:</b> " + "(1) " * n),
    "brackets": (1000, lambda n: TOP + "<p><b>Services:</b> " + "(" * n),
    "blanks": (2000, lambda n: TOP + "<p><b>Contact:</b> x" + "&nbsp;" * n + "y"),
    "colons": (1000, lambda n: TOP + "<p>" + "x: " * n),
    "dashes": (200, lambda n: TOP + "<p><b>Name:</b> x" + " - y" * n),
    "titles": (600, lambda n: "<h1>Harbour</h1>" * n + TOP),
    "headings": (200, lambda n: TOP + "".join(f"<h2>Title {i}</h2><p>Text of it.</p>" for i in range(n))),
    "one long text": (1500, lambda n: TOP + "<p>" + "This is a sentence in English, and nothing else. " * n),
    "hidden panels": (600, lambda n: TOP + "<div class=x style='display:none'>y</div>" * n),
    "microdata": (300, lambda n: TOP + "<p itemscope itemtype='http://schema.org/NGO'><b itemprop=name>H</b></p>" * n),
    "JSON-LD": (3000, lambda n: TOP + "<script type='application/ld+json'>" + "[" * n + "</script>"),
    "entities": (4000, lambda n: TOP + "<p>" + "&amp;" * n + "&#99999999999;" * n),
    "questions": (800, lambda n: TOP + "<p>" + "Why? " * n),
}  # fmt: skip


@pytest.mark.parametrize("what", GROWING)
def test_time_grows_with_length(what: str) -> None:
    size, html = GROWING[what]
    read(html(size // 4))  # what is loaded at first use
    tries = [[_seconds(html(size * factor)) for factor in (1, 4)]]
    # What was read before this test may have been kept for the small page only: then both are measured again.
    while not _grows_evenly(*tries[-1]) and len(tries) < 3:
        tries.append([_seconds(html(size * factor)) for factor in (1, 4)])
    assert _grows_evenly(*tries[-1]), tries


def _seconds(page: str) -> float:
    start = time.process_time()
    _, listings = read(page)
    assert listings
    return time.process_time() - start


def _grows_evenly(small: float, large: float) -> bool:
    return large < 0.6 or large < 10 * small


def test_a_hundred_thousand_nested_elements() -> None:
    start = time.process_time()
    page, (listing,) = read(TOP + "<div>" * 100_000 + "deep" + "</div>" * 100_000)
    assert time.process_time() - start < 10
    assert "deep" in listing.text
    assert [problem.kind for problem in page.problems] == ["wild-markup"]


def test_ten_thousand_labels() -> None:
    _, (listing,) = read(TOP + "".join(f"<p><b>Label {i}:</b> v{i}</p>" for i in range(10_000)))
    assert len(listing.fields) == 10_003


def test_fifty_megabytes_are_cut_and_told() -> None:
    page = read_page((TOP + "<p>" + "ab " * 17_000_000).encode(), URL, "text/html")
    assert [problem.kind for problem in page.problems] == ["cut-page"]
    assert len(page.text) < MAX_CHARACTERS
    page = read_page(b"<p>x" * (MAX_LINES + 10), URL, "text/html")
    assert [problem.kind for problem in page.problems][-1] == "cut-page"
    assert len(page.blocks) <= MAX_LINES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"\x00" * 1000,
        b"%PDF-1.7 ...",
        b"\x89PNG\r\n\x1a\n",
        b"\x1f\x8b\x08\x00",
        b"PK\x03\x04",
        b"\xef\xbb\xbf",
        b"\xff\xfe<\x00p\x00>\x00x\x00",
        b"\xfe\xff\x00<\x00p",
        b"<",
        b"<!doctype",
        b"<p",
        b"</p></p>",
        b"<!--",
        b"<script>",
        b"<title>",
        b"<p>\xff\xfe\x80",
        "<p>\ud800".encode("utf-8", "surrogatepass"),
        b"<!DOCTYPE html [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b;",
        b"<p>&#0;&#x110000;&#xD800;&#99999999999999999999;&notanentity;",
    ],
)
def test_what_is_no_page_is_read_all_the_same(body: bytes) -> None:
    for kind in (None, "text/html", "text/html; charset=utf-16", "text/html; charset=nonsense", "text/plain"):
        page, listings = read(body, kind)
        assert listings == []
        assert page.blocks or not page.text


def test_a_page_cut_anywhere() -> None:
    whole = (
        TOP
        + '<table><tr><th>Phone</th><td>02 555 01 11</td></tr></table><p>A text &amp; more.</p><a href="/x">y</a></main>'
    ).encode()
    for end in range(len(whole)):
        read(whole[:end])


def test_bytes_turned_at_random() -> None:
    chance = random.Random(7)
    whole = (
        TOP + "<dl><dt>Contact<dd>Quay 1<br>1000 Brussels<br>a@x.example</dl><p>Ein Text über Häuser.</p>"
    ).encode()
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(chance.randrange(1, 12)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        read(bytes(body))


def test_markup_by_people_is_left_alone() -> None:
    html = TOP + "<table>" + "<tr><th>Label<td>value" * 3000 + "</table>"
    assert tame(html) == (html, 0)
    page, _ = read(html)
    assert len(page.blocks) > 6000


def test_tamed_markup_has_the_same_text() -> None:
    html = "<p>a<b>b" * 3000 + "<div>" * (MAX_DEPTH + 50) + "end"
    written, left_out = tame(html)
    assert left_out
    assert read_page(written.encode(), URL).text.replace("\n", "") == "ab" * 3000 + "end"
