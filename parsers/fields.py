"""Blocks -> labelled fields: which candidates are labels, and which text belongs to which.

What is a label is known by the vocabulary, by its markup, by its likes on the page (labels look alike), and by recurring at
the same place on the site's other pages. A colon alone proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parsers.boilerplate import is_link_line
from parsers.candidates import STRENGTH, Candidate, find_candidates, label_like
from parsers.folding import fold
from parsers.labels import match
from parsers.model import Block, Field, Line, Page, Status
from parsers.site import Site
from parsers.tables import RecordTable, read_tables

_GENERAL_CONTACTS = frozenset({"contact_details", "contact_seeking_help"})
_LEAD = " \t\xa0:：\u200e\u200f"
_REDACTED = re.compile(r"\s*(?:\[(?:email|e-mail)[\s\xa0](?:protected|redacted)\]|\*{3,})\s*", re.I)
_REACHES = re.compile(r"\d|@|\(at\)|\[at\]|www\.|protected\]", re.I)
_HEADING = re.compile(r"h[1-6]")


@dataclass(frozen=True, slots=True)
class Labels:
    """The accepted labels of a page with their values, in page order, and the tables of records."""

    fields: tuple[Field, ...]
    headings: tuple[Candidate, ...]
    records: tuple[RecordTable, ...]
    taken: frozenset[int]


def read_fields(page: Page, indexes: list[int], site: Site, labels: Mapping[str, str]) -> Labels:
    """The labelled fields among the lines `indexes` of a page.

    `labels` are the source's own; `site` is what is known of its pages. Headings of the description ("Description
    générale:") are returned apart: they are no fields. `taken` holds the blocks that fields and tables explain.
    """
    tables = read_tables(page, indexes, labels)
    loose = [i for i in indexes if i not in tables.taken and i not in tables.anonymous]
    found = list(find_candidates(page, loose, labels))
    headings = [c for c in found if _heads_description(c) and (c.colon or c.markup != "text")]
    accepted = _without_parts(page, _accept(page, [c for c in found if c not in headings], site))
    accepted = sorted([*accepted, *tables.candidates], key=lambda c: c.start)
    inline = _inline_peers(page, accepted)
    stops = {c.block: c for c in sorted([*accepted, *headings], key=lambda c: c.start, reverse=True)}
    fields: list[Field] = []
    taken = set(tables.taken)
    for n, candidate in enumerate(accepted):
        following = accepted[n + 1] if n + 1 < len(accepted) else None
        lines, blocks = _value(page, candidate, following, stops, candidate.peer in inline)
        if _is_navigation(page, candidate, blocks, site):
            continue
        fields.append(_field(page, candidate, lines))
        taken.add(candidate.block)
        taken.update(blocks)
    return Labels(tuple(fields), tuple(headings), tables.records, frozenset(taken))


def _accept(page: Page, found: Sequence[Candidate], site: Site) -> list[Candidate]:
    """The candidates that are labels: the known ones that look like labels, and those that look like them."""
    sure = [c for c in found if _is_known(c, site) and _looks_set_apart(c, found)]
    peers = Counter(c.peer for c in sure)
    whole_lines = Counter(c.peer for c in found)
    labels = {c.start for c in sure}
    first = min(labels, default=0)
    last = max(labels, default=0)
    for c in found:
        if c.start in labels or not label_like(c.text) or c.known:
            continue
        likes = peers[c.peer]
        if c.markup == "dt" or (c.markup in ("bold", "span") and c.colon and (not c.whole or likes)):
            labels.add(c.start)
        elif likes >= 2 and (c.colon or c.markup in ("heading", "bold", "span")):
            if c.markup != "text" or (c.colon and first <= c.start and c.block <= _block_of(found, last) + 1):
                labels.add(c.start)
        elif likes >= 2 and 2 * likes >= whole_lines[c.peer]:
            labels.add(c.start)
    return [c for c in found if c.start in labels]


def _block_of(found: Sequence[Candidate], start: int) -> int:
    return next((c.block for c in found if c.start == start), 0)


def _is_known(c: Candidate, site: Site) -> bool:
    return c.known is not None or fold(c.text) in site.labels


def _looks_set_apart(c: Candidate, found: Sequence[Candidate]) -> bool:
    """Whether a known word stands as a label does: with a colon, marked up, or alone on its line like several others."""
    if c.colon or c.markup in ("dt", "heading"):
        return True
    if c.markup in ("bold", "span"):
        return c.whole or c.known is not None
    return c.whole and sum(1 for o in found if o.whole and o.known and o.look == c.look) >= 2


def _is_navigation(page: Page, c: Candidate, blocks: Sequence[int], site: Site) -> bool:
    """Whether a heading has only links below it, or what every page of the site has: a menu, not a fact.

    A known label on a line of its own without a colon must be followed by what it announces, too: "Contact us" and a menu.
    """
    below = [page.blocks[i] for i in blocks]
    if not below or not c.whole or (c.known and c.known.key not in _GENERAL_CONTACTS):
        return False
    if all(is_link_line(block) or fold(block.text) in site.boilerplate for block in below) and not c.colon:
        return c.known is None or not any(_REACHES.search(block.text) for block in below)
    bare = (
        c.known is not None and c.known.kind is None and not c.colon and c.markup in ("heading", "text", "bold", "span")
    )
    return bare and not any(_REACHES.search(block.text) for block in below)


def _heads_description(c: Candidate) -> bool:
    """Whether a label stands above the text in one language: "Description générale:", "Beschreibung auf Deutsch"."""
    if not c.whole or c.markup in ("dt", "cell") or (c.known and c.known.key != "description"):
        return False
    return c.known is not None or bool((known := match(c.text.split()[0])) and known.key == "description")


def _without_parts(page: Page, labels: list[Candidate]) -> list[Candidate]:
    """Leave out labels inside another field's value: "Tel : ..." below "Contact details:".

    They are part of it when they are set apart less than the label above, stand unmarked in its paragraph, or do not look
    like it while other labels do. What no
    vocabulary knows is no label of its own below a label that is set apart more ("Mon: 9-17").
    """
    kept: list[Candidate] = []
    open_: Candidate | None = None
    looks = Counter(c.peer for c in labels)
    for c in labels:
        inside = open_ is not None and _paragraph(page, c) == _paragraph(page, open_)
        if open_ is not None and inside and c.known is None and STRENGTH[c.markup] < STRENGTH[open_.markup]:
            continue
        if open_ is not None and c.known and _holds_contacts(open_):
            weaker = STRENGTH[c.markup] < STRENGTH[open_.markup]
            same = c.markup == "text" and inside and open_.known is not None and open_.known.kind is None
            beside = c.block == open_.block and not open_.whole and c.known.key in _GENERAL_CONTACTS
            other = c.markup == "text" and c.peer != open_.peer and looks[open_.peer] > looks[c.peer]
            if (c.known.kind or c.known.key == "other" or beside) and (weaker or same or other):
                continue
        kept.append(c)
        open_ = c
    return kept


def _holds_contacts(c: Candidate) -> bool:
    return c.known is not None and c.known.key in _GENERAL_CONTACTS and c.known.kind in (None, "address")


def _paragraph(page: Page, c: Candidate) -> str:
    return page.blocks[c.block].path


def _inline_peers(page: Page, labels: Sequence[Candidate]) -> frozenset[str]:
    """The looks of label whose values stand on the label's line or in its paragraph: there, a label alone is blank."""
    inline: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for c in labels:
        if c.markup in ("bold", "span", "text"):
            beside = not c.whole or _same_paragraph_follows(page, c)
            (inline if beside else apart)[c.peer] += 1
    looks = {peer for peer in inline if inline[peer] > apart[peer]}
    return frozenset(looks | {p for p in apart if not inline[p] and _mostly_inline(p, inline)})


