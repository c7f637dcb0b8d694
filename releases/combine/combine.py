"""Several releases as one: the same tables, with the source in every key, terms in one taxonomy, and what is listed twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from releases.combine.crosswalk import Crosswalk
from releases.combine.linkage import Record, link
from releases.database import database
from releases.describe import write_codebook, write_datapackage
from releases.ids import child_id, source_id
from releases.merge import ROW_GROUP, write
from releases.release import ReleaseError, staging
from releases.schema import combined_tables
from sources import suppress
from sources.source import Source


def combine(
    folder: Path, name: str, releases: Mapping[str, Path], crosswalk: Crosswalk, takedowns: Mapping[str, str | None]
) -> Path:
    """Stage one release of the given ones (source -> release folder) below `folder`; returns its staging folder.

    It goes by the name of the newest of them. The same releases and the same crosswalk give the same bytes. `takedowns` has the
    SHA-256 of the suppress.csv that a source's release is without.
    """
    packages = {
        source: json.loads((path / "datapackage.json").read_bytes()) for source, path in sorted(releases.items())
    }
    version = max(package["version"] for package in packages.values())
    staged = staging(folder, version)
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    with database(scratch=staged / ".sort") as connection:
        _union(connection, dict(sorted(releases.items())))
        terms = _terms(connection, crosswalk)
        _common(connection, terms)
        _write(connection, "crosswalk", terms, staged)
        _write(connection, "same_as", _same_as(connection), staged)
        unmapped = [_unmapped(row, crosswalk) for row in terms if row["code"] is None]
        connection.register("unmapped", pa.Table.from_pylist(unmapped, schema=combined_tables()["problem"].arrow()))
        connection.execute("CREATE OR REPLACE VIEW problem AS FROM all_problem UNION ALL BY NAME FROM unmapped")
        for table in combined_tables():
            if table not in ("same_as", "crosswalk"):
                _write(connection, table, None, staged)
    shutil.rmtree(staged / ".sort", ignore_errors=True)
    for source, digest in takedowns.items():
        packages[source] |= {"suppress": {"path": suppress.FILE, "hash": f"sha256:{digest}"}}
    _describe(staged, name, version, packages, crosswalk)
    return staged


def _union(connection: duckdb.DuckDBPyConnection, releases: Mapping[str, Path]) -> None:
    """A view of each table over all releases, with the source of each row."""
    for table in combined_tables():
        if table in ("same_as", "crosswalk"):
            continue
        parts = []
        for source, path in releases.items():
            file, label = (str(text).replace("'", "''") for text in (path / f"{table}.parquet", source))
            own = "* EXCLUDE (source)" if table == "listings" else "*"
            parts.append(f"SELECT '{label}' AS source, {own} FROM read_parquet('{file}')")
        connection.execute(f'CREATE VIEW "all_{table}" AS {" UNION ALL BY NAME ".join(parts)}')
        connection.execute(f'CREATE VIEW "{table}" AS FROM "all_{table}"')


def _terms(connection: duckdb.DuckDBPyConnection, crosswalk: Crosswalk) -> list[dict[str, Any]]:
    """Every term of every directory, with its code."""
    found = connection.execute(
        "SELECT source, 'service_type', term, NULL, count(*) FROM "
        "(SELECT source, id, unnest(list_distinct(service_types)) AS term FROM all_listings) GROUP BY ALL "
        "UNION ALL SELECT source, 'organization_type', organization_type_printed, organization_type, count(*) "
        "FROM all_listings WHERE organization_type_printed IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    rows: dict[str, dict[str, Any]] = {}
    for source, kind, term, own, count in found:
        id_ = child_id(source_id(source), "crosswalk", kind, term)
        row = {"source": source, "id": id_, "kind": kind, "term": term, "code": crosswalk.code(kind, term, own)}
        row["listings"] = rows.get(id_, {}).get("listings", 0) + count
        rows[id_] = row
    return list(rows.values())


def _common(connection: duckdb.DuckDBPyConnection, terms: Sequence[dict[str, Any]]) -> None:
    """Let `listings` have its terms in the common taxonomy."""
    connection.register("terms", pa.Table.from_pylist(list(terms), schema=combined_tables()["crosswalk"].arrow()))
    connection.execute(
        "CREATE OR REPLACE VIEW listings AS SELECT l.*, s.codes AS service_types_common, o.code AS organization_type_common "
        "FROM all_listings AS l LEFT JOIN (SELECT l.source, l.id, list(DISTINCT t.code ORDER BY t.code) AS codes FROM "
        "(SELECT source, id, unnest(service_types) AS term FROM all_listings) AS l JOIN terms AS t "
        "ON t.source = l.source AND t.term = l.term AND t.kind = 'service_type' AND t.code IS NOT NULL GROUP BY ALL) AS s "
        "ON s.source = l.source AND s.id = l.id LEFT JOIN terms AS o "
        "ON o.source = l.source AND o.term = l.organization_type_printed AND o.kind = 'organization_type'"
    )


def _same_as(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    matches = link(_records(connection))
    return [
        {
            "source": match.one.source,
            "id": child_id(match.one.id, "same_as", match.other.id),
            "listing_id": match.one.id,
            "other_source": match.other.source,
            "other_listing_id": match.other.id,
            "score": match.score,
            "evidence": list(match.evidence),
        }
        for match in matches
    ]


def _records(connection: duckdb.DuckDBPyConnection) -> list[Record]:
    """What of each listing tells which organisation it is."""
    rows = connection.execute(
        "WITH names AS (SELECT row_id AS id, list(DISTINCT text ORDER BY text) AS names FROM all_text "
        "WHERE \"column\" IN ('name', 'alternate_name') GROUP BY row_id), numbers AS "
        "(SELECT coalesce(p.organization_id, s.organization_id) AS id, list(DISTINCT number ORDER BY number) AS phones "
        "FROM all_phone AS p LEFT JOIN all_service AS s ON s.id = p.service_id WHERE number LIKE '+%' GROUP BY 1) "
        "SELECT source, id, coalesce(names, []), coalesce(phones, []), [email, email_seeking_help], [website], "
        "postcode, city, country FROM all_listings "
        "LEFT JOIN names USING (id) LEFT JOIN numbers USING (id) ORDER BY source, id"
    ).fetchall()
    return [
        Record(
            source, id_, tuple(names), tuple(phones), tuple(filter(None, emails)), tuple(filter(None, sites)), *place
        )
        for source, id_, names, phones, emails, sites, *place in rows
    ]


def _unmapped(row: dict[str, Any], crosswalk: Crosswalk) -> dict[str, Any]:
    advice = "The crosswalk does not say what this term stands for: add it to one of its codes."
    return {
        "source": row["source"],
        "id": child_id(row["id"], "problem", "unmapped-term"),
        "url": crosswalk.name or "crosswalk.yml",
        "kind": "unmapped-term",
        "seen": f"{row['kind']}: {row['term']} ({row['listings']} listings)",
        "advice": advice,
    }


def _write(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[dict[str, Any]] | None, staged: Path
) -> None:
    """Write a table: of these rows, or of the view of its name, sorted by key."""
    table = combined_tables()[name]
    if rows is not None:
        connection.register(name, pa.Table.from_pylist(list(rows), schema=table.arrow()))
    reader = connection.sql(f'FROM "{name}" ORDER BY {", ".join(table.key)}').to_arrow_reader(ROW_GROUP)
    write(reader, table.arrow(reader.schema.names), staged / f"{name}.parquet")


def _describe(staged: Path, name: str, version: str, packages: Mapping[str, Any], crosswalk: Crosswalk) -> None:
    """Data package and codebook: whence each part comes, and under which licences."""
    parts = "; ".join(f"{source} ({package['version']})" for source, package in packages.items())
    source = Source(
        name, ".", staged, title=f"{name}: {', '.join(packages)}", citation=f"{name}. Combined from {parts}"
    )
    write_codebook(staged, source, version)
    write_datapackage(staged, source, version)
    path = staged / "datapackage.json"
    package = json.loads(path.read_bytes())
    resources = package.pop("resources")
    package["sources"] = [
        {key: part[key] for key in ("title", "version", "citation")}
        | ({"path": part["sources"][0]["path"]} if part.get("sources") else {})
        | {"source": source}
        | {key: part[key] for key in ("suppress",) if key in part}
        for source, part in packages.items()
    ]
    licences = [licence for part in packages.values() for licence in part.get("licenses", [])]
    if licences:
        package["licenses"] = [licence for n, licence in enumerate(licences) if licence not in licences[:n]]
    if crosswalk.sha256:
        package["crosswalk"] = {"path": crosswalk.name, "hash": f"sha256:{crosswalk.sha256}"}
    text = json.dumps(package | {"resources": resources}, ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8")


def latest_of(folders: Mapping[str, Path | None]) -> dict[str, Path]:
    """The releases, where each source has one; ReleaseError for the first that has none."""
    for source, release in folders.items():
        if release is None:
            raise ReleaseError(f"{source}: there is no release to combine. `listings refresh {source}` makes one.")
    return {source: release for source, release in folders.items() if release is not None}
