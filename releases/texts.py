"""A listing's names, headings and paragraphs, one a row, each with its language and what it translates: the rows of `text`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from parsers.alignment import align
from parsers.model import Description, Listing
from releases.ids import child_id
from releases.terms import TableRow


def text_rows(listing: Listing, id_: str) -> Iterator[TableRow]:
    """A row of `text` for each name, heading and paragraph of a listing, with what it translates."""
    count: Counter[tuple[str, str | None]] = Counter()

    def passage(column: str, language: str | None, text: str, **place: Any) -> TableRow:
        position = count[column, language]
        count[column, language] += 1
        key = child_id(id_, "text", column, language or "", position)
        head = {"id": key, "table": "organization", "row_id": id_, "column": column, "language": language}
        return "text", {**head, "text": text, "position": position, **place}

    names = [
        passage(
            "name" if name.kind == "name" else "alternate_name", name.lang, name.text, start=name.start, end=name.end
        )
        for name in listing.normalized.names
    ]
    yield from _linked_names([row for _, row in names])
    for heading in listing.headings:
        yield passage("heading", None, heading)
    told = [
        [passage("description", d.lang, text, **place) for text, place in _paragraphs(listing, d)]
        for d in listing.descriptions
    ]
    for description, translated in zip(listing.descriptions[1:], told[1:], strict=True):
        if "und" not in (description.lang, listing.descriptions[0].lang):
            _link_translation([row for _, row in told[0]], [row for _, row in translated])
    for written in told:
        yield from written


def _linked_names(names: list[dict[str, Any]]) -> Iterator[TableRow]:
    """A name in another language translates the first one that has a language."""
    spoken = [row for row in names if row["column"] == "name" and row["language"] not in (None, "und")]
    for row in spoken[1:]:
        if row["language"] != spoken[0]["language"]:
            row["translates"] = spoken[0]["unit"] = row["unit"] = spoken[0]["id"]
    for row in names:
        yield "text", row


def _link_translation(original: Sequence[dict[str, Any]], translated: Sequence[dict[str, Any]]) -> None:
    """Link the paragraphs of a description to those of the first language that they translate."""
    for ours, theirs in align([row["text"] for row in original], [row["text"] for row in translated]):
        unit = original[ours.start]["id"]
        for k in ours:
            original[k]["unit"] = unit
        for k in theirs:
            translated[k]["translates"] = translated[k]["unit"] = unit


def _paragraphs(listing: Listing, description: Description) -> Iterator[tuple[str, dict[str, Any]]]:
    """The lines of a description's passages, with their places."""
    for passage in description.passages:
        for line in re.finditer(r"[^\n]*\S[^\n]*", listing.text[passage.start : passage.end]):
            place = {"start": passage.start + line.start(), "end": passage.start + line.end()}
            yield line.group(), {**place, "confidence": passage.confidence}
