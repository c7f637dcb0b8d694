"""`lookups.csv`: what a source sets by hand, a printed value a row, read and checked before anything runs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sources.errors import SourceError
from sources.rows import Row, read_rows

FILE = "lookups.csv"
ORGANIZATION_TYPES = ("government", "ngo", "private", "academic", "health", "intergovernmental")
REACHES = ("local", "regional", "national", "international")
ADDRESS_PARTS = ("street", "postcode", "city", "region", "country")
ACRONYM = "acronym"
"""What stands in place of a language where a name is an acronym."""

_REQUIRED = ("column", "printed", "normal")
_HEADER = (*_REQUIRED, "url", "reason")
_PHONE = re.compile(r"\+[1-9]\d{3,14}(?:;ext=\d{1,11})?")
_SHORT_NUMBER = re.compile(r"\d{3,7}")
# RFC 5646, section 2.1, without extensions, private use and grandfathered tags: language, script, region, variants
_TAG = re.compile(r"([a-z]{2,3})(?:-([A-Z][a-z]{3}))?(?:-([A-Z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One row: the value `printed` of `column` has the normal form `normal`, on the page at `url` or (None) on every page.

    `normal` is empty where the value says nothing; of a column that holds a list it may be several, divided by semicolons.
    `line` is where the row begins in the file, `reason` why it is there.
    """

    column: str
    printed: str
    normal: str
    line: int
    url: str | None = None
    reason: str | None = None

    @property
    def items(self) -> tuple[str, ...]:
        """The normal forms one by one."""
        return tuple(_items(self.normal))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parts of an address, or the names with what each is (a language, or `acronym`) before it."""
        return tuple(_pairs(self.normal))


@dataclass(frozen=True, slots=True)
class Lookups:
    """A source's rows in the order of its file, and the file's SHA-256 in hex (None where there is no file)."""

    entries: tuple[Lookup, ...] = ()
    sha256: str | None = None


def load_lookups(folder: Path) -> Lookups:
    """Read `folder`/lookups.csv (see `sources.rows`); without the file there are no lookups.

    Raises SourceError with file and line for a header that is not known, a row of the wrong length, an unknown column, the
    same value twice, and a normal form that its column cannot hold.
    """
    read = read_rows(folder / FILE, _REQUIRED, _HEADER)
    return Lookups(tuple(_entries(read.rows)), read.sha256) if read else Lookups()


def _entries(rows: Iterable[Row]) -> Iterator[Lookup]:
    first: dict[tuple[str, str, str | None], int] = {}
    for row in rows:
        cells = row.cells
        entry = Lookup(
            cells["column"],
            cells["printed"],
            cells["normal"],
            row.line,
            cells.get("url") or None,
            cells.get("reason") or None,
        )
        _check(row.where, entry)
        again = first.setdefault((entry.column, entry.printed, entry.url), row.line)
        if again != row.line:
            raise SourceError(
                f"{row.where}: {entry.column} {entry.printed!r} is in line {again} already. Leave one out."
            )
        yield entry


def _check(where: str, entry: Lookup) -> None:
    if entry.column not in COLUMNS:
        near = difflib.get_close_matches(entry.column, COLUMNS, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else f"Columns: {', '.join(COLUMNS)}."
        raise SourceError(f"{where}: there is no column `{entry.column}`. {hint}")
    if not entry.printed:
        raise SourceError(f"{where}: `printed` is empty. Write the value as the page prints it.")
    if entry.url and not is_url(entry.url):
        raise SourceError(f"{where}: `url` must be the address of the page, not {entry.url!r}. Copy it from a release.")
    valid, wanted = COLUMNS[entry.column]
    if entry.normal and not valid(entry):
        raise SourceError(
            f"{where}: {entry.normal!r} is no normal form of {entry.column}. Write {wanted}, or nothing where "
            f"{entry.printed!r} says nothing."
        )


def _items(text: str) -> Iterator[str]:
    return (item for part in text.split(";") if (item := part.strip()))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for item in _items(text):
        name, _, value = item.partition(":")
        yield name.strip(), value.strip()


def _is_country(code: str) -> bool:
    import pycountry

    return code == "XK" or (len(code) == 2 and code.isupper() and bool(pycountry.countries.get(alpha_2=code)))


def _is_region(code: str) -> bool:
    import pycountry

    found = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return found is not None and found.code == code


def _is_language(code: str) -> bool:
    """ISO 639-1, else 639-3 where a language has none of the former."""
    import pycountry

    if not re.fullmatch("[a-z]{2,3}", code):
        return False
    found = pycountry.languages.get(alpha_2=code) if len(code) == 2 else pycountry.languages.get(alpha_3=code)
    return found is not None and (len(code) == 2 or not hasattr(found, "alpha_2"))


def is_language_tag(tag: str) -> bool:
    """Whether `tag` is BCP 47 (RFC 5646) in its canonical case, of subtags that are assigned: "pt-BR", "zh-Hant", "und"."""
    import pycountry

    found = _TAG.fullmatch(tag)
    if not found:
        return False
    language, script, region = found.groups()
    return (
        (language == "und" or _is_language(language))
        and (not script or pycountry.scripts.get(alpha_4=script) is not None)
        and (not region or region.isdigit() or _is_country(region))
    )


def _is_name(entry: Lookup) -> bool:
    """A language or `acronym` for all that is printed; or names, each after what it is, that stand in what is printed."""
    kinds = entry.pairs
    if any(kind != ACRONYM and not is_language_tag(kind) for kind, _ in kinds):
        return False
    if len(kinds) == 1 and not kinds[0][1]:
        return True
    return bool(kinds) and all(text and text in entry.printed for _, text in kinds)


def _is_address(entry: Lookup) -> bool:
    parts = dict(entry.pairs)
    sound = set(parts) <= set(ADDRESS_PARTS) and len(parts) == len(entry.pairs) and all(parts.values())
    return bool(parts) and sound and ("country" not in parts or _is_country(parts["country"]))


def _is_phone(number: str) -> bool:
    import phonenumbers

    if _SHORT_NUMBER.fullmatch(number):
        return True
    if not _PHONE.fullmatch(number):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number.partition(";")[0]))
    except phonenumbers.NumberParseException:
        return False


def _is_email(address: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower() == address
    except EmailNotValidError:
        return False


def is_url(url: str) -> bool:
    """Whether it is a whole address of the web: http or https, a host, and no white space."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        return False


