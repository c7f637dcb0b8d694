"""What a release says of itself, from its schema and tables: `datapackage.json` for programs, `codebook.md` for people."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa

from parsers.site_parsers import find_parser
from releases.column import Column
from releases.database import open_release
from releases.ids import software_version
from releases.schema import Table, tables_in
from sources import lookups, suppress
from sources.source import Source

_TYPES = {"string": "string", "int64": "integer", "double": "number", "date32[day]": "date"}
_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Archive:
    """What a release was made from: the name of the crawl, and each archive file that holds a page of it, with its SHA-256."""

    crawl: str
    files: tuple[tuple[str, str], ...]


def citation(source: Source, name: str) -> str:
    """How to cite the release of that name: as the source says, else its title, address and crawl date."""
    if source.citation:
        return f"{source.citation.rstrip('. ')}. Release {name}."
    where = f" {source.start}." if source.kind == "url" else ""
    return f"{source.title or source.name}.{where} Crawled {moment(name):%Y-%m-%d}. Release {name}."


def crawl_time(release: Path) -> datetime:
    """When the release in that folder was crawled, as its data package says."""
    return datetime.fromisoformat(json.loads((release / "datapackage.json").read_bytes())["created"])


def write_datapackage(
    release: Path, source: Source, name: str, archive: Archive | None = None, before: Path | None = None
) -> None:
    """Write `datapackage.json` (Data Package 2.0, Frictionless): tables with schema, keys and SHA-256 hashes.

    `configuration`, `lookups`, `suppress` and `parser` have the hashes of the source's source.yml, lookups.csv, suppress.csv and
    own parser: a release is made from them as it is from the files of the `archive`. `previous` is the release that `change` and
    `timeline` go on from.
    """
    package: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": _slug(source.name),
        "title": source.title or source.name,
        "version": name,
        "created": f"{moment(name):%Y-%m-%dT%H:%M:%SZ}",
        "citation": citation(source, name),
        "software": f"listings {software_version()}",
    }
    if source.license:
        package["licenses"] = [_license(source.license)]
    if source.kind == "url":
        package["sources"] = [{"title": source.title or source.name, "path": source.start}]
    package |= made_from(source)
    if archive:
        files = [{"path": path, "hash": f"sha256:{digest}"} for path, digest in archive.files]
        package["archive"] = {"crawl": archive.crawl, "files": files}
    if before:
        package["previous"] = {"version": before.name, "hash": f"sha256:{sha256(before / 'datapackage.json')}"}
    package["resources"] = [_resource(release, table) for table in tables_in(release).values()]
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    (release / "datapackage.json").write_text(text, encoding="utf-8")


def made_from(source: Source) -> dict[str, dict[str, str]]:
    """The files of a source that a release is made from, with their hashes, by what they are in `datapackage.json`."""
    parser = find_parser(source)
    files = {
        "configuration": ("source.yml", source.sha256),
        "lookups": (lookups.FILE, source.lookups.sha256),
        "suppress": (suppress.FILE, source.suppress.sha256),
        "parser": (parser.path, parser.sha256) if parser else ("", None),
    }
    return {key: {"path": path, "hash": f"sha256:{digest}"} for key, (path, digest) in files.items() if digest}


def record_acceptance(release: Path, accepted: dict[str, Any]) -> None:
    """Say in the release's data package why it was published although a check held it: a reason, and what was found."""
    path = release / "datapackage.json"
    package = json.loads(path.read_bytes())
    package = {key: value for key, value in package.items() if key != "resources"} | {
        "accepted": accepted,
        "resources": package["resources"],
    }
    whole = path.with_suffix(".new")
    whole.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    whole.replace(path)


def acceptance(release: Path) -> dict[str, Any] | None:
    """Why the release was published although a check held it; None where none did."""
    accepted: dict[str, Any] | None = json.loads((release / "datapackage.json").read_bytes()).get("accepted")
    return accepted