def _mostly_inline(peer: str, inline: Counter[str]) -> bool:
    kind = peer.split(" ")[0]
    return sum(n for other, n in inline.items() if other.split(" ")[0] == kind) >= 2


def _same_paragraph_follows(page: Page, c: Candidate) -> bool:
    after = page.blocks[c.block + 1] if c.block + 1 < len(page.blocks) else None
    return after is not None and after.path == page.blocks[c.block].path


def _value(
    page: Page, c: Candidate, following: Candidate | None, stops: Mapping[int, Candidate], inline: bool
) -> tuple[list[Line], list[int]]:
    """The lines of a label's value, and the blocks that they take up."""
    block = page.blocks[c.block]
    if c.values is not None:
        cells = [page.blocks[i] for i in c.values]
        return _nonempty([_line(cell, cell.start, cell.end) for cell in cells]), list(c.values)
    lines: list[Line] = []
    if following is not None and following.block == c.block:
        return _nonempty([_line(block, c.value, following.start)]), []
    if not c.whole:
        lines += _nonempty([_line(block, c.value, block.end)])
    blocks: list[int] = []
    container = _container(page, c, inline)
    element: str | None = None
    for i in range(c.block + 1, len(page.blocks)):
        here = page.blocks[i]
        if not _belongs(here, block, c, container, inline):
            break
        stop = stops.get(i)
        if stop is not None:
            if stop.start > here.start:
                lines += _nonempty([_line(here, here.start, stop.start)])
            break
        if following is None and c.whole and not inline and c.markup != "dt":
            own = _element_below(container, here.path)
            if element is not None and own != element:
                break
            element = own
        lines += _nonempty([_line(here, here.start, here.end)])
        blocks.append(i)
    return lines, blocks


