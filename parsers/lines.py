"""Text pieces -> lines: white space folded as a browser does, runs, links and table places kept with their offsets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from selectolax.lexbor import LexborNode

from parsers.folding import clean
from parsers.fragments import Fragment
from parsers.model import Area, Block, Cell, Link

SPACES = " \t\r\n\f\v\u200b\ufeff"
_SPACE = re.compile(f"[{SPACES}]+")
_NEWLINE = re.compile(r"\r\n|[\r\n\u2028\u2029\x85\v\f]")
# Columns among which cells that span rows move others: no table for people is as wide.
_WIDEST = 100
_EDGE = " \t\r\n\f\v\xa0\u200b\u200e\u200f\ufeff"
_LONGEST_PROMPT = 60
TABLE_PARTS = frozenset({"table", "tr", "td", "th"})


class _Table:
    """Where we are in a table: cells that span rows or columns move the ones after them."""

    def __init__(self, number: int) -> None:
        self.number, self.row, self.column = number, -1, 0
        self.cell: Cell | None = None
        # the last row that a cell above reaches down to, by column
        self.taken: dict[int, int] = {}

    def open_row(self) -> None:
        self.row += 1
        self.column = 0

    def open_cell(self, tag: str, columns: int, rows: int) -> None:
        while self.taken.get(self.column, -1) >= self.row:
            self.column += 1
        self.cell = Cell(self.number, max(self.row, 0), self.column, tag == "th", columns, rows)
        if rows > 1:
            last = max(self.row, 0) + rows - 1
            self.taken.update(dict.fromkeys(range(self.column, min(self.column + columns, _WIDEST)), last))
        self.column += columns


class Holder(Protocol):
    """The element that holds a line: its DOM path, name, area and class."""

    path: str
    tag: str
    area: Area
    style: str


@dataclass(slots=True)
class Paragraph:
    """What holds the lines of a text that has no elements."""

    path: str
    tag: str = "p"
    area: Area = "main"
    style: str = ""


class LineWriter:
    """Collects the lines of a page; a line without visible text leaves no block.

    `length` is that of the text so far with the line feed after its last line, `size` that of the line that is open, `tables`
    the number of tables begun.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.rules: list[int] = []
        self.anchors: list[tuple[int, str]] = []
        self.length = 0
        self.tables = 0
        self._line: list[str] = []
        self.size = 0
        self._holder: Holder | None = None
        self._number = 0
        self._runs: list[tuple[int, int, str]] = []
        self._links: list[tuple[int, int, Link]] = []
        self._hidden: list[tuple[int, int, str]] = []
        self._marked = False
        self._asks = False
        self._tables: list[_Table] = []

    def text(self) -> str:
        """All lines, joined by line feeds."""
        return "\n".join([block.text for block in self.blocks])

    @property
    def in_table(self) -> bool:
        """Whether a table is open."""
        return bool(self._tables)

    def begin(self, holder: Holder, number: int) -> None:
        """Start the line of the number `number` of an element."""
        self._holder, self._number = holder, number
        if self.size:
            self._line, self.size = [], 0
        if self._marked:
            self._forget_marks()

    def write(self, text: str, lines: bool = False, keep: bool = False) -> None:
        """Add text to the line: white space folded, unless `keep`; with `lines`, a line feed in it begins a new line."""
        if lines and _NEWLINE.search(text):
            first, *others = _NEWLINE.split(text)
            self.write(first)
            for other in others:
                self._next_line()
                self.write(other)
            return
        if keep:
            text = clean(text)
        elif text.isprintable():  # it has no control characters, and no white space but blanks
            if not text.isascii():
                text = clean(text)
            if "  " in text:
                text = _SPACE.sub(" ", text)
        elif text.strip(SPACES):
            text = _SPACE.sub(" ", clean(text))
        else:
            text = " "
        if not keep and text[:1] == " " and (not self.size or self._line[-1][-1] == " "):
            text = text[1:]
        if text:
            self._line.append(text)
            self.size += len(text)

    def add_run(self, start: int, tag: str) -> None:
        """What was written since `start` stands in an inline element `tag`."""
        if self.size > start:
            self._runs.append((start, self.size, tag))
            self._marked = True

    def add_link(self, start: int, href: str, rel: str) -> Link:
        """What was written since `start` is the text of a link."""
        link = Link(href, self.length + start, self.length + self.size, rel)
        self._links.append((start, self.size, link))
        self._marked = True
        return link

    def add_hidden(self, start: int, address: str) -> None:
        """What was written since `start` stands for `address`, which the page does not print."""
        self._hidden.append((start, self.size, address))
        self._marked = True

    def add_fragment(self, fragment: Fragment) -> None:
        """Lines that were read before, where no line is open and the text is as long as it was there."""
        self.blocks += fragment.blocks
        self.anchors += fragment.anchors
        self.rules += fragment.rules
        self.length += fragment.length
        self.tables += fragment.tables

    def ask(self, path: str, area: Area) -> None:
        """A control to fill in stands here, in the element at `path`: the words before it are its label, and no content."""
        if self.size:
            self._asks = True
        elif self.blocks and self.blocks[-1].area == area and _prompts(self.blocks[-1], path):
            self.blocks[-1] = replace(self.blocks[-1], area="form")

    def add_rule(self) -> None:
        """A line is drawn across the page."""
        self.rules.append(self.length)

    def add_anchor(self, name: str) -> None:
        """An element begins that a link can lead to by `name`."""
        self.anchors.append((self.length + self.size, name))

    def _next_line(self) -> None:
        if self._holder:
            self.end()
            self.begin(self._holder, self._number + 1)

    def _forget_marks(self) -> None:
        self._runs, self._links, self._hidden, self._marked = [], [], [], False

    def end(self) -> None:
        """End the line; what the next one holds must be begun."""
        holder = self._holder
        if not self.size or holder is None:
            return
        line = self._line
        raw = line[0] if len(line) == 1 else "".join(line)
        text = raw.strip(_EDGE)
        if text:
            size, start = len(text), self.length
            runs: tuple[tuple[int, int, str], ...] = ()
            links: tuple[Link, ...] = ()
            hidden: tuple[tuple[int, int, str], ...] = ()
            if self._marked:
                lead = len(raw) - len(raw.lstrip(_EDGE))

                def place(at: int) -> int:
                    at -= lead
                    return start + (0 if at < 0 else at if at < size else size)

                if self._runs:
                    runs = tuple([(a, b, t) for x, y, t in self._runs if (a := place(x)) < (b := place(y))])
                if self._links:
                    links = tuple([_placed(link, place(a), place(b)) for a, b, link in self._links])
                if self._hidden:
                    hidden = tuple([(place(a), place(b), address) for a, b, address in self._hidden])
            area: Area = "form" if self._asks and _is_prompt(text) else holder.area
            cell = self._tables[-1].cell if self._tables else None
            self.blocks.append(
                Block(
                    text,
                    start,
                    start + size,
                    holder.path,
                    holder.tag,
                    area,
                    holder.style,
                    self._number,
                    runs,
                    links,
                    hidden,
                    cell,
                )
            )
            self.length += size + 1
        self._line, self.size = [], 0
        if self._marked:
            self._forget_marks()
        self._asks = False

    def open_table_part(self, tag: str, node: LexborNode) -> None:
        """A table, row or cell begins."""
        if tag == "table":
            self._tables.append(_Table(self.tables))
            self.tables += 1
        elif self._tables and tag == "tr":
            self._tables[-1].open_row()
        elif self._tables and tag in ("td", "th"):
            attributes = node.attributes
            self._tables[-1].open_cell(tag, _span(attributes.get("colspan")), _span(attributes.get("rowspan")))

    def close_table_part(self, tag: str) -> None:
        """A table or cell ends."""
        if self._tables and tag == "table":
            self._tables.pop()
        elif self._tables and tag in ("td", "th"):
            self._tables[-1].cell = None


def _placed(link: Link, start: int, end: int) -> Link:
    return link if link.start == start and link.end == end else Link(link.href, start, end, link.rel)


def _is_prompt(text: str) -> bool:
    """Whether a line is as short as the label of a control, and states no number or address."""
    return len(text) <= _LONGEST_PROMPT and sum(map(str.isdigit, text)) < 3 and "@" not in text


def _prompts(block: Block, path: str) -> bool:
    """Whether a line is the label of a control in the element at `path`: one holds the other, or they stand side by side."""
    if block.tag == "h1" or not _is_prompt(block.text):
        return False
    row = block.path.rpartition("/")[0]
    cells = block.tag in ("td", "th", "dt") and path.startswith(f"{row}/")
    marked = block.text.endswith((":", "*")) or any(tag == "label" for _, _, tag in block.runs)
    return cells or (marked and path.startswith((row, block.path)))


def _span(value: str | None) -> int:
    """A colspan or rowspan; nonsense counts as 1, and 1000 is the standard's own limit (HTML, 4.9.11)."""
    return min(max(int(value), 1), 1000) if value and value.strip().isdecimal() else 1
