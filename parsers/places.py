"""Countries, regions and areas: from printed names to codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Literal

from parsers.address_words import word
from parsers.cldr import own_data
from parsers.folding import fold, fold_accents, fold_many, load_vocabulary
from parsers.made import Table, kept
from parsers.model import Line, Term

LOCALES = (
    *("en", "fr", "nl", "de", "es", "it", "pt", "sv", "da", "pl", "ro", "tr", "ar", "ru", "el"),
    *(
        "uk",
        "cs",
        "sk",
        "hu",
        "fi",
        "nb",
        "bg",
        "hr",
        "sr",
        "sl",
        "sq",
        "lv",
        "lt",
        "et",
        "ca",
        "eu",
        "gl",
        "lb",
        "is",
        "ga",
    ),
    *("fa", "he", "hi", "ur", "zh", "ja", "ko", "id", "vi", "kk", "ka", "hy", "az", "so", "mk", "bs", "th"),
)
"""The locales whose names are looked up first, and win where a name means something else in another language."""

_EDGES = " \t.,;:|-–—()[]"
_JOINERS = re.compile(r"\s*[/|;(),]\s*|\s+[-–—]\s+")
_ARTICLE = re.compile(
    r"^(?:the|la|le|les|l'|el|los|las|il|lo|gli|die|der|das|de|het|o|a|os|as|η|το|ο|οι)(?:\s+|(?<='))"
)
_US_LINE = re.compile(r"[^\W\d_][.,]?\s+([A-Z]{2})\s+\d{5}(?:-\d{4})?$")
_POSTAL_FORMS = {
    "CA": re.compile(r"(?:^|\s)[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d$"),
    "GB": re.compile(r"(?:^|\s)[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}$"),
    "NL": re.compile(r"^[1-9]\d{3} ?[A-RT-Z][A-Z] +[^\W\d_]{2}"),
}
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
_OF = r"(?:(?:de la|du|des|de|del|della|di|do|da|of|of the)\s+|de l'|d')?"
_ISO_CODE = re.compile(r"[A-Z]{2,3}\Z")


def country(text: str, start: int = 0) -> Term | None:
    """The country that `text` names, in any language of the Unicode CLDR, by its short forms or by its ISO 3166-1 code.

    A name given in two languages ("Belgium / Belgique") is one country. None where it names no country, or several. `start`
    is the place of `text` in the page.
    """
    code = _country_code(text, wide=True)
    stripped = text.strip()
    if code is None:
        return None
    offset = start + text.find(stripped)
    return Term(stripped, code, offset, offset + len(stripped))


@lru_cache(maxsize=8192)
def country_code(text: str) -> str | None:
    """The code of the country that a line of an address names, in one of the main languages.

    ISO codes do not count here: in an address "DE" is Delaware and "CA" California.
    """
    return _named_country(text.strip(_EDGES), wide=False)


def may_end_with_country(line: str) -> bool:
    """Whether the last word of a line is the last word of any name that `country_code` knows: a look before it is asked."""
    return fold_accents(line.strip(_EDGES)).rpartition(" ")[2] in _last_words()


@cache
def _last_words() -> frozenset[str]:
    return frozenset(name.rpartition(" ")[2] for name in _country_names(False))


def country_by_form(text: str) -> str | None:
    """The country whose postal codes alone are written like the one on a line of an address, or None.

    Told apart are the United States ("Austin, TX 78701"), Canada, the United Kingdom and the Netherlands (UPU S42 templates);
    most other countries write five digits, and so do not tell.
    """
    line = text.strip(_EDGES)
    if (found := _US_LINE.search(line)) and found[1] in _us_states():
        return "US"
    return next((code for code, form in _POSTAL_FORMS.items() if form.search(line)), None)


@cache
def _us_states() -> frozenset[str]:
    return frozenset(code[3:] for code in _parents() if code.startswith("US-"))


@lru_cache(maxsize=8192)  # a directory has few countries and regions, on many pages
def _country_code(text: str, *, wide: bool) -> str | None:
    whole = _look_up_country(text, wide=False) or (_look_up_country(text, wide=True) if wide else None)
    if whole:
        return whole
    main, comma, rest = text.strip(_EDGES).partition(", ")
    inverted = _look_up_country(f"{rest} {main}", wide=wide) if comma else None
    if inverted:
        return inverted  # "Congo, Democratic Republic of the"
    parts = [part for part in _JOINERS.split(text) if part and part.strip(_EDGES)]
    if len(parts) < 2:
        return None
    codes = {code for code in (_look_up_country(part, wide=wide) for part in parts) if code}
    return codes.pop() if len(codes) == 1 else None


def _look_up_country(text: str, *, wide: bool) -> str | None:
    stripped = _FLAG.sub("", text).strip(_EDGES)
    if _ISO_CODE.match(stripped):
        code = _iso_codes().get(stripped)
        if code:
            return code
    return _named_country(stripped, wide=wide)


def _named_country(name: str, *, wide: bool) -> str | None:
    if len(name) <= 3 and not name.isupper() and name.isascii():
        return None  # "us" is no country
    return next((code for form in _name_forms(name) if (code := _country_names(wide).get(form))), None)


def _name_forms(name: str) -> Iterator[str]:
    folded = fold(name)
    yield folded
    yield fold_accents(folded)
    bare = _ARTICLE.sub("", folded)
    if bare != folded:
        yield bare
        yield fold_accents(bare)


@cache
def _iso_codes() -> Table:
    return kept("iso_codes", *TABLES["iso_codes"])


def _make_iso_codes() -> Table:
    import pycountry

    codes = {item.alpha_2: item.alpha_2 for item in pycountry.countries}
    return codes | {item.alpha_3: item.alpha_2 for item in pycountry.countries}


@cache
def _country_names(wide: bool) -> Table:
    name = "countries_wide" if wide else "countries"
    return kept(name, *TABLES[name])


def _make_country_names(wide: bool) -> Table:
    import pycountry

    names: dict[str, str] = {}
    known = {*_iso_codes().values(), "XK"}  # Kosovo has a code for users only
    for code, own in load_vocabulary("countries").items():
        _add_names(names, ((code, name) for name in own))
    _add_names(names, ((code, name) for code, name in babel_names("territories", wide=False) if code in known))
    for item in pycountry.countries:
        _add_names(
            names, ((item.alpha_2, getattr(item, kind, "")) for kind in ("name", "official_name", "common_name"))
        )
    if wide:
        _add_names(names, ((code, name) for code, name in babel_names("territories", wide=True) if code in known))
    return names


def _add_names(names: dict[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    named = [(code, name.rstrip(".")) for code, name in pairs if name]
    for (code, _), forms in zip(named, fold_many(name for _, name in named), strict=True):
        for form in forms:
            names.setdefault(form, code)


def babel_names(kind: Literal["territories", "languages"], *, wide: bool) -> Iterator[tuple[str, str]]:
    """(code, name) of the Unicode CLDR as Babel ships it: of the main languages, or with `wide` of all, in a fixed order."""
    from babel import localedata

    for locale in sorted(localedata.locale_identifiers()) if wide else LOCALES:
        # only what the locale says itself: what it inherits is said by the one it inherits from
        data = own_data(locale).get(kind, {})
        for code in sorted(data):
            if isinstance(data[code], str):
                yield code, data[code]


def region(line: Line, country: str | None = None) -> Term:
    """The region that a line names, as printed, with the ISO 3166-2 code of the subdivision where exactly one has that name.

    Of several names ("Ghent, East Flanders") the one that is a subdivision decides, the last first. `country` (ISO 3166-1
    alpha-2) tells namesakes apart.
    """
    text = line.text.strip()
    start = line.start + line.text.find(text)
    code = _subdivision(text, country)
    if code is None:
        for part in reversed(re.split(r"\s*[/,;|()]\s*|\s+[-–—]\s+", text)):
            code = _subdivision(part, country)
            if code:
                break
    return Term(text, code, start, start + len(text))


def is_subdivision(name: str) -> bool:
    """Whether ISO 3166-2 has a subdivision of that name, in any country."""
    return fold_accents(name.strip(_EDGES)) in _subdivisions()


@lru_cache(maxsize=8192)
def _subdivision(name: str, country: str | None) -> str | None:
    stripped = name.strip(_EDGES)
    if country and _ISO_CODE.match(stripped) and f"{country}-{stripped}" in _parents():
        return f"{country}-{stripped}"
    said = rf"^{word('region')}\s+{_OF}|\s+{word('region')}$"
    for form in dict.fromkeys((stripped, re.sub(said, "", stripped, flags=re.IGNORECASE))):
        codes = [
            c
            for c in _subdivisions().get(fold_accents(form), "").split()
            if country is None or c.startswith(f"{country}-")
        ]
        # of a region and its only province, which share a name, the region
        codes = [code for code in codes if _parents().get(code) not in codes]
        if len(codes) == 1:
            return codes[0]
    return None


@cache
def _parents() -> Table:
    """The codes of ISO 3166-2, each with that of the subdivision that it lies in, "" where that is the country."""
    return kept("parents", *TABLES["parents"])


def _make_parents() -> Table:
    import pycountry

    return {item.code: item.parent_code or "" for item in pycountry.subdivisions}


@cache
def _subdivisions() -> Table:
    """The codes by name: of ISO 3166-2, of its translations that pycountry ships, and of our vocabulary."""
    return kept("subdivisions", *TABLES["subdivisions"])


def _make_subdivisions() -> Table:
    import pycountry

    codes: dict[str, set[str]] = {}
    own = ((name, code) for code, names in load_vocabulary("regions")["names"].items() for name in names)
    named = [*own, *((item.name, item.code) for item in pycountry.subdivisions)]
    printed: dict[str, list[str]] = {}
    for item in pycountry.subdivisions:
        printed.setdefault(item.name, []).append(item.code)
    named += [(name, code) for msgid, name in _translations() for code in printed.get(msgid, ())]
    pairs = sorted({(form, code) for name, code in dict.fromkeys(named) for form in _subdivision_names(name)})
    for (_, code), (_, bare) in zip(pairs, fold_many(form for form, _ in pairs), strict=True):
        codes.setdefault(bare, set()).add(code)
    return {name: " ".join(sorted(found)) for name, found in codes.items()}


def _translations() -> Iterator[tuple[str, str]]:
    """(name in ISO 3166-2, its translation) in the main languages, of the iso-codes project."""
    import gettext

    import pycountry

    for locale in LOCALES:
        path = Path(pycountry.LOCALES_DIR) / locale / "LC_MESSAGES" / "iso3166-2.mo"
        if path.is_file():
            with path.open("rb") as file:
                catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            yield from ((msgid, name) for msgid, name in catalog.items() if msgid != name)


def _subdivision_names(name: str) -> Iterator[str]:
    """The ways in which a name of ISO 3166-2 is printed: "Bruxelles-Capitale, Région de" is turned round."""
    plain = re.sub(r"\s*[(\[].*?[)\]]", "", name)
    yield plain
    main, comma, rest = plain.partition(", ")
    if comma:
        yield main
        yield f"{rest}{'' if rest.endswith(chr(39)) else ' '}{main}"
    for part in plain.split("/"):
        if part.strip():
            yield part


TABLES: dict[str, tuple[str, Callable[[], Table]]] = {
    "iso_codes": ("countries", _make_iso_codes),
    "countries": ("countries", partial(_make_country_names, wide=False)),
    "countries_wide": ("countries", partial(_make_country_names, wide=True)),
    "parents": ("regions", _make_parents),
    "subdivisions": ("regions", _make_subdivisions),
}
"""The tables of `parsers.made` that this module makes: the vocabulary that each is made of, and how."""
