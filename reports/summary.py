"""What the first page of a review says of a release, read from its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from releases.schema import tables

EXAMPLES = 5
CHANGES = 200
"""How many changes are shown; all of them stand in the `change` table."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """Problems of one kind: how many, what to do, and some of them."""

    name: str
    count: int
    examples: list[Row]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts and shares of a release. Shares are from 0 to 1."""

    counts: list[tuple[str, int]]
    columns: list[tuple[str, float, str]]
    languages: list[tuple[str, int]]
    countries: list[tuple[str, int]]
    problems: list[Kind]
    failures: list[Row]
    changes: list[Row]
    changed: list[tuple[str, int]]


def select(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[Row]:
    """The rows of a query as mappings."""
    found = connection.execute(query, values or [])
    names = [entry[0] for entry in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def summarize(connection: duckdb.DuckDBPyConnection) -> Summary:
    """Read the summary from a database made by `releases.database.open_release`."""
    count = 'SELECT count(*) FROM "{}"'
    return Summary(
        counts=[(name, _one(connection, count.format(name))) for name in tables()],
        columns=_fill(connection),
        languages=_tally(connection, "unnest(page_languages)"),
        countries=_tally(connection, "coalesce(country, '(' || country_status || ')')"),
        problems=_problems(connection),
        failures=select(connection, "SELECT * FROM problem WHERE listing_id IS NULL ORDER BY kind, url, id"),
        changes=select(
            connection, 'SELECT * FROM change ORDER BY change, name, listing_id, "column" LIMIT ?', [CHANGES]
        ),
        changed=[
            (f"{row['change']} {row['column'] or 'listing'}", row["n"])
            for row in select(
                connection,
                'SELECT change, "column", count(*) AS n FROM change GROUP BY ALL ORDER BY n DESC, change, "column"',
            )
        ],
    )


def _fill(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, float, str]]:
    """Each column of `listings` that may be empty: the share filled, and how often each status occurs."""
    present = [row["column_name"] for row in select(connection, "DESCRIBE listings")]
    columns = [c.name for c in tables()["listings"].expand(present) if not c.required]
    total = _one(connection, "SELECT count(*) FROM listings")
    shares = []
    for name in columns:
        share = _one(connection, f'SELECT count("{name}") FROM listings') / total if total else 0.0  # noqa: S608
        status = f"{name}_status"
        counted = _tally(connection, f'"{status}"') if status in present else []
        shares.append((name, share, ", ".join(f"{value} {n}" for value, n in counted)))
    return shares


def _tally(connection: duckdb.DuckDBPyConnection, expression: str) -> list[tuple[str, int]]:
    query = f"SELECT {expression} AS value, count(*) AS n FROM listings GROUP BY 1 ORDER BY n DESC, 1"  # noqa: S608
    return [(str(row["value"]), row["n"]) for row in select(connection, query)]


def _problems(connection: duckdb.DuckDBPyConnection) -> list[Kind]:
    query = "SELECT kind, count(*) AS n FROM problem GROUP BY kind ORDER BY kind = 'assumed', n DESC, kind"
    examples = "SELECT * FROM problem WHERE kind = ? ORDER BY id LIMIT ?"
    return [
        Kind(row["kind"], row["n"], select(connection, examples, [row["kind"], EXAMPLES]))
        for row in select(connection, query)
    ]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
