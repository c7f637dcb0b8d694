"""Several listings on a page: which fields and which lines belong to which."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.fields import Labels, record_fields
from parsers.folding import fold
from parsers.model import Field, Page


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of a page: its fields, and the blocks (by index) that it stands in; `name` is None where it is alone."""

    name: str | None
    fields: tuple[Field, ...]
    blocks: tuple[int, ...]


def find_parts(page: Page, indexes: Sequence[int], labels: Labels) -> list[Part]:
    """The listings that the fields of a page make up.

    A row of a table of records is one; so is each repeated group of labels in which the organisation's name is among what
    repeats. Labels that repeat without it (addresses of several offices) stay one listing.
    """
    parts = [part for table in labels.records for part in _rows(record_fields(page, table))]
    loose = labels.fields
    named = [n for n, field in enumerate(loose) if field.key == "organization_name" and field.value]
    if len({fold(loose[n].value) for n in named}) < 2:
        alone = Part(None, loose, tuple(indexes))
        return [*parts, alone] if loose or not parts else parts
    return parts + _repeated(page, indexes, loose, named)


def _rows(rows: Sequence[Sequence[Field]]) -> list[Part]:
    parts = []
    for fields in rows:
        name = next((f.value for f in fields if f.key == "organization_name" and f.value), None)
        if name:
            parts.append(Part(" ".join(name.split()), tuple(f for f in fields), ()))
    return parts


def _repeated(page: Page, indexes: Sequence[int], fields: Sequence[Field], named: Sequence[int]) -> list[Part]:
    """Cut where the first label of the group comes again, or where the container of a name begins."""
    paths = [fields[n].path for n in named]
    starts: list[int] = []
    for k, n in enumerate(named):
        before = named[k - 1] if k else -1
        near = [paths[j] for j in (k - 1, k + 1) if 0 <= j < len(paths)]
        own = _own_container(paths[k], near)
        inside = [i for i in range(before + 1, n + 1) if own and (fields[i].path + "/").startswith(own)]
        lead = fold(fields[0].label)
        again = [i for i in range(before + 1, n + 1) if fold(fields[i].label) == lead]
        begin = inside[0] if inside else (again[-1] if again else n)
        place = fields[begin].label_start
        if own:
            blocks = [page.blocks[i] for i in indexes if (page.blocks[i].path + "/").startswith(own)]
            place = min([place, *(b.start for b in blocks)])
        starts.append(place)
    parts = []
    for k, (n, start) in enumerate(zip(named, starts, strict=True)):
        end = starts[k + 1] if k + 1 < len(starts) else len(page.text) + 1
        own_fields = tuple(f for f in fields if start <= f.label_start < end)
        blocks = tuple(i for i in indexes if start <= page.blocks[i].start < end)
        parts.append(Part(" ".join(fields[n].value.split()), own_fields, blocks))
    return [part for part in parts if not _is_pointer(page, part)]


def _own_container(path: str, near: Sequence[str]) -> str:
    """The widest element (its path with a slash) that holds this label and none of its likes; "" where there is none."""
    steps = path.split("/")
    shared = max(len(os.path.commonpath([path, other]).split("/")) for other in near)
    return "/".join(steps[: shared + 1]) + "/" if shared < len(steps) - 1 else ""


def _is_pointer(page: Page, part: Part) -> bool:
    """Whether a short card only points to a page of its own: its name is a link, and it says little more."""
    if len(part.fields) > 3 or part.name is None:
        return False
    lines = [line for field in part.fields if field.key == "organization_name" for line in field.lines]
    return any(link.href.partition("#")[0] != page.url for line in lines for link in line.links)
