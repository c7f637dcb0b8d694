"""Lines that are made of links: they lead somewhere, and state nothing."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.model import Block

_LONGEST_LINK_LINE = 150
_SEVERAL = 3
_MOSTLY = 0.8


def is_link_line(block: Block) -> bool:
    """Whether nothing but links (and what parts them) stands on a line: a breadcrumb, a pager, a list of categories.

    A long line that is one link is a paragraph that somebody linked.
    """
    if not block.links or (len(block.text) > _LONGEST_LINK_LINE and len(block.links) < _SEVERAL):
        return False
    return linked_share([block]) >= _MOSTLY


def linked_share(blocks: Sequence[Block]) -> float:
    """The share of the letters and digits of some lines that are in links."""
    linked = said = 0
    for block in blocks:
        said += sum(map(str.isalnum, block.text))
        at = block.start
        for link in sorted(block.links, key=lambda link: link.start):
            start, at = max(at, link.start), max(at, link.end)
            linked += sum(map(str.isalnum, block.text[start - block.start : at - block.start]))
    return linked / max(1, said)


def is_menu_line(block: Block) -> bool:
    """Whether a line is made of several links: "Profile | News | Photos"."""
    return len(block.links) > 1 and is_link_line(block)
