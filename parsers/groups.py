"""What repeats on a page: stretches of alike lines that each begin with a name of their own and state facts.

Nothing but the repetition itself tells where a card, a row or a paragraph about one organisation begins: lines that stand in the
same place of the markup (peers) each head a stretch, and the peers whose stretches say most are the heads. The idea is that of
mining data records (Liu, Grossman, Zhai: Mining Data Records in Web Pages, KDD 2003), with facts in place of string similarity.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from parsers.candidates import BOLD, Candidate, Candidates, shape
from parsers.folding import fold, has_digit
from parsers.frozen import lightly
from parsers.labels import match
from parsers.model import Block, Link, Page
from parsers.site import Site

Fact = tuple[str, str | None]
"""What a line states: the key of its label, and the kind of contact."""

_HEADING = re.compile(r"h[1-6]")
_EMAIL = re.compile(r"[\w.+-]@[\w-]|\w\s?[\[(]at[\])]\s?\w", re.I)
_URL = re.compile(r"https?://|\bwww\.", re.I)
_NUMBER = re.compile(r"\+?\(?\d[\d ()/.\xa0-]{5,}\d")
_DATE = re.compile(r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{4}\s?[-–]\s?\d{4}\b")
_NAME_END = re.compile(r"\s*[,;|:(\t]|\s+[-–—]\s+|\s+\d")
_EDGE = " \t\xa0,;:|–—-"
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_STRONG = 2
_NO_FACTS = frozenset({"other", "description", "organization_name", "other_name"})
_MOST_PATTERNS = 40
_LONGEST_NAME, _MOST_NAME_WORDS = 120, 14
_FACTUAL_SHARE = 0.6
_NAMED_SHARE = 0.7
_SENTENCE_WORDS = 5
_DISTINCT_SHARE = 0.8
_SHARED_SHARE = 0.5


@lightly(frozen=True, slots=True)
class Group:
    """One of several alike stretches of a page: the lines (by index) that it stands in.

    `head` is the part of a line that names it, None where a label on the line `first` does.
    """

    first: int
    indexes: tuple[int, ...]
    head: Block | None
    name: str


@lightly(frozen=True, slots=True)
class _Head:
    """A line that may head a group, what it names (page offsets), and how strongly it is set apart."""

    index: int
    start: int
    end: int


def find_groups(page: Page, indexes: Sequence[int], candidates: Candidates, site: Site) -> list[Group]:
    """The groups of the repetition that says most among the lines `indexes`, in page order; none where nothing repeats.

    Groups that state no fact are not among them. `candidates` are those of the page's lines.
    """
    found = [c for c in candidates.among(indexes) if c.known]
    facts = _line_facts(page, indexes, found)
    stating = sorted(facts)
    if len(stating) < 2:
        return []
    best: list[Group] = []
    best_worth: tuple[int, int, int] | None = None
    for strength, heads in _patterns(page, indexes, candidates.labels, found, facts, site):
        if not _may_repeat(heads, stating):
            continue
        groups = _groups(page, indexes, heads, facts)
        said = [{fact for i in group.indexes for fact in facts.get(i, ())} for group in groups]
        if not _repeats(groups, said, marked=strength > 0):
            continue
        worth = (sum(map(len, said)), strength, heads[0].index if strength >= _STRONG else -heads[0].index)
        if best_worth is None or worth > best_worth:
            best_worth = worth
            best = [group for group, some in zip(groups, said, strict=True) if some]
    return best


def _line_facts(page: Page, indexes: Sequence[int], known: Iterable[Candidate]) -> dict[int, frozenset[Fact]]:
    """The facts that lines state, by line: under a known label, or as a contact that needs none."""
    found: dict[int, set[Fact]] = defaultdict(set)
    for c in known:
        if c.known and c.known.key not in _NO_FACTS and (c.colon or _stands_as_label(page, c)):
            found[c.block].add((c.known.key, c.known.kind))
    for i in indexes:
        found[i].update(("contact_details", kind) for kind in _contact_kinds(page.blocks[i]))
    return {i: frozenset(facts) for i, facts in found.items() if facts}


def _may_repeat(heads: Sequence[_Head], stating: Sequence[int]) -> bool:
    """Whether facts (`stating`: the lines that state any) follow most heads: a look before the groups are made."""
    bounds = [bisect_left(stating, head.index) for head in heads] + [len(stating)]
    follow = [a < b for a, b in pairwise(bounds)]
    if sum(follow) < 2:
        return False
    last = len(follow) - follow[::-1].index(True)
    return sum(follow) >= _FACTUAL_SHARE * (last - follow.index(True))


def _stands_as_label(page: Page, c: Candidate) -> bool:
    """Whether the markup sets a known word apart as a label does: as a term, in the first column of a table, in bold."""
    cell = page.blocks[c.block].cell
    return c.whole and (c.markup in ("dt", "bold", "span", "heading") or (cell is not None and cell.column == 0))


def _contact_kinds(block: Block) -> set[str]:
    """The kinds of contact that a line holds, by their form."""
    schemes = {link.href.partition(":")[0].lower() for link in block.links} if block.links else ()
    kinds = set()
    if block.hidden or "mailto" in schemes or _may_be_email(block.text):
        kinds.add("email")
    if "tel" in schemes or _may_be_phone(block.text):
        kinds.add("phone")
    if _may_be_url(block.text):
        kinds.add("url")
    return kinds


def _may_be_email(text: str) -> bool:
    return ("@" in text or "(" in text or "[" in text) and _EMAIL.search(text) is not None


def _may_be_url(text: str) -> bool:
    return ("://" in text or "www." in text.lower()) and _URL.search(text) is not None


def _may_be_phone(text: str) -> bool:
    if not has_digit(text):
        return False
    numbers = _NUMBER.finditer(_DATE.sub(" ", text))
    return any(_FEWEST_DIGITS <= sum(map(str.isdigit, found.group())) <= _MOST_DIGITS for found in numbers)


def _patterns(
    page: Page,
    indexes: Sequence[int],
    labels: Mapping[str, str],
    known: Sequence[Candidate],
    facts: Mapping[int, frozenset[Fact]],
    site: Site,
) -> list[tuple[int, list[_Head]]]:
    """Lines that are peers, as heads, with how strongly they are set apart; the most frequent first."""
    peers: dict[tuple[str, ...], list[_Head]] = defaultdict(list)
    strengths: dict[tuple[str, ...], int] = {}
    named = {
        c.block: fold(c.text)
        for c in known
        if c.known and c.known.key == "organization_name" and (c.colon or _stands_as_label(page, c))
    }
    heads: dict[int, _Head] = {}
    labelled = Counter((_mark(page.blocks[c.block])[0], _place(page.blocks[c.block])) for c in known if c.colon)
    for i in indexes:
        block = page.blocks[i]
        if i in named:
            peers["label", named[i], _place(block)].append(_Head(i, block.start, block.start))
            strengths["label", named[i], _place(block)] = _STRONG + 1
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
    page: Page, indexes: Sequence[int], heads: Mapping[int, _Head], facts: Mapping[int, frozenset[Fact]]
) -> list[_Head]:
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
    if _HEADING.fullmatch(block.tag) or block.tag in ("dt", "summary", "legend", "caption"):
        return block.tag, 3
    if any(a == block.start and tag in BOLD for a, _, tag in block.runs):
        return "bold", _STRONG
    if any(link.start == block.start < link.end for link in block.links):
        return "link", 1
    return "", 0


def _head(index: int, block: Block, factual: bool) -> _Head | None:
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
    lead = len(text) - len(text.lstrip(_EDGE))
    text = page_text.strip(_EDGE)
    return _Head(index, block.start + lead, block.start + lead + len(text)) if text else None


def may_name(text: str, labels: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether a text has the form of a name: a few words, and no known label, contact or question."""
    if len(text) > _LONGEST_NAME or len(text.split()) > _MOST_NAME_WORDS or sum(map(str.isalpha, text)) < 2:
        return False
    if text.endswith(("…", "!", "?")) or _may_be_email(text) or _may_be_url(text):
        return False
    return match(text, labels) is None


