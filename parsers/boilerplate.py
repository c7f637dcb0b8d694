"""Lines that belong to the site, not to the listing."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from parsers.folding import fold, load_vocabulary
from parsers.model import Block
from parsers.site import Site, recurs

_LONGEST_OPENING = 160
_NUMBER = re.compile(r"\d+")
_FIRST = re.compile(r"\w+|\W")


def is_boilerplate(block: Block, site: Site) -> bool:
    """Whether a line is what systems print around any page, or what this site prints on most of its own."""
    if recurs(block.text, site.repeated) or recurs(block.text, site.boilerplate):
        return True
    text = _NUMBER.sub("#", fold(block.text[:_LONGEST_OPENING]))
    first = _FIRST.match(text)
    return first is not None and any(
        text.startswith(opening) and not _in_word(text, len(opening)) for opening in _openings().get(first.group(), ())
    )


def _in_word(text: str, at: int) -> bool:
    """Whether a word goes on there: what only begins with an opening ("Delegation", "Del") is another word."""
    return text[at : at + 1].isalnum() or text[at : at + 1] == "_"


@cache
def _openings() -> dict[str, list[str]]:
    """How such lines begin, by the first word or sign."""
    openings: dict[str, list[str]] = defaultdict(list)
    for opening in sorted({fold(text) for texts in load_vocabulary("boilerplate").values() for text in texts}):
        openings[_FIRST.findall(opening)[0]].append(opening)
    return dict(openings)
