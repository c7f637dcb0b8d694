"""Terms in the standard: taxonomies, their terms, and the attributes that tie these to organizations, services and contacts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from parsers.model import Contact, Listing, Name, Passage, Term
from releases.ids import child_id, source_id

TableRow = tuple[str, dict[str, Any]]
"""A table's name and one of its rows."""

STRUCTURED = "structured_data"
"""The taxonomy of what only markup states: kept apart from printed labels."""
_TAXONOMIES = {
    "service_type": "Kinds of service.",
    "organization_type": "Kinds of organisation: a closed list.",
    "reach": "How far an organisation reaches: a closed list.",
    "audience": "Whom a contact is for: everybody, or those who seek help.",
    "label": "Labels of the directory whose values have no column of their own in the standard.",
    STRUCTURED: "Properties of schema.org that a page's markup states, and its text does not.",
}


def attribute_rows(listing: Listing, id_: str, source: str) -> Iterator[TableRow]:
    """The terms of a listing, and the labels and statements that the standard has no other place for, tied to it."""
    normalized = listing.normalized
    for position, term in enumerate(normalized.service_types):
        yield from tie(service_id(id_), "service", source, "service_type", term, position)
    for taxonomy, found in (("organization_type", normalized.organization_type), ("reach", normalized.reach)):
        if found:
            yield from tie(id_, "organization", source, taxonomy, found, 0)
    position = 0
    if relations := normalized.law_enforcement_relations:
        label = Term("law enforcement relations", "law_enforcement_relations", 0, 0)
        yield from tie(id_, "organization", source, "label", label, position, relations.shown)
        position += 1
    read = _read(listing)
    for entry in listing.fields:
        if entry.status in ("stated", "unparsed") and (
            entry.key is None or not any(entry.start <= place < entry.end for place in read)
        ):
            code = entry.key if entry.key != "other" else None
            yield from tie(id_, "organization", source, "label", Term(entry.label, code, 0, 0), position, entry.value)
            position += 1
    for position, said in enumerate(listing.structured):
        term = Term(said.property, said.property, 0, 0)
        yield from tie(id_, "organization", source, STRUCTURED, term, position, said.value)


def statement_attribute(listing: str, position: int) -> str:
    """The id of the `attribute` that holds a listing's statement at a position."""
    return child_id(listing, "attribute", STRUCTURED, position)


def _read(listing: Listing) -> list[int]:
    """Where the values in normal form and the passages begin: a field that none came of has not been read."""
    values = listing.normalized
    single = (values.country, values.region, values.organization_type, values.reach, values.law_enforcement_relations)
    found: tuple[Term | Name | Contact | Passage, ...] = (
        *(term for term in single if term),
        *values.names,
        *values.service_types,
        *values.languages,
        *values.areas_served,
        *values.contacts,
        *listing.passages,
    )
    return [item.start for item in found]


@lru_cache(maxsize=4096)  # a directory has few terms, on many pages
def _term_rows(
    source: str, taxonomy: str, code: str | None, shown: str, printed: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of a taxonomy and of a term in it."""
    taxonomy_id = child_id(source_id(source), "taxonomy", taxonomy)
    name = shown if code is None else code.replace("_", " ")
    folded = " ".join(name.split()).casefold()
    how = "as printed" if printed else "set by hand"
    return (
        {"id": taxonomy_id, "name": taxonomy, "description": _TAXONOMIES[taxonomy]},
        {
            "id": child_id(taxonomy_id, "term", code or folded, "coded" if code else "printed"),
            "code": f"{taxonomy}:{code}" if code else None,
            "name": name,
            "description": f"{taxonomy}: {name}" if code else f"{taxonomy}, {how}: {name}",
            "taxonomy_id": taxonomy_id,
        },
    )


def tie(
    link: str, entity: str, source: str, taxonomy: str, term: Term, position: int, value: str | None = None
) -> Iterator[TableRow]:
    """The attribute that ties a term to a row, and the term and its taxonomy.

    Codes carry the taxonomy's name: the standard wants them unique over all taxonomies of a dataset.
    """
    of, said = _term_rows(source, taxonomy, term.code, term.shown, term.name is None)
    yield "taxonomy", of.copy()
    yield "taxonomy_term", said.copy()
    yield (
        "attribute",
        {
            "id": child_id(link, "attribute", taxonomy, position),
            "link_id": link,
            "taxonomy_term_id": said["id"],
            "link_type": taxonomy,
            "link_entity": entity,
            "value": term.text if value is None else value,
        },
    )


def service_id(organization: str) -> str:
    """The identifier of what an organization does."""
    return child_id(organization, "service", 0)
