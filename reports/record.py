"""What is shown of a listing: its record, and its page's text with all that was read marked where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from markupsafe import Markup

from releases.schema import tables
from releases.trace import Traced, places
from reports.fragments import cell_row, field_row, legend, marked, past, place, rows, unit_row
from reports.spans import Span, pieces
from reports.summary import UNREAD, Row, select

COLOURS = 8
"""Colours for fields in the style sheet; a page of more kinds of field uses them again."""
LINES = 6
"""Ways to underline a language in the style sheet; a page of more languages uses them again."""
_AT_ONCE = 500
"""Listings whose rows are in memory."""
_HIDDEN = ("id", "source", "page_id", "url", "part", "accounted", "problems")
"""Columns that the head of the page tells."""


class Cell(NamedTuple):
    """A column of the record: its value, and its row of the table, open at its end."""

    name: str
    value: Any
    opened: str

    @property
    def row(self) -> Markup:
        """The row as markup."""
        return Markup(self.opened)  # noqa: S704 - made by `cell_row`


class Printed(NamedTuple):
    """A field as printed, and its row of the table, open at its end."""

    field: Row
    opened: str

    @property
    def row(self) -> Markup:
        """The row as markup."""
        return Markup(self.opened)  # noqa: S704 - made by `field_row`


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of one listing shows.

    A mark names one thing that was read ("f0" a field, "t0" a text, "p0" a problem, "v0" a place that a cell was read from);
    `text` has a link for each place where one stands, and `legend` says what its colours (by kind of field) and lines (by
    language) are. `units` are rows of texts that translate one another. Problems come with their mark and a link to their place.
    """

    row: Row
    fetched_at: datetime
    cells: Sequence[Cell]
    absent: Sequence[str]
    fields: Sequence[Printed]
    units: Markup
    languages: Sequence[tuple[str, int]]
    problems: Sequence[tuple[str, Row, Markup]]
    assumed: Sequence[Row]
    unread: Sequence[tuple[str, Row, Markup]]
    history: Sequence[Row]
    text: Markup
    legend: Markup

    @property
    def record(self) -> Markup:
        """The rows of the record."""
        return rows([cell.opened for cell in self.cells])

    @property
    def printed(self) -> Markup:
        """The rows of the fields."""
        return rows([field.opened for field in self.fields])


_RECORD = """SELECT listings.*, page.url AS page_url, page.text AS page_text, page.fetched_at, page.warc_file, page.warc_offset,
page.digest FROM listings JOIN page ON page.id = listings.page_id"""


def each(connection: duckdb.DuckDBPyConnection, scratch: Path, number: int = 0, count: int = 1) -> Iterator[Shown]:
    """The listings by their id: the share of that number, from 0, of so many.

    The tables are sorted once, into a file in the folder `scratch`: a few listings at a time are found there without reading all
    rows of all tables.
    """
    first, last = (f"{share * 16**8 // count:08x}" for share in (number, number + 1))
    # Ids are UUIDs, which are spread evenly; the last share goes on behind all of them.
    bounds = [first, last if number + 1 < count else "g"]
    file = str(scratch / "ordered").replace("'", "''")
    connection.execute(f"ATTACH '{file}' AS ordered")
    connection.execute(f"CREATE TABLE ordered.record AS {_RECORD} WHERE listings.id BETWEEN ? AND ? ORDER BY 1", bounds)
    for table, key in _OF_LISTINGS.items():
        query = f'SELECT * FROM main."{table}" WHERE {key} BETWEEN ? AND ? ORDER BY {key}'  # noqa: S608
        connection.execute(f'CREATE TABLE ordered."{table}" AS {query}', bounds)
    ids = [id_ for (id_,) in connection.execute("SELECT id FROM ordered.record ORDER BY id").fetchall()]
    for at in range(0, len(ids), _AT_ONCE):
        some = ids[at : at + _AT_ONCE]
        query = "SELECT * FROM ordered.record WHERE id BETWEEN ? AND ? ORDER BY id"
        yield from _shown(connection, select(connection, query, [some[0], some[-1]]), "ordered")
    connection.execute("DETACH ordered")


def one(connection: duckdb.DuckDBPyConnection, id_: str) -> Shown | None:
    """The listing of that id; None where there is none."""
    return next(_shown(connection, select(connection, f"{_RECORD} WHERE listings.id = ?", [id_]), "main"), None)


_OF_LISTINGS = {
    "field": "listing_id",
    "text": "row_id",
    "value": "listing_id",
    "statement": "listing_id",
    "problem": "listing_id",
    "history": "listing_id",
}
"""The tables that a listing is shown from, and the column that says whose a row is."""


