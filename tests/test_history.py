"""What becomes of listings from crawl to crawl: changed, moved, gone, kept while they do not answer, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from fetchers.archive import captures, latest_crawl
from fetchers.crawl import crawl
from fetchers.model import Crawl
from releases.release import latest, listing_urls
from sources.source import Source
from tests.crawling import check, released
from tests.directories import HOUSES, Directory
from tests.servers import QUICK, Answer, redirect, serving, source
from tests.test_foreign import http, wget_record


class Guide:
    """A directory, and the data of a source that is refreshed from it."""

    def __init__(self, directory: Directory, root: Path) -> None:
        self.directory, self.root = directory, root
        self.source: Source = source(directory.site)
        self.day = 0

    def refresh(self, limit: int | None = None) -> Crawl:
        """Crawl and release; each crawl is of another day."""
        last = latest(self.root / "processed" / "guide")
        known = listing_urls(last) if last else ()
        found = crawl(self.source, self.root / "raw", limit=limit, known=known, limits=replace(QUICK, retries=0))
        released(found, self.root / "raw", self.root / "processed" / "guide", self.source)
        check(found)
        return found

    def table(self, name: str) -> pd.DataFrame:
        """A table of the latest release, null as None."""
        release = latest(self.root / "processed" / "guide")
        assert release is not None
        table = pd.read_parquet(release / f"{name}.parquet").astype(object)
        return table.where(table.notna(), None)

    def path(self, url: str) -> str:
        return url.removeprefix(self.directory.site.base)

    def changes(self) -> list[tuple[str, str, str | None]]:
        """Change, name and column of what changed."""
        table = self.table("change")
        return sorted(zip(table["change"], table["name"], table["column"], strict=True), key=str)

    def ids(self) -> dict[str, str]:
        """The id of each listing by its path."""
        table = self.table("listings")
        return {self.path(url): key for url, key in zip(table["url"], table["id"], strict=True)}

    def states(self) -> dict[str, str]:
        """The state of each page by its path."""
        table = self.table("page")
        return {self.path(url): state for url, state in zip(table["url"], table["state"], strict=True)}


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    """A guide whose crawls are an hour apart, so that each has a release of its own."""
    hour = iter(range(1000))
    monkeypatch.setattr("fetchers.writer._free_name", lambda _: f"20260101{next(hour):02}0000")
    with serving() as site:
        yield Guide(Directory(site), tmp_path)


def test_each_edit_is_told_as_what_it_is_though_the_bytes_of_every_page_differ(guide: Guide) -> None:
    guide.refresh()
    before = guide.ids()
    assert len(before) == len(HOUSES)
    guide.directory.edit("anchor")
    guide.directory.edit("beacon")
    guide.directory.move("cedar", "cedar-foundation")
    guide.directory.remove("dune")
    guide.directory.add("islet")
    found = guide.refresh()
    assert guide.changes() == [
        ("added", "Islet House", None),
        ("changed", "Anchor House", "phone"),
        ("changed", "Beacon House", "phone"),
        ("moved", "Cedar House", "url"),
        ("removed", "Dune House", None),
    ]
    after = guide.ids()
    assert after["/cedar-foundation/"] == before["/cedar/"]
    assert {path: after[path] for path in before if path in after} == {
        path: before[path] for path in before if path not in ("/cedar/", "/dune/")
    }
    assert (found.fetched, found.moved, found.gone, found.kept) == (len(HOUSES) + 1, 1, 1, 0)
    assert {failure.url: failure.kind for failure in found.failures} == {
        f"{guide.directory.site.base}/dune/": "http-404"
    }


def test_a_page_keeps_its_history(guide: Guide) -> None:
    guide.refresh()
    guide.directory.move("cedar", "cedar-foundation")
    guide.directory.remove("dune")
    guide.refresh()
    guide.refresh()
    assert guide.changes() == []
    page = guide.table("page").set_index(guide.table("page")["url"].map(guide.path))
    assert dict(page["state"])["/dune/"] == "gone"
    assert "/cedar/" not in page.index
    moved, gone, stays = (page.loc[path] for path in ("/cedar-foundation/", "/dune/", "/anchor/"))
    assert moved["first_seen"] < gone["last_seen"] < moved["last_seen"]
    assert stays["first_seen"] < gone["first_seen"] == gone["last_seen"] < stays["last_seen"]
    assert (gone["listings"], gone["warc_file"]) == (0, "20260101000000.warc.gz")
    assert guide.table("listings")["page_id"].isin(page["id"]).all()


def test_a_listing_that_nothing_links_to_and_that_answers_is_there(guide: Guide) -> None:
    guide.refresh()
    guide.directory.unlink("ember")
    guide.refresh()
    assert guide.changes() == []
    assert guide.states()["/ember/"] == "active"
    del guide.directory.site.answers["/ember/"]
    found = guide.refresh()
    assert guide.changes() == [("removed", "Ember House", None)]
    assert guide.states()["/ember/"] == "gone"
    seen = len(guide.directory.site.seen)
    assert guide.refresh().gone == 0 < found.gone
    assert "/ember/" not in guide.directory.site.paths[seen:]


def test_what_is_no_listing_is_not_asked_for_again(guide: Guide) -> None:
    guide.directory.site.pages({"/month": "<p>May</p>", "/": '<a href="/anchor/">A</a><a href="/month">M</a>'})
    guide.refresh()
    guide.directory.publish()
    asked = len(guide.directory.site.seen)
    guide.refresh()
    assert "/month" not in guide.directory.site.paths[asked:]
    assert guide.states()["/month"] == "gone"


def test_a_listing_that_is_linked_and_does_not_answer_stays_as_it_was(guide: Guide) -> None:
    guide.refresh()
    before = guide.table("listings")
    guide.directory.site.answers["/fjord/"] = Answer(b"busy", 503)
    for _ in range(2):
        found = guide.refresh()
        assert guide.changes() == []
        assert (found.kept, found.gone) == (1, 0)
        assert list(guide.table("listings")["id"]) == list(before["id"])
        page = guide.table("page").set_index("url").loc[f"{guide.directory.site.base}/fjord/"]
        assert (page["state"], page["warc_file"]) == ("active", "20260101000000.warc.gz")
        problem = guide.table("problem")
        assert list(problem[problem["kind"] == "http-503"]["url"]) == [f"{guide.directory.site.base}/fjord/"]
    guide.directory.publish()
    assert guide.refresh().kept == 0


def test_a_listing_that_is_neither_linked_nor_answers_is_gone(guide: Guide) -> None:
    guide.refresh()
    guide.directory.unlink("ember")
    guide.directory.site.answers["/ember/"] = Answer(b"busy", 503)
    guide.refresh()
    assert guide.changes() == [("removed", "Ember House", None)]
    assert guide.states()["/ember/"] == "gone"


def test_a_listing_that_leads_to_the_front_page_is_gone(guide: Guide) -> None:
    guide.refresh()
    guide.directory.remove("dune")
    guide.directory.site.answers["/dune/"] = redirect("/")
    guide.refresh()
    assert guide.changes() == [("removed", "Dune House", None)]
    assert guide.states()["/dune/"] == "gone"


def test_a_listing_that_comes_back_is_the_same(guide: Guide) -> None:
    guide.refresh()
    before = guide.ids()["/dune/"]
    number = guide.directory.telephones["dune"]
    guide.directory.remove("dune")
    guide.refresh()
    guide.directory.other.clear()
    guide.directory.telephones["dune"] = number
    guide.directory.publish()
    guide.refresh()
    assert guide.ids()["/dune/"] == before
    assert guide.changes() == [("added", "Dune House", None)]
    page = guide.table("page").set_index("url").loc[f"{guide.directory.site.base}/dune/"]
    assert page["first_seen"] < page["last_seen"]


def test_moving_on_keeps_the_first_identity_and_a_new_page_in_the_old_place_is_another(guide: Guide) -> None:
    guide.refresh()
    before = guide.ids()["/cedar/"]
    guide.directory.move("cedar", "cedar-foundation")
    guide.refresh()
    guide.directory.move("cedar-foundation", "cedar-trust")
    del guide.directory.other["/cedar/"]
    guide.directory.add("cedar")
    guide.refresh()
    ids = guide.ids()
    assert ids["/cedar-trust/"] == before != ids["/cedar/"]
    assert sorted(change for change, *_ in guide.changes()) == ["added", "moved"]
    guide.refresh()
    assert guide.ids() == ids
    assert guide.changes() == []


def test_a_crawl_cut_short_says_nothing_of_what_it_did_not_look_at(guide: Guide) -> None:
    guide.refresh()
    before = guide.ids()
    found = guide.refresh(limit=4)
    assert (found.pages, found.gone, found.kept) == (4, 0, 0)
    assert set(guide.states().values()) == {"active"}
    assert guide.refresh().gone == 0
    assert guide.ids() == before
    page = guide.table("page")
    assert (page["first_seen"] < page["last_seen"]).all()


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


def test_it_is_told_from_the_archive_alone(guide: Guide) -> None:
    guide.refresh()
    guide.directory.move("cedar", "cedar-foundation")
    guide.directory.remove("dune")
    guide.refresh()
    release = latest(guide.root / "processed" / "guide")
    assert release is not None
    tables = ("listings", "page", "problem", "change")
    before = {name: (release / f"{name}.parquet").read_bytes() for name in tables}
    found = latest_crawl(guide.root / "raw", "guide")
    assert found is not None
    released(found, guide.root / "raw", guide.root / "processed" / "guide", guide.source)
    assert {name: (release / f"{name}.parquet").read_bytes() for name in tables} == before
