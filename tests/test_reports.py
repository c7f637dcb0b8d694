from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.model import Problem
from releases.ids import listing_id
from reports.review import review, web_address
from reports.spans import Span, pieces
from tests.records import LATER, SITE, bare, listing, page, pages, published, renamed, source, staged

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>"


class Reader(HTMLParser):
    """What a browser would see: tags with their attributes, the marked page's text, and whether tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.page = ""
        self.open: list[tuple[str, bool]] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "br"):
            inside = any(flag for _, flag in self.open) or dict(attrs).get("class") == "page"
            self.open.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        if opened != tag:
            self.unclosed.append(opened)

    def handle_data(self, data: str) -> None:
        if any(flag for _, flag in self.open):
            self.page += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    published(data, pages(2))
    now = [
        page(renamed(listing("org-0"), EVIL)),
        page(bare(), problems=()),
        page(url=f"{SITE}broken/", problems=(Problem("unreadable", EVIL, "Look at it."),), offset=7),
    ]
    release = staged(data, now, LATER)
    review(release, release / "review")
    return release / "review"


def documents(folder: Path) -> dict[str, Reader]:
    return {str(path.relative_to(folder)): Reader(path.read_text()) for path in sorted(folder.rglob("*.html"))}


def test_every_page_is_well_formed_and_runs_and_loads_nothing(folder: Path) -> None:
    found = documents(folder)
    assert len(found) == 4
    for name, document in found.items():
        assert document.unclosed == [], name
        assert document.open == [], name
        tags = {tag for tag, _ in document.tags}
        assert not tags & {"script", "img", "link", "iframe", "form", "object"}, name
        attributes = {key for _, attrs in document.tags for key in attrs}
        assert not {key for key in attributes if key.startswith("on")} | (attributes & {"style", "src"}), name


def test_the_policy_allows_the_one_style_sheet_only(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    policy = next(a["content"] for t, a in Reader(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert style
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_all_links_within_the_review_lead_somewhere(folder: Path) -> None:
    inner = 0
    for name, document in documents(folder).items():
        for tag, attrs in document.tags:
            target = attrs.get("href") or ""
            if tag == "a" and not target.startswith("https://"):
                assert ((folder / name).parent / target).resolve().is_file(), (name, target)
                inner += 1
    assert inner > 8


def test_the_listings_page_shows_the_text_it_was_read_from(folder: Path) -> None:
    made = listing("org-0")
    name = f"{listing_id(source().name, made.url, None)}.html"
    document = Reader((folder / "listing" / name).read_text())
    assert document.page == made.text
    marks = [
        attrs
        for tag, attrs in document.tags
        if tag == "span" and (attrs.get("class") or "").startswith(("value", "text"))
    ]
    assert {attrs.get("lang") for attrs in marks} >= {"en", "fr"}
    assert any(attrs.get("title") == "value of country (stated)" for attrs in marks)


def test_the_first_page_shows_counts_problems_failures_and_changes(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    assert "<li><strong>2</strong> listings</li>" in text
    assert "unreadable" in text
    assert "1 × changed name" in text
    assert "1 × removed listing" in text
    assert '<tr><th scope="row">city</th><td><meter min="0" max="1" value="0.5000">' in text
    assert "absent 1, stated 1" in text


def test_the_same_release_gives_the_same_pages(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    review(folder.parent, tmp_path / "again")
    for path in sorted(folder.rglob("*.html")):
        assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert "Fetched 2026-11-02 03:04:05 UTC" in next((folder / "listing").iterdir()).read_text()


def test_a_review_of_nothing_can_be_read(tmp_path: Path) -> None:
    release = staged(tmp_path, [])
    assert "No page failed" in review(release, tmp_path / "review").read_text()


def test_a_long_list_is_cut_into_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.review.LISTED", 2)
    review(staged(tmp_path, pages(5)), tmp_path / "review")
    lists = sorted((tmp_path / "review").glob("listings-*.html"))
    assert [path.read_text().count('<a href="listing/') for path in lists] == [2, 2, 1]
    assert len(list((tmp_path / "review" / "listing").iterdir())) == 5


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", "//x.example", "file:///etc/x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert web_address(url) is None
    assert web_address("https://x.example/") == "https://x.example/"


places = st.tuples(st.integers(-3, 60), st.integers(-3, 60))


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=50), st.lists(places, max_size=8))
def test_pieces_joined_are_the_text_and_each_span_is_covered(text: str, found: list[tuple[int, int]]) -> None:
    spans = [Span(start, end, "value", str(number)) for number, (start, end) in enumerate(found)]
    cut = pieces(text, spans)
    assert "".join(piece.text for piece in cut) == text
    for span in spans:
        covered = "".join(piece.text for piece in cut if span in piece.spans)
        assert covered == text[max(span.start, 0) : max(span.end, 0)]
