"""From a cell of `listings` back to what it was read from: values, fields, passages, and their places in the page's text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from releases.database import open_release
from releases.schema import language_column, tables
from releases.values import COLUMNS, kind_of

Row = dict[str, Any]
Ending = Literal["printed", "set-by-hand", "taken-out", "assumed", "markup", "blank", "absent", "derived"]
"""Where a cell comes from: the page prints it; lookups.csv or suppress.csv says so; HSDS requires it; only the page's markup
states it; the label is printed, and nothing after it; nothing is printed; it is made of other cells."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in the page's text that a cell was read from, with the field that it stands in, where it stands in one.

    `printed` is the text from `start` to `end`, `normal` the normal form that it was given, `set_by` the line of lookups.csv that
    gave it, `path` the DOM path of the label.
    """

    start: int
    end: int
    printed: str
    normal: str | None = None
    label: str | None = None
    key: str | None = None
    path: str | None = None
    set_by: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the value of a column comes from: how it ends, what is to be said of that, and the places it was read from."""

    column: str
    value: Any
    status: str | None
    ending: Ending
    says: str
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """A listing with its page, and all rows that its cells can be traced by."""

    listing: Row
    page: Row
    fields: tuple[Row, ...]
    values: tuple[Row, ...]
    texts: tuple[Row, ...]
    problems: tuple[Row, ...]
    statements: tuple[Row, ...]

    @property
    def columns(self) -> list[str]:
        """The columns of `listings` that can be asked for, but for statuses: they are told with their columns."""
        return [name for name in self.listing if not name.endswith("_status") or name == "description_status"]


def traced(release: Path, listing_id: str) -> Traced:
    """What there is to trace a listing of the release folder by."""
    with open_release(release) as connection:
        (listing,) = _rows(connection, "listings", "id", listing_id, "id")
        (page,) = _rows(connection, "page", "id", listing["page_id"], "id")
        return Traced(
            listing,
            page,
            tuple(_rows(connection, "field", "listing_id", listing_id, "position")),
            tuple(_rows(connection, "value", "listing_id", listing_id, '"start", position')),
            tuple(_rows(connection, "text", "row_id", listing_id, "position")),
            tuple(_rows(connection, "problem", "listing_id", listing_id, "id")),
            tuple(_rows(connection, "statement", "listing_id", listing_id, "position")),
        )


def find_listings(release: Path, wanted: str) -> list[Row]:
    """The listings that an id, the beginning of one, an address or a name may mean: those that it means best."""
    present = [column.name for column in tables()["listings"].written(release)]
    called = [name for name in present if kind_of(name) in ("name", "acronym") and not name.endswith("_status")]
    with open_release(release) as connection:
        columns = ["id", "url", "part", *called]
        chosen = ", ".join(f'"{name}"' for name in columns)
        found = connection.execute(f"SELECT {chosen} FROM listings ORDER BY id").fetchall()  # noqa: S608
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    said = wanted.strip().casefold()

    def among(test: Callable[[str], bool], of: Sequence[str]) -> list[Row]:
        return [row for row in rows if any(row[name] and test(row[name].casefold()) for name in of)]

    return (
        among(said.__eq__, ["id", "url"])
        or among(said.__eq__, called)
        or (among(lambda id_: id_.startswith(said), ["id"]) if len(said) >= 4 else [])
        or among(lambda name: said in name, called)
    )


def trace(found: Traced, column: str) -> Trace | None:
    """Where a column of `listings` comes from, or a cell of the standard's tables ("address.city"); None where there is none.

    Of a cell that HSDS has and `listings` has too, it is the column of `listings` that is traced.
    """
    if "." in column:
        return _of_standard(found, column)
    name = column.removesuffix("_status") if column != "description_status" else column
    if name not in found.listing:
        return None
    value, kind = found.listing[name], kind_of(name)
    of_language = kind in ("name", "description") and name not in (kind, "description_status")
    status = None if kind is None or of_language else found.listing[_status_of(found.listing, name, kind)]
    if kind is None:
        return Trace(name, value, None, "derived", _derived(name), tuple(_derived_from(found, name)))
    if taken := _taken_out(found, kind):
        return Trace(name, value, status, "taken-out", taken, ())
    if kind == "description":
        origins = tuple(_passages(found, name))
        if origins:
            return Trace(name, value, status, "printed", "The page's free text in this language.", origins)
    else:
        rows = list(_values(found, found.values, name, kind))
        if rows:
            origins = tuple(_origin(found, row) for row in rows)
            if by_hand := [row for row in rows if row["set_by"]]:
                return Trace(name, value, status, "set-by-hand", _reason(found, by_hand), origins)
            return Trace(name, value, status, "printed", _printed(status), origins)
    return _without_value(found, name, kind, value, status)