def _groups(
    page: Page, indexes: Sequence[int], heads: Sequence[_Head], facts: Mapping[int, frozenset[Fact]]
) -> list[Group]:
    """The stretches that some heads begin, from the first to the last that states a fact.

    A stretch is the widest element that holds its head and no other, where these elements state the facts; else it runs to
    the next head.
    """
    steps = [page.blocks[head.index].path.split("/") for head in heads]
    shared = max(_common(a, b) for a, b in pairwise(steps))
    bounds = [*(bisect_left(indexes, head.index) for head in heads), len(indexes)]
    found = _own_elements(page, indexes, heads, bounds, shared)
    apart = sum(any(i in facts for i in group.indexes) for group in found) >= _FACTUAL_SHARE * len(heads)
    if not apart:
        same = len(set(map(tuple, steps))) == 1
        found = _up_to_the_next(page, indexes, heads, bounds, shared if same else min(shared, len(steps[0]) - 1))
    factual = [k for k, group in enumerate(found) if any(i in facts for i in group.indexes)]
    if not factual:
        return []
    found = found[factual[0] : factual[-1] + 1]
    return found if apart else [*found[:-1], _without_what_follows(page, found, facts)]


def _own_elements(
    page: Page, indexes: Sequence[int], heads: Sequence[_Head], bounds: Sequence[int], shared: int
) -> list[Group]:
    """The lines of the elements one step below what the heads share; none of a head that is such an element itself."""
    found = []
    for k, head in enumerate(heads):
        steps = page.blocks[head.index].path.split("/")
        if shared + 1 >= len(steps):
            return []
        own = "/".join(steps[: shared + 1])
        start, end = bounds[k], bounds[k + 1]
        while start > (bounds[k - 1] + 1 if k else 0) and _within(page.blocks[indexes[start - 1]], own):
            start -= 1
        end = next((n for n in range(bounds[k], end) if not _within(page.blocks[indexes[n]], own)), end)
        found.append(_group(page, head, indexes[start:end]))
    return found


