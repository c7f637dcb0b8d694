"""Structured data on a page: what its JSON-LD, microdata and microformats state of organisations (schema.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from parsers.folding import clean, fold_accents
from parsers.items import Budget, Found, Item, local_name
from parsers.jsonld import read_jsonld
from parsers.markup import read_cards, read_microdata
from parsers.model import Entity, Problem, Statement

_TEXTS = (
    "name legalName alternateName description url sameAs telephone faxNumber email foundingDate openingHours areaServed "
    "serviceArea knowsLanguage availableLanguage identifier vatID taxID nonprofitStatus leiCode duns iso6523Code".split()
)
_OF_AN_ADDRESS = "streetAddress postOfficeBoxNumber postalCode addressLocality addressRegion addressCountry".split()
_OF_A_CONTACT = "telephone faxNumber email availableLanguage areaServed".split()
_MOST_ENTITIES = 500
_MOST_STATEMENTS = 200
_LONGEST = 2_000
_ANY = 'script[type*="ld+json" i], [itemscope][itemtype], .vcard, .h-card'
_CARD = re.compile(r"\b(?:vcard|h-card)\b")
_TOO_MUCH = "There is more structured data on this page than is read: see what of it tells of the listing."


def read_structured(tree: LexborHTMLParser, text: str, base: str) -> tuple[tuple[Entity, ...], tuple[Problem, ...]]:
    """The organisations that a page describes in markup for machines, in document order by syntax, and what was unreadable.

    `text` is the page's source, which must spell the marks of each syntax out; relative addresses are resolved with `base`. Never
    raises, and takes bounded time: what a page has beyond that is a problem.
    """
    if tree.css_first(_ANY) is None:
        return (), ()
    budget = Budget()
    readings: list[Found] = []
    problems: list[Problem] = []
    if "ld+json" in text:
        scripts = tree.css('script[type*="ld+json" i]')
        found, problems = read_jsonld([script.text() or "" for script in scripts], budget)
        readings.append(found)
    if "itemscope" in text:
        readings.append(read_microdata(tree, base, budget))
    if ("vcard" in text or "h-card" in text) and _CARD.search(text):
        readings.append(read_cards(tree, base, budget))
    if budget.spent:
        problems.append(Problem("unread-structured-data", "", _TOO_MUCH))
    main = {name for found in readings for name in found.main}
    publishers = {fold_accents(name) for found in readings for name in found.publishers}
    items = [item for found in readings for item in found.organizations][:_MOST_ENTITIES]
    return tuple(_entity(item, main, publishers) for item in items), tuple(problems)


def _entity(item: Item, main: set[str], publishers: set[str]) -> Entity:
    called_so = (clean(x) for key in ("name", "legalName", "alternateName") for x, _ in item.texts(key))
    names = tuple(dict.fromkeys(called_so))
    addresses = [x for key in ("url", "mainEntityOfPage") for x, _ in item.texts(key)]
    addresses += [page.id for page in item.items("url", "mainEntityOfPage") if page.id]
    called = {*names[:1], *([item.id] if item.id else [])}
    own = clean((*names, item.id, "")[0] or "")
    stated = [Statement(own, of, clean(value), item.syntax, path) for of, value, path in _statements(item)]
    return Entity(
        names=names,
        addresses=tuple(dict.fromkeys([*([item.id] if item.id else []), *addresses])),
        statements=tuple(dict.fromkeys(stated[:_MOST_STATEMENTS])),
        main=not called.isdisjoint(main),
        publisher=not {fold_accents(name) for name in called}.isdisjoint(publishers),
    )


def _statements(item: Item) -> Iterator[tuple[str, str, str]]:
    """(property, value, path) of an organisation; what its contact points and places say is said of it."""
    yield from _plain(item, "", _TEXTS)
    yield from _addresses(item)
    yield from _hours(item)
    for place in item.items("location"):
        yield from _plain(place, "", _OF_A_CONTACT)
        yield from _addresses(place)
    for point in item.items("contactPoint"):
        yield from _plain(point, "contactPoint.", _OF_A_CONTACT)
        yield from _hours(point)


def _plain(item: Item, prefix: str, keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for key in keys:
        for name, value, path in item.properties:
            if name == key:
                text = value if isinstance(value, str) else _named(value)
                if text and any(map(str.isalnum, text)):
                    yield prefix + key, local_name(text)[:_LONGEST], path


def _named(item: Item) -> str | None:
    """What an item that stands for a value is called: an area, a language, an identifier, a page."""
    first = {key: next((text for text, _ in item.texts(key)), None) for key in ("name", "propertyID", "value")}
    if first["value"]:
        return ": ".join(filter(None, (first["propertyID"] or first["name"], first["value"])))
    return first["name"] or item.id


def _addresses(item: Item) -> Iterator[tuple[str, str, str]]:
    for text, path in item.texts("address"):
        yield "address", text[:_LONGEST], path
    for address in item.items("address"):
        yield from _plain(address, "address.", _OF_AN_ADDRESS)


def _hours(item: Item) -> Iterator[tuple[str, str, str]]:
    """Opening hours in the form of schema.org's `openingHours`: "Mo,Tu 09:00-17:00"."""
    for hours in item.items("openingHoursSpecification", "hoursAvailable"):
        days = ",".join(local_name(day)[:2] for day, _ in hours.texts("dayOfWeek"))
        times = "-".join(x for key in ("opens", "closes") for x, _ in hours.texts(key)[:1])
        if times:
            yield "openingHours", f"{days} {times}".strip(), hours.path
