"""What is shown of a listing: its record, and its page's text with all that was read marked where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from releases.schema import tables
from reports.history import of_listings
from reports.spans import Piece, Span, pieces
from reports.summary import Row, select

COLOURS = 8
"""Colours for fields in the style sheet; a page of more kinds of field uses them again."""
LINES = 6
"""Ways to underline a language in the style sheet; a page of more languages uses them again."""
_UNREAD = ("unaccounted-text", "outside-listings")

_CONTACT = ("contact_details", "contact_seeking_help")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "name": ("organization_name",),
    "acronym": ("organization_name", "other_name"),
    "country": ("country",),
    "region": ("region",),
    "region_code": ("region",),
    "city": ("contact_details",),
    "street": ("contact_details",),
    "postcode": ("contact_details",),
    "phone": ("contact_details",),
    "fax": ("contact_details",),
    "email": ("contact_details",),
    "website": ("contact_details",),
    "phone_seeking_help": ("contact_seeking_help",),
    "email_seeking_help": ("contact_seeking_help",),
    "service_types": ("service_type",),
    "areas_served": ("areas_served", "areas_served_languages"),
    "languages": ("languages", "areas_served_languages"),
    "organization_type": ("organization_type",),
    "organization_type_printed": ("organization_type",),
    "reach": ("reach",),
    "reach_printed": ("reach",),
    "law_enforcement_relations": ("law_enforcement_relations",),
}
"""The fields that a column of `listings` is read from."""
_HIDDEN = ("id", "source", "page_id", "url", "part", "accounted", "problems")
"""Columns that the head of the page tells."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the record: its value, what is known of it, and the marks of what it was read from."""

    name: str
    value: Any
    status: str | None
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """Texts that translate one another, by language, each as rows of `text` with their marks."""

    texts: Mapping[str, Sequence[tuple[str, Row]]]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of one listing shows.

    A mark names one thing that was read ("f0" a field, "t0" a text, "p0" a problem); `places` has the number of the first of
    the `pieces` that each stands in. `colours` are by kind of field, `lines` by language.
    """

    row: Row
    fetched_at: datetime
    cells: Sequence[Cell]
    absent: Sequence[str]
    fields: Sequence[tuple[str, Row]]
    units: Sequence[Unit]
    languages: Sequence[str]
    problems: Sequence[tuple[str, Row]]
    unread: Sequence[tuple[str, Row]]
    history: Sequence[Row]
    pieces: Sequence[Piece]
    places: Mapping[str, int]
    colours: Mapping[str, int]
    lines: Mapping[str, int]


_RECORD = """SELECT listings.*, page.url AS page_url, page.text AS page_text, page.fetched_at, page.warc_file, page.warc_offset,
page.digest, page.first_seen FROM listings JOIN page ON page.id = listings.page_id"""


def some(connection: duckdb.DuckDBPyConnection, offset: int, count: int) -> Iterator[Shown]:
    """So many listings by their id from the `offset`-th, one query a table for all of them."""
    rows = select(connection, f"{_RECORD} ORDER BY listings.id LIMIT ? OFFSET ?", [count, offset])
    yield from _shown(connection, rows)


def one(connection: duckdb.DuckDBPyConnection, id_: str) -> Shown | None:
    """The listing of that id; None where there is none."""
    return next(_shown(connection, select(connection, f"{_RECORD} WHERE listings.id = ?", [id_])), None)


def _shown(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> Iterator[Shown]:
    if not rows:
        return
    ids = [row["id"] for row in rows]
    fields = _grouped(connection, "field", "listing_id", "position", ids)
    texts = _grouped(connection, "text", "row_id", '"start" NULLS FIRST, "column", language, position', ids)
    problems = _grouped(connection, "problem", "listing_id", "kind = 'assumed', \"start\" NULLS LAST, id", ids)
    history = of_listings(connection, ids)
    columns = [
        column.name
        for column in tables()["listings"].expand(rows[0])
        if not column.name.endswith("_status") and column.name not in _HIDDEN
    ]
    for row in rows:
        id_ = row["id"]
        yield _one(row, columns, fields.get(id_, []), texts.get(id_, []), problems.get(id_, []), history.get(id_, []))


def _one(
    row: Row, columns: list[str], fields: list[Row], texts: list[Row], problems: list[Row], history: list[Row]
) -> Shown:
    marked_fields = [(f"f{number}", field) for number, field in enumerate(fields)]
    marked_texts = [(f"t{number}", text) for number, text in enumerate(texts)]
    marked_problems = [(f"p{number}", problem) for number, problem in enumerate(problems)]
    cut = pieces(row["page_text"] or "", list(_spans(marked_fields, marked_texts, marked_problems)))
    places: dict[str, int] = {}
    for number, piece in enumerate(cut):
        for span in piece.spans:
            places.setdefault(span.mark, number)
    cells = [
        Cell(name, row[name], row.get(f"{name}_status"), _read_from(name, marked_fields, marked_texts))
        for name in columns
        if row[name] not in (None, []) or row.get(f"{name}_status", "absent") != "absent"
    ]
    shown = {cell.name for cell in cells}
    languages = sorted({text["language"] for text in texts if text["language"]})
    named = list(dict.fromkeys(field["key"] or field["label"] for field in fields))
    return Shown(
        row=row,
        fetched_at=row["fetched_at"].astimezone(UTC),
        cells=cells,
        absent=[name for name in columns if name not in shown and f"{name}_status" in row],
        fields=marked_fields,
        units=_units(marked_texts, languages),
        languages=languages,
        problems=[(mark, problem) for mark, problem in marked_problems if problem["kind"] not in _UNREAD],
        unread=[(mark, problem) for mark, problem in marked_problems if problem["kind"] in _UNREAD],
        history=history,
        pieces=cut,
        places=places,
        colours={key: number % COLOURS for number, key in enumerate(named)},
        lines={language: number % LINES for number, language in enumerate(languages)},
    )


def _read_from(column: str, fields: list[tuple[str, Row]], texts: list[tuple[str, Row]]) -> tuple[str, ...]:
    stem, _, language = column.partition("_")
    if stem in ("name", "description"):
        told = [mark for mark, text in texts if text["column"] == stem and _speaks(text, language)]
        if told:
            return tuple(told[:1] if column == "name" else told)
    keys = _KEYS.get(column, ())
    return tuple(mark for mark, field in fields if field["key"] in keys)


def _speaks(text: Row, language: str) -> bool:
    return not language or (text["language"] or "").lower().replace("-", "_") == language


def _units(texts: list[tuple[str, Row]], languages: list[str]) -> list[Unit]:
    """Texts beside those that they translate, in the order of the page."""
    found: dict[str, dict[str, list[tuple[str, Row]]]] = {}
    for mark, text in texts:
        unit = found.setdefault(text["unit"] or text["id"], {})
        unit.setdefault(text["language"] or "", []).append((mark, text))
    return [Unit(unit) for unit in found.values()]


def _spans(
    fields: list[tuple[str, Row]], texts: list[tuple[str, Row]], problems: list[tuple[str, Row]]
) -> Iterator[Span]:
    for mark, field in fields:
        name = field["key"] or "label that no vocabulary knows"
        key = field["key"] or field["label"]
        yield Span(field["label_start"], field["label_end"], "label", f"label: {name}", mark, key=key)
        yield Span(field["start"], field["end"], "value", f"value of {name} ({field['status']})", mark, key=key)
    for mark, text in texts:
        if text["start"] is not None:
            title = " ".join(filter(None, (text["column"], text["language"])))
            yield Span(text["start"], text["end"], "text", title, mark, text["language"])
    for mark, problem in problems:
        if problem["start"] is not None and problem["kind"] != "set-by-hand":
            kind = "unread" if problem["kind"] in _UNREAD else "problem"
            yield Span(problem["start"], problem["end"], kind, f"problem: {problem['kind']}", mark)


def _grouped(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, order: str, ids: list[str]
) -> dict[str, list[Row]]:
    query = f'SELECT * FROM "{table}" WHERE {key} IN (SELECT unnest(?)) ORDER BY {key}, {order}'  # noqa: S608
    groups: dict[str, list[Row]] = {}
    for row in select(connection, query, [ids]):
        groups.setdefault(row[key], []).append(row)
    return groups
