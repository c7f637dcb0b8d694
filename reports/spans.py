"""A page's text cut at the places of what was read from it, so that each piece can be shown with all that it belongs to."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


# Tuples, not dataclasses: a page has a hundred of each, and a release ten thousand pages.
class Span(NamedTuple):
    """A stretch of text (characters, end exclusive) and what it was read as.

    `kind` is label, value, text, problem, unread, or found (what a cell of the record was read from).
    `mark` names the thing that was read: a label and its value share one. `key` is what colours it.
    """

    start: int
    end: int
    kind: str
    title: str
    mark: str
    lang: str | None = None
    key: str | None = None


class Piece(NamedTuple):
    """A piece of text with the spans that cover it, the shortest first; a cell of the record before its field."""

    text: str
    spans: tuple[Span, ...]


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut the text wherever a span starts or ends: joined again, the pieces are the text.

    Spans may overlap and nest; what of them lies outside the text is left out.
    """
    size = len(text)
    there = [span for span in spans if max(span.start, 0) < min(span.end, size)]
    there.sort(key=lambda span: (span.end - span.start, span.kind != "found"))
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for place, span in enumerate(there):
        starts.setdefault(max(span.start, 0), []).append(place)
        ends.setdefault(min(span.end, size), []).append(place)
    covering: list[int] = []
    found = []
    for start, end in pairwise(sorted({0, size, *starts, *ends})):
        for place in ends.get(start, ()):
            covering.remove(place)
        for place in starts.get(start, ()):
            insort(covering, place)
        found.append(Piece(text[start:end], tuple([there[place] for place in covering])))
    return found
