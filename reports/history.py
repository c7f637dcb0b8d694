"""What changed, release by release, and the same as an Atom feed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from releases.ids import child_id
from releases.naming import hides, listing_addresses
from releases.withheld import followed
from reports.summary import Row, select
from sources.suppress import Takedowns

NONE = Takedowns()
ENTRIES = 200
"""Entries of the feed: what is older stands on the pages of changes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One listing in one release: whether it was added, removed or changed, and its cells that changed."""

    release: str
    listing_id: str
    name: str | None
    change: str
    cells: tuple[Row, ...]

    @property
    def id(self) -> str:
        """A UUIDv5 of listing and release, the same whenever the feed is written."""
        return child_id(self.listing_id, "changed in", self.release)

    @property
    def moment(self) -> datetime:
        """The time of the release's crawl."""
        return datetime.strptime(self.release, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def load_history(
    connection: duckdb.DuckDBPyConnection, name: str, earlier: Sequence[Path], takedowns: Takedowns = NONE
) -> None:
    """Make the table `history`: the rows of `change` of the release called `name` (open in `connection`) and of earlier ones.

    What the takedowns take out is not told of, whichever release told of it.
    """
    columns = 'listing_id, name, change, "column", "before", "after"'
    connection.execute(f"CREATE OR REPLACE TABLE history AS SELECT ? AS release, {columns} FROM change", [name])  # noqa: S608
    for folder in earlier:
        if (path := folder / "change.parquet").is_file():
            insert = f"INSERT INTO history SELECT ?, {columns} FROM read_parquet(?)"  # noqa: S608
            connection.execute(insert, [folder.name, str(path)])
    entries = followed(takedowns, earlier).entries
    if not entries:
        return
    urls: dict[str, set[str]] = {}
    for folder in earlier:
        for id_, addresses in listing_addresses(folder).items():
            urls.setdefault(id_, set()).update(addresses)
    told = connection.execute('SELECT DISTINCT listing_id, "column" FROM history').fetchall()
    for id_, column in told:
        if hides(entries, id_, urls.get(id_, ()), column):
            connection.execute(
                'DELETE FROM history WHERE listing_id = ? AND "column" IS NOT DISTINCT FROM ?', [id_, column]
            )


def changes(connection: duckdb.DuckDBPyConnection, offset: int, count: int) -> list[Entry]:
    """Entries of the history, the newest release first; within one what was removed, added, changed, by name."""
    query = """SELECT release, listing_id, change FROM history GROUP BY release, listing_id, change
    ORDER BY release DESC, change = 'changed', change DESC, min(name) NULLS LAST, listing_id LIMIT ? OFFSET ?"""
    keys = select(connection, query, [count, offset])
    cells: dict[tuple[str, str, str], list[Row]] = {}
    wanted = [row["listing_id"] for row in keys]
    for row in select(connection, f"{_CELLS} WHERE listing_id IN (SELECT unnest(?)) {_ORDER}", [wanted]):
        cells.setdefault((row["release"], row["listing_id"], row["change"]), []).append(row)
    return [_entry(cells[row["release"], row["listing_id"], row["change"]]) for row in keys]


def count_changes(connection: duckdb.DuckDBPyConnection) -> int:
    """How many entries the history has."""
    rows = select(connection, "SELECT count(*) AS n FROM (SELECT DISTINCT release, listing_id, change FROM history)")
    return int(rows[0]["n"])


_CELLS = 'SELECT release, listing_id, name, change, "column", "before", "after" FROM history'
_ORDER = 'ORDER BY release DESC, listing_id, change, "column" NULLS FIRST'


def _entry(rows: Sequence[Row]) -> Entry:
    first = rows[0]
    cells = tuple(row for row in rows if row["column"] is not None)
    return Entry(first["release"], first["listing_id"], first["name"], first["change"], cells)


def lines(entry: Entry) -> Iterator[str]:
    """What an entry says, as plain text, a cell a line."""
    for cell in entry.cells:
        yield f"{cell['column']}: {cell['before'] or '(nothing)'} → {cell['after'] or '(nothing)'}"
