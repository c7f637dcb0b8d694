"""What repeats on a page: stretches of alike lines that each begin with a name of their own and state facts.

Nothing but the repetition itself tells where a card, a row or a paragraph about one organisation begins: lines that stand in the
same place of the markup (peers) each head a stretch, and the peers whose stretches say most are the heads. The idea is that of
mining data records (Liu, Grossman, Zhai: Mining Data Records in Web Pages, KDD 2003), with facts in place of string similarity.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from parsers.candidates import Candidate, Candidates
from parsers.contact_kinds import contact_kinds
from parsers.folding import fold
from parsers.frozen import lightly
from parsers.heads import EDGE, HEADING, STRONG, Fact, Head, patterns, stands_as_label
from parsers.model import Block, Link, Page
from parsers.site import Site

_NO_FACTS = frozenset({"other", "description", "organization_name", "other_name"})
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
    for strength, heads in patterns(page, indexes, candidates.labels, found, facts, site):
        if not _may_repeat(heads, stating):
            continue
        groups = _groups(page, indexes, heads, facts)
        said = [{fact for i in group.indexes for fact in facts.get(i, ())} for group in groups]
        if not _repeats(groups, said, marked=strength > 0):
            continue
        worth = (sum(map(len, said)), strength, heads[0].index if strength >= STRONG else -heads[0].index)
        if best_worth is None or worth > best_worth:
            best_worth = worth
            best = [group for group, some in zip(groups, said, strict=True) if some]
    return best


def _line_facts(page: Page, indexes: Sequence[int], known: Iterable[Candidate]) -> dict[int, frozenset[Fact]]:
    """The facts that lines state, by line: under a known label, or as a contact that needs none."""
    found: dict[int, set[Fact]] = defaultdict(set)
    for c in known:
        if c.known and c.known.key not in _NO_FACTS and (c.colon or stands_as_label(page, c)):
            found[c.block].add((c.known.key, c.known.kind))
    for i in indexes:
        found[i].update(("contact_details", kind) for kind in contact_kinds(page.blocks[i]))
    return {i: frozenset(facts) for i, facts in found.items() if facts}


def _may_repeat(heads: Sequence[Head], stating: Sequence[int]) -> bool:
    """Whether facts (`stating`: the lines that state any) follow most heads: a look before the groups are made."""
    bounds = [bisect_left(stating, head.index) for head in heads] + [len(stating)]
    follow = [a < b for a, b in pairwise(bounds)]
    if sum(follow) < 2:
        return False
    last = len(follow) - follow[::-1].index(True)
    return sum(follow) >= _FACTUAL_SHARE * (last - follow.index(True))


def _groups(
    page: Page, indexes: Sequence[int], heads: Sequence[Head], facts: Mapping[int, frozenset[Fact]]
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
    page: Page, indexes: Sequence[int], heads: Sequence[Head], bounds: Sequence[int], shared: int
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
    page: Page, indexes: Sequence[int], heads: Sequence[Head], bounds: Sequence[int], shared: int
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


def _group(page: Page, head: Head, indexes: Sequence[int]) -> Group:
    text = page.text[head.start : head.end]
    return Group(head.index, tuple(indexes), slice_block(page.blocks[head.index], head.start, head.end), text)


def slice_block(block: Block, start: int, end: int) -> Block | None:
    """The part of a line between two places of the page; None where it holds no text."""
    text = block.text[start - block.start : end - block.start]
    start += len(text) - len(text.lstrip(EDGE))
    end = start + len(text.strip(EDGE))
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
    if not HEADING.fullmatch(block.tag):
        return False
    return not HEADING.fullmatch(head.tag) or block.tag <= head.tag


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
