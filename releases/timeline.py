"""When each listing was first seen, last seen, last looked for and last changed: carried on from release to release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from releases.describe import moment
from releases.merge import write
from releases.naming import hides, listing_addresses
from releases.schema import tables
from sources.suppress import Takedown


def write_timeline(staged: Path, name: str, before: Path | None, takedowns: Sequence[Takedown] = ()) -> None:
    """Write the `timeline` table of a staged release, whose `change` table is written; `before` is the release before it.

    A listing that is gone stays in it, with the day on which it was last there; one that is taken out does not.
    """
    crawled = moment(name)
    told: dict[str, dict[str, Any]] = {}
    if before and (before / "timeline.parquet").is_file():
        told = {row["id"]: row for row in _read(before, "timeline")}
    addresses = listing_addresses(before) if before and takedowns else {}
    fetched = {row["id"]: row["fetched_at"] for row in _read(staged, "page", ["id", "fetched_at"])}
    changed = {
        row["listing_id"] for row in _read(staged, "change", ["listing_id", "change"]) if row["change"] != "removed"
    }
    rows: dict[str, dict[str, Any]] = {
        id_: row | {"state": "gone", "last_checked": crawled}
        for id_, row in told.items()
        if not hides(takedowns, id_, [row["url"], *addresses.get(id_, ())], None)
    }
    for listing in _read(staged, "listings", ["id", "url", "page_id"]):
        id_, seen = listing["id"], fetched[listing["page_id"]]
        earlier = told.get(id_)
        rows[id_] = {
            "id": id_,
            "url": listing["url"],
            "state": "active",
            "first_seen": earlier["first_seen"] if earlier else seen,
            "last_seen": seen,
            "last_checked": seen,
            "last_changed": earlier["last_changed"] if earlier and id_ not in changed else seen,
        }
    table = pa.Table.from_pylist([rows[id_] for id_ in sorted(rows)], schema=tables()["timeline"].arrow())
    write(table.to_batches(), table.schema, staged / "timeline.parquet")


def _read(release: Path, table: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
    return list(pq.read_table(release / f"{table}.parquet", columns=columns).to_pylist())
