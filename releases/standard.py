"""A listing as rows of the Human Services Data Specification 3.0 (Open Referral).

How a directory's listing maps to the standard: the listing is an `organization`; what it does is one `service`; each
printed address is a `location` with its `address`, where the service is given (`service_at_location`); of several, each has
the telephone numbers below it. Contacts for
everybody hang on the organization, contacts for those who seek help on the service, and an attribute names the audience.
Closed lists, service types and labels without a place in the standard are taxonomy terms, tied on by `attribute`.

What the standard requires and a page does not state is filled by the rules of `_Filler` and reported, never passed off as stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from parsers.model import Address, Audience, Contact, Listing, Term
from releases.ids import child_id
from releases.terms import TableRow, attribute_rows, service_id, tie

NOT_STATED = "(not stated)"
"""What stands in a text column that the standard requires and the page leaves open."""
UNKNOWN_COUNTRY = "ZZ"
"""The country code that CLDR and ISO 3166-1 (user-assigned) keep for "unknown"."""

_AUDIENCES: tuple[Audience, ...] = ("general", "seeking_help")


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that the standard requires and the page does not state: where it stands, what was filled in, and by which rule."""

    cell: str
    value: str
    rule: str


@dataclass(slots=True)
class _Filler:
    """Fills what is required and not stated, and keeps account of it."""

    made: list[Assumption] = field(default_factory=list)

    def fill(self, cell: str, stated: str | None, value: str, rule: str) -> str:
        if stated:
            return stated
        self.made.append(Assumption(cell, value, rule))
        return value


def standard_rows(listing: Listing, id_: str, source: str) -> tuple[list[TableRow], list[Assumption]]:
    """The rows of the standard's tables for one listing, and what had to be assumed to make them valid.

    `id_` is the listing's identifier and becomes the organization's. Values that are redacted on the page are in no row.
    """
    filler = _Filler()
    rows = [
        *_organization(listing, id_, filler),
        *_locations(listing, id_, filler),
        *_contacts(listing, id_, source),
        *_service_details(listing, id_),
        *attribute_rows(listing, id_, source),
    ]
    return rows, filler.made


def stated(listing: Listing, kind: str, audience: Audience | None = None) -> list[str]:
    """Normal forms of the listing's stated contacts of a kind (phone, fax, email, url), in page order."""
    return [
        contact.normalized
        for contact in listing.normalized.contacts
        if contact.type == kind
        and audience in (None, contact.audience)
        and contact.status == "stated"
        and isinstance(contact.normalized, str)
    ]


def display_name(listing: Listing) -> str | None:
    """The first name printed, else the first acronym."""
    names = sorted(listing.normalized.names, key=lambda name: name.kind == "acronym")
    return names[0].text if names else None


def _organization(listing: Listing, id_: str, filler: _Filler) -> Iterator[TableRow]:
    fallback = listing.part or listing.title or listing.url
    name = filler.fill(
        "organization.name", display_name(listing), fallback, "the listing's part or title, else its URL"
    )
    acronyms = [found.text for found in listing.normalized.names if found.kind == "acronym"]
    others = [text for text in [*acronyms, *(found.text for found in listing.normalized.names)] if text != name]
    description = listing.descriptions[0].text if listing.descriptions else None
    yield (
        "organization",
        {
            "id": id_,
            "name": name,
            "alternate_name": others[0] if others else None,
            "description": filler.fill(
                "organization.description", description, NOT_STATED, "no description is printed"
            ),
            "email": _first(stated(listing, "email", "general")),
            "website": _first(stated(listing, "url")),
        },
    )
    yield (
        "organization_identifier",
        {
            "id": child_id(id_, "organization_identifier", 0),
            "organization_id": id_,
            "identifier_type": "Directory listing",
            "identifier": listing.url if listing.part is None else f"{listing.url} ({listing.part})",
        },
    )
    yield (
        "service",
        {
            "id": service_id(id_),
            "organization_id": id_,
            "name": filler.fill("service.name", None, name, "one service for each organization, under its name"),
            "email": _first(stated(listing, "email", "seeking_help")),
            "status": filler.fill("service.status", None, "active", "what a directory lists is taken to exist"),
        },
    )


