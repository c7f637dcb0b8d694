"""Release A against release B, cell by cell, on the `listings` table."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from releases.ids import child_id
from releases.merge import write
from releases.schema import tables
from releases.takedowns import hides
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
    """What differs between two releases: a row for each listing added or removed, and for each cell changed.

    Both are release folders. Columns: those of the `change` table, sorted by listing and column. Differences of white
    space, quotation marks, dashes and Unicode form are folded and give no row. What the takedowns take out is not told of:
    either release may still have it.
    """
    old, new = _load(before), _load(after)
    rows: list[dict[str, Any]] = []
    for change, ids, frame in (
        ("removed", old.index.difference(new.index), old),
        ("added", new.index.difference(old.index), new),
    ):
        names = frame.loc[ids, "name"].tolist()
        rows += [_row(id_, name, change) for id_, name in zip(ids, names, strict=True)]
    both = old.index.intersection(new.index)
    names = new.loc[both, "name"].where(new.loc[both, "name"].notna(), old.loc[both, "name"])
    for column in sorted((set(old.columns) | set(new.columns)) - set(_UNSTABLE)):
        then, now = (
            frame.loc[both, column] if column in frame else pd.Series(None, both, dtype=object) for frame in (old, new)
        )
        for id_ in both[(then.map(plain_typography) != now.map(plain_typography)).to_numpy(dtype=bool)]:
            rows.append(_row(id_, names[id_], "changed", column, then[id_], now[id_]))
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
        listings = pd.read_parquet(release / "listings.parquet", columns=["id", "url", "page_id"])
        pages = pd.read_parquet(release / "page.parquet", columns=["id", "url"]).set_index("id")["url"]
        for id_, url, page in listings.itertuples(index=False):
            urls[id_] |= {url, pages[page]}
    for id_, column in zip(frame["listing_id"], frame["column"], strict=True):
        yield hides(takedowns, id_, urls[id_], column if isinstance(column, str) else None)


def plain_typography(value: object) -> str:
    """A value without what an edit of its typography alone would change: NFKC, plain quotes and dashes, single spaces."""
    cell = _cell(value)
    if cell is None:
        return ""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", cell).translate(_TYPOGRAPHY)).strip()


def _load(release: Path) -> pd.DataFrame:
    return pd.read_parquet(release / "listings.parquet").set_index("id").sort_index()


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
