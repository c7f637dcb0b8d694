"""The review of a release: pages for people that open from a disk, without network. Written with every release."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from releases.database import in_little_memory, open_release
from releases.release import releases
from releases.values import kind_of
from reports import causes, history, record
from reports.environment import environment, visible
from reports.overview import overview
from reports.run import Run, write_run
from reports.run import read_run as read_run
from reports.summary import Row, number, select
from sources.suppress import COLUMNS as TAKEN_OUT
from sources.suppress import Takedowns

LISTED = 500
"""Listings on one page of the list of all, and changes on one page of changes."""


@dataclass(frozen=True, slots=True)
class Served:
    """What `listings review` adds to the pages: forms. `token` is what they post with; `held` says that the release is held."""

    token: str
    held: bool = False

    def columns_of(self, key: str | None) -> Sequence[str]:
        """The columns of lookups.csv that may be set by what a field of that key prints."""
        return _CORRECTED.get(key or "", ())

    def normal(self, key: str, row: Row) -> str:
        """The normal form that the listing has now, as lookups.csv writes it; empty where there is none."""
        value = row.get(_NORMAL.get(key, ""))
        return "; ".join(value) if isinstance(value, list) else value or ""

    def suppressed(self, column: str) -> str | None:
        """What suppress.csv calls a column of `listings`; None where it cannot be taken out."""
        kind = kind_of(column)
        return kind if kind in TAKEN_OUT else None


_CONTACTS = ("phone", "fax", "email", "url", "address")
_CORRECTED: Mapping[str, tuple[str, ...]] = {
    "country": ("country",),
    "region": ("region",),
    "organization_name": ("name",),
    "other_name": ("name",),
    "service_type": ("service_type",),
    "contact_details": _CONTACTS,
    "contact_seeking_help": _CONTACTS,
    "areas_served": ("areas_served",),
    "areas_served_languages": ("areas_served", "languages"),
    "languages": ("languages",),
    "organization_type": ("organization_type",),
    "reach": ("reach",),
    "law_enforcement_relations": ("law_enforcement_relations",),
}
_NORMAL = {
    "country": "country",
    "region": "region_code",
    "service_type": "service_types",
    "areas_served": "areas_served",
    "languages": "languages",
    "organization_type": "organization_type",
    "reach": "reach",
    "law_enforcement_relations": "law_enforcement_relations",
}


def review(
    release: Path,
    out: Path,
    earlier: Sequence[Path] = (),
    run: Run | None = None,
    takedowns: Takedowns = history.NONE,
) -> Path:
    """Write the review of the release folder to the folder `out` (made anew) and return its first page.

    There are an overview, lists of all listings with a search, a page for each listing, what changed (also as an Atom feed), and
    problems by their cause. `earlier` are the published releases before this one, oldest first: the last is compared with, and
    all are in the histories, without what the takedowns take out by now. The same release, run, earlier releases and takedowns
    give the same bytes.
    """
    begin_review(out)
    write_listings(release, out, earlier, takedowns)
    return write_overview(release, out, earlier, run, takedowns)


def begin_review(out: Path) -> None:
    """Make the folder of a review anew."""
    if out.exists():
        shutil.rmtree(out)
    (out / "listing").mkdir(parents=True)


def write_overview(
    release: Path, out: Path, earlier: Sequence[Path] = (), run: Run | None = None, takedowns: Takedowns = history.NONE
) -> Path:
    """Write a review but for the pages of its listings; returns its first page."""
    with Pages(release, earlier, run, takedowns=takedowns) as pages:
        _write(out, pages.overview())
    write_run(out, run)
    return out / "index.html"


def write_listings(
    release: Path,
    out: Path,
    earlier: Sequence[Path] = (),
    takedowns: Takedowns = history.NONE,
    share: tuple[int, int] = (0, 1),
) -> None:
    """Write the pages of the listings: with (n, count) the n-th of so many shares, so that several processes may do it."""

    def write(lean: bool) -> None:
        with (
            tempfile.TemporaryDirectory(dir=out, prefix=".sort-") as scratch,
            Pages(release, earlier, takedowns=takedowns, scratch=Path(scratch), lean=lean) as pages,
        ):
            _write(out, pages.listings(*share))

    in_little_memory(write)


def _write(out: Path, pages: Iterable[tuple[str, str]]) -> None:
    for name, text in pages:
        (out / name).write_bytes(text.encode())


def tell_acceptance(release: Path, takedowns: Takedowns = history.NONE) -> None:
    """Write the first page of a release's review anew, when it was held and is accepted all the same: it says so."""
    folder = release / "review"
    if folder.is_dir():
        with Pages(release, published_before(release), read_run(folder), takedowns=takedowns) as pages:
            (folder / "index.html").write_bytes((pages.page("index.html") or "").encode())


def published_before(release: Path) -> list[Path]:
    """The releases of the same source that were published before this one, oldest first."""
    name = json.loads((release / "datapackage.json").read_bytes())["version"]
    return [path for path in releases(release.parent) if path.name < name]


