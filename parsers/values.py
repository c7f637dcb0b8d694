"""Labelled fields -> normal forms: each field to the room that knows its kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile

from parsers import contacts, places, terms
from parsers.folding import fold
from parsers.labels import match
from parsers.lookups import ByHand
from parsers.model import Audience, Block, Contact, Field, Line, Normalized, Override, Page, Problem, Term
from parsers.names import names
from sources.source import Source

_ADVICE = "Add the word to the vocabulary of its kind (parsers/vocabulary/), if it says what it seems to."

_TERMS = (
    *("country", "region", "service_type", "areas_served", "languages"),
    *("organization_type", "reach", "law_enforcement_relations"),
)


def normalize(
    page: Page, fields: Sequence[Field], heading: Block | None, source: Source, page_languages: Sequence[str]
) -> tuple[tuple[Field, ...], Normalized, tuple[Problem, ...], tuple[Override, ...]]:
    """The normal forms of a listing's fields, what could not be brought to one, and what the source sets by hand.

    `heading` is the line that names the listing where no field does. The fields are returned too: those stated without a
    normal form where there should be one are marked `unparsed`.
    """
    by_hand = ByHand(source.lookups.entries, (page.url, *reversed(page.former)), page.text)
    problems: list[Problem] = []
    found: dict[str, list[Term]] = {key: [] for key in _TERMS}
    unparsed: set[int] = set()
    for number, field in enumerate(fields):
        seen = by_hand.terms(field, _terms(field))
        for key, terms_ in seen.items():
            found[key].extend(terms_)
            for term in terms_:
                if term.code is None and key in ("country", "organization_type", "reach", "languages"):
                    unparsed.add(number)
                    problems.append(Problem(f"unparsed-{key}", term.text, _ADVICE, term.start, term.end))
    country = next((term for term in found["country"] if term.code), None) or by_hand.term(
        "country", _category_country(page) or _address_country(fields)
    )
    code = country.code if country else source.country
    own_names = {fold(line.text) for line in name_lines(fields, heading)}
    reached, unread = _contacts(fields, source, code, own_names, by_hand)
    problems += unread
    normalized = Normalized(
        country=country or next(iter(found["country"]), None),
        region=next(iter(found["region"]), None),
        names=tuple(
            name
            for line in name_lines(fields, heading)
            for name in by_hand.names(line, names(line, page_languages, code))
        ),
        service_types=tuple(found["service_type"]),
        organization_type=next(iter(found["organization_type"]), None),
        reach=next(iter(found["reach"]), None),
        languages=tuple(found["languages"]),
        areas_served=tuple(found["areas_served"]),
        contacts=tuple(reached),
        law_enforcement_relations=next(reversed(found["law_enforcement_relations"]), None),
    )
    marked = tuple(
        replace(field, status="unparsed") if number in unparsed else field for number, field in enumerate(fields)
    )
    return (
        marked,
        normalized,
        tuple(problems),
        tuple(sorted(by_hand.made, key=lambda made: (made.start, made.end, made.line))),
    )


def _terms(field: Field) -> Mapping[str, list[Term]]:
    """The terms of a field by the key that they belong to."""
    if not field.lines:
        return {}
    lines = field.lines
    match field.key:
        case "country":
            term = places.country(lines[0].text, lines[0].start)
            return {"country": [term or Term(lines[0].text, None, lines[0].start, lines[0].end)]}
        case "region":
            return {"region": [places.region(lines[0])]}
        case "service_type":
            return {"service_type": [term for line in lines for term in terms.items(line)]}
        case "languages":
            return {"languages": [term for line in lines for term in terms.languages(line)]}
        case "areas_served":
            return {"areas_served": [term for line in lines for term in terms.areas(line)]}
        case "areas_served_languages":
            both = [terms.areas_and_languages(line) for line in lines]
            return {"areas_served": [t for a, _ in both for t in a], "languages": [t for _, l in both for t in l]}  # noqa: E741
        case "organization_type":
            return {"organization_type": [terms.organization_type(lines[0])]}
        case "reach":
            return {"reach": [terms.reach(lines[0])]}
        case "law_enforcement_relations":
            return {"law_enforcement_relations": [Term(field.value, None, field.start, field.end)]}
    return {}


def _contacts(
    fields: Sequence[Field], source: Source, country: str | None, own_names: Collection[str], by_hand: ByHand
) -> tuple[list[Contact], list[Problem]]:
    """The contacts of all fields; its name above the street is no part of the address."""
    reached: list[Contact] = []
    problems: list[Problem] = []
    for field in fields:
        if field.key not in ("contact_details", "contact_seeking_help") or not field.lines:
            continue
        known = match(field.label, source.labels)
        audience: Audience = "seeking_help" if field.key == "contact_seeking_help" else "general"
        some, unread = contacts.contacts(
            list(dropwhile(lambda line: fold(line.text) in own_names, field.lines)),
            audience=audience,
            country=country,
            kind=known.kind if known else None,
            obfuscated=source.obfuscated_emails,
        )
        some, unread = by_hand.contacts(field, audience, some, unread)
        reached += some
        problems += unread
    return reached, problems


def _address_country(fields: Sequence[Field]) -> Term | None:
    """The country that an address names on a line of its own, else the one whose postal codes alone look like its own."""
    lines = [line for field in fields if field.key == "contact_details" for line in reversed(field.lines)]
    for line in lines:
        term = places.country(line.text, line.start)
        if term and term.code:
            return term
    told = ((line, places.country_by_form(line.text)) for line in lines)
    return next((Term(line.text, code, line.start, line.end) for line, code in told if code), None)


def _category_country(page: Page) -> Term | None:
    """The country that the page is filed under: the text of a link with `rel=tag` (microformats.org, rel-tag)."""
    for link in page.links:
        if "tag" in link.rel.split() and link.start < link.end:
            term = places.country(page.text[link.start : link.end], link.start)
            if term and term.code:
                return term
    return None


def name_lines(fields: Sequence[Field], heading: Block | None) -> list[Line]:
    """The lines that name the organisation: a field's, or without one the heading; then its further names."""
    stated = [line for field in fields if field.key == "organization_name" for line in field.lines]
    if not stated and heading:
        stated = [Line(heading.text, heading.start)]
    return stated + [line for field in fields if field.key == "other_name" for line in field.lines]
