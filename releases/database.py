"""DuckDB as this project uses it: in the process, and never on the network."""

from __future__ import annotations

from pathlib import Path

import duckdb

from releases.schema import tables_in

Settings = dict[str, str | bool | int | float | list[str]]

# Left to itself DuckDB downloads an extension when a query seems to want one: a release would then depend on a network.
_OFFLINE: Settings = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def database(path: Path | None = None, scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database in the file `path`, or in memory; what does not fit there is sorted in the folder `scratch`."""
    place: Settings = {"temp_directory": str(scratch)} if scratch else {}
    return duckdb.connect(path or ":memory:", config=_OFFLINE | place)


def open_release(release: Path) -> duckdb.DuckDBPyConnection:
    """A database with a view of each table of the release folder."""
    connection = database()
    for name in tables_in(release):
        connection.read_parquet(str(release / f"{name}.parquet")).create_view(name)
    return connection
