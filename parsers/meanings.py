"""What a label announces that is not in the vocabulary: told by the words in it, and by what stands after it.

`vocabulary/label_words.yml` has telling words by role ("police", "language", "for those who ..."). A word alone is weak
evidence; a value that fits makes it strong ("Level: National" is a reach, "Level: 3" is not).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from parsers import terms
from parsers.folding import load_vocabulary
from parsers.labels import LabelKind, LabelMatch
from parsers.made import Table, kept
from parsers.model import Line
from parsers.part_names import heads_office
from parsers.wordfinder import WordFinder, index_words

# Facts without a place of their own in a listing: whatever else the label says, it is about these.
_OTHER = frozenset({"hours", "number", "money", "date", "person", "audience"})
_KINDS: tuple[tuple[str, LabelKind], ...] = (
    ("fax", "fax"),
    ("phone", "phone"),
    ("email", "email"),
    ("website", "url"),
    ("address", "address"),
)
_NUMBER = re.compile(r"\+?\d(?:[\s\xa0().\-–/]*\d){5,}")
_SHORT_NUMBER = re.compile(r"(?<!\d)\d{3,}(?!\d)")
_REACHES = re.compile(r"@|\(at\)|\[at\]|\bwww\.|https?://", re.I)
_LISTED = re.compile(r"[;|•]")


def meaning(label: str, known: LabelMatch | None, lines: Sequence[Line]) -> LabelMatch | None:
    """What `label` announces, with `known` from the vocabulary (None where it has none) and the lines of its value.

    Where nothing can be told it stays `known`. Areas, reach and region share their words in most languages ("zone",
    "territory", "scope"): among them the value decides.
    """
    found = roles(label)
    if known is not None:
        return _by_value(known, found, lines)
    key = _key(found, lines) or ("contact_details" if heads_office(label, lines) else None)
    if key is None:
        return None
    kind = next((kind for role, kind in _KINDS if role in found), None) if key.startswith("contact") else None
    return LabelMatch(key, kind)


@lru_cache(maxsize=4096)
def roles(label: str) -> frozenset[str]:
    """The roles that the words of a label play, in any language; a longer word outweighs those in it ("contact person")."""
    found = _words().find(label)
    return frozenset(role for a, b, role in found if not any(x <= a and b <= y and y - x > b - a for x, y, _ in found))


def _by_value(known: LabelMatch, found: frozenset[str], lines: Sequence[Line]) -> LabelMatch:
    """A known label whose value says that it is its neighbour among the facts."""
    if known.key == "languages" and ("area" in found or _is_areas_and_languages(lines)):
        return LabelMatch("areas_served_languages", None, known.lang)
    if known.key == "contact_details" and found & {"help", "people"} and "person" not in found:
        return LabelMatch("contact_seeking_help", known.kind, known.lang)
    if not lines:
        return known
    if known.key == "areas_served" and "reach" in found and _is_reach(lines):
        return LabelMatch("reach", None, known.lang)
    if known.key == "reach" and terms.reach(lines[0]).code is None and sum(len(terms.items(x)) for x in lines) > 1:
        return LabelMatch("areas_served", None, known.lang)
    if known.key == "region" and "area" in found and (len(lines) > 1 or _LISTED.search(lines[0].text)):
        return LabelMatch("areas_served", None, known.lang)
    if known.key == "other" and "kind" in found and _is_organization_type(lines):
        return LabelMatch("organization_type", None, known.lang)
    return known


def _key(found: frozenset[str], lines: Sequence[Line]) -> str | None:
    """What the roles of an unknown label and its value come to; the surest first."""
    reaches = _reaches(lines, "help" in found)
    if "police" in found and not reaches:
        return "law_enforcement_relations"
    if not found & _OTHER and _is_languages(lines):
        return "languages"
    if "languages" in found:
        return "other_name" if "name" in found else "areas_served_languages" if "area" in found else "languages"
    for_people = "help" in found or ("people" in found and (reaches or "contact" in found))
    if for_people and (reaches or not lines):
        return "contact_seeking_help"
    if found & _OTHER:
        return "other"
    if reaches and (found & {"contact", "address"} or any(role in found for role, _ in _KINDS)):
        return "contact_details"
    if "contact" in found or "address" in found:
        return "contact_details"
    return _of_the_organization(found, lines)


def _of_the_organization(found: frozenset[str], lines: Sequence[Line]) -> str | None:
    """What an unknown label says of what the organization is and does."""
    if "kind" in found:
        if found & {"service", "help"}:
            return "service_type"
        if "organization" in found or _is_organization_type(lines):
            return "organization_type"
    if "name" in found and not found & {"place", "country", "service"}:
        return "organization_name"
    if found & {"area", "reach"}:
        if lines and _is_reach(lines):
            return "reach"
        return "areas_served" if "area" in found else None
    if "service" in found:
        return "service_type"
    if "country" in found:
        return "country"
    return "region" if "place" in found else None


def _reaches(lines: Sequence[Line], short: bool) -> bool:
    """Whether a value holds a way to reach somebody; with `short`, a number of three digits is one."""
    for line in lines:
        if line.hidden or any(link.href.startswith(("mailto:", "tel:")) for link in line.links):
            return True
        if _REACHES.search(line.text) or _NUMBER.search(line.text) or (short and _SHORT_NUMBER.search(line.text)):
            return True
    return False


def _is_languages(lines: Sequence[Line]) -> bool:
    """Whether a value names languages only, and several: one alone may be a name of something else."""
    if not any(map(terms.may_list_languages, lines)):
        return False
    count = 0
    for line in lines:
        named = terms.languages(line)
        if not all(term.code for term in named):
            return False
        count += len(named)
    return count > 1


def _is_areas_and_languages(lines: Sequence[Line]) -> bool:
    """Whether one part of a value names languages only, and another none: "Accra, Tema; English, Twi"."""
    if len(lines) != 1 or not _LISTED.search(lines[0].text):
        return False
    parts = [_is_language_list(Line(part.strip(), 0)) for part in _LISTED.split(lines[0].text) if part.strip()]
    return len(set(parts)) > 1 and None not in parts


def _is_language_list(line: Line) -> bool | None:
    """Whether all items of a list are languages; None where some are."""
    coded = {bool(term.code) for term in terms.languages(line)}
    return coded.pop() if len(coded) == 1 else None


def _is_reach(lines: Sequence[Line]) -> bool:
    """Whether a value is one word for how far an organization reaches; of several, one may name a place."""
    return len(lines) == 1 and len(lines[0].text.split()) == 1 and terms.reach(lines[0]).code is not None


def _is_organization_type(lines: Sequence[Line]) -> bool:
    return len(lines) == 1 and terms.organization_type(lines[0]).code is not None


def _make_words() -> Table:
    return index_words(
        (word, role)
        for role, by_language in load_vocabulary("label_words").items()
        for words in by_language.values()
        for word in words
    )


TABLES: dict[str, tuple[str, Callable[[], Table]]] = {"label_words": ("label_words", _make_words)}
"""The tables of `parsers.made` that this module makes: the vocabulary that each is made of, and how."""


@cache
def _words() -> WordFinder:
    return WordFinder(kept("label_words", *TABLES["label_words"]))
