"""Lines that belong to the site, not to the listing."""

from __future__ import annotations

import re
from functools import cache

from parsers.folding import fold, load_vocabulary
from parsers.model import Block
from parsers.site import Site

_LONGEST_LINK_LINE = 150
_LINKED_SHARE = 0.8
_NUMBER = re.compile(r"\d+")


def is_boilerplate(block: Block, site: Site) -> bool:
    """Whether a line is what systems print around any page, or what this site prints on most of its own."""
    folded = fold(block.text)
    return _NUMBER.sub("#", folded).startswith(_openings()) or folded in site.repeated or folded in site.boilerplate


def is_link_line(block: Block) -> bool:
    """Whether nothing but links (and what parts them) stands on a line: a breadcrumb, a pager, a list of categories."""
    if not block.links or len(block.text) > _LONGEST_LINK_LINE:
        return False
    linked = {i for link in block.links for i in range(link.start - block.start, link.end - block.start)}
    said = [i for i, char in enumerate(block.text) if char.isalnum()]
    return sum(i in linked for i in said) >= _LINKED_SHARE * len(said)


@cache
def _openings() -> tuple[str, ...]:
    return tuple(sorted({fold(text) for texts in load_vocabulary("boilerplate").values() for text in texts}))
