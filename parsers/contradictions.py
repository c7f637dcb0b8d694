"""Where markup and printed text contradict one another: both state a thing, and have nothing in common in any notation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import product
from urllib.parse import urlsplit

from parsers.folding import fold_accents
from parsers.model import Address, Contact, Normalized, Page, Statement
from parsers.places import LOCALES
from parsers.scripts import script
from parsers.urls import absolute

# Digits that a number written for its country shares with the same number written for the world.
_SHARED_DIGITS = 7
_SHORTEST_DIGITS = 3
# How alike two names of one town are in two languages ("Gent", "Ghent"); of two towns, seldom.
_SAME_TOWN = 0.6


@dataclass(frozen=True, slots=True)
class Printed:
    """What a page prints of a listing: its normal forms, and all of its text."""

    normalized: Normalized
    text: str

    def contacts(self, *types: str) -> list[Contact]:
        """The contacts of some types that are stated in normal form."""
        return [
            c for c in self.normalized.contacts if c.type in types and c.status == "stated" and c.normalized is not None
        ]


Difference = tuple[Statement, int, int]
"""A statement of the markup, and the place in the page's text of what contradicts it."""


def last_step(statement: Statement) -> str:
    """The last step of a property: "telephone" of "contactPoint.telephone"."""
    return statement.property.rpartition(".")[2]


