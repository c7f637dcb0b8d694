"""Facts beside the text: many themes print a listing's contact details in a sidebar."""

from __future__ import annotations

from parsers.candidates import Candidates, may_announce
from parsers.folding import fold
from parsers.model import Page
from parsers.site import Site

_FEWEST_FACTS = 2


def side_lines(page: Page, site: Site, candidates: Candidates) -> list[int]:
    """The lines (by number) of a page's sidebars that state facts of their own, under at least two known labels.

    What the sidebar has on most pages of the site belongs to the site.
    """
    found: list[int] = []
    run: list[int] = []
    for index, block in enumerate([*page.blocks, None]):
        if block is not None and block.area == "aside":
            if fold(block.text) not in site.boilerplate:
                run.append(index)
            continue
        if not run:
            continue
        announcing = [i for i in run if may_announce(page.blocks[i].text)]
        facts = {(c.known.key, c.known.kind) for c in candidates.among(announcing) if c.known and c.colon}
        if len({fact for fact in facts if fact[0] not in ("other", "description")}) >= _FEWEST_FACTS:
            found += run
        run = []
    return found
