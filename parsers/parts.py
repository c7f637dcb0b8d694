"""Several listings on a page: which fields and which lines belong to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parsers.boilerplate import is_boilerplate
from parsers.candidates import Candidates
from parsers.contacts import contacts
from parsers.extents import line_of, nonempty
from parsers.fields import Labels, read_fields, record_fields
from parsers.folding import fold
from parsers.groups import Group, find_groups, slice_block
from parsers.heads import may_name
from parsers.identity import part_names
from parsers.model import Block, Field, Line, Link, Page
from parsers.offices import calls_parts, of_one_organisation, states_an_organisation
from parsers.pointers import LONGEST_CARD, is_pointer, points_away
from parsers.site import Site, count, learn, on_site
from parsers.tables import RecordTable
from sources.source import Source

_SENTENCE_WORDS = 8
_NAMES = frozenset({"organization_name", "other_name"})


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of a page: its fields, and the lines of the page (by index) that it stands in.

    `name` tells it from the others on the page and is None where it is alone; `heading` is the block that names it where no
    field does. `view` is the page with the lines of this listing alone, or the page itself; `blocks` are its lines there, but
    for those that its fields explain as a whole, and `labels` is how they were read.
    """

    name: str | None
    fields: tuple[Field, ...]
    lines: tuple[int, ...]
    view: Page
    blocks: tuple[int, ...]
    labels: Labels
    heading: Block | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The listings that a page may hold, and the lines (by index) that only lead to others or head a table of them."""

    listings: tuple[Part, ...]
    explained: frozenset[int]


def find_parts(
    page: Page, indexes: Sequence[int], labels: Labels, candidates: Candidates, site: Site, source: Source
) -> Parts:
    """The listings that a page may hold, in page order.

    A row of a table of records is one; so is each stretch of what repeats on the page, unless these are the offices, the
    staff or the like of one organisation. What only points to a listing is none.
    """
    tables = [*labels.records, *(table for table in labels.anonymous if _name_column(page, table) is not None)]
    explained = {label.block for table in tables for _, label in table.labels}
    if tables and states_an_organisation(labels.fields):
        return _alone(page, indexes, labels)
    rows = [part for table in tables for part in _rows(page, table)]
    pointing = [part for part in rows if _row_points_away(page, part, site)]
    rows = [part for part in rows if part not in pointing]
    explained.update(i for part in pointing for i in part.lines)
    in_tables = {i for table in tables for row in table.rows for cell in row for i in cell}
    loose = [i for i in indexes if i not in in_tables and i not in explained]
    groups = find_groups(page, loose, candidates, site)
    if groups and not of_one_organisation(page, groups, labels.fields):
        cards = [group for group in groups if is_pointer(page, group, site)]
        explained.update(i for group in cards for i in group.indexes)
        rows += _grouped(page, [group for group in groups if group not in cards], site, source)
    elif not tables and not points_away(page, _name_links(labels.fields), site):
        return _alone(page, indexes, labels)
    return Parts(tuple(sorted(rows, key=lambda part: part.lines)), frozenset(explained))


def _alone(page: Page, indexes: Sequence[int], labels: Labels) -> Parts:
    """The whole page as one listing: what its tables say of its offices or its staff is its own, but for their names."""
    tables = (*labels.records, *labels.anonymous)
    told = [field for table in tables for row in record_fields(page, table) for field in row if field.value]
    told = [replace(field, key=None) if field.key in _NAMES else field for field in told]
    fields = tuple(sorted([*labels.fields, *told], key=lambda field: (field.label_start, field.start)))
    cells = {i for table in tables for row in table.rows for cell in row for i in cell}
    heads = {label.block for table in tables for _, label in table.labels}
    whole = replace(labels, fields=fields, taken=labels.taken | cells | heads)
    return Parts((Part(None, fields, tuple(indexes), page, tuple(indexes), whole),), frozenset())


def _name_column(page: Page, table: RecordTable) -> int | None:
    """The column of a table of records (by number of its label) that names each: by its label, else the first, if it may."""
    keys = [label.known.key if label.known else None for _, label in table.labels]
    if "organization_name" in keys:
        return keys.index("organization_name")
    if keys[0] is not None:
        return None
    names = ["\n".join(page.blocks[i].text for i in row[0]) for row in table.rows]
    if not all(map(may_name, names)) or len(set(map(fold, names))) < len(names) or calls_parts(names):
        return None
    return 0


def _rows(page: Page, table: RecordTable) -> list[Part]:
    """A row is a listing when it names somebody and says something of it: a pager in a cell of its own does not."""
    column = _name_column(page, table)
    found = []
    for row in table.rows:
        fields = next(iter(record_fields(page, replace(table, rows=(row,)))), [])
        if column is None or not row[column] or sum(bool(field.value) for field in fields) < 2:
            continue
        name = page.blocks[row[column][0]]
        named = fields[column].key == "organization_name"
        own = tuple(fields) if named else tuple(field for n, field in enumerate(fields) if n != column)
        part = " ".join(fields[column].value.split())
        lines = tuple(i for cell in row for i in cell)
        found.append(Part(part, own, lines, page, (), Labels(), None if named else name))
    return found


def _row_points_away(page: Page, part: Part, site: Site) -> bool:
    """Whether the name in a row links to a listing of the site, or in a short row to another page of it."""
    links = [*_name_links(part.fields), *(part.heading.links if part.heading else ())]
    if points_away(page, links, site):
        return True
    return len(part.lines) <= LONGEST_CARD and any(on_site(page, link.href) for link in links)


def _name_links(fields: Sequence[Field]) -> list[Link]:
    return [link for f in fields if f.key == "organization_name" for line in f.lines for link in line.links]


def _grouped(page: Page, groups: Sequence[Group], site: Site, source: Source) -> list[Part]:
    """The listings in what repeats: each group is read as a page of its own, with the labels that all of them share."""
    views = [replace(page, blocks=_lines(page, group)) for group in groups]
    shared = learn(count(views)).labels
    known = replace(site, labels=site.labels | shared)
    names = part_names(page, groups)
    return [_part(view, group, name, known, source) for view, group, name in zip(views, groups, names, strict=True)]


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
    labels = read_fields(view, indexes, site, Candidates(view, source.labels))
    bare, taken = _bare_contacts(view, labels, site, source)
    fields = tuple(sorted([*labels.fields, *bare], key=lambda field: field.label_start))
    labels = replace(labels, fields=fields, taken=labels.taken | taken)
    return Part(name, fields, group.indexes, view, indexes, labels, group.head)


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
