"""Lines that belong to the site, not to the listing."""

from __future__ import annotations

import re
from functools import cache

from parsers.folding import fold, load_vocabulary
from parsers.model import Block
from parsers.site import Site, recurs

_LONGEST_OPENING = 160
_NUMBER = re.compile(r"\d+")


def is_boilerplate(block: Block, site: Site) -> bool:
    """Whether a line is what systems print around any page, or what this site prints on most of its own."""
    if recurs(block.text, site.repeated) or recurs(block.text, site.boilerplate):
        return True
    return bool(_openings().match(_NUMBER.sub("#", fold(block.text[:_LONGEST_OPENING]))))


@cache
def _openings() -> re.Pattern[str]:
    """How such lines begin; a word that only begins with one of these ("Delegation", "Del") is another word."""
    openings = sorted({fold(text) for texts in load_vocabulary("boilerplate").values() for text in texts})
    return re.compile(rf"(?:{'|'.join(map(re.escape, openings))})(?!\w)")
