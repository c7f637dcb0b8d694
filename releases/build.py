"""Listings -> rows: a batch of parsed pages as one table each, ready to be merged into a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, MutableSet, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from parsers.model import Listing, Override, Problem
from releases.ids import child_id, listing_id, page_id, software_version, source_id
from releases.naming import hides, named
from releases.origin import Capture, origin
from releases.schema import ORIGIN, SHARED, tables
from releases.standard import standard_rows
from releases.takedowns import Rows, take_out
from releases.terms import TableRow, statement_attribute
from releases.texts import text_rows
from releases.values import value_rows
from releases.wide import wide_row
from sources import suppress
from sources.lookups import FILE
from sources.source import Source


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page of the archive with what was read from it.

    `url` is where it was fetched; `warc_file` and `warc_offset` (bytes) are where its response lies; `digest` is that of the
    payload. `problems` are those of the page itself, such as that it could not be read; those of its listings stand in them.
    `first_seen` and `last_seen` are `fetched_at` unless the archive knows better; a page is `gone` where the last crawl no
    longer found it. `known_as` is the address under which it was first known, where it moved since: ids are made of it.
    `former` are the addresses that it had before: what is set or taken out by hand for one of them is for this page. `title`
    and `text` are those of the page, for one without listings to say them.
    """

    url: str
    fetched_at: datetime
    warc_file: str | None = None
    warc_offset: int | None = None
    digest: str | None = None
    listings: tuple[Listing, ...] = ()
    problems: tuple[Problem, ...] = ()
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    state: Literal["active", "gone"] = "active"
    known_as: str | None = None
    former: tuple[str, ...] = ()
    title: str | None = None
    text: str | None = None


def rows(
    captured: Sequence[ParsedPage], source: Source, taken_out: MutableSet[tuple[int, str]] | None = None
) -> dict[str, pa.Table]:
    """All tables of a release with the rows of these pages: parts that `releases.release.stage` merges.

    Beside the columns of the schema each table has ORIGIN, which tells the merge which capture a row was made from. The result
    does not depend on which other pages are in the batch, but that a row of a shared table that several bring is there once.
    What the source's suppress.csv names is left out; the lines of its rows that name a listing here are added to `taken_out`,
    each with the listing's id.
    """
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in tables()}
    shared: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {name: {} for name in SHARED}
    for page in captured:
        if not page.listings and _is_taken_out(page.url, page.known_as, page.former, source):
            continue
        if not page.listings and source.suppress.entries:
            # an index prints the names of all that it leads to, and nobody knows at which places
            page = replace(page, title=None, text=None)
        of_page: Rows = {name: [] for name in tables()}
        for made_from, (name, row) in _page_rows(page, source.name):
            row[ORIGIN] = None if name in SHARED else made_from
            of_page[name].append(row)
        lines = take_out(of_page, source.suppress.entries)
        if taken_out is not None:
            taken_out |= lines
        for name, rows_ in of_page.items():
            if name in SHARED:
                shared[name].update((tuple(row.values()), row) for row in rows_)
            else:
                found[name] += rows_
    found |= {name: list(rows_.values()) for name, rows_ in shared.items()}
    parts = {}
    for name, table in tables().items():
        schema = table.arrow(set[str]().union(*found[name]))
        parts[name] = pa.Table.from_pylist(found[name], schema=schema.append(pa.field(ORIGIN, pa.string())))
    return parts


def unmatched_rows(source: Source, matched: Collection[int], taken_out: Collection[int] = ()) -> dict[str, pa.Table]:
    """A part with a problem for each row of the source's lookups.csv and suppress.csv that names nothing any more.

    `matched` are the lines of lookups.csv that matched something, `taken_out` those of suppress.csv.
    """
    stale = "This row matches nothing on the site any more: take it out, or mend what it says is printed."
    unknown = "The site has no listing that this row names: mend it; keep it where the page may come back."
    of = source_id(source.name)
    left = [
        (
            child_id(of, "lookup", entry.column, entry.printed, entry.url or ""),
            f"{FILE}:{entry.line}",
            Problem("unmatched-lookup", f"{entry.column}: {entry.printed}", stale),
        )
        for entry in source.lookups.entries
        if entry.line not in matched
    ]
    left += [
        (
            child_id(of, "suppress", entry.listing or "", entry.column or ""),
            f"{suppress.FILE}:{entry.line}",
            Problem("unmatched-suppress", named(entry), unknown),
        )
        for entry in source.suppress.entries
        if entry.line not in taken_out
    ]
    found = [
        row | {"url": where, ORIGIN: None}
        for owner, where, problem in left
        for _, row in _problem_rows([problem], owner, None, "", None)
    ]
    schemas = {name: table.arrow().append(pa.field(ORIGIN, pa.string())) for name, table in tables().items()}
    return {
        name: pa.Table.from_pylist(found if name == "problem" else [], schema=schema)
        for name, schema in schemas.items()
    }


def crawl_rows(
    gone: Sequence[ParsedPage],
    failures: Sequence[tuple[str, Problem]],
    source: Source,
    former: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, pa.Table]:
    """A part with the pages that are no more, and a problem for each address that failed; `former` has those that it had before.

    Of listings that the source's suppress.csv takes out, nothing is told here either.
    """
    part = rows(gone, source)
    owner = source_id(source.name)
    found = [
        row | {ORIGIN: None}
        for url, problem in failures
        if not _is_taken_out(url, None, former.get(url, ()), source)
        for _, row in _problem_rows([problem], child_id(owner, "failure", url), None, url, None)
    ]
    own = pa.Table.from_pylist(found, schema=part["problem"].schema)
    return part | {"problem": pa.concat_tables([part["problem"], own])}


