"""Text pieces -> lines: white space folded as a browser does, runs, links and table places kept with their offsets."""

from __future__ import annotations

import re
from dataclasses import replace

from selectolax.lexbor import LexborNode

from parsers.folding import clean
from parsers.model import Area, Block, Cell, Link

_SPACES = " \t\r\n\f\v\u200b\ufeff"
_SPACE = re.compile(f"[{_SPACES}]+")
_NEWLINE = re.compile(r"\r\n|[\r\n\u2028\u2029\x85\v\f]")
# Columns among which cells that span rows move others: no table for people is as wide.
_WIDEST = 100
_EDGE = " \t\r\n\f\v\xa0\u200b\u200e\u200f\ufeff"


_LONGEST_PROMPT = 60


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


class LineWriter:
    """Collects the lines of a page; a line without visible text leaves no block."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.rules: list[int] = []
        self.anchors: list[tuple[int, str]] = []
        self._length = 0
        self._line: list[str] = []
        self._size = 0
        self._about: tuple[str, str, Area, str, int, Cell | None] | None = None
        self._runs: list[tuple[int, int, str]] = []
        self._links: list[tuple[int, int, str, str]] = []
        self._hidden: list[tuple[int, int, str]] = []
        self._asks = False
        self._tables: list[_Table] = []
        self._table_count = 0

    def text(self) -> str:
        """All lines, joined by line feeds."""
        return "\n".join(block.text for block in self.blocks)

    @property
    def cell(self) -> Cell | None:
        """The table cell that text stands in now."""
        return self._tables[-1].cell if self._tables else None

    def begin(self, path: str, tag: str, area: Area, style: str, line: int, cell: Cell | None) -> None:
        """Start a line of the element at `path`."""
        self._about = (path, tag, area, style, line, cell)
        self._line, self._size = [], 0
        if self._runs or self._links or self._hidden:
            self._runs, self._links, self._hidden = [], [], []

    def write(self, text: str, lines: bool = False, keep: bool = False) -> None:
        """Add text to the line: white space folded, unless `keep`; with `lines`, a line feed in it begins a new line."""
        if lines and _NEWLINE.search(text):
            first, *others = _NEWLINE.split(text)
            self.write(first)
            for other in others:
                self._next_line()
                self.write(other)
            return
        text = clean(text)
        if not keep:
            text = _SPACE.sub(" ", text) if text.strip(_SPACES) else " " if text else ""
            if text.startswith(" ") and (not self._size or self._line[-1].endswith(" ")):
                text = text[1:]
        if text:
            self._line.append(text)
            self._size += len(text)

    def mark(self) -> int:
        """The place in the line at which the next text will stand."""
        return self._size

    def add_run(self, start: int, tag: str) -> None:
        """What was written since `start` stands in an inline element `tag`."""
        if self._size > start:
            self._runs.append((start, self._size, tag))

    def add_link(self, start: int, href: str, rel: str) -> Link:
        """What was written since `start` is the text of a link."""
        self._links.append((start, self._size, href, rel))
        return Link(href, self._length + start, self._length + self._size, rel)

    def add_hidden(self, start: int, address: str) -> None:
        """What was written since `start` stands for `address`, which the page does not print."""
        self._hidden.append((start, self._size, address))

    def ask(self, path: str, area: Area) -> None:
        """A control to fill in stands here, in the element at `path`: the words before it are its label, and no content."""
        if self._size:
            self._asks = True
        elif self.blocks and self.blocks[-1].area == area and _prompts(self.blocks[-1], path):
            self.blocks[-1] = replace(self.blocks[-1], area="form")

    def add_rule(self) -> None:
        """A line is drawn across the page."""
        self.rules.append(self._length)

    def add_anchor(self, name: str) -> None:
        """An element begins that a link can lead to by `name`."""
        self.anchors.append((self._length + self._size, name))

    def _next_line(self) -> None:
        if self._about:
            path, tag, area, style, line, cell = self._about
            self.end()
            self.begin(path, tag, area, style, line + 1, cell)

    def end(self) -> None:
        """End the line; what the next one holds must be begun."""
        if not self._about or not self._size:
            return
        raw = "".join(self._line)
        text = raw.strip(_EDGE)
        if text:
            lead = len(raw) - len(raw.lstrip(_EDGE))
            start = self._length
            size = len(text)
            path, tag, area, style, line, cell = self._about

            def place(at: int) -> int:
                at -= lead
                return start + (0 if at < 0 else at if at < size else size)

            self.blocks.append(
                Block(
                    text=text,
                    start=start,
                    end=start + len(text),
                    path=path,
                    tag=tag,
                    area=area,
                    style=style,
                    line=line,
                    runs=tuple((a, b, t) for x, y, t in self._runs if (a := place(x)) < (b := place(y))),
                    links=tuple(Link(href, place(a), place(b), rel) for a, b, href, rel in self._links),
                    hidden=tuple((place(a), place(b), address) for a, b, address in self._hidden),
                    cell=cell,
                )
            )
            if self._asks and _is_prompt(text):
                self.blocks[-1] = replace(self.blocks[-1], area="form")
            self._length += len(text) + 1
        self._line, self._size = [], 0
        if self._runs or self._links or self._hidden:
            self._runs, self._links, self._hidden = [], [], []
        self._asks = False

    def open_table_part(self, tag: str, node: LexborNode) -> None:
        """A table, row or cell begins."""
        if tag == "table":
            self._tables.append(_Table(self._table_count))
            self._table_count += 1
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
