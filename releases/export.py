"""The tables of a release in other forms: CSV, SQLite, DuckDB, Excel.

Spreadsheets run cells that look like formulas. Text cells of CSV and Excel files that start with = + - @ (also their full-width
forms), tab or a line break therefore get an apostrophe in front (OWASP, "CSV Injection"), and so do those that start with
apostrophes before such a character, so that taking one apostrophe away always gives the text back. Telephone numbers in E.164
stay as they are: a plus sign and digits can run nothing, and whoever joins tables by number needs them unaltered.
Control characters other than tab and line feed are left out there. Lists are JSON, times ISO 8601 in UTC.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from releases.column import Column
from releases.database import database
from releases.describe import crawl_time
from releases.schema import Table, tables_in

Format = Literal["csv", "sqlite", "duckdb", "xlsx"]

_RISKY = re.compile(r"'*[=+\-@＝＋－＠\t\n]")
_NUMBER = re.compile(r"\+[0-9]{2,15}(;ext=[0-9]+)?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CELL = 32_767
_ROWS = 1_048_575
_CUT = " … (cut: Excel holds no more; the whole text is in the other forms)"


class ExportError(Exception):
    """A release that cannot be written in that form or place; the message says why and what to do."""


def export(release: Path, out: Path, form: Format) -> Path:
    """Write the tables of the release folder to `out` and return it.

    CSV goes to a zip file where `out` ends with `.zip`, else to a new folder. A file that is there is replaced once the new
    one is whole. Raises ExportError where `release` is none, `out` is a folder that has something in it, or a table is too
    long for a sheet.
    """
    writers: dict[Format, Callable[[Path, Path], None]] = {
        "csv": _zip if out.suffix == ".zip" else _folder,
        "sqlite": _sqlite,
        "duckdb": _duckdb,
        "xlsx": _xlsx,
    }
    if form not in writers:
        raise ExportError(f"{form}: no such form. Choose one of {', '.join(get_args(Format))}.")
    if not (release / "datapackage.json").is_file():
        raise ExportError(f"{release}: is not a release (no datapackage.json). Name a folder below data/processed.")
    if out.is_dir() and any(out.iterdir()):
        raise ExportError(f"{out}: is a folder with files in it. Name a new one.")
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.unfinished")
    _remove(unfinished)
    try:
        writers[form](release, unfinished)
        if out.is_dir():
            out.rmdir()
        unfinished.replace(out)
    finally:
        _remove(unfinished)
    return out


def safe_cell(text: str) -> str:
    """The text as a spreadsheet may hold it: no formula, no control characters (see above)."""
    clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{clean}" if _RISKY.match(clean) and not _NUMBER.fullmatch(clean) else clean


def plain(value: object) -> str | int | float | None:
    """A cell as text or number: lists as JSON, times as ISO 8601 in UTC."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float) else None


def _rows(release: Path, table: Table) -> Iterator[tuple[str | int | float | None, ...]]:
    with pq.ParquetFile(release / f"{table.name}.parquet") as file:
        for batch in file.iter_batches(batch_size=4096):
            columns = [column.to_pylist() for column in batch.columns]
            yield from (tuple(map(plain, row)) for row in zip(*columns, strict=True))


def _safe(value: str | int | float | None) -> str | int | float | None:
    return safe_cell(value) if isinstance(value, str) else value


def _write_csv(release: Path, table: Table, file: io.TextIOBase) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(column.name for column in table.written(release))
    for row in _rows(release, table):
        writer.writerow(map(_safe, row))


def _folder(release: Path, out: Path) -> None:
    out.mkdir()
    for table in tables_in(release).values():
        with (out / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            _write_csv(release, table, file)


def _zip(release: Path, out: Path) -> None:
    with zipfile.ZipFile(out, "w") as archive:
        for table in tables_in(release).values():
            entry = zipfile.ZipInfo(f"{table.name}.csv", crawl_time(release).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (
                archive.open(entry, "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
            ):
                _write_csv(release, table, file)


def _sqlite(release: Path, out: Path) -> None:
    with closing(sqlite3.connect(out)) as connection:
        for table in tables_in(release).values():
            columns = table.written(release)
            connection.execute(f'CREATE TABLE "{table.name}" ({", ".join(_sqlite_parts(table, columns))})')
            marks = ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', _rows(release, table))  # noqa: S608
        connection.commit()


def _sqlite_parts(table: Table, columns: tuple[Column, ...]) -> Iterator[str]:
    for column in columns:
        kind = (
            "INTEGER" if pa.types.is_integer(column.type) else "REAL" if pa.types.is_floating(column.type) else "TEXT"
        )
        required = " NOT NULL" if column.required else ""
        yield f'"{column.name}" {kind}{required}'
    yield f'PRIMARY KEY ("{table.primary_key}")'
    for column in columns:
        if column.references:
            target, _, name = column.references.partition(".")
            yield f'FOREIGN KEY ("{column.name}") REFERENCES "{target}" ("{name}")'


def _duckdb(release: Path, out: Path) -> None:
    with database(out) as connection:
        for table in tables_in(release).values():
            path = release / f"{table.name}.parquet"
            connection.read_parquet(str(path)).create(table.name)
            comments = [(f'TABLE "{table.name}"', table.description)]
            comments += [(f'COLUMN "{table.name}"."{c.name}"', c.description) for c in table.written(release)]
            for what, comment in comments:
                quoted = comment.replace("'", "''")
                connection.execute(f"COMMENT ON {what} IS '{quoted}'")


def _xlsx(release: Path, out: Path) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(out), options) as book:
        book.set_properties({"created": crawl_time(release).replace(tzinfo=None)})
        heading = book.add_format({"bold": True})
        for table in tables_in(release).values():
            count = pq.read_metadata(release / f"{table.name}.parquet").num_rows
            if count > _ROWS:
                raise ExportError(
                    f"{table.name}: {count} rows, a sheet holds {_ROWS}. Export to csv, sqlite or duckdb."
                )
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            columns = table.written(release)
            for place, column in enumerate(columns):
                sheet.write_string(0, place, column.name, heading)
            for line, row in enumerate(_rows(release, table), start=1):
                for place, value in enumerate(row):
                    _write_cell(sheet, line, place, value)


def _write_cell(sheet: Any, line: int, place: int, value: str | int | float | None) -> None:
    if isinstance(value, str):
        text = safe_cell(value)
        sheet.write_string(line, place, text if len(text) <= _CELL else text[: _CELL - len(_CUT)] + _CUT)
    elif value is not None:
        sheet.write_number(line, place, value)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