def _is_taken_out(url: str, known_as: str | None, former: Sequence[str], source: Source) -> bool:
    """Whether the source's suppress.csv takes out the listing that a page without one had."""
    id_ = listing_id(source.name, known_as or url, None)
    return hides(source.suppress.entries, id_, (url, known_as, *former), None)


def write_part(folder: Path, part: dict[str, pa.Table]) -> Path:
    """Write the tables of a part as parquet files below `folder`, which is made anew where it is there; returns `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in part.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    return folder


def _page_rows(page: ParsedPage, source: str) -> Iterator[tuple[str, TableRow]]:
    id_ = page_id(source, page.known_as or page.url)
    made_from = Capture(
        int(page.fetched_at.timestamp()), page.url, page.warc_file or "", page.warc_offset or 0, page.digest or ""
    )
    of_page = origin(made_from, page.url, -1)
    yield of_page, ("page", _page(page, id_))
    for row in _problem_rows(page.problems, id_, None, page.url, id_):
        yield of_page, row
    repeats: Counter[tuple[str, str | None]] = Counter()
    for position, listing in enumerate(page.listings):
        place = (listing.url, listing.part)
        of_listing = origin(made_from, listing.url, position)
        known_as = page.known_as if page.known_as and listing.url == page.url else listing.url
        key = listing_id(source, known_as, listing.part, repeats[place])
        for row in _listing_rows(listing, repeats[place], key, id_, page.url, source):
            yield of_listing, row
        repeats[place] += 1


def _page(page: ParsedPage, id_: str) -> dict[str, Any]:
    first = page.listings[0] if page.listings else None
    languages = [language for listing in page.listings for language in listing.page_languages]
    return {
        "id": id_,
        "url": page.url,
        "former_urls": list(page.former),
        "file": first.file if first else None,
        "title": first.title if first else page.title,
        "fetched_at": page.fetched_at,
        "first_seen": page.first_seen or page.fetched_at,
        "last_seen": page.last_seen or page.fetched_at,
        "state": page.state,
        "warc_file": page.warc_file,
        "warc_offset": page.warc_offset,
        "digest": page.digest,
        "parser_version": software_version(),
        "languages": list(dict.fromkeys(languages)),
        "accounted": min((listing.accounted for listing in page.listings), default=None),
        "listings": len(page.listings),
        "text": first.text if first else page.text,
    }


def _listing_rows(listing: Listing, repeat: int, id_: str, page: str, url: str, source: str) -> Iterator[TableRow]:
    problems = listing.problems
    if repeat:
        advice = f"{repeat} listing(s) before it on the page go by the same name; its id rests on the order. See to its part."
        problems = (*problems, Problem("duplicate-listing", listing.part or listing.url, advice))
    yield "listings", wide_row(listing, id_, page, source) | {"problems": len(problems)}
    standard, assumptions = standard_rows(listing, id_, source)
    yield from standard
    for position, field in enumerate(listing.fields):
        yield (
            "field",
            {
                "id": child_id(id_, "field", position),
                "listing_id": id_,
                "page_id": page,
                "position": position,
                "label": field.label,
                "key": field.key,
                "value": field.value,
                "status": field.status,
                "path": field.path,
                "label_start": field.label_start,
                "label_end": field.label_end,
                "start": field.start,
                "end": field.end,
            },
        )
    yield from value_rows(listing, id_)
    for position, said in enumerate(listing.structured):
        owner = {"id": child_id(id_, "statement", position), "listing_id": id_, "page_id": page}
        attribute = statement_attribute(id_, position)
        yield "statement", {**owner, "attribute_id": attribute, "position": position, **asdict(said)}
    yield from text_rows(listing, id_)
    advice = "Required by HSDS 3.0, not printed: filled by rule ({}). Do not take it for a fact."
    assumed = [Problem("assumed", f"{a.cell} = {a.value}", advice.format(a.rule)) for a in assumptions]
    by_hand = [_by_hand(override) for override in listing.overrides]
    yield from _problem_rows((*problems, *by_hand, *assumed), id_, id_, url, page)


def _by_hand(override: Override) -> Problem:
    """Not a problem, but told like one: a value that no rule made, with the reason that was given."""
    normal = override.normal or "nothing"
    why = f": {override.reason}" if override.reason else ""
    advice = f"{FILE}:{override.line} sets {override.column} to {normal}{why}"
    return Problem("set-by-hand", override.printed, advice, override.start, override.end)


def _problem_rows(
    problems: Sequence[Problem], owner: str, listing: str | None, url: str, page: str | None
) -> Iterator[TableRow]:
    count: Counter[str] = Counter()
    for problem in problems:
        yield (
            "problem",
            {
                "id": child_id(owner, "problem", problem.kind, count[problem.kind]),
                "listing_id": listing,
                "page_id": page,
                "url": url,
                "kind": problem.kind,
                "seen": problem.seen,
                "start": problem.start,
                "end": problem.end,
                "advice": problem.advice,
            },
        )
        count[problem.kind] += 1
