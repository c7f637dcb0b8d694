"""Bytes to blocks: encodings, lines, tables, areas, hidden addresses, and places that hold."""

from __future__ import annotations

import pytest

from parsers.model import Page
from parsers.page import read_page

URL = "http://site.example/a/"


def read(html: str, encoding: str = "utf-8", content_type: str | None = None) -> Page:
    return read_page(html.encode(encoding), URL, content_type)


def texts(page: Page, area: str = "main") -> list[str]:
    return [block.text for block in page.blocks if block.area == area]


def test_lines_end_at_breaks_and_at_blocks() -> None:
    page = read("<p>one<br>two  \n three</p>four<div>five<p>six</p>seven</div>")
    assert texts(page) == ["one", "two three", "four", "five", "six", "seven"]
    assert [(b.path, b.line) for b in page.blocks[:2]] == [("html/body/p[1]", 0), ("html/body/p[1]", 1)]
    assert page.text == "one\ntwo three\nfour\nfive\nsix\nseven"


def test_every_block_stands_where_it_says() -> None:
    page = read("<h1> A </h1><table><tr><th>B<td>C <b>d</b></table><pre>e\nf</pre>")
    assert [page.text[b.start : b.end] for b in page.blocks] == [b.text for b in page.blocks]


def test_what_no_reader_sees_is_no_text() -> None:
    html = "<script>a</script><style>b</style><p hidden>c</p><p style='display: none'>d</p><noscript>e</noscript>"
    page = read(f"{html}<textarea>f</textarea><!-- g --><p>seen</p>")
    assert texts(page) == ["seen"]


def test_no_break_spaces_stay_and_invisible_characters_go_from_the_edges() -> None:
    assert texts(read("<p>\u200b Tel&nbsp;: 1&nbsp;</p><p>&nbsp;</p>")) == ["Tel\xa0: 1"]


