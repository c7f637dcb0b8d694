"""What the tables of a page say: labels beside or above their values, or one organisation a row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from parsers.candidates import Candidate, Candidates, whole_line
from parsers.folding import fold
from parsers.forms import label_like
from parsers.hours import is_days
from parsers.links import is_link_line
from parsers.marks import BOLD
from parsers.model import Page
from parsers.site import Site

_FEWEST_RECORDS = 2
_MANY_FIGURES = 4
_FEWEST_PAIRS = 3
_ROWS_A_KNOWN_LABEL = 5
_FEWEST_STACKED = 2


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table whose head holds the labels and whose rows are records: block indexes by row and by labelled column."""

    labels: tuple[tuple[int, Candidate], ...]
    rows: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class TableReading:
    """Labels found in tables with their values, tables of records, and the blocks that these explain.

    `anonymous` are tables of records whose heads announce no name, `unnamed` their blocks: their heads are no labels of the
    page around them.
    """

    candidates: tuple[Candidate, ...]
    records: tuple[RecordTable, ...]
    anonymous: tuple[RecordTable, ...]
    taken: frozenset[int]
    unnamed: frozenset[int]


def read_tables(page: Page, indexes: Sequence[int], lines: Candidates, site: Site) -> TableReading:
    """Read the tables among the lines `indexes`; a table that is only there for layout explains nothing.

    `site` is what is known of the labels on its pages.
    """
    grids: dict[int, dict[int, dict[int, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for index in indexes:
        cell = page.blocks[index].cell
        if cell is not None:
            grids[cell.table][cell.row][cell.column].append(index)
    candidates: list[Candidate] = []
    records: list[RecordTable] = []
    taken: set[int] = set()
    anonymous: list[RecordTable] = []
    unnamed: set[int] = set()
    for _, rows in sorted(grids.items()):
        grid = _with_one_head(page, [dict(sorted(row.items())) for _, row in sorted(rows.items())])
        found = _record_table(page, grid, lines)
        if found and len(found.rows) >= _FEWEST_RECORDS:
            cells = {index for row in grid for cell in row.values() for index in cell}
            if any(label.known and label.known.key == "organization_name" for _, label in found.labels):
                records.append(found)
                taken |= cells
            else:
                anonymous.append(found)
                unnamed |= cells
            continue
        pairs = _above(found) if found else _marked_above(page, grid, lines) or _stacked(page, grid, lines)
        if not pairs and _holds_figures(page, grid):
            unnamed |= {index for row in grid for cell in row.values() for index in cell}
            continue
        pairs = pairs or _alternating(page, grid, lines, site) or _beside(page, grid, lines, site)
        candidates += pairs
        for pair in pairs:
            taken.add(pair.block)
            taken.update(pair.values or ())
    inside = {i for c in candidates for i in c.values or ()}
    outer = tuple(c for c in candidates if c.block not in inside)
    return TableReading(outer, tuple(records), tuple(anonymous), frozenset(taken), frozenset(unnamed))


def _with_one_head(page: Page, grid: list[dict[int, list[int]]]) -> list[dict[int, list[int]]]:
    """A grid whose head of two rows is one: below "Contact", its columns "Phone" and "E-mail" say more."""
    if len(grid) < 3 or not all(_is_header_cell(page, cell) for row in grid[:2] for cell in row.values()):
        return grid
    if not grid[0].keys() & grid[1].keys() or not all(page.blocks[c[0]].cell for c in grid[2].values()):
        return grid
    if all(_is_header_cell(page, cell) for cell in grid[2].values()):
        return grid
    return [dict(sorted({**grid[0], **grid[1]}.items())), *grid[2:]]


def _label_cell(page: Page, cell: list[int], lines: Candidates) -> Candidate | None:
    """The candidate that is the whole of a cell."""
    if len(cell) != 1:
        return None
    found = next(iter(lines.on(cell[0])), None)
    if found and not found.whole and found.known is None and _is_set_apart(page, cell):
        found = whole_line(cell[0], page.blocks[cell[0]], lines.labels)
    return replace(found, markup="cell") if found and found.whole else None


def _record_table(page: Page, grid: list[dict[int, list[int]]], lines: Candidates) -> RecordTable | None:
    """A head of at least two labels, then rows of values; a label in the body's first column makes it another kind."""
    if len(grid) < 2 or len(grid[0]) < 2:
        return None
    head = [(column, _label_cell(page, cell, lines)) for column, cell in grid[0].items()]
    known = [c for _, c in head if c and c.known]
    marked = all(_is_header_cell(page, cell) for cell in grid[0].values())
    if len(known) < 2 or not (marked or len(known) == len(head)) or any(c is None for _, c in head):
        return None
    body = _filled(page, grid[1:])
    firsts = [_label_cell(page, row[min(row)], lines) for row in body if row]
    if len(head) == 2 and sum(bool(c and c.known) for c in firsts) * 2 > len(firsts):
        return None
    columns = tuple((column, c) for column, c in head if c)
    rows = tuple(tuple(tuple(row.get(column, ())) for column, _ in columns) for row in body)
    return RecordTable(columns, rows)


def _filled(page: Page, rows: list[dict[int, list[int]]]) -> list[dict[int, list[int]]]:
    """Rows in which a cell that spans several stands in each of them: "North" beside all that is in the north."""
    filled = [dict(row) for row in rows]
    for r, row in enumerate(rows):
        for column, cell in row.items():
            place = page.blocks[cell[0]].cell
            for below in filled[r + 1 : r + (place.rows if place else 1)]:
                below.setdefault(column, cell)
    return filled


def _above(table: RecordTable) -> list[Candidate]:
    """A head and one row: each label stands above its value."""
    return [replace(label, values=values) for (_, label), values in zip(table.labels, table.rows[0], strict=True)]


def _marked_above(page: Page, grid: list[dict[int, list[int]]], lines: Candidates) -> list[Candidate]:
    """A last row under one that is set apart as a whole, or a row of figures under a row of words: labels above values."""
    if len(grid) < 2 or len(grid[-2]) < 2 or list(grid[-2]) != list(grid[-1]):
        return []
    head = [_label_cell(page, cell, lines) for cell in grid[-2].values()]
    if all(head) and len(grid) <= 3 and all(_is_figure(page, cell) for cell in grid[-1].values()):
        return [replace(c, values=tuple(cell)) for c, cell in zip(head, grid[-1].values(), strict=True) if c]
    marked = [_is_header_cell(page, cell) or _is_bold(page, cell) for row in grid[-2:] for cell in row.values()]
    if not all(marked[: len(head)]) or any(marked[len(head) :]):
        return []
    return [replace(c, values=tuple(cell)) for c, cell in zip(head, grid[-1].values(), strict=True) if c]


def _stacked(page: Page, grid: list[dict[int, list[int]]], lines: Candidates) -> list[Candidate]:
    """A table of one column whose first row is a label set apart: it stands above its value.

    A row that is only a link ends the value: it leads on ("13 reviews").
    """
    if len(grid) < 2 or any(len(row) != 1 for row in grid) or len({column for row in grid for column in row}) > 1:
        return []
    rows = [cell for row in grid for cell in row.values()]
    label = _label_cell(page, rows[0], lines)
    if label is None or not (label.colon or _is_header_cell(page, rows[0])) or not _is_set_apart(page, rows[0]):
        return []
    others = [_label_cell(page, row, lines) for row in rows[1:]]
    if any(c and (c.colon or c.known) for c in others):
        return []
    values = list(rows[1])
    for row in rows[2:]:
        if all(is_link_line(page.blocks[i]) for i in row):
            break
        values += row
    return [replace(label, values=tuple(values))]


def _alternating(page: Page, grid: list[dict[int, list[int]]], lines: Candidates, site: Site) -> list[Candidate]:
    """Rows that are a label and rows that are its value, in turn."""
    rows = [next(iter(row.values())) for row in grid if len(row) == 1]
    if len(rows) < len(grid) or len(grid) < 2 * _FEWEST_STACKED or len(grid) % 2:
        return []
    labels = [_label_cell(page, row, lines) for row in rows[::2]]
    marked = all(_is_set_apart(page, row) for row in rows[::2]) and not any(
        _is_set_apart(page, row) for row in rows[1::2]
    )
    told = all(c and (c.known or c.colon or _recurs(c, site)) for c in labels)
    if not all(labels) or len({c.text for c in labels if c}) < len(labels) or not (marked or told):
        return []
    return [replace(c, values=tuple(row)) for c, row in zip(labels, rows[1::2], strict=True) if c]


def _is_set_apart(page: Page, cell: list[int]) -> bool:
    return _is_header_cell(page, cell) or _is_bold(page, cell)


def _holds_figures(page: Page, grid: list[dict[int, list[int]]]) -> bool:
    """Whether a row has so many figures side by side that the table is one of statistics: its cells are no labels."""
    for row in grid:
        run = 0
        for cell in row.values():
            run = run + 1 if _is_figure(page, cell) else 0
            if run >= _MANY_FIGURES:
                return True
    return False


def _is_figure(page: Page, cell: list[int]) -> bool:
    """Whether a cell holds a number, and hardly a word."""
    text = "".join(page.blocks[i].text for i in cell)
    return any(c.isdigit() for c in text) and 2 * sum(c.isalpha() for c in text) <= len(text)


def _is_header_cell(page: Page, cell: list[int]) -> bool:
    return all(found.header for i in cell if (found := page.blocks[i].cell))


def _beside(page: Page, grid: list[dict[int, list[int]]], lines: Candidates, site: Site) -> list[Candidate]:
    """Label cells with their values in the next cell of the row, one or several pairs a row.

    An empty cell leaves no block, so a label with nothing after it is told by its column: others have their labels there.
    """
    cells = {
        (r, column): found
        for r, row in enumerate(grid)
        for column, cell in row.items()
        if (found := _label_cell(page, cell, lines))
    }
    sure = {
        at
        for at, found in cells.items()
        if found.known or found.colon or _is_header(page, found) or _is_marked(page, grid, at) or _recurs(found, site)
    }
    certain = Counter(column for _, column in sure)
    filled = Counter(column for row in grid for column in row)
    columns = {column for column, n in certain.items() if 2 * n >= filled[column]}
    if _is_two_columns(page, grid, cells, certain):
        columns.add(0)
    columns -= {c + 1 for c in columns if c in columns and certain[c] >= certain[c + 1]}
    wide = any(len(row) > 4 for row in grid)
    pairs = []
    for r, row in enumerate(grid):
        for column in row:
            label = cells.get((r, column))
            if label is None or column not in columns:
                continue
            value = row.get(column + 1, []) if column + 1 not in columns else []
            if len(row) == 1 and _columns(page, label) > 1 and not label.known and not label.colon:
                continue  # it heads the rows below
            if value and not label.known and not label.colon and _begins_with_label(page, value, lines):
                continue
            explained = (r, column) in sure and bool(label.known or label.colon or not wide)
            if explained or (not wide and _columns(page, label) == 1 and label_like(label.text)):
                pairs.append(replace(label, values=tuple(value or _nested(page, label, row))))
    return pairs


def _recurs(label: Candidate, site: Site) -> bool:
    return fold(label.text) in site.varied


def _is_two_columns(
    page: Page, grid: list[dict[int, list[int]]], cells: Mapping[tuple[int, int], Candidate], certain: Counter[int]
) -> bool:
    """Whether each of several rows is a text that may be a label, unlike the others, and its value.

    Some of the labels must be known, or most of the values figures; rows that only head others do not count.
    """
    at = [r for r, row in enumerate(grid) if len(row) > 1 or not _is_header_cell(page, next(iter(row.values())))]
    labels = [cells.get((r, 0)) for r in at if list(grid[r]) == [0, 1]]
    texts = {fold(c.text) for c in labels if c and label_like(c.text) and not is_days(c.text)}
    if certain[1] or not len(texts) == len(at) >= _FEWEST_PAIRS:
        return False
    figures = sum(_is_figure(page, grid[r][1]) for r in at)
    return len(at) <= _ROWS_A_KNOWN_LABEL * certain[0] or (2 * figures > len(at) and not any(map(_has_digit, texts)))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _begins_with_label(page: Page, cell: list[int], lines: Candidates) -> bool:
    """Whether a cell has a label of its own, set apart from a value on the same line."""
    first = next(iter(lines.on(cell[0])), None)
    return bool(first and first.colon and not first.whole and first.markup == "bold")


def _columns(page: Page, label: Candidate) -> int:
    cell = page.blocks[label.block].cell
    return cell.columns if cell else 1


def _nested(page: Page, label: Candidate, row: Mapping[int, list[int]]) -> list[int]:
    """The lines of a table inside the cell beside a label: they stand in the label's row, but in no cell of its table."""
    path = page.blocks[label.block].path
    row_path = path[: max(path.rfind("/td["), path.rfind("/th["))] + "/"
    own = {i for cell in row.values() for i in cell}
    inside = []
    for i in range(label.block + 1, len(page.blocks)):
        if (
            not page.blocks[i].path.startswith(row_path)
            or i in own
            or page.blocks[i].area != page.blocks[label.block].area
        ):
            break
        inside.append(i)
    return inside


def _is_marked(page: Page, grid: list[dict[int, list[int]]], at: tuple[int, int]) -> bool:
    """Whether a cell is emphasised as a whole, and the one after it is not."""
    row, column = at
    after = grid[row].get(column + 1)
    return bool(after) and _is_bold(page, grid[row][column]) and not _is_bold(page, after or [])


def _is_bold(page: Page, cell: list[int]) -> bool:
    return all(
        any((a, b) == (x.start, x.end) and t in BOLD for a, b, t in x.runs) for x in (page.blocks[i] for i in cell)
    )


def _is_header(page: Page, label: Candidate) -> bool:
    cell = page.blocks[label.block].cell
    return bool(cell and cell.header)