def _locations(listing: Listing, id_: str, filler: _Filler) -> Iterator[TableRow]:
    region = listing.normalized.region.text if listing.normalized.region else None
    for audience in _AUDIENCES:
        for position, contact in enumerate(_addresses(listing, audience)):
            location = _location_id(id_, audience, position)
            parts = contact.normalized if isinstance(contact.normalized, Address) else Address(_one_line(contact.value))
            country = parts.country or (listing.normalized.country.code if listing.normalized.country else None)
            kind = filler.fill(
                "location.location_type", None, "physical", "an address is taken for a place one can go to"
            )
            yield "location", {"id": location, "location_type": kind, "organization_id": id_}
            yield (
                "address",
                {
                    "id": child_id(location, "address", 0),
                    "location_id": location,
                    "address_1": filler.fill("address.address_1", parts.street, NOT_STATED, "no street is printed"),
                    "city": filler.fill("address.city", parts.city, NOT_STATED, "no city is printed"),
                    "region": parts.region,
                    "state_province": filler.fill(
                        "address.state_province",
                        parts.region,
                        region or NOT_STATED,
                        "the region that the listing is filed under, where the address names none",
                    ),
                    "postal_code": filler.fill("address.postal_code", parts.postcode, NOT_STATED, "no code is printed"),
                    "country": filler.fill("address.country", country, UNKNOWN_COUNTRY, "no country is printed"),
                    "address_type": filler.fill("address.address_type", None, kind, "the same as its location's"),
                },
            )
            yield (
                "service_at_location",
                {
                    "id": child_id(location, "service_at_location", 0),
                    "service_id": service_id(id_),
                    "location_id": location,
                },
            )


def _addresses(listing: Listing, audience: Audience) -> list[Contact]:
    printed = (c for c in listing.normalized.contacts if c.audience == audience and c.type == "address")
    return [contact for contact in printed if contact.status in ("stated", "unparsed")]


def _office_of(listing: Listing, way: Contact) -> int | None:
    """The address (by position) that a number stands below, where a listing prints several with numbers below them.

    None where a number stands above the first address, so that it is open which comes with which, and where a label that
    announces no contact stands between the two.
    """
    addresses = _addresses(listing, way.audience)
    numbers = [
        c.start for c in listing.normalized.contacts if c.audience == way.audience and c.type in ("phone", "fax")
    ]
    if len(addresses) < 2 or min(numbers) < addresses[0].start:
        return None
    above = max(n for n, address in enumerate(addresses) if address.start < way.start)
    between = (f.key for f in listing.fields if addresses[above].end <= f.label_start < way.start)
    return above if all(key == "contact_details" for key in between) else None


def _contacts(listing: Listing, id_: str, source: str) -> Iterator[TableRow]:
    for audience in _AUDIENCES:
        ways = [
            c for c in listing.normalized.contacts if c.audience == audience and c.type in ("phone", "fax", "email")
        ]
        if not ways:
            continue
        owner = {"organization_id": id_} if audience == "general" else {"service_id": service_id(id_)}
        emails: list[str | None] = [*stated(listing, "email", audience)]
        for position, email in enumerate(emails or [None]):
            contact = child_id(id_, "contact", audience, position)
            yield "contact", {"id": contact, "email": email, **owner}
            yield from tie(contact, "contact", source, "audience", Term(audience, audience, 0, 0), 0)
        first = child_id(id_, "contact", audience, 0)
        for kind in ("phone", "fax"):
            numbers = [c for c in ways if c.type == kind and c.status in ("stated", "unparsed")]
            for position, way in enumerate(numbers):
                number, extension, lost = _number(way)
                office = _office_of(listing, way)
                yield (
                    "phone",
                    {
                        "id": child_id(id_, "phone", audience, kind, position),
                        "contact_id": first,
                        "location_id": None if office is None else _location_id(id_, audience, office),
                        "number": number,
                        "extension": extension,
                        "type": "voice" if kind == "phone" else "fax",
                        "description": "; ".join(part for part in (way.note, lost) if part) or None,
                        **owner,
                    },
                )


def _number(contact: Contact) -> tuple[str, int | None, str | None]:
    """Number, extension, and what of the extension a number cannot hold: the standard makes it a number, so 012 is 12."""
    if not isinstance(contact.normalized, str):
        return _one_line(contact.value), None, None
    number, _, extension = contact.normalized.partition(";ext=")
    if not extension:
        return number, None, None
    if not re.fullmatch("[0-9]{1,18}", extension):
        return number, None, f"ext. {extension}"
    return number, int(extension), f"ext. {extension}" if extension.startswith("0") else None


def _service_details(listing: Listing, id_: str) -> Iterator[TableRow]:
    service = service_id(id_)
    for position, term in enumerate(listing.normalized.languages):
        key = child_id(service, "language", position)
        yield "language", {"id": key, "service_id": service, "name": term.text, "code": term.code}
    for position, term in enumerate(listing.normalized.areas_served):
        key = child_id(service, "service_area", position)
        yield "service_area", {"id": key, "service_id": service, "name": term.shown}


def _location_id(organization: str, audience: Audience, position: int) -> str:
    return child_id(organization, "location", audience, position)


def _one_line(text: str) -> str:
    return ", ".join(line.strip() for line in text.splitlines() if line.strip())


def _first(values: list[str]) -> str | None:
    return values[0] if values else None
