"""Lines that may each head a stretch of a page about one organisation: peers, which stand alike in the markup."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from parsers.candidates import Candidate
from parsers.contact_kinds import may_be_email, may_be_url
from parsers.folding import fold
from parsers.frozen import lightly
from parsers.labels import match
from parsers.marks import BOLD, shape
from parsers.model import Block, Page
from parsers.site import Site

HEADING = re.compile(r"h[1-6]")
"""The names of elements that are headings."""
EDGE = " \t\xa0,;:|–—-"
"""What may stand around a name and is no part of it."""
STRONG = 2
"""From this strength on, a head is set apart by itself."""
_NAME_END = re.compile(r"\s*[,;|:(\t]|\s+[-–—]\s+|\s+\d")
_MOST_PATTERNS = 40
_LONGEST_NAME, _MOST_NAME_WORDS = 120, 14

Fact = tuple[str, str | None]
"""What a line states: the key of its label, and the kind of contact."""


@lightly(frozen=True, slots=True)
class Head:
    """A line that may head a group, what it names (page offsets), and how strongly it is set apart."""

    index: int
    start: int
    end: int


def patterns(
    page: Page,
    indexes: Sequence[int],
    labels: Mapping[str, str],
    known: Sequence[Candidate],
    facts: Mapping[int, frozenset[Fact]],
    site: Site,
) -> list[tuple[int, list[Head]]]:
    """Lines that are peers, as heads, with how strongly they are set apart; the most frequent first."""
    peers: dict[tuple[str, ...], list[Head]] = defaultdict(list)
    strengths: dict[tuple[str, ...], int] = {}
    named = {
        c.block: fold(c.text)
        for c in known
        if c.known and c.known.key == "organization_name" and (c.colon or stands_as_label(page, c))
    }
    heads: dict[int, Head] = {}
    labelled = Counter((_mark(page.blocks[c.block])[0], _place(page.blocks[c.block])) for c in known if c.colon)
    for i in indexes:
        block = page.blocks[i]
        if i in named:
            peers["label", named[i], _place(block)].append(Head(i, block.start, block.start))
            strengths["label", named[i], _place(block)] = STRONG + 1
            continue
        head = _head(i, block, i in facts)
        name = page.text[head.start : head.end] if head else ""
        if head is None or not may_name(name, labels):
            continue
        folded = fold(name)
        if folded in site.boilerplate or folded in site.repeated:
            continue
        heads[i] = head
        mark, strength = _mark(block)
        column = str(block.cell.column) if block.cell and not mark else ""
        for peer in [mark] if mark else _unmarked(page, i):
            peers[peer, _place(block), column].append(head)
            strengths[peer, _place(block), column] = strength
    for key in [key for key, some in peers.items() if len(key) > 2 and labelled[key[0], key[1]] >= len(some)]:
        del peers[key]  # most lines that look so are labels of facts, and the others are labels that nobody knows
    peers["rule",] = _ruled(page, indexes, heads, facts)
    strengths["rule",] = 1
    frequent = sorted(
        (key for key, some in peers.items() if len(some) >= 2), key=lambda key: (-len(peers[key]), peers[key][0].index)
    )
    return [(strengths[key], peers[key]) for key in frequent[:_MOST_PATTERNS]]


def _unmarked(page: Page, index: int) -> list[str]:
    """What a line without a mark may be: the first of its element, the first after an empty one, or one of many alike."""
    block, before = page.blocks[index], page.blocks[index - 1] if index else None
    fresh = before is None or before.path != block.path or before.line + 1 < block.line
    return ["line", *(["fresh"] if fresh else []), *([] if block.line else ["first"])]


def _ruled(
    page: Page, indexes: Sequence[int], heads: Mapping[int, Head], facts: Mapping[int, frozenset[Fact]]
) -> list[Head]:
    """The heads that stand below a line across the page, and the one that must stand above the first of them.

    Before the first rule there may be an introduction, so that as many lines count as most stretches between rules have.
    """
    starts = [page.blocks[i].start for i in indexes]
    cuts = sorted({bisect_left(starts, rule) for rule in page.rules} - {0, len(indexes)})
    if not cuts:
        return []
    lengths = Counter(b - a for a, b in pairwise(cuts)) or Counter({len(indexes) - cuts[-1]: 1})
    usual = max(lengths, key=lambda length: (lengths[length], -length))
    above = cuts[0] - usual
    if above >= 0 and any(i in facts for i in indexes[above : cuts[0]]):
        cuts = [above, *cuts]
    return [heads[indexes[cut]] for cut in cuts if indexes[cut] in heads]


def _place(block: Block) -> str:
    """Where a line stands, but for the numbers of its elements: what the same part of every card shares."""
    return f"{shape(block.path)} {block.style}"


def _mark(block: Block) -> tuple[str, int]:
    """What sets a line apart from the text around it, and how strongly."""
    if HEADING.fullmatch(block.tag) or block.tag in ("dt", "summary", "legend", "caption"):
        return block.tag, 3
    if any(a == block.start and tag in BOLD for a, _, tag in block.runs):
        return "bold", STRONG
    if any(link.start == block.start < link.end for link in block.links):
        return "link", 1
    return "", 0


def _head(index: int, block: Block, factual: bool) -> Head | None:
    """The name that a line may begin with: the whole line, what is set apart on it, or what stands before its facts."""
    marked = [b for a, b, tag in block.runs if a == block.start and tag in BOLD]
    marked += [link.end for link in block.links if link.start == block.start < link.end]
    end = max(marked, default=block.end)
    if factual and end == block.end:
        if marked and not _NAME_END.search(block.text):
            return None
        cut = _NAME_END.search(block.text)
        end = block.start + cut.start() if cut else block.start
    text = page_text = block.text[: end - block.start]
    lead = len(text) - len(text.lstrip(EDGE))
    text = page_text.strip(EDGE)
    return Head(index, block.start + lead, block.start + lead + len(text)) if text else None


def may_name(text: str, labels: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether a text has the form of a name: a few words, and no known label, contact or question."""
    if len(text) > _LONGEST_NAME or len(text.split()) > _MOST_NAME_WORDS or sum(map(str.isalpha, text)) < 2:
        return False
    if text.endswith(("…", "!", "?")) or may_be_email(text) or may_be_url(text):
        return False
    return match(text, labels) is None


def stands_as_label(page: Page, c: Candidate) -> bool:
    """Whether the markup sets a known word apart as a label does: as a term, in the first column of a table, in bold."""
    cell = page.blocks[c.block].cell
    return c.whole and (c.markup in ("dt", "bold", "span", "heading") or (cell is not None and cell.column == 0))
