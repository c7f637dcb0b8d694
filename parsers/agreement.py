"""What markup states of a listing, beside what its page prints: whose it is, what agrees, and what only the markup says."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache

from parsers import places
from parsers.contradictions import COMPARED, Printed, last_step, number_printed, stands_in
from parsers.dialling import normalize as phone_normal
from parsers.emails import valid_address
from parsers.folding import fold_accents, load_vocabulary
from parsers.model import Entity, Page, Problem, Statement
from parsers.phones import find_numbers
from parsers.site import Site, entity_key, page_key
from parsers.terms import language_code
from parsers.urls import absolute, is_url

_WORD = re.compile(r"\w+")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?=T|\Z)")
_LANGUAGE_TAG = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9]{2,8})*\Z")
_ADVICE = "The markup of the page says {} ({}, {}). See which of the two is right, and tell the operator of the site."


def about(page: Page, names: Collection[str], alone: bool, site: Site) -> list[Entity]:
    """The organisations in a page's markup that are the listing with these names.

    That is one of the same name; where the listing has the page for itself (`alone`), also the one that is called the page's
    subject, or whose address is the page's. Who publishes the page, or is described on many pages of the site, is its
    operator and never a listing.
    """
    if not page.structured:
        return []
    known = {key for name in names if (key := _name_key(name))}
    own = {page_key(url) for url in (page.url, page.canonical) if url}
    found = []
    for entity in page.structured:
        if entity.publisher or entity_key(entity) in site.operators:
            continue
        named = not known.isdisjoint(map(_name_key, entity.names))
        if named or (alone and (entity.main or not own.isdisjoint(map(page_key, entity.addresses)))):
            found.append(entity)
    return found


def stated_country(entities: Sequence[Entity]) -> str | None:
    """The country (ISO 3166-1 alpha-2) of the addresses in the markup, if it is one."""
    codes = {_country(s.value, None) for e in entities for s in e.statements if s.property == "address.addressCountry"}
    return codes.pop() if len(codes) == 1 else None


def compare(
    page: Page, entities: Sequence[Entity], printed: Printed, country: str | None
) -> tuple[tuple[Statement, ...], tuple[Problem, ...]]:
    """What only the markup states, in normal form, and where it contradicts the page.

    A contradiction is where both state a telephone or fax number, an e-mail address, a website, a town or a country, and have
    none in common in any notation. What contradicts is a problem, and no fact. `country` is where numbers belong.
    """
    if not entities:
        return (), ()
    statements = [replace(s, normalized=_normal(s, country)) for e in entities for s in e.statements]
    hidden = any(c.type == "email" and c.status == "redacted" for c in printed.normalized.contacts)
    facts: list[Statement] = []
    problems: list[Problem] = []
    disputed: set[str] = set()
    for kinds, differences in COMPARED:
        for shown, start, end in differences(page, [s for s in statements if s.property in kinds], printed):
            advice = _ADVICE.format(repr(shown.value), shown.syntax, shown.path)
            problems.append(Problem("structured-contradiction", page.text[start:end], advice, start, end))
            disputed |= kinds
    folded = fold_accents(printed.text)
    names = {_name_key(name.text) for name in printed.normalized.names}
    seen: set[tuple[str, str]] = set()
    for statement in statements:
        key = (statement.property, statement.normalized or fold_accents(statement.value))
        if key in seen or statement.property in disputed or (hidden and last_step(statement) == "email"):
            continue
        seen.add(key)
        if last_step(statement) == "email" and statement.normalized is None:
            continue  # a placeholder of what protects the address
        if not _is_printed(statement, page, printed, names, folded):
            facts.append(statement)
    return tuple(facts), tuple(problems)


def _normal(statement: Statement, country: str | None) -> str | None:
    """The normal form of a statement's value, where its kind has one."""
    value = statement.value.strip()
    read = _NORMAL.get(last_step(statement))
    return read(value, country) if read else None


def _phone(value: str, country: str | None) -> str | None:
    numbers = find_numbers(value.removeprefix("tel:"), country)
    return phone_normal(numbers[0].number, country, numbers[0].extension) if numbers else None


def _email(value: str, _: str | None) -> str | None:
    address = re.sub(r"(?i)\Amailto:", "", value).partition("?")[0]
    return valid_address(address)


def _url(value: str, _: str | None) -> str | None:
    return absolute(value) if is_url(value) else None


def _country(value: str, _: str | None) -> str | None:
    term = places.country(value.upper() if len(value) in (2, 3) else value)
    return term.code if term else None


def _language(value: str, _: str | None) -> str | None:
    tag = _LANGUAGE_TAG.fullmatch(value)
    return language_code(tag[1].upper() if tag else value)


def _date(value: str, _: str | None) -> str | None:
    found = _DATE.match(value)
    return found.group() if found else None


_NORMAL: dict[str, Callable[[str, str | None], str | None]] = {
    "telephone": _phone,
    "faxNumber": _phone,
    "email": _email,
    "url": _url,
    "sameAs": _url,
    "addressCountry": _country,
    "knowsLanguage": _language,
    "availableLanguage": _language,
    "foundingDate": _date,
}


def _is_printed(statement: Statement, page: Page, printed: Printed, names: Collection[str], folded: str) -> bool:
    """Whether the page says it too, in a value or in its text; its own address and the listing's name are not worth saying."""
    normal, values = statement.normalized, printed.normalized
    match last_step(statement):
        case "telephone" | "faxNumber":
            return number_printed(statement, printed)
        case "url" | "sameAs":
            own = {page_key(url) for url in (page.url, page.canonical) if url}
            shown = {_web_key(str(c.normalized)) for c in printed.contacts("url")}
            return page_key(statement.value) in own or _web_key(normal or statement.value) in shown
        case "addressCountry" if values.country and values.country.code == normal:
            return True
        case "knowsLanguage" | "availableLanguage" if normal and normal in {term.code for term in values.languages}:
            return True
        case "name" | "legalName" | "alternateName" if _name_key(statement.value) in names:
            return True
    return any(stands_in(fold_accents(form), folded) for form in (statement.value, normal) if form)


def _web_key(url: str) -> str:
    return page_key(url).partition("://")[2].removeprefix("www.").casefold()


def _name_key(name: str) -> str:
    """A name as it is compared: its words without case, accents, signs and legal form."""
    words = _WORD.findall(re.sub(r"(?<=\b\w)\.(?=\w\b)", "", fold_accents(name)))
    while len(words) > 1 and words[-1] in _legal_forms():
        words.pop()
    return " ".join(words)


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(
        re.sub(r"\W", "", fold_accents(form)) for group in load_vocabulary("legal_forms") for form in group
    )
