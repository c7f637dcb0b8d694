"""A listing's values in normal form, one a row, each with its place in the page: the rows of `value`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import Any

from parsers.model import Address, Contact, Listing, Name, Status, Term
from releases.ids import child_id
from releases.terms import TableRow
from sources.lookups import FILE

Value = tuple[str, Term | Name | Contact]
"""What a value is of (`releases.columns.KINDS`), and the value."""


def value_rows(listing: Listing, id_: str) -> Iterator[TableRow]:
    """A row of `value` for each value in normal form, and for each that was printed and has none."""
    lines = {(made.start, made.end, made.column): made.line for made in listing.overrides}
    count: Counter[tuple[str, str | None]] = Counter()
    fields = [(field.start, field.end, child_id(id_, "field", n)) for n, field in enumerate(listing.fields)]
    for kind, value in _values(listing):
        audience = value.audience if isinstance(value, Contact) else None
        position = count[kind, audience]
        count[kind, audience] += 1
        normal, status = _normal(kind, value)
        column = "name" if kind == "acronym" else kind
        line = lines.get((value.start, value.end, column)) or _name_line(lines, column, value)
        yield (
            "value",
            {
                "id": child_id(id_, "value", kind, audience or "", position),
                "listing_id": id_,
                "field_id": next((of for start, end, of in fields if start <= value.start < end), None),
                "kind": kind,
                "audience": audience,
                "position": position,
                "language": value.lang if isinstance(value, Name) else None,
                "printed": listing.text[value.start : value.end],
                "normal": normal,
                "status": status,
                "set_by": f"{FILE}:{line}" if line else None,
                "start": value.start,
                "end": value.end,
            },
        )


def _values(listing: Listing) -> Iterator[Value]:
    values = listing.normalized
    for name in values.names:
        yield name.kind, name
    for kind, term in (
        ("country", values.country),
        ("region", values.region),
        ("organization_type", values.organization_type),
        ("reach", values.reach),
        ("law_enforcement_relations", values.law_enforcement_relations),
    ):
        if term:
            yield kind, term
    for kind, terms in (
        ("service_type", values.service_types),
        ("languages", values.languages),
        ("areas_served", values.areas_served),
    ):
        for term in terms:
            yield kind, term
    for contact in values.contacts:
        yield contact.type, contact


def _normal(kind: str, value: Term | Name | Contact) -> tuple[str | None, Status]:
    if isinstance(value, Name):
        return value.text, "stated"
    if isinstance(value, Term):
        if kind in ("service_type", "areas_served", "law_enforcement_relations"):
            return value.shown, "stated"
        coded = kind == "region" or value.code is not None
        return value.code, "stated" if coded else "unparsed"
    if value.status != "stated":
        return None, value.status
    return _parts(value.normalized) if isinstance(value.normalized, Address) else value.normalized, value.status


def _parts(address: Address) -> str:
    parts: dict[str, Any] = {name: part for name, part in asdict(address).items() if part is not None}
    return json.dumps(parts, ensure_ascii=False)


def _name_line(lines: dict[tuple[int, int, str], int], column: str, value: Term | Name | Contact) -> int | None:
    """A row for a line may name several names in it: each stands within the place that the row matches."""
    if column != "name":
        return None
    found = (
        line for (start, end, of), line in lines.items() if of == column and start <= value.start <= value.end <= end
    )
    return next(found, None)


COLUMNS = {
    "name": ("name",),
    "acronym": ("acronym",),
    "country": ("country",),
    "region": ("region", "region_code"),
    "service_type": ("service_types",),
    "organization_type": ("organization_type", "organization_type_printed"),
    "reach": ("reach", "reach_printed"),
    "languages": ("languages",),
    "areas_served": ("areas_served",),
    "law_enforcement_relations": ("law_enforcement_relations",),
    "phone": ("phone", "phone_seeking_help"),
    "fax": ("fax",),
    "email": ("email", "email_seeking_help"),
    "url": ("website",),
    "address": ("city", "street", "postcode"),
    "description": ("description",),
}
"""The columns of `listings` that hold the values of a kind, and its descriptions; those of one language beside them."""


@cache
def kind_of(column: str) -> str | None:
    """What a column of `listings` holds: a kind of value or `description`; None where it is made of none (`id`, `url`)."""
    stem = column.removesuffix("_status")
    for kind, columns in COLUMNS.items():
        if stem in columns or (kind in ("name", "description") and stem.startswith(f"{kind}_")):
            return kind
    return None
