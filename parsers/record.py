"""A listing as one JSON object: what `listings parse --jsonl` prints a line of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from parsers.model import Address, Contact, Listing, Term


def record(listing: Listing) -> dict[str, Any]:
    """The listing in plain lists and dictionaries; keys and shapes are part of the command's interface.

    `set_by_hand` is there only where the source's lookups.csv set something.
    """
    values = listing.normalized
    by_hand = {"set_by_hand": [asdict(override) for override in listing.overrides]} if listing.overrides else {}
    return {
        "file": listing.file,
        "url": listing.url,
        "title": listing.title,
        "part": listing.part,
        "page_languages": list(listing.page_languages),
        "fields": [
            {
                "label": field.label,
                "key": field.key,
                "value": field.value,
                "status": field.status,
                "path": field.path,
                "start": field.start,
                "end": field.end,
            }
            for field in listing.fields
        ],
        "normalized": {
            "country": _code(values.country),
            "region": _text(values.region),
            "names": [{"text": n.text, "lang": n.lang, "kind": n.kind} for n in values.names],
            "service_types": [term.shown for term in values.service_types],
            "organization_type": _code(values.organization_type),
            "reach": _code(values.reach),
            "languages": [term.code for term in values.languages if term.code],
            "areas_served": [term.shown for term in values.areas_served],
            "contacts": [_contact(contact) for contact in values.contacts],
            "law_enforcement_relations": _shown(values.law_enforcement_relations),
        },
        "description_headings": list(listing.headings),
        "descriptions": [{"lang": d.lang, "text": d.text} for d in listing.descriptions],
        "structured": [asdict(statement) for statement in listing.structured],
        "problems": [asdict(problem) for problem in listing.problems],
        **by_hand,
    }


def _code(term: Term | None) -> str | None:
    return term.code if term else None


def _text(term: Term | None) -> str | None:
    return term.text if term else None


def _shown(term: Term | None) -> str | None:
    return term.shown if term else None


def _contact(contact: Contact) -> dict[str, Any]:
    normalized: Any = contact.normalized
    if isinstance(normalized, Address):
        parts = {"street": normalized.street, "postcode": normalized.postcode, "city": normalized.city}
        normalized = {**parts, "country": normalized.country}
    shown = {"audience": contact.audience, "type": contact.type, "value": contact.value, "normalized": normalized}
    if contact.status != "stated":
        shown["status"] = contact.status
    if contact.note:
        shown["note"] = contact.note
    return shown