class Pages:
    """The pages of a review by their names; each is made when it is asked for, those of all listings with a `scratch` folder."""

    def __init__(
        self,
        release: Path,
        earlier: Sequence[Path] = (),
        run: Run | None = None,
        served: Served | None = None,
        takedowns: Takedowns = history.NONE,
        scratch: Path | None = None,
        lean: bool = False,
    ) -> None:
        self._package: dict[str, Any] = json.loads((release / "datapackage.json").read_bytes())
        self._last = earlier[-1] if earlier else None
        self._run, self._served, self._scratch = run, served, scratch
        self._environment = environment(served is not None)
        self._connection = open_release(release, scratch, lean)
        history.load_history(self._connection, self._package["version"], earlier, takedowns)
        self._total = number(self._connection, "SELECT count(*) FROM listings")
        self._changes = history.count_changes(self._connection)

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the release's tables."""
        self._connection.close()

    def overview(self) -> Iterator[tuple[str, str]]:
        """All pages but those of listings, one after the other, with their names."""
        for name in ("index.html", "problems.html", "changes.atom", *self._names("listings"), *self._names("changes")):
            yield name, self.page(name) or ""

    def listings(self, number: int = 0, count: int = 1) -> Iterator[tuple[str, str]]:
        """The pages of the listings, with their names: the share of that number, from 0, of so many."""
        assert self._scratch is not None, "there is no folder to sort in"  # noqa: S101
        for shown in record.each(self._connection, self._scratch, number, count):
            yield f"listing/{shown.row['id']}.html", self._listing(shown)

    def page(self, name: str) -> str | None:
        """The page of that name ("index.html", "listing/<id>.html"); None where there is none."""
        if name == "index.html":
            return self._overview()
        if name == "problems.html":
            return self._render(name, kinds=causes.kinds(self._connection), fill_in=causes.FILL_IN)
        if name == "changes.atom":
            entries = history.changes(self._connection, 0, history.ENTRIES)
            return self._render(name, entries=entries, lines=history.lines)
        for stem, made in (("listings", self._list), ("changes", self._changed)):
            if name in (names := self._names(stem)):
                return made(name, names)
        folder, _, file = name.partition("/")
        shown = record.one(self._connection, file.removesuffix(".html")) if folder == "listing" else None
        return self._listing(shown) if shown else None

    def note(
        self,
        title: str,
        said: str,
        diff: str = "",
        log: str = "",
        effect: Sequence[Row] | None = None,
        back: str = "",
        busy: bool = False,
        again: bool = False,
    ) -> str:
        """A page that tells what was done: the `diff` of a file, the `effect` on the release, what a run printed (`log`).

        `busy` pages look again by themselves; `again` ones can make the release anew; `back` is where to go from there.
        """
        told: dict[str, Any] = {"title": title, "said": said, "diff": diff, "log": log, "effect": effect, "back": back}
        return self._render("note.html", **told, busy=busy, again=again)

    def listing_row(self, id_: str) -> Row | None:
        """The row of `listings` of that id."""
        return next(iter(select(self._connection, "SELECT * FROM listings WHERE id = ?", [id_])), None)

    def page_row(self, id_: str) -> Row | None:
        """The row of `page` that the listing of that id was read from."""
        query = "SELECT page.* FROM page JOIN listings ON page_id = page.id WHERE listings.id = ?"
        return next(iter(select(self._connection, query, [id_])), None)

    def _names(self, stem: str) -> list[str]:
        total = self._total if stem == "listings" else self._changes
        return [f"{stem}.html", *(f"{stem}-{n}.html" for n in range(2, -(-total // LISTED) + 1))]

    def _overview(self) -> str:
        return self._render("index.html", **overview(self._connection, self._last, self._run))

    def _list(self, name: str, names: list[str]) -> str:
        rows = select(self._connection, _LIST, [LISTED, names.index(name) * LISTED])
        index = self._index() if name == names[0] else None
        return self._render("listings.html", rows=rows, index=index, names=names, here=name, total=self._total)

    def _index(self) -> list[list[str | None]]:
        """What the search looks through: id, name, place, and all else that a listing is found by."""
        return [[value and visible(value) for value in row.values()] for row in select(self._connection, _INDEX)]

    def _changed(self, name: str, names: list[str]) -> str:
        entries = history.changes(self._connection, names.index(name) * LISTED, LISTED)
        there = {row["id"] for row in select(self._connection, _THERE, [[entry.listing_id for entry in entries]])}
        return self._render("changes.html", entries=entries, there=there, names=names, here=name, total=self._changes)

    def _listing(self, shown: record.Shown) -> str:
        return self._render("listing.html", root="../", shown=shown)

    def _render(self, template: str, root: str = "", **values: Any) -> str:
        common = {"package": self._package, "root": root, "served": self._served, "template": template}
        return visible(self._environment.get_template(template).render(common | values))


_LIST = """SELECT id, name, url, country, region, page_languages, accounted, problems FROM listings
ORDER BY lower(name) NULLS LAST, id LIMIT ? OFFSET ?"""
_INDEX = """SELECT id, coalesce(name, url), concat_ws(' · ', country, coalesce(city, region)),
concat_ws(' ', (SELECT string_agg("text", ' ' ORDER BY t.id) FROM "text" AS t
WHERE t.row_id = listings.id AND "column" IN ('name', 'alternate_name')), region, city, url,
array_to_string(service_types, ' ')) FROM listings ORDER BY lower(name) NULLS LAST, id"""
_THERE = "SELECT id FROM listings WHERE id IN (SELECT unnest(?))"
