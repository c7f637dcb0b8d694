"""What tells a listing from the others on its page, and stays when its text is edited."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from parsers.groups import Group
from parsers.model import Page
from parsers.site import on_site, page_key

_DIGITS = re.compile(r"\d+")


def part_names(page: Page, groups: Sequence[Group]) -> list[str]:
    """The name of each group: its anchor ("#ash-house"), else the page of the site that it alone links to, else its name.

    An anchor that only counts ("card-1", "card-2", ...) would go to another listing as soon as one is added before it, and
    names nothing.
    """
    anchors = _anchors(page, groups)
    links = _detail_links(page, groups)
    return [
        anchor or link or " ".join(group.name.split()) or f"{n + 1}"
        for n, (group, anchor, link) in enumerate(zip(groups, anchors, links, strict=True))
    ]


def _anchors(page: Page, groups: Sequence[Group]) -> list[str | None]:
    """The outermost `id` at which each group, or its name, begins."""
    places = [place for place, _ in page.anchors]
    found: list[str | None] = []
    end = 0
    for group in groups:
        first, head = page.blocks[group.indexes[0]].start, page.blocks[group.first]
        within = range(bisect_left(places, max(first, end)), bisect_right(places, head.end))
        own = page.anchors[within[0]][1] if within else None
        found.append(f"#{own}" if own else None)
        end = page.blocks[group.indexes[-1]].end
    return [None if anchor and _counts(anchor, found) else anchor for anchor in _unique(found)]


def _counts(anchor: str, all_: Sequence[str | None]) -> bool:
    """Whether anchors that differ in one number only run from 0 or 1 upwards, one by one."""
    numbers = sorted(
        int(_DIGITS.findall(other)[-1])
        for other in all_
        if other and _DIGITS.search(other) and _DIGITS.sub("", other) == _DIGITS.sub("", anchor)
    )
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _detail_links(page: Page, groups: Sequence[Group]) -> list[str | None]:
    """The address within the site that each group alone links to."""
    seen = Counter(key for group in groups for key in {page_key(href) for href in _hrefs(page, group)})
    found = []
    for group in groups:
        own = [href for href in _hrefs(page, group) if seen[page_key(href)] == 1]
        found.append(own[0] if own else None)
    return found


def _hrefs(page: Page, group: Group) -> list[str]:
    links = [link for i in group.indexes for link in page.blocks[i].links]
    return [link.href for link in links if "tag" not in link.rel.split() and on_site(page, link.href)]


def _unique(names: Sequence[str | None]) -> list[str | None]:
    seen = Counter(names)
    return [name if name and seen[name] == 1 else None for name in names]
