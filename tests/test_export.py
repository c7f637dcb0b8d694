from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.export import ExportError, export, plain, safe_cell
from releases.schema import tables
from tests.records import bare, listing, page, pages, published, renamed

EVIL = '=HYPERLINK("https://evil.example/","x")'


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    captured = [*pages(2), page(renamed(listing("evil"), EVIL)), page(bare())]
    return published(tmp_path_factory.mktemp("data"), captured)


def expected(release: Path, name: str) -> list[tuple[object, ...]]:
    return [tuple(map(plain, row.values())) for row in pq.read_table(release / f"{name}.parquet").to_pylist()]


def test_csv_holds_every_cell_and_no_formula(release: Path, tmp_path: Path) -> None:
    out = export(release, tmp_path / "csv", "csv")
    assert {path.stem for path in out.iterdir()} == set(tables())
    for name in tables():
        with (out / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found = list(csv.reader(file))[1:]
        wanted = [
            ["" if v is None else safe_cell(v) if isinstance(v, str) else str(v) for v in row]
            for row in expected(release, name)
        ]
        assert found == wanted, name
        cells = [cell for row in found for cell in row]
        assert not [
            cell
            for cell in cells
            if cell.startswith(("=", "-", "@")) or (cell.startswith("+") and not cell[1:5].isdigit())
        ]
    frame = pd.read_csv(out / "listings.csv")
    assert "'" + EVIL in set(frame["name"])


def test_csv_goes_into_a_zip_of_the_same_bytes_each_time(release: Path, tmp_path: Path) -> None:
    out = export(release, tmp_path / "a.zip", "csv")
    with zipfile.ZipFile(out) as archive:
        assert {Path(name).stem for name in archive.namelist()} == set(tables())
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("listings.csv"), "utf-8", newline="")))
    assert len(rows) == 4
    assert json.loads(rows[0]["page_languages"]) in ([], ["en", "fr"])
    assert export(release, tmp_path / "b.zip", "csv").read_bytes() == out.read_bytes()


def test_sqlite_holds_every_cell_and_its_foreign_keys_hold(release: Path, tmp_path: Path) -> None:
    out = export(release, tmp_path / "release.sqlite", "sqlite")
    with closing(sqlite3.connect(out)) as connection:
        for name in tables():
            assert connection.execute(f'SELECT * FROM "{name}"').fetchall() == expected(release, name)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert len(connection.execute("PRAGMA foreign_key_list(phone)").fetchall()) == 4


def test_duckdb_holds_every_row_with_types_and_comments(release: Path, tmp_path: Path) -> None:
    out = export(release, tmp_path / "release.duckdb", "duckdb")
    with duckdb.connect(str(out), read_only=True) as connection:
        for name in tables():
            count = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
            assert count == (len(expected(release, name)),)
        found = connection.execute("SELECT languages FROM listings WHERE name = ?", [EVIL]).fetchall()
        assert found == [(["fr", "en"],)]
        comments = connection.execute("SELECT comment FROM duckdb_columns() WHERE table_name = 'phone'").fetchall()
        assert ("The phone number.",) in comments


def test_xlsx_holds_text_as_text(release: Path, tmp_path: Path) -> None:
    out = export(release, tmp_path / "release.xlsx", "xlsx")
    with zipfile.ZipFile(out) as archive:
        sheets = {name: archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name}
        book = archive.read("xl/workbook.xml").decode()
    assert [book.index(f'name="{name}"') for name in tables()] == sorted(
        book.index(f'name="{name}"') for name in tables()
    )
    assert not [name for name, text in sheets.items() if "<f>" in text]
    assert (
        "&#x27;=HYPERLINK" in sheets["xl/worksheets/sheet1.xml"] or "'=HYPERLINK" in sheets["xl/worksheets/sheet1.xml"]
    )
    assert "+32815550102" in sheets["xl/worksheets/sheet1.xml"]
    assert export(release, tmp_path / "again.xlsx", "xlsx").read_bytes() == out.read_bytes()


def test_a_cell_too_long_for_excel_says_that_it_is_cut(tmp_path: Path) -> None:
    long = published(tmp_path, [page(bare(text="x" * 40_000))])
    out = export(long, tmp_path / "long.xlsx", "xlsx")
    with zipfile.ZipFile(out) as archive:
        assert any("cut: Excel holds no more" in archive.read(n).decode() for n in archive.namelist() if "sheet" in n)


def test_what_is_there_is_replaced_only_by_something_whole(release: Path, tmp_path: Path) -> None:
    out = tmp_path / "release.sqlite"
    out.write_text("old")
    assert export(release, out, "sqlite").read_bytes().startswith(b"SQLite format 3")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ExportError, match="files in it"):
        export(release, tmp_path / "full", "csv")
    with pytest.raises(ExportError, match="not a release"):
        export(tmp_path, tmp_path / "x.zip", "csv")
    with pytest.raises(ExportError, match="Choose one of csv, sqlite, duckdb, xlsx"):
        export(release, tmp_path / "x.ods", "ods")  # type: ignore[arg-type]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "release.sqlite"]


@pytest.mark.parametrize("number", ["+32815550100", "+32815550100;ext=012"])
def test_telephone_numbers_stay_as_they_are(number: str) -> None:
    assert safe_cell(number) == number


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "+1+1", "\x00=1", "+٣٣"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text).startswith("'")


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("'=+-@＝\t\n\r\x00\x1f7a ")) | st.text())
def test_taking_one_apostrophe_away_gives_the_text_back(text: str) -> None:
    cell = safe_cell(text)
    clean = "".join(
        x for x in text.replace("\r\n", "\n").replace("\r", "\n") if x in "\t\n" or x.isprintable() or ord(x) > 0x9F
    )
    assert cell[:1] not in set("=-@＝＋－＠\t\n")
    guarded = cell.startswith("'") and cell.lstrip("'")[:1] in set("=+-@＝＋－＠\t\n") - {""}
    back = cell[1:] if guarded else cell
    assert back == "".join(x for x in clean if not 0xD800 <= ord(x) <= 0xDFFF and x not in "\ufffe\uffff")