def stands_in(value: str, text: str) -> bool:
    """Whether a folded text holds a value as whole words."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def number_printed(statement: Statement, printed: Printed) -> bool:
    """Whether a number is printed, in a contact or anywhere in the text, in whatever notation."""
    digits = _digits(printed.text)
    own = _digits(statement.normalized or statement.value)
    return len(own) >= _SHORTEST_DIGITS and (
        any(_same_number(own, _digits(str(c.normalized))) for c in printed.contacts("phone", "fax"))
        or (len(own) >= _SHARED_DIGITS and own[-_SHARED_DIGITS:] in digits)
    )


def _same_number(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) >= _SHARED_DIGITS and one[-_SHARED_DIGITS:] == other[-_SHARED_DIGITS:]
    )


def _digits(text: str) -> str:
    """The digits of a text, without an extension (RFC 3966)."""
    return "".join(str(int(char)) for char in text.partition(";ext=")[0] if char.isdecimal())


def _numbers_differ(*types: str) -> Callable[[Page, Sequence[Statement], Printed], Iterator[Difference]]:
    def differ(page: Page, stated: Sequence[Statement], printed: Printed) -> Iterator[Difference]:
        contacts = printed.contacts(*types)
        full = [s for s in stated if s.normalized and len(_digits(s.normalized)) >= _SHARED_DIGITS]
        if contacts and full and not any(number_printed(s, printed) for s in stated):
            yield full[0], contacts[0].start, contacts[0].end

    return differ


def _emails_differ(page: Page, stated: Sequence[Statement], printed: Printed) -> Iterator[Difference]:
    contacts = printed.contacts("email")
    valid = [s for s in stated if s.normalized]
    hidden = any(c.type == "email" and c.status != "stated" for c in printed.normalized.contacts)
    shown = {str(c.normalized).casefold() for c in contacts}
    text = printed.text.casefold()
    agrees = any(s.normalized and (s.normalized.casefold() in shown or s.normalized.casefold() in text) for s in valid)
    if contacts and valid and not hidden and not agrees:
        yield valid[0], contacts[0].start, contacts[0].end


def _websites_differ(page: Page, stated: Sequence[Statement], printed: Printed) -> Iterator[Difference]:
    """Hosts are compared: a page of the same site is the same website. The directory's own pages are nobody's website."""
    here = _host(page.url)
    contacts = printed.contacts("url")
    foreign = [s for s in stated if s.normalized and not _same_host(_host(s.normalized), here)]
    pairs = product(foreign, contacts)
    agrees = any(_same_host(_host(str(s.normalized)), _host(str(c.normalized))) for s, c in pairs)
    if contacts and foreign and not agrees:
        yield foreign[0], contacts[0].start, contacts[0].end


def _host(url: str) -> str:
    try:
        return (urlsplit(absolute(url)).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _same_host(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _towns_differ(page: Page, stated: Sequence[Statement], printed: Printed) -> Iterator[Difference]:
    """Postal codes and towns: names in two languages may stand for one town, so that codes that agree outweigh them."""
    shown = [(c, c.normalized) for c in printed.contacts("address") if isinstance(c.normalized, Address)]
    text = fold_accents(printed.text)
    codes = [s for s in stated if last_step(s) == "postalCode"]
    towns = [s for s in stated if last_step(s) == "addressLocality"]
    printed_codes = [(c, a.postcode) for c, a in shown if a.postcode]
    printed_towns = [(c, a.city) for c, a in shown if a.city]
    if codes and printed_codes:
        known = {_code(postcode) for _, postcode in printed_codes}
        if any(_code(s.value) in known or stands_in(fold_accents(s.value), text) for s in codes):
            return
        yield codes[0], *_place(page, *printed_codes[0])
    pairs = product((fold_accents(s.value) for s in towns), (fold_accents(city) for _, city in printed_towns))
    if towns and printed_towns and not any(stands_in(own, text) or _may_be_same_town(own, city) for own, city in pairs):
        yield towns[0], *_place(page, *printed_towns[0])


def _place(page: Page, contact: Contact, part: str) -> tuple[int, int]:
    """Where a part of an address stands, else the whole of it."""
    start = page.text.find(part, contact.start, contact.end)
    return (start, start + len(part)) if start >= 0 else (contact.start, contact.end)


def _code(postcode: str) -> str:
    """A postal code without blanks, and without the country that may stand before it ("B-1000")."""
    return re.sub(r"\A[A-Z]{1,2}-|[\W_]", "", postcode.upper())


def _may_be_same_town(one: str, other: str) -> bool:
    if stands_in(one, other) or stands_in(other, one):
        return True
    if {script(c) for c in one if c.isalpha()} != {script(c) for c in other if c.isalpha()}:
        return True
    towns = _town_names()
    both_known = towns.get(one, frozenset()) & towns.get(other, frozenset())
    return bool(both_known) or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME_TOWN


@cache
def _town_names() -> dict[str, frozenset[str]]:
    """The towns after which time zones are named, by their names in the main languages (CLDR, exemplar cities)."""
    from babel import localedata

    found: dict[str, set[str]] = {}
    for locale in LOCALES:
        for zone, names in localedata.load(locale)["time_zones"].items():
            for name in (names.get("city"), zone.rpartition("/")[2].replace("_", " ")):
                if isinstance(name, str):
                    found.setdefault(fold_accents(name), set()).add(zone)
    return {name: frozenset(zones) for name, zones in found.items()}


def _countries_differ(page: Page, stated: Sequence[Statement], printed: Printed) -> Iterator[Difference]:
    term = printed.normalized.country
    known = [s for s in stated if s.normalized]
    if term and term.code and known and not any(_same_state(str(s.normalized), term.code) for s in known):
        yield known[0], term.start, term.end


@cache
def _same_state(one: str, other: str) -> bool:
    """Whether two codes are of one country, or of a country and one of its territories (ISO 3166-2 lists many as parts)."""
    import pycountry

    parts = {f"{one}-{other}", f"{other}-{one}"}
    return one == other or any(part.code in parts for part in pycountry.subdivisions)


COMPARED: tuple[tuple[frozenset[str], Callable[[Page, Sequence[Statement], Printed], Iterator[Difference]]], ...] = (
    (frozenset({"telephone", "contactPoint.telephone"}), _numbers_differ("phone")),
    (frozenset({"faxNumber", "contactPoint.faxNumber"}), _numbers_differ("fax")),
    (frozenset({"email", "contactPoint.email"}), _emails_differ),
    (frozenset({"url"}), _websites_differ),
    (frozenset({"address.postalCode", "address.addressLocality", "address.streetAddress"}), _towns_differ),
    (frozenset({"address.addressCountry"}), _countries_differ),
)
