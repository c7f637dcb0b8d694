"""Cards and rows that only point to a listing's own page: on an index, in a category, under "related"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from parsers.candidates import Candidates
from parsers.groups import Group, find_groups
from parsers.model import Block, Link, Page
from parsers.site import Site, on_site, page_key

LONGEST_CARD = 5
_MOST_REPETITIONS = 3
_FEWEST_CARDS = 2
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


def points_away(page: Page, links: Iterable[Link], site: Site) -> bool:
    """Whether one of some links leads to another page of the site that reads like a listing."""
    return any((key := page_key(link.href)) in site.listing_like and key != page_key(page.url) for link in links)


def is_pointer(page: Page, group: Group, site: Site) -> bool:
    """Whether one of several alike stretches of a page only leads to a page of its own.

    It links to a listing of the site, or is short and its name, or a line of it, is a link within the site.
    """
    own = [page.blocks[i] for i in group.indexes]
    if points_away(page, [link for block in own for link in block.links], site):
        return True
    name = page.blocks[group.first]
    links = [link for link in name.links if group.head is None or link.start < group.head.end]
    links += [link for block in own for link in block.links if (link.start, link.end) == (block.start, block.end)]
    leads = any(on_site(page, link.href) and "tag" not in link.rel.split() for link in links)
    return leads and sum(any(map(str.isalnum, block.text)) for block in own) <= LONGEST_CARD


def pointer_lines(page: Page, indexes: Sequence[int], candidates: Candidates, site: Site) -> frozenset[int]:
    """The lines (by index, among `indexes`) that only lead to other listings: cards, rows and items, alone or repeated.

    `candidates` are those of the page's lines.
    """
    found = set(_cards(page, indexes, site))
    for _ in range(_MOST_REPETITIONS):
        left = [i for i in indexes if i not in found]
        if sum(on_site(page, link.href) for i in left for link in page.blocks[i].links) < _FEWEST_CARDS:
            break
        groups = find_groups(page, left, candidates, site)
        cards = [group for group in groups if is_pointer(page, group, site)]
        if 2 * len(cards) < len(groups) or not cards:
            break
        pointing = {i for card in cards for i in card.indexes}
        found |= pointing | _heads_of_tables(page, left, pointing)
    return frozenset(found)


def _heads_of_tables(page: Page, indexes: Sequence[int], pointing: Collection[int]) -> set[int]:
    """The rows above the first of a table's rows that lead away."""
    first: dict[int, int] = {}
    for i in sorted(pointing):
        if cell := page.blocks[i].cell:
            first.setdefault(cell.table, cell.row)
    cells = ((i, cell) for i in indexes if (cell := page.blocks[i].cell))
    return {i for i, cell in cells if cell.row < first.get(cell.table, 0)}


def _cards(page: Page, indexes: Sequence[int], site: Site) -> set[int]:
    """The lines of cards whose heading links to another listing of the site, or that are the teasers of articles.

    A card is the element that holds its heading and none of the others; where headings and texts are siblings, it ends at
    the next heading.
    """
    headings = [i for i in indexes if page.blocks[i].tag in _HEADINGS]
    sure = {i for i in headings if points_away(page, page.blocks[i].links, site)}
    heads = [i for i in headings if i in sure or _heads_teaser(page, page.blocks[i])]
    found: set[int] = set()
    for n, head in enumerate(heads):
        own = _card(page, head, [heads[k] for k in (n - 1, n + 1) if 0 <= k < len(heads)])
        lines = []
        for i in (i for i in indexes if i >= head or own):
            block = page.blocks[i]
            if own and not block.path.startswith(own):
                continue
            if not own and i != head and _ends_card(block, page.blocks[head]):
                break
            lines.append(i)
        if head in sure or len(lines) <= LONGEST_CARD:
            found.update(lines)
    return found


def _heads_teaser(page: Page, heading: Block) -> bool:
    """Whether a heading is wholly a link within the site, and heads an `article` that is not the page's own."""
    path = heading.path.rpartition("/")[0]
    holder = path.rpartition("/")[0] if path.rpartition("/")[2].startswith("header[") else path
    if not holder.rpartition("/")[2].startswith("article[") or page.heading in (None, heading.text):
        return False
    return any((x.start, x.end) == (heading.start, heading.end) and on_site(page, x.href) for x in heading.links)


def _card(page: Page, head: int, near: Sequence[int]) -> str:
    """The path (with a slash) of the widest element that holds a heading and none of those near it; "" where it is bare."""
    steps = page.blocks[head].path.split("/")
    shared = 0
    for other in near:
        both = zip(steps, page.blocks[other].path.split("/"), strict=False)
        shared = max(shared, next((n for n, (a, b) in enumerate(both) if a != b), 0))
    if not near:
        shared = len(steps) - 2
    return "/".join(steps[: shared + 1]) + "/" if shared < len(steps) - 1 else ""


def _ends_card(block: Block, head: Block) -> bool:
    return block.tag in ("h1", *_HEADINGS) and block.tag <= head.tag