def _up_to_the_next(
    page: Page, indexes: Sequence[int], heads: Sequence[_Head], bounds: Sequence[int], shared: int
) -> list[Group]:
    """The lines from each head to the next, within the element that the heads share, and below no higher heading."""
    found = []
    for k, head in enumerate(heads):
        block = page.blocks[head.index]
        parent = "/".join(block.path.split("/")[:shared])
        lines = range(bounds[k], bounds[k + 1])
        ends = (
            n
            for n in lines[1:]
            if not _within(page.blocks[indexes[n]], parent) or _closes(page.blocks[indexes[n]], block)
        )
        found.append(_group(page, head, indexes[bounds[k] : next(ends, bounds[k + 1])]))
    return found


def _group(page: Page, head: _Head, indexes: Sequence[int]) -> Group:
    text = page.text[head.start : head.end]
    return Group(head.index, tuple(indexes), slice_block(page.blocks[head.index], head.start, head.end), text)


def slice_block(block: Block, start: int, end: int) -> Block | None:
    """The part of a line between two places of the page; None where it holds no text."""
    text = block.text[start - block.start : end - block.start]
    start += len(text) - len(text.lstrip(_EDGE))
    end = start + len(text.strip(_EDGE))
    if end <= start:
        return None
    return replace(
        block,
        text=block.text[start - block.start : end - block.start],
        start=start,
        end=end,
        runs=tuple((max(a, start), min(b, end), tag) for a, b, tag in block.runs if a < end and b > start),
        links=tuple(_clipped(link, start, end) for link in block.links if link.start < end and link.end > start),
        hidden=tuple((max(a, start), min(b, end), x) for a, b, x in block.hidden if a < end and b > start),
    )


def _clipped(link: Link, start: int, end: int) -> Link:
    return replace(link, start=max(link.start, start), end=min(link.end, end))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many elements two DOM paths share."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _within(block: Block, path: str) -> bool:
    return block.path == path or block.path.startswith(path + "/")


def _closes(block: Block, head: Block) -> bool:
    """Whether a heading closes what a head began: one of its own rank or above."""
    if not _HEADING.fullmatch(block.tag):
        return False
    return not _HEADING.fullmatch(head.tag) or block.tag <= head.tag


def _without_what_follows(page: Page, groups: Sequence[Group], facts: Mapping[int, frozenset[Fact]]) -> Group:
    """The last group without what stands behind its facts, but for as many lines as follow those of another group.

    What a sentence says is no fact of the last group alone: "Send corrections to ...".
    """
    follow = []
    for group in groups:
        stated = [n for n, i in enumerate(group.indexes) if i in facts and not _is_sentence(page.blocks[i].text)]
        follow.append(len(group.indexes) - 1 - max(stated, default=len(group.indexes) - 1))
    too_many = follow[-1] - max(follow[:-1], default=0)
    last = groups[-1]
    return replace(last, indexes=last.indexes[:-too_many]) if too_many > 0 else last


def _is_sentence(text: str) -> bool:
    return text.endswith((".", ";", ":")) and len(text.split()) >= _SENTENCE_WORDS


def _repeats(groups: Sequence[Group], said: Sequence[set[Fact]], marked: bool) -> bool:
    """Whether most groups state facts, the same kinds of them, under names that differ and read like names."""
    factual = [(group, some) for group, some in zip(groups, said, strict=True) if some]
    if len(factual) < 2 or len(factual) < _FACTUAL_SHARE * len(groups):
        return False
    names = [group.name for group, _ in factual]
    if sum(_reads_like_a_name(name, marked) for name in names if name) < _NAMED_SHARE * sum(map(bool, names)):
        return False
    distinct = {fold(name) for name in names if name}
    kinds = Counter(fact for _, some in factual for fact in some)
    enough = len(factual) > 2 or all(len(some) > 1 for _, some in factual)
    return (
        enough
        and len(distinct) >= _DISTINCT_SHARE * sum(map(bool, names))
        and max(kinds.values()) >= _SHARED_SHARE * len(factual)
    )


def _reads_like_a_name(text: str, marked: bool) -> bool:
    """Whether a text is no sentence, and no street or postal code: one with figures is a name only where it is `marked`."""
    if _is_sentence(text):
        return False
    digits = sum(map(str.isdigit, text))
    return digits < sum(map(str.isalpha, text)) and (marked or not digits)