def write_codebook(release: Path, source: Source, name: str) -> None:
    """Write `codebook.md`: every table and column with its meaning, how far it is filled, and an example."""
    lines = [
        f"# {_plain(source.title or source.name)}: codebook",
        "",
        f"Release {name}. {_plain(citation(source, name))}",
        "",
    ]
    lines += [f"Licence: {_plain(source.license or 'not stated by the source')}", ""]
    lines += ["Tables marked HSDS follow the Human Services Data Specification 3.0 (Open Referral, CC BY-SA 4.0).", ""]
    with open_release(release) as connection:
        for table in tables_in(release).values():
            lines += _chapter(connection, table, table.written(release))
    (release / "codebook.md").write_text("\n".join(lines), encoding="utf-8")


def _resource(release: Path, table: Table) -> dict[str, Any]:
    path = release / f"{table.name}.parquet"
    columns = table.written(release)
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in columns],
        "missingValues": [],  # parquet has nulls: an empty text is a text
        "primaryKey": list(table.key),
    }
    keys = [_foreign_key(column, table) for column in columns if column.references]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table.name,
        "type": "table",
        "path": path.name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": table.description,
        # No `bytes`: frictionless 5 counts none for parquet and then calls every file damaged. The hash says as much.
        "hash": f"sha256:{sha256(path)}",
        "schema": schema,
    }


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _field(column: Column) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": column.name,
        "type": _frictionless_type(column),
        "description": column.description,
    }
    if column.format:
        entry["format"] = column.format
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.enum:
        constraints["enum"] = list(column.enum)
    if constraints:
        entry["constraints"] = constraints
    if column.hsds:
        entry["hsds"] = column.hsds
    return entry


def _foreign_key(column: Column, table: Table) -> dict[str, Any]:
    target, _, field = (column.references or "").partition(".")
    # A key of two columns has no place for a null in one of them; ids alone are unique, too.
    within = table.key[:-1] if column.required else ()
    return {
        "fields": [*within, column.name],
        "reference": {"resource": "" if target == table.name else target, "fields": [*within, field]},
    }


def _frictionless_type(column: Column) -> str:
    """The Table Schema type of a column, as far as frictionless 5 can check it in parquet, which it reads by way of pandas.

    Lists are `any`: they come as numpy arrays, which it does not take for an `array`. Whole numbers with gaps are `number`: they
    come as floats with NaN. The parquet schema and the codebook have the exact types.
    """
    kind = _kind(column.type)
    return {"list of strings": "any", "integer": "integer" if column.required else "number"}.get(kind, kind)


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "list of strings"
    return "datetime" if pa.types.is_timestamp(kind) else _TYPES[str(kind)]


def _license(text: str) -> dict[str, str]:
    if urlsplit(text).scheme in ("http", "https"):
        return {"path": text}
    return {"name": _slug(text), "title": text}


def _chapter(connection: duckdb.DuckDBPyConnection, table: Table, columns: tuple[Column, ...]) -> list[str]:
    parts = ", ".join(f'count("{c.name}"), arg_min("{c.name}", "id") FILTER ("{c.name}" IS NOT NULL)' for c in columns)
    found = connection.execute(f'SELECT count(*), {parts} FROM "{table.name}"').fetchone() or ()  # noqa: S608
    total = found[0]
    lines = [f"## {table.name}{' (HSDS)' if table.hsds else ''}", "", table.description, "", f"{total} rows.", ""]
    lines += ["| column | type | filled | meaning | example |", "| --- | --- | --- | --- | --- |"]
    for column, filled, example in zip(columns, found[1::2], found[2::2], strict=True):
        share = f"{filled / total:.0%}" if total else "-"
        mapped = f" HSDS: `{column.hsds}`." if column.hsds and not table.hsds else ""
        points = f" Refers to `{column.references}`." if column.references else ""
        meaning = " ".join(column.description.split()).replace("|", "\\|") + mapped + points
        lines.append(f"| `{column.name}` | {_kind(column.type)} | {share} | {meaning} | {_example(example)} |")
    return [*lines, ""]


def _example(value: object) -> str:
    if value is None:
        return ""
    text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
    return _plain(text if len(text) <= _EXAMPLE else text[:_EXAMPLE] + "…")


def _plain(text: str) -> str:
    """Text that stays text in a Markdown table cell."""
    escaped = "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text)
    return " ".join(escaped.split())


def _slug(text: str) -> str:
    return (
        "-".join("".join(x if x.isascii() and (x.isalnum() or x in "._-") else " " for x in text.lower()).split())
        or "source"
    )


def moment(name: str) -> datetime:
    """The time that a release is named by."""
    return datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