@pytest.mark.parametrize(
    ("encoding", "header", "meta"),
    [
        ("utf-8", None, ""),
        ("utf-8", "text/html; charset=ISO-8859-1", ""),  # a header that lies
        ("utf-8", None, '<meta charset="windows-1252">'),  # a page that lies
        ("iso-8859-1", None, '<meta charset="iso-8859-1">'),
        ("windows-1252", "text/html; charset=utf-8", ""),
        ("windows-1252", None, ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("utf-16", None, ""),
    ],
)
def test_encodings(encoding: str, header: str | None, meta: str) -> None:
    text = "Привет, мир" if encoding == "windows-1251" else "Écoute à Liège, déjà vu"
    page = read(f"<html><head>{meta}</head><body><p>{text}</p></body></html>", encoding, header)
    assert texts(page) == [text]
    assert not page.problems


def test_bytes_that_cannot_be_read_are_a_problem_and_lose_nothing_else() -> None:
    page = read_page(b"<p>caf\xff\xfe \x81 bar</p>", URL, "text/html; charset=shift_jis")
    assert "bar" in page.text
    unread = read_page(b"\xef\xbb\xbf<p>caf\xff bar</p>", URL)
    assert [p.kind for p in unread.problems] == ["undecodable-bytes"]
    assert texts(unread) == ["caf\ufffd bar"]


@pytest.mark.parametrize("body", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04zip", b"<p>\x00\x00</p>"])
def test_what_is_no_text_is_said(body: bytes) -> None:
    page = read_page(body, URL, "text/html")
    assert page.blocks == ()
    assert [p.kind for p in page.problems] == ["not-text"]


def test_plain_text_has_paragraphs() -> None:
    page = read_page(b"A:\nb\n\n\nC: d\n", "file:///x.txt", "text/plain")
    assert [(b.text, b.path, b.line) for b in page.blocks] == [
        ("A:", "text/p[1]", 0),
        ("b", "text/p[1]", 1),
        ("C: d", "text/p[2]", 0),
    ]
    assert page.plain


def test_html_served_as_plain_text_is_html() -> None:
    assert texts(read("<!DOCTYPE html><p>a</p>", content_type="text/plain")) == ["a"]


def test_table_places_follow_spans() -> None:
    page = read("<table><tr><th rowspan=2>A<td colspan=2>B<td>C<tr><td>D</table><table><tr><td>E</table>")
    cells = {b.text: (b.cell.table, b.cell.row, b.cell.column, b.cell.header) for b in page.blocks if b.cell}
    assert cells == {
        "A": (0, 0, 0, True),
        "B": (0, 0, 1, False),
        "C": (0, 0, 3, False),
        "D": (0, 1, 1, False),
        "E": (1, 0, 0, False),
    }


def test_runs_and_links_have_places() -> None:
    page = read('<p><strong>Web:</strong> <a href="/x?a=1" rel="Tag">there</a></p>')
    block = page.blocks[0]
    assert [(page.text[a:b], tag) for a, b, tag in block.runs] == [("Web:", "strong")]
    assert [(page.text[x.start : x.end], x.href, x.rel) for x in block.links] == [
        ("there", "http://site.example/x?a=1", "tag")
    ]


def test_a_run_over_a_break_is_in_both_lines() -> None:
    page = read("<p><b>one<br>two</b> three</p>")
    assert [[page.text[a:b] for a, b, _ in block.runs] for block in page.blocks] == [["one"], ["two"]]


def test_head_says_what_the_page_is() -> None:
    page = read(
        '<html lang="fr"><head><base href="http://other.example/b/"><title> A\n B </title><link rel="canonical" href="c">'
        '<link rel="next" href="?p=2"><meta name="robots" content="NoIndex, nofollow"></head><body><h1>H</h1></body></html>'
    )
    assert (page.lang, page.title, page.canonical, page.heading) == ("fr", "A B", "http://other.example/b/c", "H")
    assert page.robots == ("noindex", "nofollow")
    assert [(x.href, x.rel) for x in page.links] == [("http://other.example/b/?p=2", "next")]


@pytest.mark.parametrize(
    ("html", "area"),
    [
        ("<nav><p>x</p></nav>", "nav"),
        ("<aside>x</aside>", "aside"),
        ("<footer>x</footer>", "footer"),
        ("<header>x</header>", "header"),
        ("<div role=navigation>x</div>", "nav"),
        ('<div id="comments">x</div>', "comments"),
        ('<div class="left sidebar">x</div>', "aside"),
        ("<form>x</form>", "form"),
        ("<main><header>x</header></main>", "main"),
    ],
)
def test_areas(html: str, area: str) -> None:
    page = read(f"<p>{'the main text of the page ' * 5}</p>{html}")
    assert next(b.area for b in page.blocks if b.text == "x") == area


def test_what_holds_most_of_the_page_is_its_main_text() -> None:
    page = read(f"<form id=aspnet><p>{'a long text ' * 20}</p></form><p>short</p>")
    assert page.blocks[0].area == "main"


def test_a_form_around_content_is_no_form_and_one_to_fill_in_is() -> None:
    inputs = "<p><label>Name</label> <input name=n></p><p><label>E-mail</label> <input name=e></p>"
    content = f"<p>{'What the office says of itself. ' * 30}</p>"
    page = read(f"<p>{'the rest of the page ' * 200}</p><form>{content}</form><form>{inputs}</form>")
    assert [b.area for b in page.blocks] == ["main", "main", "form", "form"]


def test_deep_nesting_is_read_in_bounded_time() -> None:
    page = read("<div>" * 5000 + "x" + "</div>" * 5000)
    assert page.text == "x"
    assert len(page.blocks[0].path) < 5000


def test_blank_lines_of_preformatted_text_count_whatever_elements_stand_around_them() -> None:
    apart = read("<pre><b>one</b>\n\n<b>two</b></pre>")
    among = read("<pre><b>one</b>\n<i></i>\n<b>two</b></pre>")
    assert [block.line for block in apart.blocks] == [block.line for block in among.blocks] == [0, 2]
