"""Parts that a site prints on page after page (menus, sidebars, footers), read once.

What a part of a page reads as depends on its markup and on where it stands alone, so that the lines of one that comes again are
those of the first time, moved. Which parts come again is found out by trying, less and less often where it failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.frozen import lightly
from parsers.model import Area, Block, Link

Place = tuple[str, Area, bool, str | None]
"""DOM path, area, whether in an article, and the origin that root-relative addresses are joined with."""

# Characters of markup that are kept: some ten thousand lines, 20 MB.
_KEPT = 2_000_000
# Places are far fewer than lines; a site of more than these has no template.
_MOST_PLACES = 20_000
_MOST_SITES = 100
AGAIN = frozenset({0, 1, *(4**n for n in range(1, 16))})
"""After so many misses a place is worth another look."""


@lightly(frozen=True, slots=True)
class Fragment:
    """What an element gave where it was read: its lines, links, anchors and rules, as the page has them from `start` on.

    `length` is that of its text with the line feeds after its lines. Its tables have the numbers from `first_table` on.
    `relative` are the addresses in it that are joined with more than the origin: as written, and as joined.
    """

    start: int
    length: int
    blocks: list[Block]
    links: list[Link]
    anchors: list[tuple[int, str]]
    rules: list[int]
    first_table: int
    tables: int
    relative: tuple[tuple[str, str | None], ...]

    def moved(self, start: int) -> Fragment:
        """The same where it stands at another place of the text."""
        by = start - self.start
        if not by:
            return self
        links = [Link(link.href, link.start + by, link.end + by, link.rel) for link in self.links]
        again = dict(zip(map(id, self.links), links, strict=True))
        return Fragment(
            start,
            self.length,
            [_moved(block, by, again) for block in self.blocks],
            links,
            [(at + by, name) for at, name in self.anchors],
            [at + by for at in self.rules],
            self.first_table,
            self.tables,
            self.relative,
        )


def _moved(block: Block, by: int, again: dict[int, Link]) -> Block:
    """`again` has the links of the page that were moved, by the identity of the old ones: lines share them."""
    return Block(
        block.text,
        block.start + by,
        block.end + by,
        block.path,
        block.tag,
        block.area,
        block.style,
        block.line,
        tuple([(a + by, b + by, tag) for a, b, tag in block.runs]) if block.runs else (),
        tuple([again.get(id(x)) or Link(x.href, x.start + by, x.end + by, x.rel) for x in block.links])
        if block.links
        else (),
        tuple([(a + by, b + by, address) for a, b, address in block.hidden]) if block.hidden else (),
        block.cell,
    )


@dataclass(slots=True)
class Fragments:
    """The fragments of the pages read so far, by markup and place. Safe to share by threads."""

    _kept: dict[tuple[str, Place], Fragment] = field(default_factory=dict)
    _size: int = 0
    _missed: dict[str | None, dict[str, int]] = field(default_factory=dict)

    def missed(self, origin: str | None) -> dict[str, int]:
        """How often in a row nothing was found, or looked for, at the places of a site (by DOM path); 0 after a find."""
        if origin not in self._missed and len(self._missed) >= _MOST_SITES:
            self._missed.clear()
        found = self._missed.setdefault(origin, {})
        if len(found) > _MOST_PLACES:
            found.clear()
        return found

    def find(self, html: str, place: Place) -> Fragment | None:
        """What was read of the same markup at the same place."""
        return self._kept.get((html, place))

    def keep(self, html: str, place: Place, fragment: Fragment) -> None:
        """Keep what was read of an element."""
        if self._size + len(html) > _KEPT:
            self._kept.clear()
            self._size = 0
        if len(html) <= _KEPT:
            self._kept[html, place] = fragment
            self._size += len(html)
