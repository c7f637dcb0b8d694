"""`suppress.csv`: what a source takes out on request, a takedown a row, read and checked before anything runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sources.errors import SourceError
from sources.lookups import COLUMNS as LOOKUP_COLUMNS
from sources.lookups import is_url
from sources.rows import Row, read_rows

FILE = "suppress.csv"
COLUMNS = (*(column for column in LOOKUP_COLUMNS if column != "name"), "description")
"""What can be taken out of a listing: the columns that lookups.csv can set, but for its name, and its description."""

_HEADER = ("listing", "column", "date", "reason")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Takedown:
    """One row: what is taken out of which listing, since when, and why.

    `listing` is the id of a listing, or the address of a page with all the listings on it; None for every listing. `column` is
    one of COLUMNS, None for the whole listing. `line` is where the row begins in the file.
    """

    listing: str | None
    column: str | None
    date: date
    reason: str
    line: int

    @property
    def is_id(self) -> bool:
        """Whether `listing` is an id, not an address."""
        return self.listing is not None and bool(_ID.fullmatch(self.listing))


@dataclass(frozen=True, slots=True)
class Takedowns:
    """A source's rows in the order of its file, and the file's SHA-256 in hex (None where there is no file)."""

    entries: tuple[Takedown, ...] = ()
    sha256: str | None = None

    def naming(self, found: Iterable[tuple[int, str]]) -> Takedowns:
        """The same, with those listings by their ids too that rows (by line) were found to name by an address."""
        by_line = {entry.line: entry for entry in self.entries}
        named = (replace(by_line[line], listing=listing) for line, listing in sorted(found))
        more = [entry for entry in named if by_line[entry.line].listing not in (None, entry.listing)]
        return replace(self, entries=(*self.entries, *more))


def load_takedowns(folder: Path) -> Takedowns:
    """Read `folder`/suppress.csv (see `sources.rows`); without the file nothing is taken out.

    Raises SourceError with file and line for a header that is not known, a row of the wrong length, a listing that is neither an
    id nor an address, an unknown column, a row that names neither, a date that is none, a missing reason, and what comes twice.
    """
    read = read_rows(folder / FILE, _HEADER, _HEADER)
    return Takedowns(tuple(_entries(read.rows)), read.sha256) if read else Takedowns()


def _entries(rows: Iterable[Row]) -> Iterator[Takedown]:
    first: dict[tuple[str | None, str | None], int] = {}
    for row in rows:
        listing, column = row.cells["listing"] or None, row.cells["column"] or None
        entry = Takedown(listing, column, _date(row), row.cells["reason"], row.line)
        _check(row.where, entry)
        again = first.setdefault((listing, column), row.line)
        if again != row.line:
            raise SourceError(f"{row.where}: the same is taken out in line {again} already. Leave one out.")
        yield entry


def _date(row: Row) -> date:
    text = row.cells["date"]
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise SourceError(f"{row.where}: `date` must be the day of the request, as in 2026-05-03, not {text!r}.")


def _check(where: str, entry: Takedown) -> None:
    if entry.listing is None and entry.column is None:
        raise SourceError(
            f"{where}: names no listing and no column. Say which listing, or which column of all of them."
        )
    if entry.listing and not entry.is_id and not is_url(entry.listing):
        raise SourceError(
            f"{where}: `listing` must be the id of a listing or the address of its page, not {entry.listing!r}. "
            "Copy the column `id` or `url` of a release."
        )
    if entry.column == "name":
        raise SourceError(
            f"{where}: a listing has its name everywhere. Leave `column` empty: that takes out all of it."
        )
    if entry.column and entry.column not in COLUMNS:
        near = difflib.get_close_matches(entry.column, COLUMNS, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Columns: {', '.join(COLUMNS)}."
        raise SourceError(f"{where}: there is no column `{entry.column}`. {hint}")
    if not entry.reason:
        raise SourceError(f"{where}: `reason` is empty. Say why, for whoever looks after this source later.")
