"""The review pages in real Chromium, opened from the disk as people open them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from flows.desk import Desk
from flows.workplace import Workplace
from parsers.listing import parse
from parsers.page import read_page
from parsers.site import count, learn
from releases.build import ParsedPage
from reports.review import Pages, review
from reports.run import Failed, Run
from sources.lookups import load_lookups
from tests.browsing import Watched, chromium, served
from tests.chromium import CHROMIUM, SKIPPED
from tests.commands.conftest import write_source
from tests.conftest import ROOT
from tests.records import CRAWLED, LATER, SITE, listing, page, published, renamed, source, staged

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason=SKIPPED), pytest.mark.xdist_group("browser")]

HOSTILE = """<!DOCTYPE html><title>&lt;/title&gt;&lt;script&gt;window.ran=1&lt;/script&gt;</title><main>
<h1>&lt;img src=x onerror="window.ran=2"&gt; Harbour</h1>
<p><strong>Country:</strong> Belgium&lt;/td&gt;&lt;script&gt;window.ran=3&lt;/script&gt;</p>
<p><strong>City:</strong> "&gt;&lt;svg onload=window.ran=4&gt;' onfocus=window.ran=5 autofocus x='</p>
<p><strong>Website:</strong> javascript:window.ran=6</p>
<p><strong>Contact Details:</strong> <a href="javascript:window.ran=7">https://harbour.example/</a> data:text/html,&lt;script&gt;</p>
<p><strong>Type of service:</strong> \u202egpj.exe; {{ 7 * 7 }}; ]]&gt;&lt;!-- &lt;/script&gt;&lt;script&gt;window.ran=8&lt;/script&gt;</p>
<p><strong>&lt;style&gt;*{display:none}&lt;/style&gt;:</strong> &lt;/style&gt;&lt;iframe srcdoc="&lt;script&gt;window.ran=9&lt;/script&gt;"&gt;</p></main>"""
MANY = 10_000


def read(name: str, html: bytes, offset: int) -> ParsedPage:
    url = f"{SITE}{name}/"
    found = read_page(html, url, "text/html; charset=utf-8")
    listings = parse(found, source(), learn(count([found])))
    assert listings, name
    return ParsedPage(url, CRAWLED, "20261102T030405Z.warc.gz", offset, f"sha1:{offset:032}", tuple(listings))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = Watched(context.new_page())
    yield made
    assert made.wrong == []
    context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of a release of made-up listings and of recorded pages in several scripts, one of them hostile."""
    data = tmp_path_factory.mktemp("data")
    last = published(data, [page(listing("harbour")), page(listing("gone"), offset=9)])
    recorded = [ROOT / "tests" / "pages" / f"{name}.html" for name in ("labels-ar", "interleaved", "labels-tr")]
    now = [
        page(renamed(listing("harbour"), "Harbour House of Namur")),
        *(read(path.stem, path.read_bytes(), number) for number, path in enumerate(recorded, 1)),
        read("hostile", HOSTILE.encode(), 7),
    ]
    release = staged(data, now, LATER)
    run = Run(4, 1, (Failed(f"{SITE}lost/", "http-404", "Not Found", SITE),))
    return review(release, release / "review", [last], run).parent


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overview and list of a release of 10,000 listings: one listing that is there so many times under other names."""
    data = tmp_path_factory.mktemp("many")
    small, big = staged(data, [page(listing("one"))]), data / "big"
    shutil.copytree(small, big)
    copies = {
        "listings": "concat(left(id, 27), printf('%09d', n)) AS id, concat('House Nº ', n) AS name",
        "text": "concat(left(id, 27), printf('%09d', n)) AS id, concat(left(row_id, 27), printf('%09d', n)) AS row_id",
        "field": "concat(left(id, 27), printf('%09d', n)) AS id",
    }
    for table, changed in copies.items():
        path = str(small / f"{table}.parquet")
        query = f"SELECT * EXCLUDE (n) REPLACE ({changed}) FROM read_parquet('{path}'), range({MANY}) AS r(n)"
        duckdb.sql(f"COPY ({query}) TO '{big / table}.parquet'")
    (data / "review").mkdir()
    with Pages(big) as pages:
        for name in ("index.html", "listings.html"):
            (data / "review" / name).write_text(pages.page(name) or "", "utf-8")
    return data / "review"


def of(folder: Path, words: str) -> Path:
    return next(path for path in sorted((folder / "listing").iterdir()) if words in path.read_text("utf-8"))


def test_a_listing_is_seen_at_once_and_pointing_shows_the_place_both_ways(folder: Path, watched: Watched) -> None:
    path = of(folder, "Harbour House of Namur")
    seen = []
    for _ in range(5):
        shown = watched.open(path)
        seen.append(watched.painted())
    assert min(seen) < 200, seen
    piece = shown.locator(".page a.value", has_text="Belgium")
    cell = shown.locator("tr", has_text="country").first
    cell.hover()
    expect(piece).to_contain_class("on")
    shown.locator("h1").hover()
    expect(piece).not_to_contain_class("on")
    piece.hover()
    expect(cell).to_have_class("on")
    watched.keep("listing")
    far = shown.locator("#record ~ table tr[id]", has_text="Mascot")
    far.locator("a.at").focus()
    expect(shown.locator(".page a.value", has_text="A heron")).to_be_in_viewport()
    expect(shown.locator(".page a.value", has_text="A heron")).to_contain_class("on")
    shown.locator(".page a.value", has_text="A heron").focus()
    expect(far).to_contain_class("on")
    expect(far).to_be_in_viewport()


def test_the_overview_of_10_000_listings_is_seen_within_a_second(many: Path, watched: Watched) -> None:
    seen = []
    for _ in range(3):
        shown = watched.open(many / "index.html")
        seen.append(watched.painted())
    assert min(seen) < 1000, seen
    assert f'<td class="n">{MANY}</td>' in shown.content()
    for image in shown.locator("img").all():
        assert image.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 100
        assert len(image.get_attribute("alt") or "") > 30


def test_search_among_10_000_is_quick(many: Path, watched: Watched) -> None:
    shown = watched.open(many / "listings.html")
    box = shown.get_by_label("Search by name")
    took = shown.evaluate(
        """() => { const box = document.getElementById("q"), start = performance.now();
        box.value = "maison namur 777"; box.dispatchEvent(new Event("input")); return performance.now() - start; }"""
    )
    assert took < 100
    expect(shown.get_by_role("status")).to_have_text("19 found")
    box.fill("HOUSE nº 7777")
    expect(shown.locator("#found a")).to_have_text("House Nº 7777")
    expect(shown.locator("#found a")).to_have_attribute(
        "href", "listing/" + shown.locator("#found a").evaluate("(a) => a.href").rsplit("/", 1)[1]
    )
    box.fill("house")
    expect(shown.get_by_role("status")).to_have_text("10000 found, the first 50 shown")
    box.fill("nothing of the kind")
    expect(shown.get_by_role("status")).to_have_text("0 found")
    watched.keep("search")


def test_everything_can_be_reached_by_keyboard(folder: Path, watched: Watched) -> None:
    shown = watched.open(folder / "listings.html")
    keys = shown.keyboard
    keys.press("Tab")
    expect(shown.get_by_role("link", name="To the content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(shown.get_by_label("Search by name")).to_be_focused()
    keys.type("harbour namur")
    expect(shown.locator("#found a")).to_have_count(1)
    keys.press("Tab")
    keys.press("Enter")
    shown.wait_for_url("**/listing/*.html")
    for _ in range(60):
        keys.press("Tab")
        if shown.evaluate("document.activeElement.matches('.page a.value')"):
            break
    lit = shown.evaluate("[...document.querySelectorAll('.on')].map((x) => x.localName)")
    assert lit.count("a") >= 1
    assert lit.count("tr") >= 1
    keys.press("Enter")
    expect(shown.locator("tr:target, tr:has(i:target)")).to_be_in_viewport()


def test_changes_and_problems_are_for_people(folder: Path, watched: Watched) -> None:
    shown = watched.open(folder / "changes.html")
    expect(shown.locator("article.changed ins", has_text="of Namur").first).to_be_visible()
    expect(shown.locator("article.removed")).to_have_count(1)
    watched.keep("changes")
    shown = watched.open(folder / "problems.html")
    text = shown.locator("pre.copy").first
    expect(text).to_contain_text("Mascot")
    shown.get_by_role("button", name="Copy").first.click()
    expect(
        shown.get_by_role("button", name="Copied").or_(shown.get_by_role("button", name="Selected")).first
    ).to_be_visible()
    watched.keep("problems")


def test_right_to_left_text_keeps_its_direction_and_turns_nothing_else(folder: Path, watched: Watched) -> None:
    shown = watched.open(of(folder, "البلد"))
    arabic = shown.locator("td[lang=ar] p").first
    assert arabic.evaluate("(x) => getComputedStyle(x).direction") == "rtl"
    label = shown.locator(".page a.label").first.bounding_box()
    value = shown.locator(".page a.value").first.bounding_box()
    assert label
    assert value
    assert label["y"] < value["y"] or label["x"] > value["x"], "the label of an Arabic line stands at its right"
    assert shown.locator("th", has_text="country").first.evaluate("(x) => getComputedStyle(x).direction") == "ltr"
    watched.keep("right-to-left")


@pytest.mark.parametrize("name", ["index.html", "listings.html", "changes.html", "problems.html", "listing"])
def test_a_narrow_screen_needs_no_sideways_scrolling(folder: Path, watched: Watched, name: str) -> None:
    watched.page.set_viewport_size({"width": 360, "height": 720})
    shown = watched.open(of(folder, "Harbour House of Namur") if name == "listing" else folder / name)
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    if name == "listing":
        watched.keep("narrow")


def serious(page: Page) -> list[tuple[str, str, str]]:
    """What axe-core finds on a page that is serious or worse."""
    return [
        (each["id"], node["html"][:200], node["failureSummary"][:300])
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(folder: Path, watched: Watched, scheme: str) -> None:
    watched.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    paths = [folder / name for name in ("index.html", "listings.html", "changes.html", "problems.html")]
    listings = [of(folder, 'lang="ar"'), of(folder, "Harbour House of Namur"), of(folder, "onerror")]
    for path in (*paths, *listings):
        shown = watched.open(path)
        shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        assert serious(shown) == [], path
        if path.name == "index.html":
            watched.keep(f"overview-{scheme}")


def test_a_listing_opens_where_reading_begins(tmp_path: Path, watched: Watched) -> None:
    menu = "".join(f"<li><a href=/{n}>Menu entry {n}</a></li>" for n in range(120))
    facts = {"Country": "Belgium", "City": "Namur", "Type of service": "Shelter", "Phone": "+1 202 555 0101"}
    fields = "".join(f"<p><strong>{label}:</strong> {value}</p>" for label, value in facts.items())
    html = f"<nav><ul>{menu}</ul></nav><main><h1>Harbour</h1>{fields}</main><footer><ul>{menu}</ul></footer>"
    release = staged(tmp_path, [read("menus", html.encode(), 1)])
    path = next((review(release, tmp_path / "review").parent / "listing").iterdir())
    shown = watched.open(path)
    expect(shown.locator(".page a.value", has_text="Belgium")).to_be_in_viewport()
    expect(shown.locator(".legend")).to_be_in_viewport()
    assert shown.evaluate("scrollY") == 0, "the head of the page is seen, too"


def test_the_overview_says_at_a_glance_how_it_stands(folder: Path, watched: Watched) -> None:
    shown = watched.open(folder / "index.html")
    expect(shown.get_by_role("heading", name="This release is published")).to_be_in_viewport()
    for what in ("listings", "new", "gone", "pages failed", "problems"):
        expect(shown.locator(".tiles a", has_text=what).first).to_be_in_viewport()
    shown.locator(".tiles a", has_text="pages failed").click()
    expect(shown.get_by_text("http-404").first).to_be_in_viewport()
    shown.get_by_role("link", name="unknown-label").click()
    expect(shown.locator("#unknown-label")).to_be_in_viewport()
    shown.go_back()
    assert all(image.get_attribute("alt") for image in shown.locator("img").all())


def test_nothing_on_a_page_runs(folder: Path, watched: Watched) -> None:
    path = of(folder, "onerror")
    for file in (path, *(folder / name for name in ("index.html", "listings.html", "changes.html", "problems.html"))):
        shown = watched.open(file)
        assert shown.evaluate("window.ran") is None, file
        assert shown.locator("iframe, svg, main img:not([src^='data:image/svg'])").count() == 0, file
        assert shown.locator("a[href^='javascript' i], a[href^='data' i]").count() == 0, file
    shown = watched.open(path)
    assert "\u202e" not in shown.inner_text("body")
    assert "{{ 7 * 7 }}" in shown.inner_text(".page")


def test_the_policy_stops_a_script_that_got_in(folder: Path, browser: Browser) -> None:
    shown = Watched(browser.new_page()).open(folder / "index.html")
    stopped = shown.evaluate(
        """() => new Promise((done) => {
        const found = [];
        document.addEventListener("securitypolicyviolation", (event) => {
            found.push(event.effectiveDirective);
            if (found.length === 4) done(found.sort());
        });
        const script = document.createElement("script");
        script.textContent = "window.ran = 1";
        const file = document.createElement("script");
        file.src = "listings.html";
        const image = document.createElement("img");
        image.src = "https://directory.example/pixel.png";
        const button = document.createElement("button");
        button.setAttribute("onclick", "window.ran = 2");
        document.body.append(script, file, image, button);
        button.click();
        setTimeout(() => done(found.sort()), 2000);
        })"""
    )
    assert stopped == ["img-src", "script-src-attr", "script-src-elem", "script-src-elem"]
    assert shown.evaluate("window.ran") is None
    shown.close()


def test_on_paper_everything_is_there(folder: Path, watched: Watched) -> None:
    shown = watched.open(of(folder, "Harbour House of Namur"))
    shown.emulate_media(media="print")
    for pane in shown.locator(".pane").all():
        assert pane.evaluate("(x) => x.scrollHeight <= x.clientHeight + 2")
    assert shown.locator(".facts pre").evaluate("(x) => x.checkVisibility()"), "what is folded away is printed"
    assert not shown.locator("header a").first.is_visible()


def test_a_correction_is_made_by_keyboard_and_stands_in_the_csv(tmp_path: Path, watched: Watched) -> None:
    write_source(tmp_path / "sources", "quay", start=SITE)
    published(tmp_path / "data" / "processed" / "quay", [page(listing("harbour"))])
    desk = Desk(Workplace(tmp_path / "sources", tmp_path / "data"), "quay", "secret-token")
    with closing(desk), served(desk) as base:
        shown = watched.page
        shown.goto(f"{base}/listings.html?token=secret-token")
        shown.get_by_label("Search by name").fill("port namur")
        shown.locator("#found a").click()
        field = shown.locator("tr[id]", has_text="Belgium")
        field.get_by_text("Correct or accept").focus()
        shown.keyboard.press("Enter")
        field.get_by_label("Normal form").fill("NL")
        field.get_by_label("Reason").fill("asked them, <b>twice</b>")
        shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        for scheme in ("dark", "light"):
            shown.emulate_media(color_scheme=scheme)
            assert serious(shown) == []
        shown.keyboard.press("Enter")
        expect(shown.get_by_role("heading", name="Written")).to_be_visible()
        assert serious(shown) == []
        expect(shown.locator("pre.diff")).to_contain_text("+country,Belgium,NL")
        watched.keep("correction")
    made = load_lookups(tmp_path / "sources" / "quay").entries
    assert [(entry.column, entry.printed, entry.normal, entry.reason) for entry in made] == [
        ("country", "Belgium", "NL", "asked them, <b>twice</b>")
    ]
