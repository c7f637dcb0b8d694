"""Labels that only their form gives away: label and value side by side, the same way several times."""

from __future__ import annotations

import os.path
from collections import Counter, defaultdict
from collections.abc import Sequence

from parsers.boilerplate import is_link_line
from parsers.candidates import Candidate, label_like, shape
from parsers.model import Block, Page

_FEWEST = 3
_FEWEST_WITH_COLON = 2
_LONGEST_VALUE = 200


def paired_labels(page: Page, found: Sequence[Candidate]) -> frozenset[int]:
    """The candidates (by their `start`) that stand with a value as the others of their look do.

    `<span>Label</span><span>value</span>` that make up their lines, and lines with a value of another look after each of
    them, are labels where there are several and their texts differ.
    """
    groups: defaultdict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for c in found:
        value = _value_look(page, c)
        if value is not None and label_like(c.text):
            groups[c.look, value].append(c)
    return frozenset(c.start for group in groups.values() if _is_series(page, group) for c in group)


def _value_look(page: Page, c: Candidate) -> str | None:
    """How the value beside or after a candidate looks; None where there is none."""
    block = page.blocks[c.block]
    if not c.whole:
        return "beside" if c.markup == "span" and not c.colon and _two_parts(block, c) else None
    following = _following(page, c)
    if following is None or c.markup in ("dt", "cell", "heading") or following.cell != block.cell:
        return None
    if len(following.text) > _LONGEST_VALUE or is_link_line(block):
        return None
    return f"{shape(following.path)} {following.tag}"


def _following(page: Page, c: Candidate) -> Block | None:
    after = page.blocks[c.block + 1] if c.block + 1 < len(page.blocks) else None
    return after if after and after.area == page.blocks[c.block].area else None


def _two_parts(block: Block, c: Candidate) -> bool:
    """Whether a line is a label in one inline element and a value in the next, and nothing else."""
    return any(a == c.value and b == block.end for a, b, _ in block.runs)


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
    own = {os.path.commonpath([b.path, v.path]) for b, v in zip(blocks, values, strict=True)}
    apart = len(own) == len(group) or (styles[True] == len(group) and all(b.style for b in blocks))
    return apart and not any(a == b for a, b in zip((b.path for b in blocks), (v.path for v in values), strict=True))
