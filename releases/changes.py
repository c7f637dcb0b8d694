"""Release A against release B, cell by cell, on the `listings` table."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from releases.database import database
from releases.ids import child_id
from releases.merge import write
from releases.naming import hides, listing_addresses
from releases.schema import tables
from sources.suppress import Takedown

_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("‘’‚‛′ʼ`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | {"\u00ad": "", "\u200b": ""}
)
_UNSTABLE = ("id", "source", "page_id", "accounted", "problems")
"""Columns of `listings` that tell of the reading rather than of the listing."""


def compare(before: Path, after: Path, takedowns: Sequence[Takedown] = ()) -> pd.DataFrame:
    """What differs between two releases: a row for each listing added, removed or moved, and for each cell changed.

    Both are release folders. Columns: those of the `change` table, sorted by listing and column. Differences of white
    space, quotation marks, dashes and Unicode form are folded and give no row. What the takedowns take out is not told of:
    either release may still have it.
    """
    rows: list[dict[str, Any]] = []
    with database() as connection:
        present: dict[str, list[str]] = {}
        for name, release in (("old", before), ("new", after)):
            table = connection.read_parquet(str(release / "listings.parquet"))
            table.create_view(name)
            present[name] = table.columns
        for change, here, there in (("removed", "old", "new"), ("added", "new", "old")):
            gone = connection.execute(f"SELECT id, name FROM {here} ANTI JOIN {there} USING (id) ORDER BY id")  # noqa: S608
            rows += [_row(id_, name, change) for id_, name in gone.fetchall()]
        columns = sorted({*present["old"], *present["new"]} - set(_UNSTABLE))
        for id_, name, *cells in _differing(connection, columns, present):
            for column, then, now in zip(columns, cells[::2], cells[1::2], strict=True):
                if then != now and plain_typography(then) != plain_typography(now):
                    rows.append(_row(id_, name, "moved" if column == "url" else "changed", column, then, now))
    frame = pd.DataFrame(rows, columns=[column.name for column in tables()["change"].columns])
    frame["since"], frame["release"] = before.name, after.name.removeprefix(".staging-")
    if takedowns:
        frame = frame[[not hidden for hidden in _hidden(frame, before, after, takedowns)]]
    return frame.sort_values(["listing_id", "change", "column"], na_position="first", ignore_index=True)


def write_changes(staged: Path, name: str, before: Path | None, takedowns: Sequence[Takedown] = ()) -> None:
    """Write the `change` table of a staged release, and the rows of the standard's `metadata` that tell the same."""
    frame = compare(before, staged, takedowns) if before else pd.DataFrame(columns=["id"])
    rows = [{str(key): _cell(value) for key, value in row.items()} for row in frame.to_dict("records")]
    _write(staged, "change", rows)
    _write(staged, "metadata", list(_metadata(rows, name)))


def _hidden(frame: pd.DataFrame, before: Path, after: Path, takedowns: Sequence[Takedown]) -> Iterator[bool]:
    """Whether the takedowns are for each of some changes."""
    urls: dict[str, set[str]] = defaultdict(set)
    for release in (before, after):
        for id_, found in listing_addresses(release).items():
            urls[id_] |= set(found)
    for id_, column in zip(frame["listing_id"], frame["column"], strict=True):
        yield hides(takedowns, id_, urls[id_], column if isinstance(column, str) else None)


def plain_typography(value: object) -> str:
    """A value without what an edit of its typography alone would change: NFKC, plain quotes and dashes, single spaces."""
    cell = _cell(value)
    if cell is None:
        return ""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", cell).translate(_TYPOGRAPHY)).strip()


def _differing(
    connection: duckdb.DuckDBPyConnection, columns: list[str], present: dict[str, list[str]]
) -> Iterator[tuple[Any, ...]]:
    """The listings in both with a cell that differs in any way: id, name, and each cell, old and new in turn.

    Most listings do not change, and the database tells so without any of their cells coming here.
    """
    pairs = [[f'{table}."{c}"' if c in present[table] else "NULL" for table in ("old", "new")] for c in columns]
    query = (
        f"SELECT id, coalesce(new.name, old.name), {', '.join(cell for pair in pairs for cell in pair)} "  # noqa: S608
        f"FROM old JOIN new USING (id) WHERE {' OR '.join(' IS DISTINCT FROM '.join(pair) for pair in pairs)} ORDER BY id"
    )
    found = connection.execute(query)
    while batch := found.fetchmany(1000):
        yield from batch


def _row(
    listing: str, name: Any, change: str, column: str | None = None, before: Any = None, after: Any = None
) -> dict[str, Any]:
    return {
        "id": child_id(listing, "change", change, column or ""),
        "listing_id": listing,
        "name": name,
        "change": change,
        "column": column,
        "before": _cell(before),
        "after": _cell(after),
    }


def _cell(value: object) -> str | None:
    if isinstance(value, np.ndarray | list):
        return json.dumps(list(value), ensure_ascii=False)
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]


def _metadata(changes: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    """Changed cells that stand in `organization`, as the standard wants them told; its texts must not be null."""
    columns = {column.name: column.hsds for column in tables()["listings"].columns}
    for row in changes:
        table, _, field = (columns.get(row["column"] or "") or "").partition(".")
        if row["change"] == "changed" and table == "organization":
            yield {
                "id": child_id(row["id"], "metadata"),
                "resource_id": row["listing_id"],
                "resource_type": table,
                "last_action_date": pd.Timestamp(name).date(),
                "last_action_type": "update",
                "field_name": field,
                "previous_value": row["before"] or "",
                "replacement_value": row["after"] or "",
                "updated_by": "listings",
            }


def _write(staged: Path, name: str, rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["id"])), schema=tables()[name].arrow())
    write(table.to_batches(), table.schema, staged / f"{name}.parquet")
