from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.model import Problem
from releases.checks import Finding
from releases.describe import record_acceptance
from releases.ids import listing_id
from reports import extents
from reports.atlas import on_map, world
from reports.charts import bars
from reports.environment import as_data, visible, web_address
from reports.review import begin_review, review, tell_acceptance, write_listings, write_overview
from reports.run import Failed, Run
from reports.spans import Span, pieces
from reports.words import difference
from sources.errors import SourceError
from sources.lookups import load_lookups
from sources.source import load_source
from sources.suppress import Takedown, Takedowns
from tests.records import LATER, SITE, bare, listing, page, pages, published, renamed, source, staged

EVIL = "<script>alert('x')</script>\"><img src=x onerror=alert(1)> \u202etxt.exe {{7*7}} ]]> </title></style>"
RUN = Run(
    3,
    1,
    (Failed(f"{SITE}lost/", "http-404", EVIL, SITE), Failed("javascript:alert(1)", "off-site", "")),
    ("limit of 4 pages",),
    (Finding("error", "2 listings, at least 9 expected", "listings", "See `problem`."),),
)
VOID = ("meta", "link", "img", "br", "input")


class Reader(HTMLParser):
    """What a browser would see: tags with their attributes, the marked page's text, and whether tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.page = ""
        self.scripts: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            inside = any(flag for _, flag in self.open) or dict(attrs).get("class") == "page"
            self.open.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        if opened != tag:
            self.unclosed.append(opened)

    def handle_data(self, data: str) -> None:
        if any(flag for _, flag in self.open):
            self.page += data
        if self.open and self.open[-1][0] in ("script", "style"):
            self.scripts.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    last = published(data, pages(2))
    now = [
        page(renamed(listing("org-0"), EVIL)),
        page(bare(), problems=()),
        page(url=f"{SITE}broken/", problems=(Problem("unreadable", EVIL, "Look at it."),), offset=7),
    ]
    release = staged(data, now, LATER)
    review(release, release / "review", [last], RUN)
    return release / "review"


def documents(folder: Path) -> Iterator[tuple[str, Reader]]:
    for path in sorted(folder.rglob("*.html")):
        yield str(path.relative_to(folder)), Reader(path.read_text())


def test_every_page_is_well_formed_and_holds_no_script_but_ours(folder: Path) -> None:
    names = []
    for name, document in documents(folder):
        names.append(name)
        assert document.unclosed == [], name
        assert document.open == [], name
        tags = [tag for tag, _ in document.tags]
        assert not set(tags) & {"iframe", "object", "embed", "base", "form"}, name
        attributes = {key for _, attrs in document.tags for key in attrs}
        assert not {key for key in attributes if key.startswith("on")} | (attributes & {"style", "srcdoc"}), name
        scripts = [attrs for tag, attrs in document.tags if tag == "script"]
        assert [attrs.get("type") for attrs in scripts if attrs] == ["application/json"] * (name == "listings.html")
        assert len([attrs for attrs in scripts if not attrs]) == 1, name
        loaded = [attrs["src"] or "" for _, attrs in document.tags if "src" in attrs]
        assert all(address.startswith("data:image/svg+xml;base64,") for address in loaded), name
        assert (len(loaded) > 0) == (name == "index.html")
    assert len(names) == 4 + 2


def test_the_policy_allows_our_style_and_our_script_only(folder: Path) -> None:
    for name, document in documents(folder):
        policy = next(a["content"] for _, a in document.tags if a.get("http-equiv") == "Content-Security-Policy")
        style, *_, script = document.scripts
        hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
        assert policy == (
            f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        ), name


def test_all_links_within_the_review_lead_somewhere(folder: Path) -> None:
    inner = 0
    anchors = {}
    for name, document in documents(folder):
        ids = [attrs["id"] for _, attrs in document.tags if attrs.get("id")]
        assert len(ids) == len(set(ids)), name
        anchors[(folder / name).resolve()] = {*ids}
    for name, document in documents(folder):
        for tag, attrs in document.tags:
            target = attrs.get("href") or ""
            if tag == "a" and not target.startswith("https://"):
                file, _, anchor = target.partition("#")
                there = ((folder / name).parent / file).resolve() if file else (folder / name).resolve()
                assert there.exists(), (name, target)
                assert not anchor or anchor in anchors[there], (name, target)
                inner += 1
    assert inner > 60


def test_the_listings_page_shows_the_text_it_was_read_from(folder: Path) -> None:
    made = listing("org-0")
    name = f"{listing_id(source().name, made.url, None)}.html"
    document = Reader((folder / "listing" / name).read_text())
    assert document.page == made.text
    marks = [attrs for tag, attrs in document.tags if tag == "a" and attrs.get("data-at")]
    assert {attrs.get("lang") for attrs in marks} >= {"en", "fr"}
    country = next(attrs for attrs in marks if attrs.get("title") == "value of country (stated)")
    marks_there = set((country["data-at"] or "").split())
    record = [
        attrs for tag, attrs in document.tags if tag == "tr" and marks_there & set((attrs.get("data-at") or "").split())
    ]
    assert len(record) == 2, "country in the record, and the field it was read from"
    assert country["href"] == f"#{record[0]['data-at']}"


def test_translations_stand_in_one_row(folder: Path) -> None:
    text = (folder / "listing" / f"{listing_id(source().name, listing('org-0').url, None)}.html").read_text()
    rows = [row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if 'lang="fr"' in row and 'lang="en"' in row]
    assert any("gives advice to families" in row and "conseille les familles" in row for row in rows)
    assert any("open to everybody" in row and "ouverte à tous" in row for row in rows)


def test_what_was_not_accounted_for_stands_at_the_head_of_the_page(tmp_path: Path) -> None:
    made = listing("left")
    start = made.text.index("A heron")
    lost = Problem("unaccounted-text", "A heron", "Nobody knows.", start, start + 7)
    release = staged(tmp_path, [page(replace(made, problems=(*made.problems, lost)))])
    text = next((review(release, tmp_path / "review").parent / "listing").iterdir()).read_text()
    assert "Not accounted for: 1" in text
    marked = next(
        attrs for _, attrs in Reader(text).tags if "unread" in (attrs.get("class") or "").split() and "href" in attrs
    )
    assert "problem: unaccounted-text" in (marked["title"] or "")


def test_the_overview_shows_counts_the_run_and_what_holds_it(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    assert '<th scope="row">listings</th><td class="n">2</td><td class="n">2</td><td class="n">+0</td>' in text
    assert "This release is held" in text
    assert "2 listings, at least 9 expected" in text
    assert "<strong>3</strong> pages fetched" in text
    assert "<strong>2</strong> failed: 1 × http-404, 1 × off-site" in text
    assert "limit of 4 pages" in text
    city = re.search(r'<th scope="row">city</th>(.*?)</tr>', text, re.DOTALL)
    assert city
    assert re.findall(r">([^<]+)</td>", city[1]) == ["50 %", "100 %", "1", "0", "0", "0", "1"]


def test_the_overview_leads_with_what_a_maintainer_asks(folder: Path) -> None:
    text = (folder / "index.html").read_text()
    order = [
        text.index(f'id="{name}"') for name in ("verdict", "run", "changes", "problems", "filled", "countries", "what")
    ]
    assert order == sorted(order), "held or published first, rows of tables last"
    tiles = re.findall(r"<strong>([^<]+)</strong> <span>(.*?)</span></a>", text)
    said = {re.sub("<.*?>", "", what).strip(): number for number, what in tiles}
    assert said["new"] == "1"
    assert said["gone"] == "1"
    assert said["changed"] == "1"
    assert said["listings as before"] == "2"
    assert said["pages failed"] == "2"
    assert text.index('class="tiles"') < text.index('id="run"')
    gone = re.search(r'<span class="badge removed">removed</span> 1</h3>\s*<ul><li><bdi>([^<]+)</bdi></li>', text)
    assert gone, "what is gone is named, and is no link"
    assert "<strong>city</strong> 100 % → 50 %" in text, "columns that fell are named"


def test_a_release_that_passed_says_so_and_one_accepted_by_hand_says_why(tmp_path: Path) -> None:
    release = staged(tmp_path, pages(1))
    note = Finding("warning", "1 label is new", "field", "Look.")
    text = review(release, release / "review", run=Run(1, 0, findings=(note,))).read_text()
    assert "This release is published" in text
    assert "1 label is new" in text
    held = Finding("error", "half are gone", "listings", "See.")
    assert "This release is held" in review(release, release / "review", run=Run(1, 0, findings=(held,))).read_text()
    record_acceptance(release, {"reason": "they <b>did</b> close", "found": ["half are gone (listings)"]})
    tell_acceptance(release)
    text = (release / "review" / "index.html").read_text()
    assert "This release is held" not in text
    assert "Published by hand" in text
    assert "they &lt;b&gt;did&lt;/b&gt; close" in text


def test_what_failed_says_what_to_do(tmp_path: Path) -> None:
    url = f"{SITE}lost/"
    lost = Problem("http-404", "the server answered 404", "Look at it in a browser.")
    release = staged(tmp_path, [page(listing("org-0")), page(url=url, problems=(lost,), offset=7)])
    text = review(
        release, tmp_path / "review", run=Run(1, 0, (Failed(url, "http-404", "Not Found", SITE),))
    ).read_text()
    assert text.count(url) == 2, "once as an address, once as its link"
    assert re.search(r"http-404</td>.*Not Found</td>.*Look at it in a browser\.</td>", text)


def test_a_values_history_stands_beside_it(tmp_path: Path) -> None:
    last = published(tmp_path, [page(renamed(listing("org-0"), "First name"))])
    release = staged(tmp_path, [page(renamed(listing("org-0"), "Other name"))], LATER)
    text = next((review(release, tmp_path / "review", [last]).parent / "listing").iterdir()).read_text()
    cell = re.search(r'<th scope="row">name</th>.*?</td></tr>', text, re.DOTALL)
    assert cell
    assert "changed once" in cell[0]
    assert "20261109T030405Z: " in cell[0]
    assert "<del>First</del><ins>Other</ins>" in cell[0]
    country = re.search(r'<th scope="row">country</th>.*?</td></tr>', text, re.DOTALL)
    assert country
    assert "changed" not in country[0]


def test_a_listing_names_its_live_page_and_its_record(folder: Path) -> None:
    made = listing("org-0")
    text = (folder / "listing" / f"{listing_id(source().name, made.url, None)}.html").read_text()
    assert f'<dt>Live page</dt><dd><a href="{made.url}" rel="noopener noreferrer">{made.url}</a>' in text
    assert "warcio extract data/raw/directory/20261102T030405Z.warc.gz 0</pre>" in text
    assert "sha1:" in text


def test_nothing_of_a_page_becomes_markup_or_a_link_to_a_script(folder: Path) -> None:
    for name, document in documents(folder):
        text = (folder / name).read_text()
        assert "<script>alert" not in text, name
        assert "\u202e" not in text, name
        for _, attrs in document.tags:
            assert not (attrs.get("href") or "").lower().startswith(("javascript:", "data:")), name
    assert "{{7*7}}" in (folder / "index.html").read_text()
    assert "[U+202E]txt.exe" in (folder / "index.html").read_text()


def test_changes_are_shown_word_by_word(folder: Path) -> None:
    text = (folder / "changes.html").read_text()
    assert re.search(r"<dt>name</dt><dd>\s*<span class=\"words\" dir=\"auto\"><del>", text)
    assert text.index(">removed<") < text.index(">changed<")


def test_the_feed_is_atom_and_tells_the_same(folder: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring((folder / "changes.atom").read_text())
    entries = feed.findall(f"{atom}entry")
    titles = [entry.findtext(f"{atom}title") or "" for entry in entries]
    assert [title.partition(":")[0] for title in titles] == ["removed", "added", "changed"]
    assert "<script>alert('x')</script>" in titles[-1]
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == 3
    assert {entry.findtext(f"{atom}updated") for entry in entries} == {"2026-11-09T03:04:05Z"}
    for entry in entries[1:]:
        link = entry.find(f"{atom}link")
        assert link is not None
        assert (folder / link.attrib["href"]).is_file()


def test_history_goes_over_all_releases(tmp_path: Path) -> None:
    names = ["First name", "Second name", "Third name"]
    earlier = []
    for day, name in enumerate(names, 2):
        made = [page(renamed(listing("org-0"), name))]
        earlier.append(published(tmp_path, made, LATER.replace(day=day)))
    release = staged(tmp_path, [page(renamed(listing("org-0"), "Fourth name"))], LATER)
    out = review(release, tmp_path / "review", earlier).parent
    text = next((out / "listing").iterdir()).read_text().split('id="history"')[1]
    history = re.findall(r"<del>(.*?)</del><ins>(.*?)</ins>", text)
    assert history[::2] == [("Third", "Fourth"), ("Second", "Third"), ("First", "Second")]
    changes = (out / "changes.html").read_text()
    assert changes.index("Release 20261109") < changes.index("Release 20261104") < changes.index("Release 20261103")


def test_history_does_not_tell_what_is_taken_out_since(tmp_path: Path) -> None:
    before = [page(listing(slug), offset=n) for n, slug in enumerate(("harbour", "lantern"))]
    after = [page(renamed(listing(slug), f"New {slug}"), offset=n) for n, slug in enumerate(("harbour", "lantern"))]
    earlier = [published(tmp_path, before, LATER), published(tmp_path, after, LATER.replace(day=10))]
    asked = Takedowns((Takedown(f"{SITE}lantern/", None, date(2026, 5, 3), "asked", 2),), "00")
    last = staged(tmp_path, after, LATER.replace(day=11), src=source(suppress=asked))
    out = review(last, tmp_path / "review", earlier, None, asked).parent
    said = "".join(path.read_text("utf-8") for path in sorted(out.rglob("*")) if path.is_file())
    assert "New harbour" in said and listing_id("directory", f"{SITE}harbour/", None) in said
    assert "lantern" not in said and listing_id("directory", f"{SITE}lantern/", None) not in said
    with_all = review(last, tmp_path / "all", earlier).parent
    assert "New lantern" in (with_all / "changes.html").read_text("utf-8")


def test_problems_are_grouped_with_the_line_that_mends_them(tmp_path: Path) -> None:
    alone = Problem("unaccounted-text", "Beskrivning", "See.")
    lost = Problem("unparsed-country", 'Atlantis, "the"\nlost', "Add it.")
    made = [
        page(
            listing(f"org-{n}", problems=(lost, Problem("unaccounted-text", "Opening: hours", "See."), alone)), offset=n
        )
        for n in range(3)
    ]
    text = (review(staged(tmp_path, made), tmp_path / "review").parent / "problems.html").read_text()
    assert "unparsed-country: 3" in text
    copied = [
        re.sub("&#34;", '"', found) for found in re.findall(r'<pre class="copy"[^>]*>(.*?)</pre>', text, re.DOTALL)
    ]
    assert 'country,"Atlantis, ""the"" lost",?' in copied
    assert '  "Opening": ?' in copied
    assert '  "Beskrivning": ?' in copied, "a line alone may be a label"
    assert '  "Mascot": ?' in copied


def test_a_pasted_line_is_refused_until_it_is_filled_in(tmp_path: Path) -> None:
    for column, normal in (("country", "BE"), ("phone", "+3281555010"), ("languages", "nl"), ("address", "city: Gent")):
        (tmp_path / "lookups.csv").write_text(f"column,printed,normal\n{column},Atlantis,?\n", "utf-8")
        with pytest.raises(SourceError, match=r"lookups\.csv:2"):
            load_lookups(tmp_path)
        (tmp_path / "lookups.csv").write_text(f"column,printed,normal\n{column},Atlantis,{normal}\n", "utf-8")
        assert load_lookups(tmp_path).entries[0].normal == normal
    (tmp_path / "lookups.csv").unlink()
    for meaning, sound in (("?", False), ("other", True)):
        (tmp_path / "source.yml").write_text(f'start: {SITE}\nlabels:\n  "Mascot": {meaning}\n', "utf-8")
        if sound:
            assert load_source(tmp_path).labels == {"Mascot": "other"}
        else:
            with pytest.raises(SourceError, match=r"source\.yml"):
                load_source(tmp_path)


def test_the_same_release_gives_the_same_bytes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    last = next(path for path in folder.parent.parent.iterdir() if path.name == "20261102T030405Z")
    review(folder.parent, tmp_path / "again", [last], RUN)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) == 8
    for path in files:
        assert (tmp_path / "again" / path.relative_to(folder)).read_bytes() == path.read_bytes(), path
    assert "<dd>2026-11-02 03:04:05 UTC, in " in next((folder / "listing").iterdir()).read_text()


def test_several_write_what_one_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.review.LISTED", 2)
    release = staged(tmp_path, pages(7))
    one, several = review(release, tmp_path / "one", run=RUN).parent, tmp_path / "several"
    begin_review(several)
    for number in range(3):
        write_listings(release, several, share=(number, 3))
    write_overview(release, several, run=RUN)
    made = [
        {path.relative_to(at): path.read_bytes() for path in at.rglob("*") if path.is_file()} for at in (one, several)
    ]
    assert made[0] == made[1] and len(made[0]) > 7


def test_a_review_of_nothing_can_be_read(tmp_path: Path) -> None:
    text = review(staged(tmp_path, []), tmp_path / "review").read_text()
    assert "It is not on record" in text
    assert "this is the first release" in text


def test_long_lists_are_cut_into_pages_and_the_search_has_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.review.LISTED", 2)
    out = review(staged(tmp_path, pages(5)), tmp_path / "review").parent
    lists = [out / name for name in ("listings.html", "listings-2.html", "listings-3.html")]
    assert [path.read_text().count('<a href="listing/') for path in lists] == [2, 2, 1]
    assert not (out / "listings-4.html").exists()
    ids = {path.stem for path in (out / "listing").iterdir()}
    index = re.search(r'id="index">(.*?)</script>', lists[0].read_text())
    assert index
    rows: list[list[Any]] = json.loads(index[1])
    assert {row[0] for row in rows} == ids
    assert all("Maison du Port" in row[3] and "Counselling" in row[3] for row in rows)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "JAVASCRIPT:x",
        "//x.example",
        "file:///etc/x",
        "http://[",
        " javascript:x",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert web_address(url) is None
    assert web_address("https://x.example/") == "https://x.example/"


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_no_text_ends_the_data_of_a_page(text: str) -> None:
    data = as_data([text, "</script><!--", "]]>"])
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)[0] == text
    shown = visible(text)
    assert isinstance(shown, str)
    assert not set(shown) & {chr(n) for n in (*range(9), 13, 0x202A, 0x202E)}


@settings(deadline=None, derandomize=True)
@given(st.text("ab c.\n漢字", max_size=40), st.text("ab c.\n漢字", max_size=40))
def test_a_difference_has_both_texts(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(part.text for part in parts if part.kind != "new") == before
    assert "".join(part.text for part in parts if part.kind != "gone") == after


def test_a_difference_goes_by_words_and_leaves_out_what_is_far_from_a_change() -> None:
    assert [(p.kind, p.text) for p in difference("open on Monday", "open on Tuesday")] == [
        ("same", "open on "),
        ("gone", "Monday"),
        ("new", "Tuesday"),
    ]
    assert [p.kind for p in difference("救急病院", "救急医院")] == ["same", "gone", "new", "same"]
    long = " ".join(f"word{n}" for n in range(500))
    assert len("".join(part.text for part in difference(f"a {long}", f"b {long}"))) < 120
    assert [p.kind for p in difference(None, "new")] == ["new"]


def test_charts_are_images_without_script_and_the_same_every_time() -> None:
    made = bars(["a & b", "<script>"], {"n": [3, 1]})
    assert made == bars(["a & b", "<script>"], {"n": [3, 1]})
    assert world({"BE": 3}) == world({"BE": 3})
    for address in (made, world({"BE": 3, "XX": 1})):
        svg = base64.b64decode(address.partition(",")[2]).decode()
        root = ElementTree.fromstring(svg)
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not kinds & {"script", "metadata", "image", "a", "foreignObject"}
        assert "http" not in svg.replace("http://www.w3.org/", "")
    assert on_map("BE")
    assert not on_map("XX")


def shown_on(address: str) -> tuple[list[float], dict[str, str], int]:
    """What a map shows: its frame, each country's classes, and how many spots stand for countries too small to be seen."""
    root = ElementTree.fromstring(base64.b64decode(address.partition(",")[2]).decode())
    (inner,) = (element for element in root.iter() if element.tag.endswith("}svg") and element is not root)
    classes = [element.get("class", "") for element in root.iter() if "country" in element.get("class", "").split()]
    spots = sum(element.tag.endswith("}circle") for element in root.iter())
    return [float(n) for n in inner.get("viewBox", "").split()], {each.split()[0]: each for each in classes}, spots


