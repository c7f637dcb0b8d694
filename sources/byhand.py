"""Writing a row into a file that is edited by hand (lookups.csv, suppress.csv): a diff shows that row and nothing else."""

from __future__ import annotations

import csv
import difflib
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sources.errors import SourceError


def write_row(
    path: Path, header: Sequence[str], cells: Mapping[str, str], key: Sequence[str], load: Callable[[Path], object]
) -> str:
    """Add a row to the CSV file at `path`, or put it in the place of the one with the same `key` columns; returns the diff.

    The file keeps its delimiter, its line ends and whatever else stands in it; without a file one is made with `header`. What a
    column of `header` needs and the file lacks is added to the file's own header. `load` reads the file from a folder: what it
    refuses (SourceError) is not written. The file is replaced in one step.
    """
    data = path.read_bytes() if path.exists() else b""
    mark = "\ufeff" if data.startswith(b"\xef\xbb\xbf") else ""
    before = data.decode("utf-8-sig")
    after = _with_row(before, header, cells, key)
    _try(path, mark + after, load)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        file.write((mark + after).encode())
    made = Path(file.name)
    made.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    made.replace(path)
    changed = difflib.unified_diff(before.splitlines(), after.splitlines(), path.name, path.name, lineterm="", n=2)
    return "\n".join(changed)


def _with_row(text: str, header: Sequence[str], cells: Mapping[str, str], key: Sequence[str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    if not text.strip():
        return _line([*header], ",", end) + _line([cells.get(name, "") for name in header], ",", end)
    first = text.partition("\n")[0]
    delimiter = "," if "," in first else ";"
    records = _records(text, delimiter)
    top, (names, _) = next((n, record) for n, record in enumerate(records) if any(cell.strip() for cell in record[0]))
    names = [name.strip() for name in names]
    missing = [name for name in header if name not in names and cells.get(name)]
    lines = [raw for _, raw in records]
    if missing:
        lines[top] = _line([*names, *missing], delimiter, end)
    names += missing
    row = _line([cells.get(name, "") for name in names], delimiter, end)
    wanted = [cells.get(name, "") for name in key]
    for number, (record, _) in enumerate(records):
        there = dict(zip(names, (cell.strip() for cell in record), strict=False))
        if number > top and any(record) and [there.get(name, "") for name in key] == wanted:
            lines[number] = row
            return "".join(lines)
    if not lines[-1].endswith("\n"):
        lines[-1] += end
    return "".join([*lines, row])


def _records(text: str, delimiter: str) -> list[tuple[list[str], str]]:
    """The rows of a CSV text, each with the lines that it stands on."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=delimiter)
    records = []
    start = 0
    for cells in reader:
        records.append((cells, "".join(lines[start : reader.line_num])))
        start = reader.line_num
    return records


def _line(cells: Sequence[str], delimiter: str, end: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerow([" ".join(cell.split()) for cell in cells])
    return text.getvalue()


def _try(path: Path, text: str, load: Callable[[Path], object]) -> None:
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name) / path.name
        trial.write_bytes(text.encode())
        try:
            load(Path(name))
        except SourceError as error:
            raise SourceError(str(error).replace(str(trial), str(path))) from error
