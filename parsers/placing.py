"""What a site-specific parser names in a BeautifulSoup tree -> fields with their places in the page's text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, Tag

from parsers.extents import line_of, nonempty
from parsers.fields import build_field
from parsers.hiding import HIDDEN_STYLE
from parsers.labels import match
from parsers.model import Field, Line, Page
from parsers.walk import UNSEEN_TAGS
from sources.source import KEYS

_INVISIBLE = frozenset("\u200b\u200e\u200f\ufeff")
_LABEL_EDGES = " \t\n\r\f\xa0:："

Place = tuple[int, int]
"""Offsets: start and end, exclusive."""


class FieldError(Exception):
    """A field that a site-specific parser claims and the page does not bear out; the message names the field."""


class PageSoup(BeautifulSoup):
    """The tree of a page that knows its `places`: where in `Page.text` its elements stand. A copy of it knows them no more."""

    places: Places | None = None


def page_soup(markup: str, page: Page, labels: Mapping[str, str]) -> PageSoup:
    """The tree of a page; `labels` are the source's own, which win over the vocabulary."""
    soup = PageSoup(markup, "html.parser")
    soup.places = Places(soup, page, labels)
    return soup


def field(label: Tag | str, value: Tag | str | Sequence[Tag | str] | None = None, key: str | None = None) -> Field:
    """A field for `fields(soup)` of a site-specific parser to give.

    `label` is the element (or text node) that prints it; a plain string names a label that the page does not print. `value` is
    the element or the text node that holds the value, or several of them; a plain string is a text that stands behind the
    label's element. Without one the value is blank. `key` is what the label stands for; without it the source's `labels:` and
    the vocabulary are asked.

    Raises FieldError where a text is not on the page, or not visible there.
    """
    values: Sequence[Tag | str] = [] if value is None else [value] if isinstance(value, Tag | str) else list(value)
    text = _text(label).strip(_LABEL_EDGES)
    if not text:
        raise FieldError("a field without a label: give the element that prints it, or a text that names it")
    if key is not None and key not in KEYS:
        raise FieldError(f"field {text!r}: there is no key {key!r}. Keys: {', '.join(KEYS)}.")
    places = next((found for item in (label, *values) if (found := _places_of(item))), None)
    if places is None:
        raise FieldError(f"field {text!r}: nothing of it is an element of the page; give the element, not its text")
    try:
        name = places.of(label, 0) if isinstance(label, PageElement) else None
        spans = [places.of(value, name[1] if name else 0) for value in values]
    except LookupError as error:
        raise FieldError(f"field {text!r}: {error}") from None
    lines = sorted({line for span in spans if span for line in places.lines(*span)}, key=lambda line: line.start)
    if not name and not lines:
        raise FieldError(f"field {text!r}: neither label nor value has any text on the page")
    start, end = places.trimmed(*name) if name else (lines[0].start, lines[0].start)
    if key is None:
        known = match(text, places.labels)
        key = known.key if known else None
    return build_field(places.text[start:end] or text, key, places.path(start), (start, end), lines)


def _places_of(item: Tag | str) -> Places | None:
    """The places of the page that an element belongs to; None for a text, and for what was taken out of the tree."""
    tree = next(reversed(list(item.parents)), None) if isinstance(item, PageElement) else None
    return tree.places if isinstance(tree, PageSoup) else None


def _text(item: Tag | str) -> str:
    return "".join(_visible_strings(item)) if isinstance(item, Tag) else str(item)


def _visible_strings(tag: Tag) -> Iterator[NavigableString]:
    """The text nodes below an element that a reader sees, in order; without recursion, whatever the depth."""
    stack: list[Iterator[PageElement]] = [iter(tag.contents)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif isinstance(node, Tag):
            if not _is_hidden(node):
                stack.append(iter(node.contents))
        elif type(node) in (NavigableString, CData):
            yield node  # type: ignore[misc]


def _is_hidden(tag: Tag) -> bool:
    return tag.name in UNSEEN_TAGS or tag.has_attr("hidden") or bool(HIDDEN_STYLE.search(str(tag.get("style") or "")))


def _squeezed(text: str) -> str:
    """What is left of a text without white space and invisible characters, about which two readings of a page may differ."""
    return "".join(c for c in text if not c.isspace() and c not in _INVISIBLE)


class Places:
    """Where the text of elements stands in a page.

    The text nodes of the tree and the lines of the page come from two parsers, but in the same order: a node's place is told by
    how much text stands before it. Where the two differ (broken markup), the nearest place with the same text is taken.
    """

    def __init__(self, soup: BeautifulSoup, page: Page, labels: Mapping[str, str]) -> None:
        self.text = page.text
        self.labels = labels
        self._blocks = page.blocks
        self._starts = [block.start for block in page.blocks]
        self._offsets = [n for n, c in enumerate(page.text) if not c.isspace() and c not in _INVISIBLE]
        self._letters = "".join(page.text[n] for n in self._offsets)
        # The nodes are kept: an id is theirs for as long as they live.
        self._nodes = list(_visible_strings(soup))
        self._before: dict[int, int] = {}
        total = 0
        for node in self._nodes:
            self._before[id(node)] = total
            total += len(_squeezed(node))

    def of(self, item: Tag | str, after: int) -> Place | None:
        """Where an element or a text node stands; a plain text, the first place of it from `after` on.

        None where it has no text, LookupError where its text is not on the page.
        """
        letters = _squeezed(_text(item))
        if not letters:
            return None
        if isinstance(item, PageElement):
            nodes = _visible_strings(item) if isinstance(item, Tag) else iter([item])
            near = next(
                (self._before[id(node)] for node in nodes if id(node) in self._before and _squeezed(node)), None
            )
            found = self._nearest(letters, near) if near is not None else -1
        else:
            found = self._letters.find(letters, bisect_right(self._offsets, after - 1))
        if found < 0:
            raise LookupError(f"{' '.join(_text(item).split())[:80]!r} is not on the page, or not visible")
        return self._offsets[found], self._offsets[found + len(letters) - 1] + 1

    def _nearest(self, letters: str, near: int) -> int:
        after = self._letters.find(letters, near)
        before = self._letters.rfind(letters, 0, near + len(letters))
        return min((place for place in (after, before) if place >= 0), key=lambda n: (abs(n - near), n), default=-1)

    def lines(self, start: int, end: int) -> list[Line]:
        """The lines between two places of the page."""
        first = bisect_right(self._starts, start) - 1
        blocks = self._blocks[first : bisect_right(self._starts, end - 1)]
        return nonempty([line_of(block, max(start, block.start), min(end, block.end)) for block in blocks])

    def trimmed(self, start: int, end: int) -> Place:
        """A label's place without its colon."""
        text = self.text[start:end]
        lead = len(text) - len(text.lstrip(_LABEL_EDGES))
        return start + lead, start + lead + len(text.strip(_LABEL_EDGES))

    def path(self, start: int) -> str:
        """The DOM path of the line at a place."""
        return self._blocks[bisect_right(self._starts, start) - 1].path