def test_the_map_shows_where_the_listings_are_and_no_more() -> None:
    frame, countries, spots = shown_on(world({"BE": 12}))
    assert frame[2] < 300, "of one country, the country and its neighbours"
    assert "color-0" in countries["be"]
    assert {"fr", "nl", "de"} <= countries.keys()
    assert not {"au", "us", "cn"} & countries.keys()
    assert spots == 0
    everywhere, countries, spots = shown_on(world({"BE": 3, "AU": 1, "US": 1}))
    assert everywhere[2] == 2754
    assert "aq" in countries
    assert spots == 1, "Belgium is hardly seen on a map of the world"
    assert shown_on(world({"MT": 1}))[2] == 1
    assert shown_on(world({"US": 1}))[0][2] < 1500, "far islands make no world of a country"
    assert world({}) == world({"XX": 3}) == ""


def test_charts_say_in_words_what_they_show(folder: Path) -> None:
    images = {attrs["alt"] or "" for tag, attrs in Reader((folder / "index.html").read_text()).tags if tag == "img"}
    assert any(
        alt.startswith("Map of the countries that listings state, the darker the more: Belgium (BE) 1")
        for alt in images
    )
    assert any("by type of organisation: " in alt and "ngo 1" in alt for alt in images)
    assert any("English (en)" in alt and "French (fr)" in alt for alt in images)
    assert any("Filled least: " in alt for alt in images)


places = st.tuples(st.integers(-3, 60), st.integers(-3, 60))


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=50), st.lists(places, max_size=8))
def test_pieces_joined_are_the_text_and_each_span_is_covered(text: str, found: list[tuple[int, int]]) -> None:
    spans = [Span(start, end, "value", str(number), f"f{number}") for number, (start, end) in enumerate(found)]
    cut = pieces(text, spans)
    assert "".join(piece.text for piece in cut) == text
    for piece in cut:
        sizes = [span.end - span.start for span in piece.spans]
        assert sizes == sorted(sizes), "the shortest first"
    for span in spans:
        covered = "".join(piece.text for piece in cut if span in piece.spans)
        assert covered == text[max(span.start, 0) : max(span.end, 0)]


def test_the_kept_extents_of_countries_are_those_of_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    assert extents.extents() == extents.make(), "run `python -m reports.extents` and commit what it wrote"
    monkeypatch.setattr(extents, "version", lambda _: "another")
    assert extents.extents.__wrapped__() == extents.make()
