"""Lines that belong to the site, not to the listing."""

from __future__ import annotations

from functools import cache

from parsers.folding import fold, load_vocabulary
from parsers.model import Block
from parsers.site import Site

_LONGEST_LINK_LINE = 150


def is_boilerplate(block: Block, site: Site) -> bool:
    """Whether a line is what systems print around any page, or what this site prints on most of its own."""
    folded = fold(block.text)
    return folded.startswith(_openings()) or folded in site.repeated or folded in site.boilerplate


def is_link_line(block: Block) -> bool:
    """Whether nothing but links (and what parts them) stands on a line: a breadcrumb, a pager, a list of categories."""
    if not block.links or len(block.text) > _LONGEST_LINK_LINE:
        return False
    linked = sum(link.end - link.start for link in block.links)
    return linked >= 0.8 * len(block.text)


def is_menu_line(block: Block) -> bool:
    """Whether a line is made of several links: "Profile | News | Photos"."""
    return len(block.links) > 1 and is_link_line(block)


@cache
def _openings() -> tuple[str, ...]:
    return tuple(sorted({fold(text) for texts in load_vocabulary("boilerplate").values() for text in texts}))
