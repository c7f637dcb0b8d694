"""What a release must satisfy before it may replace the last one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from releases.database import open_release
from releases.findings import Finding as Finding
from releases.gate.judge import gate
from releases.release import releases
from releases.schema import Table, tables_in
from releases.values import kind_of
from releases.withheld import withheld
from sources.source import Source


def check(staged: Path, source: Source, last: Path | None = None) -> list[Finding]:
    """All that is wrong with the staged release, errors first; `last` is the release it would replace.

    Checked are what `source.expect` says, primary and foreign keys, required values and closed lists, and what the history of the
    source leads one to expect (`releases.gate`); lookups that match nothing any more are a warning. What suppress.csv takes out
    is missing on purpose: no check counts it as lost.
    """
    with open_release(staged) as connection:
        findings = [*_count(connection, source), *_filled(connection, source), *_lookups(connection)]
        for table in tables_in(staged).values():
            findings += _table(connection, table)
    if last is not None:
        earlier = [path for path in releases(last.parent) if path.name < last.name]
        with withheld(last, source.name, source.suppress) as shown:
            findings += [*_dropped(staged, source, shown), *gate(staged, source, shown, earlier)]
    return sorted(findings, key=lambda finding: finding.severity)


def _count(connection: duckdb.DuckDBPyConnection, source: Source) -> Iterator[Finding]:
    where = "listings"
    count = _number(connection, "SELECT count(*) FROM listings")
    taken_out = _number(connection, "SELECT count(*) FROM problem WHERE kind = 'suppressed' AND seen = 'listing'")
    expected = source.expect.listings
    if not count and not taken_out:
        advice = "See `problem` and the crawl's log: did the site answer, and are its listing pages found?"
        yield Finding("error", "no listing at all", where, advice)
    elif expected is not None and count + taken_out < expected:
        advice = (
            "See `problem` for pages that failed; if the directory did shrink, lower expect.listings in source.yml."
        )
        beside = f" and {taken_out} taken out" if taken_out else ""
        yield Finding("error", f"{count} listings{beside}, at least {expected} expected", where, advice)


def _dropped(staged: Path, source: Source, last: Path) -> Iterator[Finding]:
    drop = source.expect.drop
    count, before = (pq.read_metadata(release / "listings.parquet").num_rows for release in (staged, last))
    if drop is None:
        return
    # Whole numbers on both sides: 0.1 * 30 is not 3 in floating point.
    if count and round((before - count) * 1_000_000) > round(drop * before * 1_000_000):
        advice = (
            "See `change` for those removed; if they are gone indeed, raise expect.drop in source.yml for this run."
        )
        what = f"{count} listings, {before} in {last.name}: more than {drop:.0%} lost"
        yield Finding("error", what, "listings", advice)


def _filled(connection: duckdb.DuckDBPyConnection, source: Source) -> Iterator[Finding]:
    present = {str(row[0]) for row in connection.execute("DESCRIBE listings").fetchall()}
    for column, least in source.expect.filled.items():
        share = 0.0
        if column in present:
            taken_out = "SELECT listing_id FROM problem WHERE kind = 'suppressed' AND seen = ?"
            query = (
                f'SELECT count("{column}") / nullif(count(*), 0) FROM listings WHERE id NOT IN '  # noqa: S608
                f"({taken_out} AND listing_id IS NOT NULL)"
            )
            found = connection.execute(query, [kind_of(column)]).fetchone()
            if not found or found[0] is None:
                continue  # there is no listing whose column has not been taken out
            share = float(found[0])
        if round(share * 1_000_000) < round(least * 1_000_000):
            what = f"`{column}` is filled on {share:.0%} of listings, at least {least:.0%} expected"
            advice = f"If that is how the directory is now, lower expect.filled.{column} in source.yml."
            yield Finding("error", what, f"listings.{column}", advice)


def _lookups(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    query = "SELECT url, seen FROM problem WHERE kind IN ('unmatched-lookup', 'unmatched-suppress')"
    found = sorted(connection.execute(query).fetchall(), key=lambda row: int(row[0].rpartition(":")[2]))
    if found:
        rows = "row matches" if len(found) == 1 else "rows match"
        what = f"{len(found)} {rows} nothing any more: {'; '.join(seen for _, seen in found[:_SHOWN])}"
        where = ", ".join(url for url, _ in found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        yield Finding("warning", what, where, "Take out what is out of date, or mend what it says is printed.")


def _table(connection: duckdb.DuckDBPyConnection, table: Table) -> Iterator[Finding]:
    present = [row[0] for row in connection.execute(f'DESCRIBE "{table.name}"').fetchall()]
    key = table.primary_key
    repeated = _number(connection, f'SELECT count(*) - count(DISTINCT "{key}") FROM "{table.name}"')  # noqa: S608
    if repeated:
        yield Finding("error", f"{repeated} rows whose key is null or taken", f"{table.name}.{key}", _REPORT)
    for column in table.expand(present):
        where = f"{table.name}.{column.name}"
        if column.name not in present:
            yield Finding("error", "the column is missing", where, _REPORT)
            continue
        name = f'"{column.name}"'
        if column.required and column.name != key:
            empty = _number(connection, f'SELECT count(*) FROM "{table.name}" WHERE {name} IS NULL')  # noqa: S608
            if empty:
                yield Finding("error", f"{empty} rows without a required value", where, _REPORT)
        if column.enum:
            allowed = ", ".join("'" + value.replace("'", "''") + "'" for value in column.enum)
            strange = _number(connection, f'SELECT count(*) FROM "{table.name}" WHERE {name} NOT IN ({allowed})')  # noqa: S608
            if strange:
                yield Finding("error", f"{strange} values that are not on the closed list", where, _REPORT)
        if column.references:
            target, _, field = column.references.partition(".")
            query = (
                f'SELECT count(*) FROM "{table.name}" AS a '  # noqa: S608
                f'WHERE {name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "{target}" AS b WHERE b."{field}" = a.{name})'
            )
            loose = _number(connection, query)
            if loose:
                yield Finding("error", f"{loose} values that {column.references} does not have", where, _REPORT)


_SHOWN = 5
_REPORT = "This is a defect of `listings`, not of the site: keep the staged folder and report it."


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
