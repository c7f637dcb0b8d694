"""Labels that only their form gives away: label and value side by side, the same way several times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from parsers.candidates import Candidate
from parsers.folding import fold
from parsers.forms import label_like
from parsers.links import is_link_line
from parsers.marks import shape
from parsers.model import Block, Page

_FEWEST = 3
_FEWEST_WITH_COLON = 2
_LONGEST_VALUE = 200
_MOST_WORDS = 8
# Elements that lists of facts are made of.
_ITEMS = frozenset({"li", "td", "dd", "div"})


def paired_labels(page: Page, found: Sequence[Candidate], recurring: Collection[str] = frozenset()) -> frozenset[int]:
    """The candidates (by their `start`) that stand with a value as the others of their look do.

    `<span>Label</span><span>value</span>` that make up their lines, and lines with a value of another look after each of
    them, are labels where there are several and their texts differ. Where it is known which texts recur on the site's
    pages (`recurring`, folded), half of them must: names and dates of comments come in series, too.
    """
    groups: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for c in found:
        value = _value_look(page, c)
        if value is not None and label_like(c.text):
            groups[c.look, value].append(c)
    labels: set[int] = set()
    values: set[int] = set()
    for group in groups.values():  # by the place of the first: where labels and values alternate, a label comes first
        if values.isdisjoint(c.block for c in group) and _is_series(page, group) and _recur(group, recurring):
            labels.update(c.start for c in group)
            values.update(c.block + 1 for c in group if c.whole)
    return frozenset(labels)


def _value_look(page: Page, c: Candidate) -> str | None:
    """How the value beside or after a candidate looks; None where there is none."""
    block = page.blocks[c.block]
    if not c.whole:
        if c.colon or c.markup not in ("span", "bold"):
            return None
        if _two_parts(block, c):
            return "beside"
        return "behind" if c.markup == "bold" and block.tag in _ITEMS and not _reads_on(block, c) else None
    following = _following(page, c)
    if following is None or c.markup in ("dt", "cell", "heading") or following.cell != block.cell:
        return None
    if len(following.text) > _LONGEST_VALUE or is_link_line(block):
        return None
    before = page.blocks[c.block - 1] if c.block else None
    if before and before.area == block.area and len(_shared(before, block)) > len(_shared(block, following)):
        return None  # it stands nearer to the line before: it is a value itself
    return f"{shape(following.path)} {following.tag}"


def _reads_on(block: Block, c: Candidate) -> bool:
    """Whether what stands behind emphasised words is a sentence that they begin."""
    value = block.text[c.value - block.start :]
    return len(value.split()) > _MOST_WORDS or value.endswith((".", "!", "?", ";", ","))


def _following(page: Page, c: Candidate) -> Block | None:
    after = page.blocks[c.block + 1] if c.block + 1 < len(page.blocks) else None
    return after if after and after.area == page.blocks[c.block].area else None


def _shared(one: Block, other: Block) -> str:
    """The path of the innermost element that holds both lines."""
    return shared_path(one.path, other.path)


def shared_path(one: str, other: str) -> str:
    """The path of the innermost element that holds what stands at two DOM paths."""
    if one == other:
        return one
    steps = one.split("/")
    shared = 0
    for a, b in zip(steps, other.split("/"), strict=False):
        if a != b:
            break
        shared += 1
    return "/".join(steps[:shared])


def _two_parts(block: Block, c: Candidate) -> bool:
    """Whether a line is a label in one inline element and a value in the next, and nothing else."""
    parts = [(a, b) for a, b, _ in block.runs] + [(link.start, link.end) for link in block.links]
    return (c.value, block.end) in parts


def _recur(group: Sequence[Candidate], recurring: Collection[str]) -> bool:
    return not recurring or 2 * sum(bool(c.known) or fold(c.text) in recurring for c in group) >= len(group)


def _is_series(page: Page, group: Sequence[Candidate]) -> bool:
    """Whether candidates of one look, with values of one look, are the labels of a list of facts."""
    if len(group) < (_FEWEST_WITH_COLON if group[0].colon else _FEWEST):
        return False
    if len({c.text for c in group}) < len(group):
        return False
    if not group[0].whole:
        return True
    blocks = [page.blocks[c.block] for c in group]
    values = [page.blocks[c.block + 1] for c in group]
    styles = Counter((b.style.split(" ")[:1] != v.style.split(" ")[:1]) for b, v in zip(blocks, values, strict=True))
    own = {_shared(b, v) for b, v in zip(blocks, values, strict=True)}
    apart = len(own) == len(group) or (styles[True] == len(group) and all(b.style for b in blocks))
    return apart and not any(a == b for a, b in zip((b.path for b in blocks), (v.path for v in values), strict=True))