def _belongs(here: Block, label: Block, c: Candidate, container: str, inline: bool) -> bool:
    """Whether a line can still be part of the value of a label."""
    if here.area != label.area:
        return False
    if c.markup == "dt":
        return here.path.startswith(container) and "/dt[" not in here.path[len(container) - 1 :]
    if c.markup == "heading":
        deeper = not _HEADING.fullmatch(here.tag) or here.tag > label.tag
        return deeper and here.path.startswith(container)
    if here.path == label.path:
        return True
    if not c.whole or inline:
        return False
    return here.path.startswith(container) and not _HEADING.fullmatch(here.tag)


def _container(page: Page, c: Candidate, inline: bool) -> str:
    """The path (with a slash) of the element that a label shares with its value."""
    path = page.blocks[c.block].path
    if c.markup == "dt":
        return path[: path.rindex("/dt[") + 1]
    parent = path.rpartition("/")[0] + "/"
    if inline or not c.whole:
        return parent
    following = page.blocks[c.block + 1].path if c.block + 1 < len(page.blocks) else ""
    for _ in range(3):
        if following.startswith(parent) or parent.count("/") <= 2:
            break
        parent = parent[:-1].rpartition("/")[0] + "/"
    return parent


def _element_below(container: str, path: str) -> str:
    return path[len(container) :].split("/")[0]


def _line(block: Block, start: int, end: int) -> Line:
    """The part of a block between two places of the page, without the punctuation and space around it."""
    text = block.text[start - block.start : end - block.start]
    lead = len(text) - len(text.lstrip(_LEAD))
    start += lead
    text = text[lead:].rstrip(" \t\xa0|·•")
    end = start + len(text)
    return Line(
        text,
        start,
        tuple(x for x in block.links if (x.start < end and x.end > start) or start <= x.start == x.end < end),
        tuple(x for x in block.hidden if x[0] < end and x[1] > start),
    )


def _nonempty(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.text]


def _field(page: Page, c: Candidate, lines: Sequence[Line]) -> Field:
    value = "\n".join(line.text for line in lines)
    status: Status = "stated"
    if not lines:
        status = "blank"
    elif _REDACTED.fullmatch(value) and not any(line.hidden for line in lines):
        status = "redacted"
    start = lines[0].start if lines else c.end
    return Field(
        label=c.text,
        key=c.known.key if c.known else None,
        value=value,
        status=status,
        path=page.blocks[c.block].path,
        label_start=c.start,
        label_end=c.end,
        start=start,
        end=lines[-1].end if lines else start,
        lines=tuple(lines),
    )


def record_fields(page: Page, table: RecordTable) -> list[list[Field]]:
    """The fields of each row of a table of records, with the labels of its head."""
    rows: list[list[Field]] = []
    for row in table.rows:
        fields = []
        for (_, label), cell in zip(table.labels, row, strict=True):
            blocks = [page.blocks[i] for i in cell]
            fields.append(_field(page, label, _nonempty([_line(b, b.start, b.end) for b in blocks])))
        if any(field.value for field in fields):
            rows.append(fields)
    return rows
