"""What the three syntaxes of structured data have in common: items with types, properties and places, and their bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from parsers.folding import load_vocabulary
from parsers.model import Syntax

DEEPEST = 3
"""How far an item's properties are followed into others: organization, contact point, area, its name."""
MOST_VALUES = 50
"""Values of one property that are read."""

# The properties that are read, those of the items that they hold among them.
_KNOWN = frozenset(
    "name legalName alternateName description url sameAs telephone faxNumber email address streetAddress "
    "postOfficeBoxNumber postalCode addressLocality addressRegion addressCountry location contactPoint contactType "
    "openingHours openingHoursSpecification hoursAvailable dayOfWeek opens closes foundingDate areaServed "
    "serviceArea knowsLanguage availableLanguage identifier propertyID value vatID taxID nonprofitStatus leiCode duns "
    "iso6523Code mainEntityOfPage".split()
)
_VOCABULARY = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)", re.IGNORECASE)


@dataclass(slots=True)
class Item:
    """A thing that markup describes: `properties` in the order of the page, as (name, value, path)."""

    types: tuple[str, ...]
    syntax: Syntax
    path: str
    id: str | None = None
    properties: list[tuple[str, str | Item, str]] = field(default_factory=list)

    def texts(self, name: str) -> list[tuple[str, str]]:
        """The values of a property that are text, each with its path."""
        return [(value, path) for key, value, path in self.properties if key == name and isinstance(value, str)]

    def items(self, *names: str) -> list[Item]:
        """The values of some properties that are items."""
        return [value for key, value, _ in self.properties if key in names and isinstance(value, Item)]


@dataclass(slots=True)
class Found:
    """The organisations of a page, and what tells whose they are.

    `main` and `publishers` are the identifiers (`@id`) and names of what markup says the page is about, and of what it says
    publishes it.
    """

    organizations: list[Item] = field(default_factory=list)
    main: set[str] = field(default_factory=set)
    publishers: set[str] = field(default_factory=set)


class Budget:
    """How much of a page's markup is looked at, so that no page takes long: elements and values, and characters."""

    __slots__ = ("_characters", "_steps")

    def __init__(self, steps: int = 200_000, characters: int = 2_000_000) -> None:
        self._steps, self._characters = steps, characters

    def spend(self, characters: int = 0) -> bool:
        """Take one step and some characters; False when there is nothing left."""
        self._steps -= 1
        self._characters -= characters
        return not self.spent

    @property
    def spent(self) -> bool:
        """Whether there is nothing left, and something may not have been looked at."""
        return self._steps <= 0 or self._characters <= 0


def local_name(term: str) -> str:
    """A term of schema.org without the vocabulary's address ("https://schema.org/NGO", "schema:NGO")."""
    found = _VOCABULARY.match(term)
    return term[found.end() :] if found else term


def known(term: str) -> str | None:
    """The local name of a property that is read, else None."""
    name = local_name(term)
    return name if name in _KNOWN else None


def is_organization(types: tuple[str, ...]) -> bool:
    """Whether one of the types (local names) is an Organization of schema.org."""
    return not organization_types().isdisjoint(types)


@cache
def organization_types() -> frozenset[str]:
    """The names of schema.org's Organization and all of its subtypes."""
    return frozenset(name for names in load_vocabulary("organization_types").values() for name in names)
