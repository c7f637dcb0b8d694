"""`listings explain`: from a value to the field, to the page's text, to the record in the archive, as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any

import click

from fetchers.cdxj import Place
from fetchers.model import FetchError
from fetchers.shelf import Reader
from flows.exits import InputError
from flows.published import shown_release
from flows.show import aligned
from flows.workplace import Workplace
from releases.trace import Origin, Trace, Traced, find_listings, trace, traced

_AROUND = 40
_SHOWN = 8


def explain(place: Workplace, source: str, wanted: str, column: str | None, name: str | None, as_json: bool) -> None:
    """Print where a column of a listing comes from, or (without one) every column that holds anything.

    What the source's suppress.csv takes out by now is not shown, of whichever release.
    """
    with shown_release(place, source, name) as release:
        found = traced(release, _listing(release, source, wanted)["id"])
        traces = list(_traces(found, column, source))
    record = record_of(place.raw / source, found.page)
    if as_json:
        for made in traces:
            click.echo(json.dumps(asdict(made) | {"page": found.page["url"], "record": record}, ensure_ascii=False))
        return
    listing = found.listing
    click.echo(f"{listing['name'] or listing['part'] or listing['url']}  ({listing['id']}, release {release.name})")
    for made in traces:
        click.echo("\n" + "\n".join(lines(made, found.page["text"] or "")))
    fetched = f"{found.page['fetched_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    click.echo("\n" + "\n".join(aligned([("page", f"{found.page['url']}, fetched {fetched}"), ("record", record)])))


def lines(made: Trace, text: str) -> Iterator[str]:
    """A trace as lines: the value, how it came about, and each place with the text around it."""
    value = "(nothing)" if made.value is None else made.value if isinstance(made.value, str) else str(made.value)
    yield f"{made.column} = {' / '.join(value.splitlines())}" + (f"  [{made.status}]" if made.status else "")
    yield f"  {made.ending}: {made.says}"
    for origin in made.origins[:_SHOWN]:
        if origin.label is not None:
            yield f"  field  {origin.label!r}, taken for {origin.key or 'nothing known'}, at {origin.path}"
        yield f"  text   {_in_context(origin, text)}  (characters {origin.start} to {origin.end})"
        if origin.normal is not None and origin.normal != origin.printed:
            yield f"  means  {origin.normal}" + (f"  ({origin.set_by})" if origin.set_by else "")
    if len(made.origins) > _SHOWN:
        yield f"  and {len(made.origins) - _SHOWN} more places"


def record_of(folder: Path, page: dict[str, Any]) -> str:
    """Where in the archive the response lies that a page was read from, and whether it is there and unaltered."""
    if page["warc_file"] is None:
        return "none: the release names no archive"
    place = Place(page["warc_file"], page["warc_offset"])
    where = f"{folder / place.filename}, byte {place.offset}"
    reader = Reader(folder)
    try:
        record = reader.record(place)
    except FetchError as error:
        return f"{where}: not there any more ({error})"
    finally:
        reader.close()
    same = record.field("WARC-Payload-Digest") == page["digest"]
    return f"{where}: {record.kind}, {page['digest']}" + ("" if same else ", and the record has ANOTHER DIGEST")


def _in_context(origin: Origin, text: str) -> str:
    before, after = text[max(0, origin.start - _AROUND) : origin.start], text[origin.end : origin.end + _AROUND]
    opening = "…" if origin.start > _AROUND else ""
    closing = "…" if origin.end + _AROUND < len(text) else ""
    return f"{opening}{before}⟦{text[origin.start : origin.end]}⟧{after}{closing}".replace("\n", " ⏎ ")


def _traces(found: Traced, column: str | None, source: str) -> Iterator[Trace]:
    if column is None:
        for name in found.columns:
            made = trace(found, name)
            if made and made.value is not None:
                yield made
        return
    made = trace(found, column)
    if made is None:
        raise InputError(
            f"{source}: there is no column {column} here. Columns: {', '.join(found.columns)}; or one of the standard's, as "
            "address.city."
        )
    yield made


def _listing(release: Path, source: str, wanted: str) -> dict[str, Any]:
    found = find_listings(release, wanted)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"{source}: no listing of release {release.name} has this id, address or name: {wanted}.")
    some = "; ".join(f"{row['id']} {row['name'] or row['part'] or row['url']}" for row in found[:_SHOWN])
    raise InputError(f"{source}: {len(found)} listings may be meant by {wanted}. Give the id of one: {some}.")
