"""Whether what repeats on a page are parts of one organisation: its offices, departments, staff, or itself in other languages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from parsers.folding import fold
from parsers.groups import Group
from parsers.labels import match
from parsers.model import Field, Page
from parsers.part_names import mostly_says
from parsers.places import country_code

# What several offices of one organisation may repeat; anything else tells of the organisation itself.
_OF_AN_OFFICE = frozenset(
    {None, "other", "country", "region", "contact_details", "contact_seeking_help", "description"}
)
_FEWEST_FACTS = 2
_HEADING = re.compile(r"h[1-6]")
_BETWEEN = re.compile(r"\s+[-–—|:]\s+|:\s")
_DIGITS = re.compile(r"\+?\d[\d ()/.\xa0-]{5,}\d")
_MOST_PLACE_WORDS = 3


def of_one_organisation(page: Page, groups: Sequence[Group], fields: Sequence[Field]) -> bool:
    """Whether some groups are parts of one organisation.

    They are where the page states facts of an organisation beside them, or is called after one of them; where most are
    called after an office, a department, a place or the organisation itself; where they are reached by the same number or
    address; and where they stand under a heading that announces contacts, offices or staff.
    """
    starts = [block.start for block in page.blocks]
    taken = {i for group in groups for i in group.indexes}
    within = [f for f in fields if bisect_right(starts, f.label_start) - 1 in taken]
    beside = [f for f in fields if f not in within]
    if states_an_organisation(beside) or (_says_more(beside) and not _says_more(within)):
        return True
    if _are_lines_of_a_contact(page, groups, fields):
        return True
    title = _title(page)
    if any(len(group.name.split()) > 1 and fold(group.name) in title for group in groups):
        return True
    called = sum(_is_called_like_a_part(page, group) for group in groups)
    return 2 * called > len(groups) or _share_contacts(page, groups) or _is_announced(page, groups)


def _are_lines_of_a_contact(page: Page, groups: Sequence[Group], fields: Sequence[Field]) -> bool:
    """Whether some groups begin within contact details, and so are lines of them: "Press: ...", "Office: ..."."""
    starts = [page.blocks[group.first].start for group in groups]
    contacts = [f for f in fields if f.key in ("contact_details", "contact_seeking_help")]
    return sum(f.start <= start < f.end for f in contacts for start in starts) > 1


def _title(page: Page) -> str:
    """The heading of the page's own content, folded; "" where there is none."""
    return next((fold(block.text) for block in page.blocks if block.tag == "h1" and block.area == "main"), "")


def states_an_organisation(fields: Sequence[Field]) -> bool:
    """Whether some fields say more of an organisation than how its offices are reached."""
    return _says_more(fields) >= _FEWEST_FACTS


def _says_more(fields: Sequence[Field]) -> int:
    """How many facts some fields state that an office does not have."""
    return len({field.key for field in fields} - _OF_AN_OFFICE)


def calls_parts(names: Sequence[str]) -> bool:
    """Whether most of some names are those of offices or departments."""
    return 2 * sum(mostly_says(fold(name), "parts") for name in names) > len(names)


def _is_called_like_a_part(page: Page, group: Group) -> bool:
    name = fold(group.name)
    if not name:
        return False
    own = _title(page)
    if mostly_says(name, "parts"):
        return True
    if own and len(own.split()) > 1 and own in name:
        return True
    return country_code(group.name) is not None or _is_place_of(page, group, name)


def _is_place_of(page: Page, group: Group, name: str) -> bool:
    """Whether a group is called after the town in its own address: behind a number, or alone with a postal code."""
    if len(name.split()) > _MOST_PLACE_WORDS:
        return False
    town = re.compile(rf"\d.*\b{re.escape(name)}\b|\b{re.escape(name)}\b(?=\W+(?:[a-z]{{2,3}}\W+)?(?:\w*\d\w*\W*)+$)")
    return any(town.search(fold(page.blocks[i].text)) for i in group.indexes if i != group.first)


def _share_contacts(page: Page, groups: Sequence[Group]) -> bool:
    """Whether a number or an e-mail address stands in most groups."""
    seen: Counter[str] = Counter()
    for group in groups:
        text = "\n".join(page.blocks[i].text for i in group.indexes)
        found = {"".join(filter(str.isdigit, number)) for number in _DIGITS.findall(text)}
        found |= {word.casefold() for word in text.split() if "@" in word}
        seen.update(found)
    return max(seen.values(), default=0) * 2 > len(groups)


def _is_announced(page: Page, groups: Sequence[Group]) -> bool:
    """Whether the heading above the groups speaks of offices or of staff."""
    above = [b for b in page.blocks[: groups[0].indexes[0]] if _HEADING.fullmatch(b.tag)]
    titles = [text for b in page.blocks if b.tag == "h1" for text in _BETWEEN.split(b.text)]
    titles += [above[-1].text] if above else []
    return any(mostly_says(fold(text), "above") or _announces_contacts(text) for text in titles)


def _announces_contacts(text: str) -> bool:
    known = match(text)
    return known is not None and known.key == "contact_details"
