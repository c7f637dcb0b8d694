"""The review of a release: static pages for people, without scripts or anything from elsewhere; they open from a disk."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from releases.database import open_release
from releases.schema import tables
from reports.spans import Span, pieces
from reports.summary import CHANGES, Row, select, summarize

LISTED = 500
"""Listings on one page of the list of all."""

TINTS = 6
"""Colours for languages in the style sheet; a page of more languages uses them again."""

_RECORD = """SELECT listings.*, page.text AS page_text, page.fetched_at, page.warc_file, page.warc_offset, page.digest
FROM listings JOIN page ON page.id = listings.page_id ORDER BY listings.id LIMIT ? OFFSET ?"""


def review(release: Path, out: Path) -> Path:
    """Write the review of the release folder to the folder `out` (made anew) and return its first page.

    There is a first page (counts, fill rates, languages, countries, problems, failures, changes), a list of all listings, and
    a page for each listing: its record beside its page's text, with what was read marked where it stands. The same release
    gives the same bytes.
    """
    if out.exists():
        shutil.rmtree(out)
    (out / "listing").mkdir(parents=True)
    package = json.loads((release / "datapackage.json").read_bytes())
    environment = _environment()
    with open_release(release) as connection:
        summary = summarize(connection)
        total = dict(summary.counts)["listings"]
        lists = [f"listings-{number + 1}.html" for number in range(-(-total // LISTED))]
        common = {"package": package, "lists": lists}
        for number, name in enumerate(lists):
            rows = select(connection, _RECORD, [LISTED, number * LISTED])
            _write(environment, out / name, "list.html", common | {"rows": rows, "here": name, "root": ""})
            for row, details in _details(connection, rows):
                path = out / "listing" / f"{row['id']}.html"
                _write(environment, path, "listing.html", common | {"row": row, "root": "../", "list": name, **details})
    index = out / "index.html"
    _write(environment, index, "index.html", common | {"summary": summary, "shown": CHANGES, "root": ""})
    return index


def web_address(url: str) -> str | None:
    """The URL if a browser may follow it: http and https only, never what a page made up (javascript:, data:)."""
    return url if urlsplit(url).scheme in ("http", "https") else None


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = environment.get_template("style.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # The hash allows this one style sheet, and nothing else is allowed: 'self' means nothing for a page opened from a disk.
    environment.globals["policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    environment.globals["style"] = Markup(style)  # noqa: S704 - our own file
    environment.filters["web_address"] = web_address
    return environment


def _write(environment: Environment, path: Path, template: str, values: dict[str, Any]) -> None:
    text = environment.get_template(template).render(values)
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")


def _details(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """What is shown beside each listing; one query a table for all of them."""
    ids = [row["id"] for row in rows]
    fields = _grouped(connection, "field", "listing_id", "position", ids)
    texts = _grouped(connection, "text", "row_id", '"start" NULLS FIRST, "column", language, position', ids)
    problems = _grouped(connection, "problem", "listing_id", "kind = 'assumed', \"start\" NULLS LAST, id", ids)
    shown = [column.name for column in tables()["listings"].expand(rows[0])]
    for row in rows:
        own = (fields.get(row["id"], []), texts.get(row["id"], []), problems.get(row["id"], []))
        record = [
            (name, row[name], row.get(f"{name}_status"))
            for name in shown
            if not name.endswith("_status") and name not in ("id", "source", "page_id")
        ]
        marked = pieces(row["page_text"] or "", list(_spans(*own)))
        languages = sorted({text["language"] for text in own[1] if text["language"]})
        tints = {language: place % TINTS for place, language in enumerate(languages)}
        details = {
            "fetched_at": row["fetched_at"].astimezone(UTC),
            "tints": tints,
            "record": record,
            "fields": own[0],
            "texts": own[1],
            "problems": own[2],
            "pieces": marked,
        }
        yield row, details


def _grouped(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, order: str, ids: list[str]
) -> dict[str, list[Row]]:
    query = f'SELECT * FROM "{table}" WHERE {key} IN (SELECT unnest(?)) ORDER BY {key}, {order}'  # noqa: S608
    groups: dict[str, list[Row]] = {}
    for row in select(connection, query, [ids]):
        groups.setdefault(row[key], []).append(row)
    return groups


def _spans(fields: list[Row], texts: list[Row], problems: list[Row]) -> Iterator[Span]:
    for field in fields:
        name = field["key"] or "label that no vocabulary knows"
        yield Span(field["label_start"], field["label_end"], "label", f"label: {name}")
        yield Span(field["start"], field["end"], "value", f"value of {name} ({field['status']})")
    for text in texts:
        if text["start"] is not None:
            title = " ".join(filter(None, (text["column"], text["language"])))
            yield Span(text["start"], text["end"], "text", title, text["language"])
    for problem in problems:
        if problem["start"] is not None:
            yield Span(problem["start"], problem["end"], "problem", f"problem: {problem['kind']}")
