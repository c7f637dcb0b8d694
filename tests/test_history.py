"""What becomes of listings from crawl to crawl: changed, moved, gone, kept while they do not answer, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from fetchers.archive import captures, cut_up, latest_crawl, page_urls, past_pages
from fetchers.crawl import crawl
from fetchers.model import Crawl, Past
from releases.release import latest, listing_urls, releases
from releases.withheld import withheld
from sources.lookups import Lookup, Lookups
from sources.source import Source
from sources.suppress import Takedown, Takedowns
from tests.crawling import check, released
from tests.directories import HOUSES, Directory
from tests.servers import QUICK, Answer, redirect, serving, source
from tests.test_foreign import http, wget_record
from tests.test_takedowns import everything


class Guide:
    """A directory, and the archive of a source that is crawled from it."""

    def __init__(self, directory: Directory, root: Path) -> None:
        self.directory, self.root = directory, root
        self.source: Source = source(directory.site)
        self.raw, self.processed = root / "raw", root / "processed" / "guide"
        self.before: dict[str, str] = {}
        self.now: dict[str, str] = {}
        self.gone: dict[str, Past] = {}

    def crawl(self, limit: int | None = None) -> Crawl:
        """Crawl; the listings that are asked for again are all pages but the front and the month."""
        known = [url for url in self.now if not url.endswith("month") and self.path(url) != "/"]
        found = crawl(self.source, self.raw, limit=limit, known=known, limits=replace(QUICK, retries=0))
        check(found)
        self.before = self.now
        self.now = {capture.url: capture.known_as for capture in captures(self.raw, found)}
        self.gone = {self.path(url): page for url, page in past_pages(self.raw, found).items()}
        return found

    def release(self) -> Crawl:
        """Crawl, and release what came."""
        last = latest(self.processed)
        found = crawl(self.source, self.raw, known=listing_urls(last) if last else (), limits=QUICK)
        released(found, self.raw, self.processed, self.source)
        return found

    def reparse(self) -> None:
        """Make the last release anew."""
        found = latest_crawl(self.raw, self.source.name)
        assert found
        released(found, self.raw, self.processed, self.source)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the latest release, null as None."""
        release = latest(self.processed)
        assert release is not None
        table = pd.read_parquet(release / f"{name}.parquet").astype(object)
        return table.where(table.notna(), None)

    def path(self, url: str) -> str:
        return url.removeprefix(self.directory.site.base)

    def changes(self) -> set[tuple[str, str]]:
        """What the last crawl found to be new, moved or gone, by identity."""
        then, now = ({name: url for url, name in pages.items()} for pages in (self.before, self.now))
        told = {("added", name) for name in now.keys() - then.keys()}
        told |= {("removed", name) for name in then.keys() - now.keys()}
        told |= {("moved", name) for name in then.keys() & now.keys() if then[name] != now[name]}
        return {(what, self.path(name)) for what, name in told}


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    """A guide whose crawls are an hour apart, so that each has a release of its own."""
    hour = iter(range(1000))
    monkeypatch.setattr("fetchers.writer._free_name", lambda _: f"20260101{next(hour):02}0000")
    with serving() as site:
        yield Guide(Directory(site), tmp_path)


def test_each_edit_is_told_as_what_it_is_though_the_bytes_of_every_page_differ(guide: Guide) -> None:
    guide.release()
    before = guide.table("listings").set_index("name")["id"]
    assert len(before) == len(HOUSES)
    guide.directory.edit("anchor")
    guide.directory.edit("beacon")
    guide.directory.move("cedar", "cedar-foundation")
    guide.directory.remove("dune")
    guide.directory.add("islet")
    found = guide.release()
    change = guide.table("change")
    assert sorted(zip(change["change"], change["name"], change["column"], strict=True), key=str) == [
        ("added", "Islet House", None),
        ("changed", "Anchor House", "phone"),
        ("changed", "Beacon House", "phone"),
        ("moved", "Cedar House", "url"),
        ("removed", "Dune House", None),
    ]
    after = guide.table("listings").set_index("name")["id"]
    assert dict(after.drop("Islet House")) == dict(before.drop("Dune House"))
    assert (found.fetched, found.moved, found.gone, found.kept) == (len(HOUSES) + 1, 1, 1, 0)
    assert {guide.path(failure.url): failure.kind for failure in found.failures} == {"/dune/": "http-404"}
    page = guide.table("page")
    page = page.set_index(page["url"].map(guide.path))
    assert dict(page["state"]) == {
        path: "gone" if path == "/dune/" else "active"
        for path in ("/", "/islet/", "/cedar-foundation/", *(f"/{name}/" for name in HOUSES if name != "cedar"))
    }
    moved, gone, stays = (page.loc[path] for path in ("/cedar-foundation/", "/dune/", "/anchor/"))
    assert moved["first_seen"] < gone["last_seen"] < moved["last_seen"]
    assert stays["first_seen"] < gone["first_seen"] == gone["last_seen"] < stays["last_seen"]
    assert (gone["listings"], gone["warc_file"]) == (0, "20260101000000.warc.gz")
    assert guide.table("listings")["page_id"].isin(page["id"]).all()
    tables = ("listings", "page", "problem", "change")
    release = latest(guide.processed)
    assert release is not None
    told = {name: (release / f"{name}.parquet").read_bytes() for name in tables}
    again = latest_crawl(guide.raw, "guide")
    assert again is not None
    released(again, guide.raw, guide.processed, guide.source)
    assert {name: (release / f"{name}.parquet").read_bytes() for name in tables} == told


