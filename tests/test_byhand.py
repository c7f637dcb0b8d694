from __future__ import annotations

from pathlib import Path

import pytest

from sources.byhand import write_row
from sources.errors import SourceError
from sources.lookups import load_lookups

HEADER = ("column", "printed", "normal", "url", "reason")
KEY = ("column", "printed", "url")


def write(path: Path, **cells: str) -> str:
    return write_row(path, HEADER, cells, KEY, load_lookups)


def test_a_first_row_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "quay" / "lookups.csv"
    diff = write(path, column="country", printed="Hollande, du Sud", normal="NL", reason="an old name")
    assert path.read_text() == 'column,printed,normal,url,reason\ncountry,"Hollande, du Sud",NL,,an old name\n'
    assert diff.splitlines()[-1] == '+country,"Hollande, du Sud",NL,,an old name'
    assert [entry.printed for entry in load_lookups(path.parent).entries] == ["Hollande, du Sud"]
    assert [found.name for found in path.parent.iterdir()] == ["lookups.csv"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"column,printed,normal\nreach,n/a,\n", b"column,printed,normal\nreach,n/a,\ncountry,Hollande,NL\n"),
        (b"normal;printed;column\r\n;n/a;reach", b"normal;printed;column\r\n;n/a;reach\r\nNL;Hollande;country\r\n"),
        (
            b"\xef\xbb\xbfcolumn,printed,normal\n\n",
            b"\xef\xbb\xbfcolumn,printed,normal\n\ncountry,Hollande,NL\n",
        ),
        (
            b'column,printed,normal\ncountry, Hollande ,BE\nname,"A\nB",en\n',
            b'column,printed,normal\ncountry,Hollande,NL\nname,"A\nB",en\n',
        ),
        (
            b'column,printed,normal\nname,"A\nB",en\ncountry,Hollande,BE\n',
            b'column,printed,normal\nname,"A\nB",en\ncountry,Hollande,NL\n',
        ),
    ],
)
def test_nothing_else_of_the_file_changes(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "lookups.csv"
    path.write_bytes(before)
    diff = write(path, column="country", printed="Hollande", normal="NL")
    assert path.read_bytes() == after
    changed = [line for line in diff.splitlines()[2:] if line.startswith(("+", "-"))]
    assert len([line for line in changed if line.startswith("+")]) == 1
    assert len(changed) <= 2
    assert write(path, column="country", printed="Hollande", normal="NL") == ""


def test_a_column_that_the_header_lacks_is_added_to_it(tmp_path: Path) -> None:
    path = tmp_path / "lookups.csv"
    path.write_text("column,printed,normal\nreach,n/a,\n", "utf-8")
    write(path, column="country", printed="Hollande", normal="NL", reason="an old name")
    assert path.read_text().splitlines() == [
        "column,printed,normal,reason",
        "reach,n/a,",
        "country,Hollande,NL,an old name",
    ]
    assert load_lookups(tmp_path).entries[1].reason == "an old name"


def test_what_the_file_cannot_hold_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "lookups.csv"
    path.write_text("column,printed,normal\nreach,n/a,\n", "utf-8")
    for cells in (
        {"column": "country", "printed": "Hollande", "normal": "Holland"},
        {"column": "colour", "printed": "red", "normal": "red"},
        {"column": "country", "printed": "", "normal": "NL"},
    ):
        with pytest.raises(SourceError, match=f"^{path}:3: "):
            write(path, **cells)
    assert path.read_text() == "column,printed,normal\nreach,n/a,\n"
    assert [found.name for found in tmp_path.iterdir()] == ["lookups.csv"]
