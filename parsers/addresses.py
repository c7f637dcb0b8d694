"""Postal addresses: from printed lines to street, postcode, city, region and country.

Lines above the street (a department, "c/o", the name of a building) are part of the street, as the postal operators count them to
what a letter needs (UPU S42); only the organisation's own name is not, which `parsers.values` leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from parsers.address_formats import AddressFormat, address_format
from parsers.address_words import box, house_number, pattern
from parsers.frozen import lightly
from parsers.hours import is_hours
from parsers.localities import (
    LONGEST_LINE,
    Locality,
    has_digit,
    is_region,
    read_locality,
    split_region,
    tidy,
    town_name,
    without_country,
)
from parsers.model import Address, Line

_MOST_LINES = 7
_MOST_TOWN_WORDS = 4


@lightly(frozen=True, slots=True)
class AddressMatch:
    """An address, and the lines that it was read from."""

    lines: tuple[Line, ...]
    address: Address


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
        # the country may stand on a line of its own, after the one with the town; between them, or before, the region
        below = [_only_country(after, country) for after in lines[index + 1 : index + 3]]
        following = next((code for code in below if code), None)
        locality = read_locality(line.text, following or country, first=index == 0)
        if locality is None:
            continue
        layout = address_format(locality.country or following or country)
        first = max(0, index - _MOST_LINES)
        for before in range(first, index):
            if len(lines[before].text) > LONGEST_LINE or is_hours(lines[before].text):
                first = before + 1
        streets = [tidy(before.text) for before in lines[first:index]]
        end = index + 1
        after = tidy(lines[end].text) if end < len(lines) else ""
        if locality.city is None and not locality.street:
            if layout.postcode_first and after and not has_digit(after) and not following:
                # a postcode on a line of its own, then the town
                city, region = split_region(after, layout)
                locality, end = replace(locality, city=city, region=region), end + 1
            elif streets:
                *streets, city = streets
                locality = _town_above(locality, streets, city, layout)
            else:
                continue
        elif locality.region is None and after and end < len(lines) and is_region(after, layout):
            locality, end = replace(locality, region=after), end + 1
        if locality.country is None and end < len(lines) and (code := _only_country(lines[end], country)):
            locality, end = replace(locality, country=code), end + 1
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


def _town_above(locality: Locality, streets: list[str], city: str, layout: AddressFormat) -> Locality:
    """The locality whose town stands on the line above its postcode, or a line above, with the region between them.

    The last of `streets` is taken off where it is the town.
    """
    town, region = split_region(city, layout)
    if streets and is_region(city, layout) and _could_be_town(streets[-1]) and len(streets) > 1:
        return replace(locality, city=streets.pop(), region=city)
    return replace(locality, city=town_name(town), region=locality.region or region)


def _could_be_town(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    saint = re.match(r"St\.? ", text)
    marked = any(pattern(kind).search(text, saint.end() if saint else 0) for kind in ("street", "inside", "box"))
    named = 0 < len(words) <= _MOST_TOWN_WORDS and max(map(len, words)) > 2
    return named and not text[0].islower() and not has_digit(text) and not marked


def named_country(line: str, country: str | None) -> str | None:
    """The code of the country that a line of an address names, alone, at its end or at its beginning.

    A region of `country` is none: in the United States "Georgia" is one of the states.
    """
    return without_country(tidy(line), country)[1]


def _only_country(line: Line, country: str | None) -> str | None:
    rest, code = without_country(tidy(line.text), country)
    return None if rest else code


def _postal(text: str) -> bool:
    if len(text) > LONGEST_LINE or is_hours(text) or "@" in text:
        return False
    return bool(
        box().search(text) or (has_digit(text) and pattern("street").search(text) and house_number().search(text))
    )


def _without_postcode(texts: Sequence[str], country: str | None) -> Address:
    """An address without a postcode: a last line of words is its town, a line with a country its country.

    On a single line the last part is the town where a country or a region follows it, or a number stands before it.
    """
    lines = [tidy(text) for text in texts]
    shortened, named = without_country(lines[-1], country)
    if shortened:
        lines[-1] = shortened
    elif len(lines) > 1:
        lines.pop()
    layout = address_format(named or country)
    city = region = None
    if (
        len(lines) > 1
        and not has_digit(lines[-1])
        and not box().search(lines[-1])
        and not pattern("street").search(lines[-1])
    ):
        city, region = split_region(lines.pop(), layout)
    else:
        *street, last = re.split(r"\s*[,،]\s+", lines[-1])
        county = None
        if len(street) > 1 and is_region(last, layout) and _could_be_town(street[-1]):
            county, last = last, street.pop()
        if street and _could_be_town(last) and (named or county or any(map(has_digit, street))):
            lines[-1], city, region = ", ".join(street), last, county
    return Address(", ".join(filter(None, lines)) or None, None, city, region, named or country)