def test_a_listing_that_nothing_links_to_and_that_answers_is_there(guide: Guide) -> None:
    guide.crawl()
    guide.directory.unlink("ember")
    guide.crawl()
    assert guide.changes() == set()
    del guide.directory.site.answers["/ember/"]
    found = guide.crawl()
    assert guide.changes() == {("removed", "/ember/")}
    assert guide.gone["/ember/"].why == "the server answered 404"
    seen = len(guide.directory.site.seen)
    assert guide.crawl().gone == 0 < found.gone
    assert "/ember/" in guide.gone
    assert "/ember/" not in guide.directory.site.paths[seen:]


def test_what_is_no_listing_is_not_asked_for_again(guide: Guide) -> None:
    guide.directory.site.pages({"/month": "<p>May</p>", "/": '<a href="/anchor/">A</a><a href="/month">M</a>'})
    guide.crawl()
    guide.directory.publish()
    asked = len(guide.directory.site.seen)
    guide.crawl()
    assert "/month" not in guide.directory.site.paths[asked:]
    assert "links to it" in guide.gone["/month"].why


def test_a_listing_that_is_linked_and_does_not_answer_stays_as_it_was(guide: Guide) -> None:
    guide.release()
    before = list(guide.table("listings")["id"])
    guide.directory.site.answers["/fjord/"] = Answer(b"busy", 503)
    guide.crawl()
    found = guide.release()
    assert (found.kept, found.gone) == (1, 0)
    assert list(guide.table("listings")["id"]) == before
    assert guide.table("change").empty
    page = guide.table("page").set_index("url").loc[f"{guide.directory.site.base}/fjord/"]
    assert (page["state"], page["warc_file"]) == ("active", "20260101000000.warc.gz")
    problem = guide.table("problem")
    assert list(problem[problem["kind"] == "http-503"]["url"]) == [f"{guide.directory.site.base}/fjord/"]
    guide.directory.publish()
    assert guide.crawl().kept == 0


def test_a_listing_that_moves_to_where_nothing_answers_yet_stays_as_it_was(guide: Guide) -> None:
    guide.crawl()
    guide.directory.site.answers |= {"/fjord/": redirect("/fjord-house/"), "/fjord-house/": Answer(b"busy", 503)}
    assert guide.crawl().kept == 1
    assert guide.changes() == set()
    guide.directory.move("fjord", "fjord-house")
    guide.crawl()
    assert guide.changes() == {("moved", "/fjord/")}


def test_a_listing_that_is_neither_linked_nor_answers_is_gone(guide: Guide) -> None:
    guide.crawl()
    guide.directory.unlink("ember")
    guide.directory.site.answers["/ember/"] = Answer(b"busy", 503)
    guide.crawl()
    assert guide.changes() == {("removed", "/ember/")}
    assert "/ember/" in guide.gone


def test_a_listing_that_leads_to_the_front_page_is_gone(guide: Guide) -> None:
    guide.crawl()
    guide.directory.remove("dune")
    guide.directory.site.answers["/dune/"] = redirect("/")
    guide.crawl()
    assert guide.changes() == {("removed", "/dune/")}
    assert "which is another page" in guide.gone["/dune/"].why


def test_a_listing_that_comes_back_is_the_same(guide: Guide) -> None:
    guide.crawl()
    number = guide.directory.telephones["dune"]
    guide.directory.remove("dune")
    guide.crawl()
    first = guide.gone["/dune/"].first_seen
    guide.directory.other.clear()
    guide.directory.telephones["dune"] = number
    guide.directory.publish()
    found = guide.crawl()
    assert guide.changes() == {("added", "/dune/")}
    assert "/dune/" not in guide.gone
    (page,) = captures(guide.raw, found, [f"{guide.directory.site.base}/dune/"])
    assert page.first_seen.isoformat() == first


