"""A page's text cut at the places of what was read from it, so that each piece can be shown with all that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Span:
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


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text with the spans that cover it, in the order given."""

    text: str
    spans: tuple[Span, ...]

    @property
    def kinds(self) -> str:
        """Their kinds, each once, as a list of class names."""
        return " ".join(dict.fromkeys(span.kind for span in self.spans))

    @property
    def title(self) -> str:
        """What they are, each once."""
        return "; ".join(dict.fromkeys(span.title for span in self.spans if span.title))

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of what was read here, that of the shortest span first; a cell of the record before its field."""
        ordered = sorted(self.spans, key=lambda span: (span.end - span.start, span.kind != "found"))
        return tuple(dict.fromkeys(span.mark for span in ordered))

    @property
    def key(self) -> str | None:
        """What colours the piece: the key of the shortest span that has one."""
        named = [span for span in self.spans if span.key]
        return min(named, key=lambda span: span.end - span.start).key if named else None

    @property
    def lang(self) -> str | None:
        """The language of the piece: that of the shortest span that has one."""
        named = [span for span in self.spans if span.lang]
        return min(named, key=lambda span: span.end - span.start).lang if named else None


def pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Cut the text wherever a span starts or ends: joined again, the pieces are the text.

    Spans may overlap and nest; what of them lies outside the text is left out.
    """
    size = len(text)
    clipped = [(max(span.start, 0), min(span.end, size), span) for span in spans]
    clipped = [entry for entry in clipped if entry[0] < entry[1]]
    cuts = sorted({0, size, *(start for start, _, _ in clipped), *(end for _, end, _ in clipped)})
    starts: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for place, (start, end, _) in enumerate(clipped):
        starts.setdefault(start, []).append(place)
        ends.setdefault(end, []).append(place)
    covering: set[int] = set()
    found = []
    for start, end in pairwise(cuts):
        covering -= set(ends.get(start, ()))
        covering |= set(starts.get(start, ()))
        found.append(Piece(text[start:end], tuple(clipped[place][2] for place in sorted(covering))))
    return found
