"""A release without what has been taken out on request since it was made."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from releases.ids import listing_id
from releases.merge import write
from releases.naming import addresses, hides, listing_addresses, names, told_by
from releases.release import releases
from releases.schema import SHARED, tables
from releases.takedowns import LINKS, PARENTS_FIRST, take_out
from sources.suppress import Takedown, Takedowns


@contextmanager
def withheld(release: Path, source: str, takedowns: Takedowns) -> Iterator[Path]:
    """A folder with the tables of the release, without what the takedowns name: its own where it was made with them already."""
    if made_with(release, takedowns):
        yield release
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / release.name
        folder.mkdir()
        shutil.copy2(release / "datapackage.json", folder)
        for name, table in _without(release, source, followed(takedowns, [release]).entries):
            write(table.to_batches(), table.schema, folder / f"{name}.parquet")
        yield folder


def made_with(release: Path, takedowns: Takedowns, package: Mapping[str, Any] | None = None) -> bool:
    """Whether a release was made with these takedowns: none of them is left to be done.

    `package` is what says what it was made from, where that is not its data package as a whole.
    """
    if not takedowns.entries:
        return True
    package = json.loads((release / "datapackage.json").read_bytes()) if package is None else package
    return bool(package.get("suppress", {}).get("hash") == f"sha256:{takedowns.sha256}")


def followed(takedowns: Takedowns, shown: Sequence[Path]) -> Takedowns:
    """The takedowns, with the listings of the releases `shown` by their ids too that are named by an address of another time.

    The releases beside them know it: by the addresses that a page has had, or by what is told of the takedown itself.
    """
    by_address = [entry for entry in takedowns.entries if entry.listing and not entry.is_id]
    if not by_address or not shown:
        return takedowns
    found: set[tuple[int, str]] = set()
    told: set[str] = set()
    for release in releases(shown[0].parent):
        for id_, urls in listing_addresses(release).items():
            found |= {(entry.line, id_) for entry in by_address if names(entry, id_, urls)}
        problems = pq.read_table(release / "problem.parquet", columns=["id"], filters=[("kind", "=", "suppressed")])
        told |= set(problems["id"].to_pylist())
    if told:
        ids = {id_ for release in shown for name in _OF_LISTINGS for id_ in _ids(release, name)}
        found |= {(entry.line, id_) for id_ in ids for entry in by_address if told_by(entry, id_) in told}
    return takedowns.naming(found)


_OF_LISTINGS = {"listings": "id", "change": "listing_id", "timeline": "id"}
"""The tables that tell of listings, of those that are gone too, and by which column."""


def _ids(release: Path, name: str) -> list[str]:
    column = _OF_LISTINGS[name]
    return list(pq.read_table(release / f"{name}.parquet", columns=[column])[column].to_pylist())


def _without(release: Path, source: str, entries: tuple[Takedown, ...]) -> Iterator[tuple[str, pa.Table]]:
    """The tables one by one, of which only those pages are looked at that have a listing which an entry names."""
    masks = _belonging(release, _named(release, entries))
    rows: dict[str, list[dict[str, Any]]] = {
        name: _read(release, name).filter(masks[name]).to_pylist() for name in tables()
    }
    take_out(rows, entries)
    listings = _read(release, "listings", ["id", "url"])
    urls = dict(zip(listings["id"].to_pylist(), listings["url"].to_pylist(), strict=True))
    owners = {"change": "listing_id", "metadata": "resource_id", "timeline": "id"}
    used: Any = None
    for name in (name for name in tables() if name not in SHARED):
        whole = _read(release, name)
        made = pa.Table.from_pylist(rows.pop(name), schema=whole.schema)
        # Only where something was taken out: a large table is not sorted for nothing.
        table = (
            pa.concat_tables([whole.filter(pc.invert(masks[name])), made]).sort_by("id")
            if made.num_rows
            else (whole.filter(pc.invert(masks[name])))
        )
        if name == "page":
            table = _without_texts(table)
        if name in owners:
            table = _told(table, owners[name], source, entries, urls)
        if name == "attribute":
            used = pc.unique(table["taxonomy_term_id"].combine_chunks())
        yield name, table
    terms = _read(release, "taxonomy_term")
    terms = terms.filter(pc.is_in(terms["id"], used))
    taxonomies = _read(release, "taxonomy")
    yield "taxonomy_term", terms
    yield "taxonomy", taxonomies.filter(pc.is_in(taxonomies["id"], terms["taxonomy_id"].combine_chunks()))


def _read(release: Path, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """A table of the release; with `columns`, those of them that it has."""
    path = release / f"{name}.parquet"
    if columns is not None:
        known = pq.read_schema(path).names
        columns = [column for column in columns if column in known]
    return pq.read_table(path, columns=columns)


def _without_texts(pages: pa.Table) -> pa.Table:
    """Pages without a listing lose title and text: an index prints the names of all that it leads to."""
    shown = pc.greater(pages["listings"], 0)
    for name in ("title", "text"):
        at = pages.schema.get_field_index(name)
        kept = pc.if_else(shown, pages[name], pa.scalar(None, pages.schema.field(at).type))
        pages = pages.set_column(at, pages.schema.field(at), kept)
    return pages


def _named(release: Path, entries: tuple[Takedown, ...]) -> set[str]:
    """The pages that have a listing which an entry names."""
    pages = {row["id"]: addresses(row) for row in _read(release, "page", ["id", "url", "former_urls"]).to_pylist()}
    rows = _read(release, "listings", ["id", "url", "page_id"]).to_pylist()
    return {
        row["page_id"]
        for row in rows
        if any(names(entry, row["id"], (row["url"], *pages[row["page_id"]])) for entry in entries)
    }


def _belonging(release: Path, pages: set[str]) -> dict[str, pa.ChunkedArray]:
    """Which rows of each table belong to these pages, directly or by way of other rows; all of shared tables."""
    ids = set(pages)
    masks: dict[str, Any] = {}
    others = [name for name in tables() if name not in ("page", "listings", *PARENTS_FIRST)]
    for name in ("page", "listings", *PARENTS_FIRST, *others):
        links = ["id"] if name in ("page", "organization") else ["page_id", *LINKS]
        table = _read(release, name, list(dict.fromkeys(["id", *links])))
        known = pa.array(sorted(ids), pa.string())
        mask = pa.chunked_array([pa.array([name in SHARED] * table.num_rows, pa.bool_())])
        for link in (link for link in links if link in table.column_names):
            mask = pc.or_(mask, pc.is_in(table[link], known))
        masks[name] = mask
        if name not in SHARED:
            ids |= set(table.filter(mask)["id"].to_pylist())
    return masks


def _told(table: pa.Table, owner: str, source: str, entries: tuple[Takedown, ...], urls: dict[str, str]) -> pa.Table:
    """What is told of changes, without those of what is taken out; of a listing that is gone its page's address tells which."""
    gone = {listing_id(source, e.listing, None): e.listing for e in entries if e.listing and not e.is_id}
    kept = []
    for row in table.to_pylist():
        id_ = row[owner]
        kept.append(not hides(entries, id_, [urls.get(id_), gone.get(id_), row.get("url")], _column(row)))
    return table.filter(pa.array(kept, pa.bool_()))


def _column(row: dict[str, Any]) -> str | None:
    """The column of `listings` that a row of `change` or `metadata` tells of; None where it is the whole listing."""
    if "field_name" not in row:
        return row.get("column")
    hsds = f"{row['resource_type']}.{row['field_name']}"
    return next((column.name for column in tables()["listings"].columns if column.hsds == hsds), None)
