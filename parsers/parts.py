"""Several listings on a page: which fields and which lines belong to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from parsers.boilerplate import is_boilerplate
from parsers.contacts import contacts
from parsers.extents import line_of, nonempty
from parsers.fields import Labels, read_fields, record_fields
from parsers.groups import Group, find_groups, slice_block
from parsers.identity import part_names
from parsers.model import Block, Field, Line, Page
from parsers.offices import of_one_organisation
from parsers.pointers import is_pointer, points_away
from parsers.site import Site, count, learn
from sources.source import Source

_SENTENCE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of a page: its fields, and the lines of `view` (by index) that it stands in.

    `name` tells it from the others on the page and is None where it is alone; `heading` is the block that names it where no
    field does. `view` is the page with the lines of this listing alone, or the page itself; `labels` is how it was read.
    """

    name: str | None
    fields: tuple[Field, ...]
    blocks: tuple[int, ...]
    view: Page
    labels: Labels
    heading: Block | None = None


def find_parts(page: Page, indexes: Sequence[int], labels: Labels, site: Site, source: Source) -> list[Part]:
    """The listings that a page may hold, in page order.

    A row of a table of records is one; so is each stretch of what repeats on the page, unless these are the offices, the
    staff or the like of one organisation. What only points to a listing is none.
    """
    rows = [part for table in labels.records for part in _rows(page, table_fields=record_fields(page, table))]
    rows = [part for part in rows if not _row_points_away(page, part, site)]
    in_tables = {i for table in labels.records for row in table.rows for cell in row for i in cell}
    groups = find_groups(page, [i for i in indexes if i not in in_tables], source.labels, site)
    if groups and not of_one_organisation(page, groups, labels.fields):
        return sorted([*rows, *_grouped(page, groups, site, source)], key=_place)
    if rows or not labels.fields:
        return rows
    return [Part(None, labels.fields, tuple(indexes), page, labels)]


def _place(part: Part) -> int:
    return min([*(field.start for field in part.fields), *(part.view.blocks[i].start for i in part.blocks)])


def _rows(page: Page, table_fields: Sequence[Sequence[Field]]) -> list[Part]:
    """A row is a listing when it names somebody and says something of it: a pager in a cell of its own does not."""
    found = []
    for fields in table_fields:
        names = [field for field in fields if field.key == "organization_name" and field.value]
        if names and sum(bool(field.value) for field in fields) > 1:
            name = " ".join(names[0].value.split())
            found.append(Part(name, tuple(fields), (), page, Labels((), (), (), frozenset())))
    return found


def _row_points_away(page: Page, part: Part, site: Site) -> bool:
    links = [link for f in part.fields if f.key == "organization_name" for line in f.lines for link in line.links]
    return points_away(page, links, site)


def unnamed_rows(page: Page, labels: Labels) -> frozenset[int]:
    """The blocks (by index) of rows of records that name nobody, or say no more than a name, and so are no listings."""
    found: set[int] = set()
    for table in labels.records:
        names = [
            n for n, (_, label) in enumerate(table.labels) if label.known and label.known.key == "organization_name"
        ]
        for row in table.rows:
            if not any(row[n] for n in names) or sum(map(bool, row)) == 1:
                found.update(i for cell in row for i in cell)
    return frozenset(found)


def _grouped(page: Page, groups: Sequence[Group], site: Site, source: Source) -> list[Part]:
    """The listings in what repeats: each group is read as a page of its own, with the labels that all of them share."""
    views = [replace(page, blocks=_lines(page, group)) for group in groups]
    shared = learn(count(views)).labels
    known = replace(site, labels=site.labels | shared)
    names = part_names(page, groups)
    return [
        _part(view, group, name, known, source)
        for view, group, name in zip(views, groups, names, strict=True)
        if not is_pointer(page, group, site)
    ]


def _lines(page: Page, group: Group) -> tuple[Block, ...]:
    """The lines of a group without its name."""
    lines: list[Block] = []
    for i in group.indexes:
        block, head = page.blocks[i], group.head
        if i != group.first or head is None:
            lines.append(block)
            continue
        around = (slice_block(block, block.start, head.start), slice_block(block, head.end, block.end))
        lines += [part for part in around if part]
    return tuple(lines)


def _part(view: Page, group: Group, name: str, site: Site, source: Source) -> Part:
    indexes = tuple(range(len(view.blocks)))
    labels = read_fields(view, list(indexes), site, source.labels)
    bare, taken = _bare_contacts(view, labels, site, source)
    fields = tuple(sorted([*labels.fields, *bare], key=lambda field: field.label_start))
    labels = replace(labels, fields=fields, taken=labels.taken | taken)
    return Part(name, fields, indexes, view, labels, group.head)


def _bare_contacts(view: Page, labels: Labels, site: Site, source: Source) -> tuple[list[Field], frozenset[int]]:
    """Contacts printed without a label, run by run, as fields whose label is empty, and the lines that these take."""
    fields: list[Field] = []
    taken: set[int] = set()
    run: list[int] = []
    heads = {candidate.block for candidate in labels.headings}
    for i in range(len(view.blocks) + 1):
        if i < len(view.blocks) and i not in labels.taken and i not in heads and _may_reach(view.blocks[i], site):
            run.append(i)
            continue
        lines = nonempty([line_of(b, b.start, b.end) for b in (view.blocks[k] for k in run)])
        found, _ = contacts(lines, audience="general", country=source.country, obfuscated=source.obfuscated_emails)
        if found:
            first, last = min(c.start for c in found), max(c.end for c in found)
            within = [line for line in lines if line.end > first and line.start < last]
            fields.append(_bare_field(view, run, within))
            taken.update(k for k in run if view.blocks[k].end > first and view.blocks[k].start < last)
        run = []
    return fields, frozenset(taken)


def _may_reach(block: Block, site: Site) -> bool:
    sentence = block.text.endswith((".", "!", "?")) and len(block.text.split()) >= _SENTENCE_WORDS
    return not sentence and not is_boilerplate(block, site)


def _bare_field(view: Page, run: Sequence[int], lines: Sequence[Line]) -> Field:
    start, end = lines[0].start, lines[-1].end
    path = next(view.blocks[k].path for k in run if view.blocks[k].end > start)
    value = "\n".join(line.text for line in lines)
    return Field("", "contact_details", value, "stated", path, start, start, start, end, tuple(lines))
