"""Blocks -> labelled fields: candidates, those of them that are labels, and the text that belongs to each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from parsers.acceptance import (
    accept,
    belongs_to_site,
    heads_description,
    heads_others,
    heads_prose,
    heads_section,
    is_navigation,
    is_teaser,
    repeats_label,
    without_parts,
)
from parsers.candidates import Candidate, Candidates
from parsers.captions import captions
from parsers.extents import hours_that_follow, inline_peers, line_of, nonempty, value_of
from parsers.frozen import lightly
from parsers.labels import LabelMatch, is_own
from parsers.links import is_menu_line
from parsers.meanings import meaning
from parsers.model import Field, Line, Page, Status
from parsers.site import Site
from parsers.tables import RecordTable, TableReading, read_tables

# What marks an input of a form as required, where the label of a field has its value.
_REQUIRED = (["*"], ["(required)"])
_REDACTED = re.compile(r"\s*(?:\[(?:email|e-mail)[\s\xa0](?:protected|redacted)\]|\*{3,})\s*", re.I)


@lightly(frozen=True, slots=True)
class Labels:
    """The accepted labels of a page with their values, in page order, and the tables of records.

    `anonymous` are tables of records whose heads announce no name.
    """

    fields: tuple[Field, ...] = ()
    headings: tuple[Candidate, ...] = ()
    records: tuple[RecordTable, ...] = ()
    taken: frozenset[int] = frozenset()
    anonymous: tuple[RecordTable, ...] = ()


def read_fields(page: Page, indexes: Sequence[int], site: Site, candidates: Candidates) -> Labels:
    """The labelled fields among the lines `indexes` of a page.

    `candidates` are those of its lines; `site` is what is known of its pages. Headings of the description ("Description
    générale:") are returned apart: they are no fields. `taken` holds the blocks that fields and tables explain.
    """
    tables = read_tables(page, indexes, candidates, site)
    explained = tables.taken | tables.unnamed
    loose = [i for i in indexes if i not in explained and not is_menu_line(page.blocks[i])]
    below = captions(page, loose, site.labels | site.boilerplate)
    captioned = {i for c in below for i in (c.block, *(c.values or ()))}
    loose = [i for i in loose if i not in captioned]
    found = candidates.among(loose)
    labels = candidates.labels
    headings = [c for c in found if heads_description(c) and (c.colon or c.markup != "text")]
    accepted = accept(page, [c for c in found if c not in headings], site, labels)
    sections = heads_section(page, accepted)
    headings += sections
    whole = without_parts(page, accepted, sections)
    fields, taken = _with_values(page, whole, headings, (*tables.candidates, *below), tables, site, labels)
    heads = {c.start for c in (*whole, *sections)}
    # a label is left out as part of a value: one that no value reaches is a label of its own after all
    orphans = [c for c in accepted if c.start not in heads and c.block not in taken]
    if orphans:
        fields, taken = _with_values(
            page, [*whole, *orphans], headings, (*tables.candidates, *below), tables, site, labels
        )
    return Labels(tuple(fields), tuple(headings), tables.records, frozenset(taken), tables.anonymous)


def _with_values(
    page: Page,
    accepted: Sequence[Candidate],
    headings: Sequence[Candidate],
    placed: Sequence[Candidate],
    tables: TableReading,
    site: Site,
    labels: Mapping[str, str],
) -> tuple[list[Field], set[int]]:
    """The fields of the accepted labels, and of those whose values have their places (`placed`), in page order.

    Also the blocks that they and the tables explain.
    """
    accepted = sorted([*accepted, *placed], key=lambda c: c.start)
    inline = inline_peers(page, accepted)
    known = Counter(c.look for c in accepted if c.known)
    stops = {c.block: c for c in sorted([*accepted, *headings], key=lambda c: c.start, reverse=True)}
    fields: list[Field] = []
    taken = set(tables.taken)
    apart = tables.unnamed | {i for c in placed if c.markup != "cell" for i in c.values or ()}
    walls = stops.keys() | tables.taken | apart
    for n, candidate in enumerate(accepted):
        following = accepted[n + 1] if n + 1 < len(accepted) else None
        lines, blocks = value_of(page, candidate, following, stops, apart, candidate.peer in inline)
        more = hours_that_follow(page, candidate, lines, blocks, walls)
        lines += [line_of(page.blocks[i], page.blocks[i].start, page.blocks[i].end) for i in more]
        blocks += more
        if (
            is_navigation(page, candidate, blocks, site)
            or heads_others(candidate, blocks, known[candidate.look])
            or belongs_to_site(page, candidate, blocks, site)
            or heads_prose(candidate, lines)
            or repeats_label(candidate, lines)
            or is_teaser(candidate, lines, site)
            or [line.text for line in lines] in _REQUIRED
        ):
            continue
        fields.append(_field(page, candidate, lines, _known(candidate, lines, labels)))
        taken.add(candidate.block)
        taken.update(blocks)
    return fields, taken


def _known(c: Candidate, lines: Sequence[Line], labels: Mapping[str, str]) -> LabelMatch | None:
    """What a label is taken for, with its value before us; what the source says of its own labels stands."""
    return c.known if is_own(c.text, labels) else meaning(c.text, c.known, lines)


def _field(page: Page, c: Candidate, lines: Sequence[Line], known: LabelMatch | None) -> Field:
    return build_field(c.text, known.key if known else None, page.blocks[c.block].path, (c.start, c.end), lines)


def build_field(label: str, key: str | None, path: str, place: tuple[int, int], lines: Sequence[Line]) -> Field:
    """The field of a label at its place, with the lines of its value: blank without any, redacted where they hide it."""
    value = "\n".join(line.text for line in lines)
    status: Status = "stated"
    if not lines:
        status = "blank"
    elif _REDACTED.fullmatch(value) and not any(address for line in lines for _, _, address in line.hidden):
        status = "redacted"
    start = lines[0].start if lines else place[1]
    return Field(
        label=label,
        key=key,
        value=value,
        status=status,
        path=path,
        label_start=place[0],
        label_end=place[1],
        start=start,
        end=lines[-1].end if lines else start,
        lines=tuple(lines),
    )


def given_labels(page: Page) -> Labels:
    """The fields that the source's own parser read, and the blocks that they explain."""
    places = [(f.label_start, f.label_end) for f in page.fields]
    places += [(line.start, line.end) for f in page.fields for line in f.lines]
    taken = {i for start, end in places for i, b in enumerate(page.blocks) if b.start < end and start < b.end}
    return Labels(page.fields, (), (), frozenset(taken))


def record_fields(page: Page, table: RecordTable) -> list[list[Field]]:
    """The fields of each row of a table of records, with the labels of its head."""
    rows: list[list[Field]] = []
    for row in table.rows:
        fields = []
        for (_, label), cell in zip(table.labels, row, strict=True):
            blocks = [page.blocks[i] for i in cell]
            fields.append(_field(page, label, nonempty([line_of(b, b.start, b.end) for b in blocks]), label.known))
        if any(field.value for field in fields):
            rows.append(fields)
    return rows