def places(found: Traced, columns: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Where in the page's text some columns were read: of each the places of its `trace`, at a fraction of its cost."""
    of_kind: dict[str, list[Row]] = {}
    for row in found.values:
        of_kind.setdefault(row["kind"], []).append(row)
    taken = {problem["seen"] for problem in found.problems if problem["kind"] == "suppressed"}
    made = {}
    for column in columns:
        kind = kind_of(column)
        rows = of_kind.get(kind or "", []) or (of_kind.get("acronym", []) if column == "name" else [])
        read = [(row["start"], row["end"]) for row in _values(found, rows, column, kind)] if kind and rows else []
        if not read or kind in taken:
            whole = trace(found, column)
            read = [(origin.start, origin.end) for origin in whole.origins] if whole else []
        if read:
            made[column] = read
    return made


def _status_of(listing: Row, column: str, kind: str) -> str:
    """The status that tells of a column: its own, else that of the first column of its kind (`region` of `region_code`)."""
    own = f"{column.removesuffix('_status')}_status"
    return own if own in listing else f"{COLUMNS[kind][0]}_status"


def _of_standard(found: Traced, cell: str) -> Trace | None:
    table, _, name = cell.partition(".")
    if table not in tables() or name not in {column.name for column in tables()[table].columns}:
        return None
    for problem in found.problems:
        filled, _, value = problem["seen"].partition(" = ")
        if problem["kind"] == "assumed" and filled == cell:
            return Trace(cell, value, None, "assumed", problem["advice"])
    if cell == "attribute.value" and found.statements:
        says = "; ".join(f"{s['property']} = {s['value']} ({s['syntax']}, {s['path']})" for s in found.statements)
        return Trace(cell, None, None, "markup", f"Only the page's markup states it, not its text: {says}")
    same = [column.name for column in tables()["listings"].columns if column.hsds == cell]
    traces = (trace(found, name) for name in same if name in found.listing)
    return next((made for made in traces if made and made.value is not None), None)


def _values(found: Traced, rows: Sequence[Row], column: str, kind: str) -> Iterator[Row]:
    """Of some rows of `value` those that a column shows; those that have no normal form where it has no value."""
    own = [row for row in rows if row["kind"] == kind]
    if column == "name" and not own:
        own = [row for row in rows if row["kind"] == "acronym"]
    if column.startswith("name_"):
        own = [row for row in own if language_column("name", row["language"] or "und") == column]
    if column in ("phone", "email"):
        own = [row for row in own if row["audience"] == "general"]
    if column.endswith("_seeking_help"):
        own = [row for row in own if row["audience"] == "seeking_help"]
    cell = found.listing[column]
    if cell is None:
        status = found.listing.get(f"{column}_status")
        yield from (row for row in own if row["status"] == status and status not in ("stated", "blank", "absent"))
    elif isinstance(cell, list):
        yield from (row for row in own if row["normal"] in cell)
    else:
        yield from [row for row in own if cell in _shown(row, column, kind)][:1]


def _shown(row: Row, column: str, kind: str) -> list[str | None]:
    """What a row of `value` would put into a column."""
    if kind == "address":
        return [json.loads(row["normal"]).get(column)] if row["normal"] else []
    if column.endswith("_printed") or column == "region":
        return [row["printed"]]
    return [row["normal"]]


def _passages(found: Traced, column: str) -> Iterator[Origin]:
    """The passages that a description is made of; of `description_status`, all of them."""
    for row in found.texts:
        if row["column"] == "description" and column in (
            "description_status",
            language_column("description", row["language"] or "und"),
        ):
            yield Origin(row["start"], row["end"], row["text"])


def _without_value(found: Traced, column: str, kind: str, value: Any, status: str | None) -> Trace:
    """Of what is not there: the field that says so, or that there is none."""
    keys = _keys(kind, column)
    fields = [field for field in found.fields if field["key"] in keys]
    origins = tuple(_of_field(field) for field in fields)
    if status in (None, "absent"):
        says = "The page prints nothing of it" + (" in this language." if status is None else ".")
        return Trace(column, value, status, "absent", says)
    if status == "blank":
        return Trace(
            column, value, status, "blank", "The page prints the label, and nothing of this after it.", origins
        )
    return Trace(column, value, status, "printed", _printed(status), origins)


def _keys(kind: str, column: str) -> set[str]:
    """The keys of the fields that a kind of value is looked for in."""
    if kind in ("phone", "fax", "email", "url", "address"):
        return {"contact_seeking_help"} if column.endswith("_seeking_help") else {"contact_details"}
    more = {
        "name": "organization_name",
        "languages": "areas_served_languages",
        "areas_served": "areas_served_languages",
    }
    return {kind, more.get(kind, kind)}


def _origin(found: Traced, row: Row) -> Origin:
    field: Mapping[str, Any] = next((field for field in found.fields if field["id"] == row["field_id"]), {})
    said = (field.get("label"), field.get("key"), field.get("path"))
    return Origin(row["start"], row["end"], row["printed"], row["normal"], *said, row["set_by"])


def _of_field(field: Row) -> Origin:
    place = (field["start"], field["end"]) if field["value"] else (field["label_start"], field["label_end"])
    return Origin(*place, field["value"] or field["label"], None, field["label"], field["key"], field["path"])


def _printed(status: str | None) -> str:
    if status == "unparsed":
        return "The page prints it; no normal form was found."
    return "The page hides it." if status == "redacted" else "The page prints it."


def _reason(found: Traced, rows: Sequence[Row]) -> str:
    places = {(row["start"], row["end"]) for row in rows}
    told = [p for p in found.problems if p["kind"] == "set-by-hand" and any(_around(p, place) for place in places)]
    return "; ".join(dict.fromkeys(problem["advice"] for problem in told))


def _around(problem: Row, place: tuple[int, int]) -> bool:
    return bool(problem["start"] <= place[0] and place[1] <= problem["end"])


def _taken_out(found: Traced, kind: str) -> str | None:
    told = (p["advice"] for p in found.problems if p["kind"] == "suppressed" and p["seen"] == kind)
    return next(told, None)


_DERIVED = {
    "id": "UUIDv5 of the source and of the page's canonical address, with the part on a page that has several listings.",
    "source": "The name of the source.",
    "page_id": "UUIDv5 of the source and of the address that the page was fetched from.",
    "url": "The canonical address that the page gives, else the one that it was fetched from.",
    "part": "What tells the listing from others on its page: an anchor, a link, or its name.",
    "page_languages": "The languages of the passages of its text.",
    "accounted": "Counted over the lines of the page: the share that ended as field, text or known boilerplate.",
    "problems": "Counted: what parsing found wrong with it, in `problem`.",
    "set_by_hand": "Counted: what lookups.csv sets in it.",
}


def _derived(column: str) -> str:
    return _DERIVED.get(column, "Made of other cells.")


def _derived_from(found: Traced, column: str) -> Iterator[Origin]:
    """The places that a cell rests on though it is not read from any one of them."""
    text = found.page["text"] or ""
    if column == "page_languages":
        for row in found.texts:
            if row["column"] == "description":
                yield Origin(row["start"], row["end"], row["text"])
    elif column == "set_by_hand":
        yield from (_origin(found, row) for row in found.values if row["set_by"])
    elif column == "part" and found.listing["part"] and (at := text.find(found.listing["part"])) >= 0:
        yield Origin(at, at + len(found.listing["part"]), found.listing["part"])


def _rows(connection: duckdb.DuckDBPyConnection, table: str, key: str, value: str, order: str) -> list[Row]:
    cursor = connection.execute(f'SELECT * FROM "{table}" WHERE {key} = ? ORDER BY {order}', [value])  # noqa: S608
    names = [entry[0] for entry in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
