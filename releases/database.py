"""DuckDB as this project uses it: in the process, and never on the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb

from releases.schema import tables_in

Settings = dict[str, str | bool | int | float | list[str]]

# Left to itself DuckDB downloads an extension when a query seems to want one: a release would then depend on a network.
_OFFLINE: Settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


_LEAN: Settings = {"memory_limit": "256MB", "threads": min(4, os.cpu_count() or 1)}
"""What a database may take that only sorts, however large a release is: each thread has a part of the memory."""


def database(path: Path | None = None, scratch: Path | None = None, lean: bool = False) -> duckdb.DuckDBPyConnection:
    """A database in the file `path`, or in memory; what does not fit there is in the folder `scratch`, with `lean` most of it."""
    place: Settings = {"temp_directory": str(scratch)} if scratch else {}
    return duckdb.connect(path or ":memory:", config=_OFFLINE | place | (_LEAN if lean else {}))


def in_little_memory(work: Callable[[bool], None]) -> None:
    """Do `work` with lean databases (True), or where single rows are too large for them (texts of megabytes), with others."""
    try:
        work(True)
    except duckdb.OutOfMemoryException:
        work(False)


def open_release(release: Path, scratch: Path | None = None, lean: bool = False) -> duckdb.DuckDBPyConnection:
    """A database with a view of each table of the release folder; `scratch` and `lean` as for `database`."""
    connection = database(scratch=scratch, lean=lean)
    for name in tables_in(release):
        connection.read_parquet(str(release / f"{name}.parquet")).create_view(name)
    return connection
