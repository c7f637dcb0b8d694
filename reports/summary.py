"""What the first page of a review says of a release, read from its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from releases.column import STATUSES
from releases.database import open_release
from releases.schema import tables

SHOWN = 40
"""Rows of a tally that are shown; the rest is counted."""
NAMED = 12
"""Listings of each kind of change that are named; all are on the pages of changes."""
_FELL = 0.05
"""A column that is filled for so much less of the listings than before is named at once."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a table, and how many the release before had (None where there is none)."""

    name: str
    now: int
    before: int | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A column of `listings`: share of rows that have a value, the same in the release before, and rows by status."""

    name: str
    share: float
    before: float | None
    statuses: dict[str, int]

    @property
    def fell(self) -> bool:
        """Whether markedly fewer listings have it than before."""
        return self.before is not None and self.before - self.share >= _FELL


@dataclass(frozen=True, slots=True)
class Changed:
    """Listings that changed in one way ("added", "removed", "moved", "changed"): how many, and the first by name."""

    change: str
    count: int
    listings: list[Row]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often values occur, the most frequent first; `others` sums up what is not among `rows`."""

    rows: list[tuple[str, int]]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Language:
    """Text in a language: listings that have any, passages and characters."""

    tag: str
    listings: int
    passages: int
    characters: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and shares of a release. Shares are from 0 to 1.

    `accounted` is the mean share of the main text of a listing's page that is accounted for, `unaccounted` the number of listings
    with a line that is not.
    """

    listings: int
    counts: list[Count]
    accounted: float | None
    unaccounted: int
    filled: list[Filled]
    languages: list[Language]
    countries: Tally
    regions: Tally
    types: Tally
    services: Tally
    changes: list[Changed]
    columns_changed: Tally
    pages_failed: list[Row]

    @property
    def before(self) -> int | None:
        """How many listings the release before had."""
        return next((count.before for count in self.counts if count.name == "listings"), None)

    @property
    def fell(self) -> list[Filled]:
        """Columns that markedly fewer listings have than before, the greatest loss first."""
        return sorted((one for one in self.filled if one.fell), key=lambda one: one.share - (one.before or 0))

    def changed(self, change: str) -> int:
        """How many listings changed in that way."""
        return next((one.count for one in self.changes if one.change == change), 0)


def select(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[Row]:
    """The rows of a query as mappings."""
    found = connection.execute(query, values or [])
    names = [entry[0] for entry in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def summarize(connection: duckdb.DuckDBPyConnection, last: Path | None = None) -> Summary:
    """Read the summary from a database made by `open_release`; `last` is the folder of the release before."""
    listings = number(connection, "SELECT count(*) FROM listings")
    share, unaccounted = connection.execute(_ACCOUNTED).fetchone() or (None, 0)
    return Summary(
        listings=listings,
        counts=_counts(connection, last),
        accounted=share,
        unaccounted=unaccounted,
        filled=_filled(connection, listings, last),
        languages=[Language(**row) for row in select(connection, _LANGUAGES)],
        countries=_tally(connection, "listings", "coalesce(country, '(' || country_status || ')')", most=300),
        regions=_tally(connection, "listings", "region", "region IS NOT NULL"),
        types=_tally(connection, "listings", "coalesce(organization_type, '(' || organization_type_status || ')')"),
        services=_tally(connection, "listings", "unnest(service_types)"),
        changes=_changes(connection),
        columns_changed=_tally(connection, "change", '"column"', "change = 'changed'"),
        pages_failed=select(
            connection, "SELECT * FROM problem WHERE listing_id IS NULL ORDER BY kind, url, id LIMIT 200"
        ),
    )


UNREAD = ("unaccounted-text", "outside-listings")
"""Kinds of problem that say what nobody could account for."""
_ACCOUNTED = f"""SELECT avg(accounted), (SELECT count(DISTINCT listing_id) FROM problem WHERE kind IN {UNREAD})
FROM listings"""  # noqa: S608 - our own words
_LANGUAGES = """SELECT language AS tag, count(DISTINCT row_id) AS listings, count(*) AS passages,
sum(length("text"))::BIGINT AS characters FROM "text" WHERE language IS NOT NULL GROUP BY 1 ORDER BY characters DESC, tag"""


_CHANGED = """SELECT change, listing_id, any_value(change.name) AS name, any_value(listings.id) AS there
FROM change LEFT JOIN listings ON listings.id = listing_id GROUP BY change, listing_id
ORDER BY change = 'changed', change, lower(any_value(change.name)) NULLS LAST, listing_id"""


def _changes(connection: duckdb.DuckDBPyConnection) -> list[Changed]:
    found: dict[str, list[Row]] = {}
    for row in select(connection, _CHANGED):
        found.setdefault(row["change"], []).append(row)
    return [Changed(change, len(rows), rows[:NAMED]) for change, rows in found.items()]


def _counts(connection: duckdb.DuckDBPyConnection, last: Path | None) -> list[Count]:
    counts = []
    for name in tables():
        path = last / f"{name}.parquet" if last else None
        before = pq.read_metadata(path).num_rows if path and path.is_file() else None
        counts.append(Count(name, number(connection, f'SELECT count(*) FROM "{name}"'), before))  # noqa: S608
    return counts


def _filled(connection: duckdb.DuckDBPyConnection, total: int, last: Path | None) -> list[Filled]:
    """Each column of `listings` that may be empty."""
    present = [row["column_name"] for row in select(connection, "DESCRIBE listings")]
    columns = [column.name for column in tables()["listings"].expand(present) if not column.required]
    shares = _shares(connection, columns)
    before: dict[str, float] = {}
    if last and (last / "listings.parquet").is_file():
        there = set(pq.read_schema(last / "listings.parquet").names)
        with open_release(last) as earlier:
            before = _shares(earlier, [name for name in columns if name in there])
    found = []
    for name in columns:
        status = f"{name}_status"
        query = f'SELECT "{status}" AS s, count(*) AS n FROM listings GROUP BY 1'  # noqa: S608
        rows = select(connection, query) if status in present else []
        counted = {row["s"]: row["n"] for row in rows}
        found.append(
            Filled(name, shares[name], before.get(name), {s: counted.get(s, 0) for s in STATUSES} if rows else {})
        )
    return found


def _shares(connection: duckdb.DuckDBPyConnection, columns: Sequence[str]) -> dict[str, float]:
    parts = "".join(f', count("{name}")' for name in columns)
    total, *filled = connection.execute(f"SELECT count(*){parts} FROM listings").fetchone() or (0,)  # noqa: S608
    return {name: count / total if total else 0.0 for name, count in zip(columns, filled, strict=True)}


def _tally(
    connection: duckdb.DuckDBPyConnection, table: str, value: str, where: str = "true", most: int = SHOWN
) -> Tally:
    query = f"SELECT {value} AS value, count(*) AS n FROM {table} WHERE {where} GROUP BY 1 ORDER BY n DESC, 1"  # noqa: S608
    rows = [(str(row["value"]), row["n"]) for row in select(connection, query)]
    return Tally(rows[:most], sum(count for _, count in rows[most:]))
