"""Problems grouped by what causes them, each with the line that mends it where one does."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

import duckdb

from reports.summary import Row, select
from sources.lookups import COLUMNS
from sources.lookups import FILE as LOOKUPS

SHOWN = 100
"""Causes of a kind that are shown; the rest is counted."""
FILL_IN = "?"
"""What stands where a person has to fill in something. It is no normal form of anything that can be unparsed: left as it is, the
file is refused."""
_UNPARSED = "unparsed-"
_BELOW_LABELS = "source.yml, below `labels:`"
_LONGEST_LABEL = 60
_LABELLED = ("unaccounted-text", "unread-contact-line", "outside-listings")
QUIET = ("assumed", "set-by-hand")
"""Kinds that tell what a value rests on: there is nothing to mend."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What was seen, on how many listings or pages, one of them (`url`, `listing_id`), and what to do.

    `paste` is the text to put into the file `file` of the source; both are empty where no line would mend it.
    """

    seen: str
    count: int
    url: str
    listing_id: str | None
    advice: str
    file: str = ""
    paste: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Causes of one kind, the most frequent first; `others` counts those not among them. A `quiet` kind is no problem."""

    name: str
    count: int
    causes: list[Cause]
    others: int
    quiet: bool = False

    @property
    def paste(self) -> tuple[str, str]:
        """All that is to be pasted, and into which file; empty where there is nothing."""
        lines = [cause.paste for cause in self.causes if cause.paste]
        return "\n".join(lines), next((cause.file for cause in self.causes if cause.file), "")


def kinds(connection: duckdb.DuckDBPyConnection) -> list[Kind]:
    """All problems of the release that is open in `connection`, and labels that no vocabulary knows."""
    found: dict[str, list[Row]] = {}
    for row in select(connection, _CAUSES):
        found.setdefault(row["kind"], []).append(row)
    # Labels are told by their fields, whatever `problem` says of them.
    if labels := select(connection, _LABELS):
        found["unknown-label"] = labels
    made = [_kind(name, rows) for name, rows in found.items()]
    return sorted(made, key=lambda kind: (kind.quiet, -kind.count, kind.name))


# What was assumed is one cause for each column, whatever was filled in.
_CAUSES = """SELECT kind, CASE kind WHEN 'assumed' THEN split_part(seen, ' = ', 1) ELSE seen END AS seen, count(*) AS n,
arg_min(url, id) AS url, arg_min(listing_id, id) AS listing_id, arg_min(advice, id) AS advice
FROM problem GROUP BY 1, 2 ORDER BY kind, n DESC, 2"""
_LABELS = """SELECT 'unknown-label' AS kind, label AS seen, count(*) AS n, arg_min(page.url, field.id) AS url,
arg_min(listing_id, field.id) AS listing_id, 'Say what the label means, `other` for a fact without a column.' AS advice
FROM field JOIN page ON page.id = field.page_id WHERE key IS NULL GROUP BY label ORDER BY n DESC, label"""


def _kind(name: str, rows: list[Row]) -> Kind:
    causes = [
        Cause(row["seen"], row["n"], row["url"], row["listing_id"], row["advice"], *_paste(name, row["seen"]))
        for row in rows[:SHOWN]
    ]
    return Kind(name, sum(row["n"] for row in rows), causes, len(rows) - len(causes), name in QUIET)


def _paste(kind: str, seen: str) -> tuple[str, str]:
    """The file to write to, and the line."""
    column = kind.removeprefix(_UNPARSED)
    if kind.startswith(_UNPARSED) and column in COLUMNS:
        return LOOKUPS, csv_row([column, " ".join(seen.split()), FILL_IN])
    label, colon, _ = seen.partition(":")
    # A line alone may be a label above its text.
    may_be = (kind in _LABELLED and colon) or (kind == "unaccounted-text" and "\n" not in seen)
    if kind == "unknown-label" or (may_be and 0 < len(label.strip()) <= _LONGEST_LABEL):
        text = seen if kind == "unknown-label" else label
        # A JSON string is a YAML string, whatever is in it.
        return _BELOW_LABELS, f"  {json.dumps(' '.join(text.split()), ensure_ascii=False)}: {FILL_IN}"
    return "", ""


def csv_row(cells: list[str], delimiter: str = ",") -> str:
    """A row of CSV without its line end, in quotes where that is needed."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()