def _shown(connection: duckdb.DuckDBPyConnection, found: list[Row], of: str) -> Iterator[Shown]:
    """Listings that follow one another by their id, with what the tables of the database `of` say of them."""
    if not found:
        return
    first, last = found[0]["id"], found[-1]["id"]

    def grouped(table: str, order: str) -> dict[str, list[Row]]:
        key = _OF_LISTINGS[table]
        query = f'SELECT * FROM {of}."{table}" WHERE {key} BETWEEN ? AND ? ORDER BY {key}, {order}'  # noqa: S608
        groups: dict[str, list[Row]] = {}
        for row in select(connection, query, [first, last]):
            groups.setdefault(row[key], []).append(row)
        return groups

    fields, values, statements = (
        grouped("field", "position"),
        grouped("value", '"start", position'),
        grouped("statement", "position"),
    )
    texts = grouped("text", '"start" NULLS FIRST, "column", language, position')
    problems = grouped("problem", "kind = 'assumed', \"start\" NULLS LAST, id")
    history = grouped("history", 'release DESC, change, "column" NULLS FIRST')
    columns = [
        column.name
        for column in tables()["listings"].expand(found[0])
        if not column.name.endswith("_status") and column.name not in _HIDDEN
    ]
    for row in found:
        own = tuple(tuple(table.get(row["id"], [])) for table in (fields, values, texts, problems, statements))
        yield _one(row, columns, Traced(row, {"text": row["page_text"] or ""}, *own), history.get(row["id"], []))


def _one(row: Row, columns: list[str], traced: Traced, history: list[Row]) -> Shown:
    fields, texts = traced.fields, traced.texts
    marked_fields = [(f"f{number}", field) for number, field in enumerate(fields)]
    marked_texts = [(f"t{number}", text) for number, text in enumerate(texts)]
    marked_problems = [(f"p{number}", problem) for number, problem in enumerate(traced.problems)]
    said = [name for name in columns if row[name] not in (None, []) or row.get(f"{name}_status", "absent") != "absent"]
    origins = places(traced, said)
    # Cells that were read from one place share its mark.
    found = {origin: f"v{n}" for n, origin in enumerate(dict.fromkeys(each for of in origins.values() for each in of))}
    spans = [
        *_spans(marked_fields, marked_texts, marked_problems),
        *(Span(*origin, "found", "", mark) for origin, mark in found.items()),
    ]
    cut = pieces(row["page_text"] or "", spans)
    first: dict[str, int] = {}
    for number, piece in enumerate(cut):
        for span in piece.spans:
            first.setdefault(span.mark, number)
    colours = {
        key: n % COLOURS for n, key in enumerate(dict.fromkeys(field["key"] or field["label"] for field in fields))
    }
    languages = sorted({text["language"] for text in texts if text["language"]})
    lines = {language: number % LINES for number, language in enumerate(languages)}
    links = {mark: place(number) for mark, number in first.items()}
    at = {name: [found[origin] for origin in of] for name, of in origins.items()}
    cells = list(_cells(row, said, at, links, history))
    return Shown(
        row=row,
        fetched_at=row["fetched_at"].astimezone(UTC),
        cells=cells,
        absent=[name for name in columns if name not in said and f"{name}_status" in row],
        fields=[
            Printed(field, field_row(mark, field, colours[field["key"] or field["label"]], links.get(mark, "")))
            for mark, field in marked_fields
        ],
        units=_units(marked_texts, languages, links),
        languages=[*lines.items()],
        problems=_with_links(links, (each for each in marked_problems if each[1]["kind"] not in (*UNREAD, "assumed"))),
        assumed=[problem for _, problem in marked_problems if problem["kind"] == "assumed"],
        unread=_with_links(links, (each for each in marked_problems if each[1]["kind"] in UNREAD)),
        history=history,
        text=marked(cut, colours, lines),
        legend=legend(colours, lines),
    )


def _with_links(links: Mapping[str, str], problems: Iterable[tuple[str, Row]]) -> list[tuple[str, Row, Markup]]:
    return [(mark, row, Markup(links.get(mark, ""))) for mark, row in problems]  # noqa: S704 - made by `place`


def _cells(
    row: Row, columns: Sequence[str], at: Mapping[str, list[str]], links: Mapping[str, str], history: Sequence[Row]
) -> Iterator[Cell]:
    changed: dict[str, list[Row]] = {}
    for change in history:
        changed.setdefault(change["column"] or "", []).append(change)
    told: set[str] = set()
    for name in columns:
        marks = at.get(name, [])
        # The links from those places lead to the first column that was read there.
        own = [mark for mark in marks if mark not in told]
        told.update(own)
        link = links[marks[0]] if marks else ""
        made = cell_row(name, row[name], row.get(f"{name}_status"), marks, own, link, past(changed.get(name, ())))
        yield Cell(name, row[name], made)


def _units(texts: list[tuple[str, Row]], languages: Sequence[str], links: Mapping[str, str]) -> Markup:
    """Texts beside those that they translate, in the order of the page."""
    found: dict[str, dict[str, list[tuple[str, Row, str]]]] = {}
    for mark, text in texts:
        unit = found.setdefault(text["unit"] or text["id"], {})
        unit.setdefault(text["language"] or "", []).append((mark, text, links.get(mark, "")))
    return rows([unit_row(unit, languages) for unit in found.values()])


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
            kind = "unread" if problem["kind"] in UNREAD else "problem"
            yield Span(problem["start"], problem["end"], kind, f"problem: {problem['kind']}", mark)
