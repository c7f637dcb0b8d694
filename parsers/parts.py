"""Several listings on a page: which fields and which lines belong to which."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.fields import Labels, record_fields
from parsers.folding import fold
from parsers.model import Block, Field, Link, Page
from parsers.pointers import points_away
from parsers.site import Site

# What several offices of one organisation may repeat; anything else that repeats tells of several organisations.
_OF_AN_OFFICE = frozenset({None, "other", "country", "region", "contact_details", "contact_seeking_help"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of a page: its fields, and the blocks (by index) that it stands in.

    `name` tells it from the others on the page and is None where it is alone; `heading` is the block that names it where no
    field does.
    """

    name: str | None
    fields: tuple[Field, ...]
    blocks: tuple[int, ...]
    heading: Block | None = None


def find_parts(page: Page, indexes: Sequence[int], labels: Labels, site: Site) -> list[Part]:
    """The listings that the fields of a page make up.

    A row of a table of records is one; so is each repeated group of labels, where what repeats is more than an office of
    one organisation has. A part whose name links to another listing of the site only points there.
    """
    return [part for part in _parts(page, indexes, labels) if not points_away(page, _name_links(part), site)]


def _parts(page: Page, indexes: Sequence[int], labels: Labels) -> list[Part]:
    parts = [part for table in labels.records for part in _rows(record_fields(page, table))]
    loose = labels.fields
    anchors = _repeated_names(loose) or _repeated_leads(loose)
    if len(anchors) >= 2:
        groups = _groups(page, indexes, loose, anchors)
        if all(group.name for group in groups):
            return parts + [group for group in groups if not _is_pointer(page, group)]
    alone = Part(None, loose, tuple(indexes))
    return [*parts, alone] if loose or not parts else parts


def _rows(rows: Sequence[Sequence[Field]]) -> list[Part]:
    """A row is a listing when it names somebody and says something of it: a pager in a cell of its own does not."""
    parts = []
    for fields in rows:
        name = next((f.value for f in fields if f.key == "organization_name" and f.value), None)
        if name and sum(bool(field.value) for field in fields) > 1:
            parts.append(Part(" ".join(name.split()), tuple(fields), ()))
    return parts


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


def _repeated_names(fields: Sequence[Field]) -> list[int]:
    """The fields (by number) that state a name, under the label that does so most often, where they state several."""
    found = [n for n, field in enumerate(fields) if field.key == "organization_name" and field.value]
    labels = [fold(fields[n].label) for n in found]
    most = max(labels, key=lambda label: (labels.count(label), -labels.index(label)), default=None)
    same = [n for n, label in zip(found, labels, strict=True) if label == most]
    return same if len({fold(fields[n].value) for n in same}) >= 2 else []


def _repeated_leads(fields: Sequence[Field]) -> list[int]:
    """The fields (by number) that begin each group of labels which comes several times, where no label states a name."""
    labels = [fold(field.label) for field in fields]
    repeated = {label for label in labels if labels.count(label) >= 2}
    keys = {field.key for field, label in zip(fields, labels, strict=True) if label in repeated}
    if any(field.key == "organization_name" for field in fields) or not keys - _OF_AN_OFFICE:
        return []
    lead = next(label for label in labels if label in repeated)
    return [n for n, label in enumerate(labels) if label == lead]


def _groups(page: Page, indexes: Sequence[int], fields: Sequence[Field], anchors: Sequence[int]) -> list[Part]:
    """Cut the page where the element that holds an anchor begins, or where the first label of the group comes again."""
    paths = [fields[n].path for n in anchors]
    starts: list[int] = []
    for k, n in enumerate(anchors):
        before = anchors[k - 1] if k else -1
        own = _own_container(paths[k], [paths[j] for j in (k - 1, k + 1) if 0 <= j < len(paths)])
        lead = fold(fields[0].label)
        again = [i for i in range(before + 1, n + 1) if fold(fields[i].label) == lead]
        place = fields[again[-1] if again else n].label_start
        if own:
            place = min([place, *(page.blocks[i].start for i in indexes if page.blocks[i].path.startswith(own))])
        starts.append(place)
    groups = []
    for k, start in enumerate(starts):
        end = starts[k + 1] if k + 1 < len(starts) else len(page.text) + 1
        own_fields = tuple(field for field in fields if start <= field.label_start < end)
        blocks = tuple(i for i in indexes if start <= page.blocks[i].start < end)
        groups.append(_group(page, own_fields, blocks))
    return groups


def _group(page: Page, fields: tuple[Field, ...], blocks: tuple[int, ...]) -> Part:
    name = next((field.value for field in fields if field.key == "organization_name" and field.value), None)
    heading = None
    if name is None:
        heading = next((page.blocks[i] for i in blocks if page.blocks[i].tag in _HEADINGS), None)
        name = heading.text if heading else None
    return Part(" ".join(name.split()) if name else None, fields, blocks, heading)


def _own_container(path: str, near: Sequence[str]) -> str:
    """The widest element (its path with a slash) that holds this label and none of its likes; "" where there is none."""
    steps = path.split("/")
    shared = max(len(os.path.commonpath([path, other]).split("/")) for other in near)
    return "/".join(steps[: shared + 1]) + "/" if shared < len(steps) - 1 else ""


def _is_pointer(page: Page, part: Part) -> bool:
    """Whether a short card only points to a page of its own: its name is a link, and it says little more."""
    if len(part.fields) > 3:
        return False
    return any(link.href.partition("#")[0] != page.url for link in _name_links(part))


def _name_links(part: Part) -> list[Link]:
    links = [link for f in part.fields if f.key == "organization_name" for line in f.lines for link in line.links]
    return [*links, *(part.heading.links if part.heading else ())]
