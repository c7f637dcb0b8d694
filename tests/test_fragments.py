"""What is remembered of other pages saves time, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from benchmarks.pages import page
from parsers.fragments import Fragments
from parsers.lines import LineWriter
from parsers.model import Link
from parsers.walk import walk

ROOT = Path(__file__).parent.parent
PAGES = [
    file.read_bytes()
    for folder in ("tests/pages", "examples/directory/site")
    for file in sorted((ROOT / folder).rglob("*.html"))
]
PIECES = [
    "<nav><ul><li><a href='/a/'>Home</a><li><a href='#here'>Here</a><li><a href='b.html'>Below</a></ul></nav>",
    "<aside id=side><h2>Office</h2><p>Tel: 020 7946 0100<br>Fax</p><hr><form><label>Name</label><input></form></aside>",
    "<div><table><tr><th>Town</th><td rowspan=2>Oldhaven</td></tr><tr><td>More</td></tr></table></div>",
    "<footer class=site-footer>\n <pre>two\nlines</pre> <span data-cfemail='42'>x</span><b> Bold </b><i></i></footer>",
    "<p><b>Country:</b> France</p>",
    "<input><p>Name</p>",
    "words <div>inside <a name=anchor>anchored</a></div> and after",
]


def read(html: str | bytes, url: str, kept: Fragments) -> tuple[object, ...]:
    body = LexborHTMLParser(html).body
    assert body is not None
    links: list[Link] = []
    writer: LineWriter = walk(body, url, links, kept)
    return writer.blocks, links, writer.anchors, writer.rules, writer.text(), writer.tables


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6), min_size=2, max_size=8), st.booleans())
def test_pages_made_of_the_same_parts_read_as_they_do_alone(pages: list[list[str]], deep: bool) -> None:
    kept = Fragments()
    for n, parts in enumerate(pages):
        html = "<body>" + "".join(f"<section>{part}</section>" if deep else part for part in parts)
        url = f"https://directory.example/{n % 3}/"
        assert read(html, url, kept) == read(html, url, Fragments())


def test_recorded_pages_read_as_they_do_alone() -> None:
    kept = Fragments()
    for _ in range(2):
        for n, html in enumerate(PAGES):
            url = f"https://directory.example/{n}/"
            assert read(html, url, kept) == read(html, url, Fragments())


@pytest.mark.parametrize("url", ["https://directory.example/{}/", "http://[broken/{}", "file:///pages/{}.html"])
def test_what_a_template_prints_is_walked_once(url: str) -> None:
    kept = Fragments()
    walked = [read(page(n, 100), url.format(n), kept) for n in range(3)]
    assert walked == [read(page(n, 100), url.format(n), Fragments()) for n in range(3)]
    blocks = [of_page[0] for of_page in walked]
    assert isinstance(blocks[1], list) and isinstance(blocks[2], list)
    # the menu stands first: its lines need not even be moved
    assert sum(a is b for a, b in zip(blocks[1], blocks[2], strict=False)) > 40
