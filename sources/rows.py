"""The CSV files of a source, read row by row with the line that each begins at."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sources.errors import SourceError


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the names of its header, the line that it begins at, and both as an error says it (`file:line`)."""

    cells: dict[str, str]
    line: int
    where: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds, and its SHA-256 in hex."""

    rows: tuple[Row, ...]
    sha256: str


def read_rows(path: Path, required: Sequence[str], header: Sequence[str]) -> Rows | None:
    """The rows that hold anything; None where there is no file.

    UTF-8, with a comma or (as Excel writes it in many countries) a semicolon between cells. `header` are the names that may
    stand in the first line, `required` those that must. SourceError with file and line for all that is otherwise.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}).") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}:{line}: is not UTF-8. Save it as CSV UTF-8.") from error
    return Rows(tuple(_rows(path, text, required, header)), hashlib.sha256(data).hexdigest())


def _rows(path: Path, text: str, required: Sequence[str], known: Sequence[str]) -> Iterator[Row]:
    lines = _lines(path, text)
    line, header = next(lines, (1, []))
    _check_header(f"{path}:{line}", header, required, known)
    shortest = max(header.index(name) for name in required) + 1
    for line, row in lines:
        where = f"{path}:{line}"
        if not shortest <= len(row) <= len(header):
            raise SourceError(
                f"{where}: has {len(row)} cells, and the header {len(header)}. Put a text with a comma in it in quotes."
            )
        cells = (
            unicodedata.normalize("NFC", cell) for cell in row
        )  # as pages are read: what is set by hand goes into tables
        yield Row(dict(zip(header, cells, strict=False)), line, where)


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold anything, with the lines that they begin at."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="," if "," in first else ";", strict=True)
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, [cell.strip() for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"{path}:{line}: is not CSV: {error}. See to the quotes of the row.") from error


def _check_header(where: str, header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> None:
    optional = [name for name in known if name not in required]
    left_out = " (the last two if needed)" if len(optional) == 2 else ""
    for name in header:
        if name not in known or header.count(name) > 1:
            what = "comes twice in" if name in known else "is nothing that is known in"
            raise SourceError(f"{where}: {name!r} {what} the header. Write {','.join(known)}{left_out}.")
    missing = [name for name in required if name not in header]
    if missing:
        raise SourceError(f"{where}: the header lacks {', '.join(missing)}. The first line must be {','.join(known)}.")
