"""What the tables of a page say: labels beside or above their values, or one organisation a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from parsers.candidates import Candidate, find_candidates, label_like
from parsers.model import Page

_FEWEST_RECORDS = 2


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A table whose head holds the labels and whose rows are records: block indexes by row and by labelled column."""

    labels: tuple[tuple[int, Candidate], ...]
    rows: tuple[tuple[tuple[int, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class TableReading:
    """Labels found in tables with their values, tables of records, and the blocks that these explain."""

    candidates: tuple[Candidate, ...]
    records: tuple[RecordTable, ...]
    taken: frozenset[int]


def read_tables(page: Page, indexes: list[int], labels: Mapping[str, str]) -> TableReading:
    """Read the tables among the lines `indexes`; a table that is only there for layout explains nothing."""
    grids: dict[int, dict[int, dict[int, list[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for index in indexes:
        cell = page.blocks[index].cell
        if cell is not None:
            grids[cell.table][cell.row][cell.column].append(index)
    candidates: list[Candidate] = []
    records: list[RecordTable] = []
    taken: set[int] = set()
    for _, rows in sorted(grids.items()):
        grid = [dict(sorted(row.items())) for _, row in sorted(rows.items())]
        found = _record_table(page, grid, labels)
        if found and len(found.rows) >= _FEWEST_RECORDS:
            records.append(found)
            taken.update(index for row in grid for cells in row.values() for index in cells)
            continue
        pairs = _above(found) if found else _beside(page, grid, labels)
        candidates += pairs
        for pair in pairs:
            taken.add(pair.block)
            taken.update(pair.values or ())
    return TableReading(tuple(candidates), tuple(records), frozenset(taken))


def _label_cell(page: Page, cell: list[int], labels: Mapping[str, str]) -> Candidate | None:
    """The candidate that is the whole of a cell."""
    if len(cell) != 1:
        return None
    found = next(find_candidates(page, cell, labels), None)
    return replace(found, markup="cell") if found and found.whole else None


def _record_table(page: Page, grid: list[dict[int, list[int]]], labels: Mapping[str, str]) -> RecordTable | None:
    """A head of at least two labels, then rows of values; a label in the body's first column makes it another kind."""
    if len(grid) < 2 or len(grid[0]) < 2:
        return None
    head = [(column, _label_cell(page, cell, labels)) for column, cell in grid[0].items()]
    known = [c for _, c in head if c and c.known]
    marked = all(page.blocks[i].cell.header for cell in grid[0].values() for i in cell if page.blocks[i].cell)  # type: ignore[union-attr]
    if len(known) < 2 or not (marked or len(known) == len(head)) or any(c is None for _, c in head):
        return None
    body = grid[1:]
    firsts = [_label_cell(page, row[min(row)], labels) for row in body if row]
    if len(head) == 2 and sum(bool(c and c.known) for c in firsts) * 2 > len(firsts):
        return None
    columns = tuple((column, c) for column, c in head if c)
    rows = tuple(tuple(tuple(row.get(column, ())) for column, _ in columns) for row in body)
    return RecordTable(columns, rows)


def _above(table: RecordTable) -> list[Candidate]:
    """A head and one row: each label stands above its value."""
    return [replace(label, values=values) for (_, label), values in zip(table.labels, table.rows[0], strict=True)]


def _beside(page: Page, grid: list[dict[int, list[int]]], labels: Mapping[str, str]) -> list[Candidate]:
    """Label cells with their values in the next cell of the row, one or several pairs a row."""
    pairs: list[tuple[Candidate, bool]] = []
    for row in grid:
        columns = list(row)
        at = 0
        while at < len(columns):
            label = _label_cell(page, row[columns[at]], labels)
            cell = page.blocks[row[columns[at]][0]].cell
            header = bool(cell and cell.header)
            alone = len(columns) == 1
            if label is None or (alone and not header):
                at += 1
                continue
            following = row[columns[at + 1]] if at + 1 < len(columns) else []
            after = _label_cell(page, following, labels) if following else None
            sure = bool(label.known or label.colon or header)
            if after is not None and after.known and not header and not label.known:
                at += 1
                continue
            pairs.append((replace(label, values=tuple(following)), sure))
            at += 2
    certain = sum(sure for _, sure in pairs)
    if certain == 0:
        return []
    wide = any(len(row) > 4 for row in grid)
    likes = 2 * certain >= len(pairs) and not wide
    return [
        pair
        for pair, sure in pairs
        if (sure and (pair.known or pair.colon or not wide)) or (likes and label_like(pair.text) and pair.values)
    ]