def test_moving_on_keeps_the_first_identity_and_a_new_page_in_the_old_place_is_another(guide: Guide) -> None:
    guide.crawl()
    guide.directory.move("cedar", "cedar-foundation")
    guide.crawl()
    guide.directory.move("cedar-foundation", "cedar-trust")
    del guide.directory.other["/cedar/"]
    guide.directory.add("cedar")
    guide.crawl()
    identities = {guide.path(url): guide.path(name) for url, name in guide.now.items()}
    assert identities["/cedar-trust/"] == "/cedar/" != identities["/cedar/"]
    assert {what for what, _ in guide.changes()} == {"added", "moved"}
    guide.crawl()
    assert identities == {guide.path(url): guide.path(name) for url, name in guide.now.items()}


def test_a_crawl_cut_short_says_nothing_of_what_it_did_not_look_at(guide: Guide) -> None:
    guide.crawl()
    whole = guide.now
    found = guide.crawl(limit=4)
    assert (found.pages, found.gone, found.kept, guide.gone) == (4, 0, 0, {})
    assert guide.crawl().gone == 0
    assert guide.now == whole


def test_a_slice_knows_of_moved_and_kept_pages(guide: Guide, tmp_path: Path) -> None:
    guide.crawl()
    guide.directory.move("cedar", "cedar-foundation")
    guide.directory.site.answers["/dune/"] = Answer(status=503)
    found = guide.crawl()
    assert (found.moved, found.kept) == (1, 1)
    urls = page_urls(guide.raw, found)
    parts = [urls[::2], urls[1::2]]
    for part, cut in zip(parts, cut_up(guide.raw, found, parts, tmp_path), strict=True):
        assert list(captures(guide.raw, found, part, cut)) == list(captures(guide.raw, found, part))


def test_another_spelling_of_a_sites_addresses_makes_no_other_pages(tmp_path: Path) -> None:
    page = http(b"<h1>A</h1>", "Content-Type: text/html")
    for n, url in enumerate(("http://guide.example/a", "https://www.guide.example/a"), 1):
        path = tmp_path / f"{n}.warc"
        path.write_bytes(wget_record(url, f"2026-0{n}-01T00:00:00Z", page))
        found = crawl(Source("copy", str(path)), tmp_path / "raw")
    (capture,) = captures(tmp_path / "raw", found)
    assert (capture.url, capture.known_as) == ("https://www.guide.example/a", "http://guide.example/a")
    assert (found.moved, found.gone) == (1, 0)
    assert (capture.first_seen.month, capture.fetched_at.month) == (1, 2)


def test_what_is_set_and_taken_out_by_hand_goes_with_a_page_that_moves(guide: Guide) -> None:
    """Cedar and Dune move twice; the rows for them name the first address, the second, or the last."""
    guide.release()
    house = {name: row["id"] for name, row in guide.table("listings").set_index("name").iterrows()}
    for n in (2, 3):
        for name in ("cedar", "dune", "ember"):
            guide.directory.move(name if n == 2 else f"{name}-2", f"{name}-{n}")
        guide.release()
    pages = guide.table("page").set_index("url")
    base = guide.directory.site.base
    assert [*pages["former_urls"][f"{base}/cedar-3/"]] == [f"{base}/cedar/", f"{base}/cedar-2/"]
    rows = [(f"{base}/cedar/", "phone"), (f"{base}/dune-2/", "email"), (f"{base}/ember-3/", None)]
    asked = tuple(Takedown(url, column, date(2026, 5, 3), "asked", n) for n, (url, column) in enumerate(rows, 2))
    lookups = tuple(
        Lookup("service_type", "Advice", normal, n, f"{base}/{at}/")
        for n, (at, normal) in enumerate((("cedar-2", "Counsel"), ("dune", "Help"), ("fjord", "Talk")), 2)
    )
    guide.source = replace(guide.source, suppress=Takedowns(asked, "00"), lookups=Lookups(lookups, "00"))
    guide.reparse()
    found = guide.table("listings").set_index("name")
    assert found.loc["Cedar House", "phone"] is None and found.loc["Cedar House", "id"] == house["Cedar House"]
    said = {name: row["service_types"][0] for name, row in found.iterrows()}
    assert (said["Cedar House"], said["Dune House"], said["Fjord House"]) == ("Counsel", "Help", "Talk")
    assert said["Anchor House"] == "Advice"
    # The release before has Ember at another address than the row names.
    release = latest(guide.processed)
    assert release and "Ember" not in everything(release) and "ember" not in everything(release)
    problems = guide.table("problem")
    assert not set(problems["kind"]) & {"unmatched-lookup", "unmatched-suppress"}
    first = releases(guide.processed)[0]
    with withheld(first, "guide", Takedowns(asked, "00")) as shown:
        assert "Ember" not in everything(shown)
        numbers = pd.read_parquet(shown / "listings.parquet").set_index("name")["phone"]
        assert pd.isna(numbers["Cedar House"]) and not pd.isna(numbers["Fjord House"])
