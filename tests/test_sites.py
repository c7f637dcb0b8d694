"""Site-specific parsers: what one gives on its recorded page, and what comes of one that breaks or claims too much."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.listing import parse
from parsers.model import Address, Page
from parsers.page import read_page
from parsers.placing import FieldError, field, page_soup
from parsers.site_parsers import find_parser, read_source_page
from sources.source import Source, SourceError

ENTRY = (Path(__file__).parent / "pages" / "sites" / "tidewater.html").read_bytes()
URL = "https://tidewater.example/entries/7"


def test_the_recorded_page_with_its_parser(tmp_path: Path) -> None:
    source = Source("tidewater", "https://tidewater.example/", tmp_path / "tidewater")
    page = read_source_page(source, ENTRY, URL, "text/html")
    (listing,) = parse(page, source)
    assert {f.label for f in listing.fields} == {
        "Country", "City", "Type of organisation", "Services", "Languages", "Address", "Phone", "Fax", "E-mail"
    }  # fmt: skip
    for found in listing.fields:
        assert listing.text[found.start : found.end] == found.value
    reached = {contact.type: contact.normalized for contact in listing.normalized.contacts}
    assert {"phone", "fax", "email", "address"} <= reached.keys()
    assert isinstance(reached["address"], Address)
    assert listing.normalized.country
    assert listing.descriptions


def test_without_its_parser_the_page_is_no_listing() -> None:
    assert parse(read_page(ENTRY, URL, "text/html"), Source("other", "https://tidewater.example/")) == []


def own(folder: Path, code: str, name: str = "quay") -> Source:
    """A source with a parser of its own beside its source.yml."""
    place = folder / name
    place.mkdir()
    (place / "parser.py").write_text(code, encoding="utf-8")
    return Source(name, "https://quay.example/", place)


BODY = b"""<main><h1>Quay House</h1><p><b>Country:</b> Belgium</p><p><b>Languages:</b> English</p><p><b>Reach:</b> Local</p>
<p class="odd">Nine boats</p></main>"""


def read(source: Source) -> Page:
    return read_source_page(source, BODY, "https://quay.example/1", "text/html")


def test_its_fields_take_the_place_of_those_by_labels(tmp_path: Path) -> None:
    source = own(
        tmp_path,
        "from parsers.placing import field\n"
        "def fields(soup):\n"
        "    yield field('Boats', soup.select_one('.odd'), 'other')\n",
    )
    (listing,) = parse(read(source), source)
    assert [(f.label, f.key, f.value) for f in listing.fields] == [("Boats", "other", "Nine boats")]


def test_where_it_gives_nothing_labels_are_read(tmp_path: Path) -> None:
    source = own(tmp_path, "def fields(soup):\n    return []\n")
    (listing,) = parse(read(source), source)
    assert [f.label for f in listing.fields] == ["Country", "Languages", "Reach"]


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("def fields(soup):\n    raise KeyError('boats')\n", "KeyError: 'boats'"),
        ("def fields(soup):\n    return [('Boats', 'Nine')]\n", "fields() gave tuple, not a field"),
        (
            "from parsers.placing import field\ndef fields(soup):\n    yield field(soup.h1, 'Ten boats')\n",
            "field 'Quay House'",
        ),
        (
            "from parsers.placing import field\ndef fields(soup):\n    yield field('Boats', soup.select_one('.none'))\n",
            "field 'Boats'",
        ),
    ],
)
def test_one_that_breaks_leaves_the_page_to_its_labels(tmp_path: Path, code: str, seen: str) -> None:
    source = own(tmp_path, code)
    page = read(source)
    (problem,) = page.problems
    assert problem.kind == "site-parser-error"
    assert seen in problem.seen
    assert "parser.py:" in problem.advice
    assert "quay" in problem.advice
    (listing,) = parse(page, source)
    assert [f.label for f in listing.fields] == ["Country", "Languages", "Reach"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def fields(soup)\n", "parser.py:1: cannot be imported (SyntaxError"),
        ("x = 1\nimport nothing_of_this_name\n", "parser.py:2: cannot be imported (ModuleNotFoundError"),
        ("fields = 3\n", "has no function `fields`"),
    ],
)
def test_one_that_cannot_be_used_is_an_error_of_the_source(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(SourceError) as raised:
        find_parser(own(tmp_path, code))
    assert said in str(raised.value)


def test_there_may_not_be_two(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a parser of this source, too"):
        find_parser(own(tmp_path, "def fields(soup):\n    return []\n", name="tidewater"))


def test_a_key_that_does_not_exist_is_named() -> None:
    page = read_page(BODY, "https://quay.example/1", "text/html")
    soup = page_soup(BODY.decode(), page, {})
    assert isinstance(soup, BeautifulSoup)
    with pytest.raises(FieldError, match="there is no key 'boat'"):
        field(soup.h1 or "", soup.p, "boat")


_TEXTS = st.text("ab c\u00a0é\n", max_size=8)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(_TEXTS, _TEXTS), min_size=1, max_size=6))
def test_every_field_points_at_its_text(rows: list[tuple[str, str]]) -> None:
    body = "<main>" + "".join(f"<p><i>{a}</i><b>{b}</b></p>" for a, b in rows) + "</main>"
    page = read_page(body.encode(), "https://quay.example/1", "text/html; charset=utf-8")
    soup = page_soup(body, page, {})
    for row in soup.find_all("p"):
        if row.i is None or row.b is None or not row.i.get_text(strip=True):
            continue
        found = field(row.i, row.b)
        assert page.text[found.label_start : found.label_end] == found.label
        assert all(page.text[line.start : line.end] == line.text for line in found.lines)
