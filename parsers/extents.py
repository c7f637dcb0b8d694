"""Which text belongs to which label: from its own line to where the next label, or another element, begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from parsers.candidates import Candidate
from parsers.hours import is_days, is_hours
from parsers.model import Block, Line, Page

_LEAD = " \t\xa0:：\u200e\u200f"
_LONGEST_HOURS = 80
_HEADING = re.compile(r"h[1-6]")
_STOP = re.compile(r"[.!?。！？؟]['\"’”»)]*$")
_PROSE_WORDS = 8
# Labels whose values may be sentences among other lines.
_WORDY = frozenset({"contact_details", "contact_seeking_help", "description", "service_type", "areas_served"})


def inline_peers(page: Page, labels: Sequence[Candidate]) -> frozenset[str]:
    """The looks of label whose values stand on the label's line or in its paragraph: there, a label alone is blank."""
    inline: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for c in labels:
        if c.markup in ("bold", "span", "text"):
            beside = not c.whole or same_paragraph_follows(page, c)
            (inline if beside else apart)[c.peer] += 1
    looks = {peer for peer in inline if inline[peer] > apart[peer]}
    return frozenset(looks | {p for p in apart if not inline[p] and apart[p] == 1 and _mostly_inline(p, inline)})


def _mostly_inline(peer: str, inline: Counter[str]) -> bool:
    kind = peer.split(" ")[0]
    return sum(n for other, n in inline.items() if other.split(" ")[0] == kind) >= 2


def same_paragraph_follows(page: Page, c: Candidate) -> bool:
    """Whether the line after a label is of the same paragraph."""
    after = page.blocks[c.block + 1] if c.block + 1 < len(page.blocks) else None
    return after is not None and after.path == page.blocks[c.block].path


def value_of(
    page: Page,
    c: Candidate,
    following: Candidate | None,
    stops: Mapping[int, Candidate],
    walls: Collection[int],
    inline: bool,
) -> tuple[list[Line], list[int]]:
    """The lines of a label's value, and the blocks that they take up.

    It ends at the label in a block that `stops` knows, and before the blocks `walls`.
    """
    block = page.blocks[c.block]
    if c.values is not None:
        cells = [page.blocks[i] for i in c.values]
        return nonempty([line_of(cell, cell.start, cell.end) for cell in cells]), list(c.values)
    lines: list[Line] = []
    if c.value < c.start:
        return nonempty([_up_to(block, c.value, c.start)]), []
    if following is not None and following.block == c.block:
        return nonempty([_up_to(block, c.value, following.start)]), []
    if not c.whole:
        lines += nonempty([line_of(block, c.value, block.end)])
    blocks: list[int] = []
    container = container_of(page, c, inline)
    element: str | None = None
    for i in range(c.block + 1, len(page.blocks)):
        here = page.blocks[i]
        if i in walls or not _belongs(here, block, c, container, inline):
            break
        stop = stops.get(i)
        if stop is not None:
            if stop.start > here.start:
                lines += nonempty([_up_to(here, here.start, stop.start)])
            break
        if c.whole and not inline and c.markup != "dt":
            own = _element_below(container, here.path)
            if element not in (None, own) and (following is None or _ends_facts(c, lines, here)):
                break
            element = own
        lines += nonempty([line_of(here, here.start, here.end)])
        blocks.append(i)
    return lines, blocks


def hours_that_follow(
    page: Page, c: Candidate, lines: Sequence[Line], blocks: Sequence[int], stops: Collection[int]
) -> list[int]:
    """The blocks after a value of opening hours that go on with them: "Sunday", "8:00-4:00" in paragraphs of their own."""
    if (c.known and c.known.key != "other") or not lines or not is_hours(lines[-1].text, spans=True):
        return []
    parent = page.blocks[c.block].path.rpartition("/")[0]
    found: list[int] = []
    for i in range(max([c.block, *blocks]) + 1, len(page.blocks)):
        here = page.blocks[i]
        if i in stops or here.path.rpartition("/")[0] != parent or here.area != page.blocks[c.block].area:
            break
        if len(here.text) > _LONGEST_HOURS or not (is_hours(here.text, spans=True) or is_days(here.text)):
            break
        found.append(i)
    return found


def _belongs(here: Block, label: Block, c: Candidate, container: str, inline: bool) -> bool:
    """Whether a line can still be part of the value of a label."""
    if here.area != label.area:
        return False
    if c.markup == "dt":
        return here.path.startswith(container) and "/dt[" not in here.path[len(container) - 1 :]
    if c.markup == "heading":
        deeper = not _HEADING.fullmatch(here.tag) or here.tag > label.tag
        return deeper and here.path.startswith(container)
    if here.path == label.path:
        return True
    if not c.whole or inline:
        return False
    return here.path.startswith(container) and not _HEADING.fullmatch(here.tag)


def container_of(page: Page, c: Candidate, inline: bool) -> str:
    """The path (with a slash) of the element that a label shares with its value."""
    path = page.blocks[c.block].path
    if c.markup == "dt":
        return path[: path.rindex("/dt[") + 1]
    parent = path.rpartition("/")[0] + "/"
    if inline or not c.whole:
        return parent
    following = page.blocks[c.block + 1].path if c.block + 1 < len(page.blocks) else ""
    for _ in range(3):
        if following.startswith(parent) or parent.count("/") <= 2:
            break
        parent = parent[:-1].rpartition("/")[0] + "/"
    return parent


def _ends_facts(c: Candidate, lines: Sequence[Line], here: Block) -> bool:
    """Whether a paragraph is running text after a value that has none: the last of some facts, and then the description."""
    if c.known and c.known.key in _WORDY:
        return False
    return _is_prose(here.text) and not any(_is_prose(line.text) for line in lines)


def _is_prose(text: str) -> bool:
    """Whether a paragraph is of sentences."""
    return len(text.split()) >= _PROSE_WORDS and bool(_STOP.search(text))


def _element_below(container: str, path: str) -> str:
    return path[len(container) :].split("/")[0]


def _up_to(block: Block, start: int, label: int) -> Line:
    """The part of a block before the label of the next value, without the sign that parts the two."""
    text = block.text[start - block.start : label - block.start]
    return line_of(block, start, start + len(text.rstrip(" \t\xa0,;/–—-")))


def line_of(block: Block, start: int, end: int) -> Line:
    """The part of a block between two places of the page, without the punctuation and space around it."""
    text = block.text[start - block.start : end - block.start]
    lead = len(text) - len(text.lstrip(_LEAD))
    start += lead
    text = text[lead:].rstrip(" \t\xa0|·•")
    end = start + len(text)
    return Line(
        text,
        start,
        tuple(x for x in block.links if (x.start < end and x.end > start) or start <= x.start == x.end < end),
        tuple(x for x in block.hidden if x[0] < end and x[1] > start),
    )


def nonempty(lines: list[Line]) -> list[Line]:
    """The lines that hold any text."""
    return [line for line in lines if line.text]
