"""Parts -> tables: all rows of a release, sorted, with each id once, as parquet files that depend on nothing but the rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from releases.database import database, in_little_memory
from releases.ids import child_id
from releases.origin import capture
from releases.schema import ORIGIN, SHARED, Table, tables

ROW_GROUP = 65_536
"""Rows of a row group: small enough to filter by, large enough to compress."""

DUPLICATES = {"page": "duplicate-page", "listings": "duplicate-listing"}
"""The kind of problem that tells of a row left out, because another capture brings the same page or listing."""


def merge(parts: Sequence[Path], folder: Path) -> None:
    """Merge the parts (folders written by `releases.build.write_part`) into one parquet file a table, in `folder`.

    Where several captures bring the same listing or page, one is kept whole (the page at its canonical URL, else the newest)
    and each other gives a row in `problem`. Rows of shared tables that differ in wording only are settled by sort order.
    Larger than memory is fine: DuckDB sorts on disk.
    """
    in_little_memory(lambda lean: _merge(parts, folder, lean))


def _merge(parts: Sequence[Path], folder: Path, lean: bool) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".sort-") as scratch,
        database(scratch=Path(scratch), lean=lean) as connection,
    ):
        known = dict(tables())
        for name in ("page", "listings"):
            _load(connection, known[name], parts)
        for name in sorted(known.keys() - {"page", "listings"}):
            _load(connection, known[name], parts, _settle(connection) if name == "problem" else [])
        for table in known.values():
            order = '"id"' if table.name not in SHARED else ", ".join(f'"{column.name}"' for column in table.columns)
            first = 'DISTINCT ON ("id") ' if table.name in SHARED else ""
            relation = connection.sql(
                f'SELECT {first}* EXCLUDE ("{ORIGIN}") FROM "{table.name}" '  # noqa: S608
                f'WHERE "{ORIGIN}" IS NULL OR "{ORIGIN}" NOT IN (SELECT origin FROM beaten) ORDER BY {order}'
            )
            reader = relation.to_arrow_reader(ROW_GROUP)
            write(reader, table.arrow(reader.schema.names), folder / f"{table.name}.parquet")


def write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> None:
    """Write batches as parquet: the same rows give the same bytes, however they are cut into batches."""
    with pq.ParquetWriter(path, schema, version="2.6", compression="zstd", write_statistics=True) as writer:
        for group in _groups(batches, schema):
            writer.write_table(group, row_group_size=ROW_GROUP)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of ROW_GROUP rows each, in one chunk a column, the last one shorter."""
    waiting = schema.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch]).select(schema.names).cast(schema)])
        while waiting.num_rows >= ROW_GROUP:
            yield waiting.slice(0, ROW_GROUP).combine_chunks()
            waiting = waiting.slice(ROW_GROUP)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _load(
    connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Path], rows: Sequence[dict[str, Any]] = ()
) -> None:
    """A view of the table over all parts, and over `rows`; its language columns are those of any part."""
    files = sorted(str(part / f"{table.name}.parquet") for part in parts)
    present = {name for file in files for name in pq.read_schema(file).names}
    schema = table.arrow(present).append(pa.field(ORIGIN, pa.string()))
    connection.register(f"own {table.name}", pa.Table.from_pylist(list(rows), schema=schema))
    columns = ", ".join(f'"{name}"' for name in schema.names)
    union = f'SELECT * FROM "own {table.name}"'  # noqa: S608
    if files:
        connection.read_parquet(files, union_by_name=True).create_view(f"parts {table.name}")
        union += f' UNION ALL BY NAME SELECT * FROM "parts {table.name}"'  # noqa: S608
    connection.execute(f'CREATE VIEW "{table.name}" AS SELECT {columns} FROM ({union})')  # noqa: S608


def _settle(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Tell which captures lose (table `beaten`); a problem for each. A page that loses takes its listings with it."""
    connection.execute("CREATE TABLE beaten (origin VARCHAR)")
    problems: list[dict[str, Any]] = []
    for table, kind in DUPLICATES.items():
        doubles = connection.execute(
            f'SELECT id, "{ORIGIN}" FROM "{table}" WHERE "{ORIGIN}" NOT IN (SELECT origin FROM beaten) '  # noqa: S608
            f'QUALIFY count(*) OVER (PARTITION BY id) > 1 ORDER BY id, "{ORIGIN}"'
        ).fetchall()
        kept: dict[str, str] = {}
        for id_, origin in doubles:
            if kept.setdefault(id_, origin) == origin:
                continue
            lost = [origin]
            if table == "page":
                held = connection.execute(f'SELECT "{ORIGIN}" FROM listings WHERE page_id = ?', [id_]).fetchall()  # noqa: S608
                lost += [of_listing for (of_listing,) in held if capture(of_listing) == capture(origin)]
            connection.executemany("INSERT INTO beaten VALUES (?)", [[one] for one in lost])
            kept_one = capture(kept[id_])
            advice = f"Another capture of the same id is kept: {kept_one}. See to the canonical URL or the part."
            problems.append(
                {
                    "id": child_id(id_, "problem", kind, origin),
                    "url": capture(origin).url,
                    "kind": kind,
                    "seen": str(capture(origin)),
                    "advice": advice,
                }
            )
    return problems
