"""A listing as one wide row of the `listings` table, with what is known of each value beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parsers.model import Address, Audience, Listing, Status, Term
from releases.schema import language_column
from releases.standard import display_name, stated

KEYS = {
    "name": ("organization_name",),
    "country": ("country",),
    "region": ("region",),
    "service_types": ("service_type",),
    "areas_served": ("areas_served", "areas_served_languages"),
    "languages": ("languages", "areas_served_languages"),
    "organization_type": ("organization_type",),
    "reach": ("reach",),
    "law_enforcement_relations": ("law_enforcement_relations",),
    "description": ("description",),
}
"""The keys of the fields that a column's value is read from."""
_SHARED_KEYS = ("areas_served_languages",)
"""Keys whose label asks several facts, so that a value may answer one and leave the others blank."""
_CONTACT_KEYS: dict[Audience, str] = {"general": "contact_details", "seeking_help": "contact_seeking_help"}


def wide_row(listing: Listing, id_: str, page: str, source: str) -> dict[str, Any]:
    """The listing as a row of `listings`, with a column per language for name and description."""
    values = listing.normalized
    row: dict[str, Any] = {"id": id_, "source": source, "page_id": page, "url": listing.url, "part": listing.part}
    row["name"] = display_name(listing)
    row["name_status"] = _status(listing, "name", row["name"] is not None)
    acronyms = [name.text for name in values.names if name.kind == "acronym"]
    row["acronym"] = acronyms[0] if acronyms else None
    row["acronym_status"] = "stated" if acronyms else "absent"
    for name in values.names:
        if name.kind == "name":
            row.setdefault(language_column("name", name.lang or "und"), name.text)
    for description in listing.descriptions:
        row[language_column("description", description.lang)] = description.text
    row["description_status"] = _status(listing, "description", bool(listing.descriptions))

    row |= _coded(listing, "country", values.country)
    row["region"] = values.region.text if values.region else None
    row["region_status"] = _status(listing, "region", values.region is not None)
    row["region_code"] = values.region.code if values.region else None
    row |= _address(listing)
    row |= _contact(listing, "phone", "phone", "general")
    row |= _contact(listing, "phone_seeking_help", "phone", "seeking_help")
    row |= _contact(listing, "fax", "fax", None)
    row |= _contact(listing, "email", "email", "general")
    row |= _contact(listing, "email_seeking_help", "email", "seeking_help")
    row |= _contact(listing, "website", "url", None)
    row |= _listed(listing, "service_types", _names(values.service_types), values.service_types)
    row |= _listed(listing, "areas_served", _names(values.areas_served), values.areas_served)
    row |= _listed(listing, "languages", [term.code for term in values.languages if term.code], values.languages)
    for column, term in (("organization_type", values.organization_type), ("reach", values.reach)):
        row |= _coded(listing, column, term)
        row[f"{column}_printed"] = term.text if term else None
    relations = values.law_enforcement_relations
    row["law_enforcement_relations"] = relations.shown if relations else None
    row["law_enforcement_relations_status"] = _status(listing, "law_enforcement_relations", relations is not None)
    row["page_languages"] = list(listing.page_languages)
    row["accounted"] = listing.accounted
    row["set_by_hand"] = sorted({override.column for override in listing.overrides})
    return row


def _names(terms: Sequence[Term]) -> list[str]:
    """What to call the items, as printed or as lookups.csv says, each once."""
    return list(dict.fromkeys(term.shown for term in terms))


def _coded(listing: Listing, column: str, term: Term | None) -> dict[str, Any]:
    """A column that holds a code: a printed value without one is unparsed."""
    status = "unparsed" if term and term.code is None else _status(listing, column, term is not None)
    return {column: term.code if term else None, f"{column}_status": status}


def _listed(listing: Listing, column: str, items: list[str], terms: Sequence[Term]) -> dict[str, Any]:
    """A column that holds a list: null, not an empty list, where there is nothing. A language without code makes it unparsed."""
    status = "unparsed" if column == "languages" and len(items) < len(terms) else _status(listing, column, bool(terms))
    return {column: items or None, f"{column}_status": status}


def _contact(listing: Listing, column: str, kind: str, audience: Audience | None) -> dict[str, Any]:
    found = stated(listing, kind, audience)
    return {column: found[0] if found else None, f"{column}_status": _contact_status(listing, kind, audience)}


def _address(listing: Listing) -> dict[str, Any]:
    """City, street and postcode of the first address for everybody, else of the first address."""
    ways = sorted(listing.normalized.contacts, key=lambda contact: contact.audience != "general")
    addresses = [way.normalized for way in ways if isinstance(way.normalized, Address)]
    first = addresses[0] if addresses else Address()
    missing: Status = "absent" if addresses else _contact_status(listing, "address", None)
    row: dict[str, Any] = {}
    for column, value in (("city", first.city), ("street", first.street), ("postcode", first.postcode)):
        row[column] = value
        row[f"{column}_status"] = "stated" if value else missing
    return row


def _contact_status(listing: Listing, kind: str, audience: Audience | None) -> Status:
    found = {way.status for way in listing.normalized.contacts if way.type == kind and audience in (None, way.audience)}
    for status in ("stated", "redacted", "unparsed"):
        if status in found:
            return status
    key = _CONTACT_KEYS[audience or "general"]
    printed = [entry.status for entry in listing.fields if entry.key == key]
    return "blank" if printed and all(status == "blank" for status in printed) else "absent"


def _status(listing: Listing, column: str, has_value: bool) -> Status:
    """What is known of a value that is read from labelled fields."""
    printed = [(entry.key, entry.status) for entry in listing.fields if entry.key in KEYS[column]]
    found = {"blank" if status == "stated" and key in _SHARED_KEYS else status for key, status in printed}
    if has_value:
        return "stated" if "stated" in {status for _, status in printed} or "unparsed" not in found else "unparsed"
    for status in ("redacted", "unparsed", "blank"):
        if status in found:
            return status
    if "stated" not in found:
        return "absent"
    # What is printed says nothing, as lookups.csv has it.
    nothing = {override.column for override in listing.overrides if not override.normal}
    return "blank" if nothing & {column, *KEYS[column]} else "unparsed"
