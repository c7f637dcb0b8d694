"""`listings diff` and `listings export`: releases compared, and in other forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import listings
from tests.records import LATER, listing, page, pages, published, renamed


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data with two releases of a source; in the second a listing has another name, and one is new."""
    folder = tmp_path_factory.mktemp("data")
    published(folder / "processed" / "quayside", pages(1))
    published(
        folder / "processed" / "quayside", [page(renamed(listing("org-0"), "Lighthouse")), page(listing("new"))], LATER
    )
    return folder


def test_diff_shows_what_changed_between_the_last_two(data: Path) -> None:
    result = listings("--data", data, "diff", "quayside")
    assert result.exit_code == 0, result.output
    first, *changes = result.stdout.splitlines()
    assert first == "20261102T030405Z -> 20261109T030405Z: 3 changes"
    assert "changed  Lighthouse name: 'Harbour House' -> 'Lighthouse'" in changes
    assert [line.split()[0] for line in sorted(changes)] == ["added", "changed", "changed"]
    assert not any("nan" in line for line in changes)


def test_diff_of_two_named_releases_as_json(data: Path) -> None:
    result = listings("--data", data, "diff", "quayside", "20261109T030405Z", "20261102T030405Z", "--json")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(row["change"] for row in found) == ["changed", "changed", "removed"]
    assert {(row["before"], row["after"]) for row in found if row["column"] == "name"} == {
        ("Lighthouse", "Harbour House")
    }


def test_diff_as_a_table_has_a_line_a_change_in_columns(data: Path) -> None:
    head, *rows = listings("--data", data, "diff", "quayside", "--table").stdout.splitlines()
    assert head.split() == ["change", "name", "column", "before", "after", "listing_id"]
    assert len(rows) == 3 and not any("nan" in row for row in rows)
    place = head.index("before")
    assert {row[place:].split("  ")[0] for row in rows if row.startswith("changed")} == {"Harbour House"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["quayside", "20200101T000000Z"], "there is no release 20200101T000000Z"), (["nowhere"], "not two releases")],
)
def test_diff_says_which_releases_there_are(data: Path, arguments: list[str], said: str) -> None:
    result = listings("--data", data, "diff", *arguments)
    assert result.exit_code == 1
    assert f"{data / 'processed' / arguments[0]}/: " in result.stderr
    assert said in result.stderr


@pytest.mark.parametrize("form", ["csv", "sqlite", "duckdb", "xlsx"])
def test_export_writes_the_latest_release_and_says_where(data: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "made" / f"tables.{form}"
    result = listings("--data", data, "export", "quayside", "--format", form, "--out", out)
    assert (result.exit_code, result.stdout.strip()) == (0, str(out)), result.output
    assert out.exists()


def test_export_without_a_release_says_how_to_get_one(tmp_path: Path) -> None:
    result = listings("--data", tmp_path, "export", "quayside", "--format", "csv")
    assert result.exit_code == 1
    assert "Run `listings refresh quayside` first" in result.stderr