def _one(valid: Callable[[str], bool]) -> Callable[[Lookup], bool]:
    return lambda entry: valid(entry.normal)


def _each(valid: Callable[[str], bool]) -> Callable[[Lookup], bool]:
    return lambda entry: bool(entry.items) and all(map(valid, entry.items))


COLUMNS: Mapping[str, tuple[Callable[[Lookup], bool], str]] = {
    "country": (_one(_is_country), "ISO 3166-1 alpha-2, as BE"),
    "region": (_one(_is_region), "ISO 3166-2, as BE-BRU"),
    "name": (_is_name, 'a language (BCP 47), or "acronym", or names of it, as "fr: Maison du Port; acronym: MDP"'),
    "service_type": (_each(bool), "what to call it; several with a semicolon between them"),
    "organization_type": (_one(ORGANIZATION_TYPES.__contains__), f"one of {', '.join(ORGANIZATION_TYPES)}"),
    "reach": (_one(REACHES.__contains__), f"one of {', '.join(REACHES)}"),
    "languages": (_each(_is_language), "ISO 639-1, else 639-3, as nl; several with a semicolon between them"),
    "areas_served": (_each(bool), "what to call it; several with a semicolon between them"),
    "law_enforcement_relations": (_one(bool), "what to say instead"),
    "phone": (_one(_is_phone), "E.164, as +32470123456 or +3224601234;ext=12, or the digits of a short number"),
    "fax": (_one(_is_phone), "E.164, as +3224601234, or the digits of a short number"),
    "email": (_one(_is_email), "a valid address, lower case"),
    "url": (_one(is_url), "a whole address that begins with https:// or http://"),
    "address": (_is_address, '"street: Kaai 1; postcode: 9000; city: Gent; region: ...; country: BE", or some of it'),
}
"""The columns that a row may set: what is valid there, and how to say it."""
