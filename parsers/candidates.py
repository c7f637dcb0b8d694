"""Where a label may stand: every line that could begin with one, by its markup and its punctuation.

Nothing is decided here: `acceptance.py` accepts candidates by what the vocabulary, the markup and their likes on the page say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from parsers.forms import has_label_form, label_like
from parsers.frozen import lightly
from parsers.labels import LabelMatch, match
from parsers.leads import leading_symbol, leading_word
from parsers.marks import BOLD, EDGE, Markup, looks, mark_of, shape
from parsers.model import Block, Page

_SEPARATORS = re.compile(r"[|;•·,\t]|\s{2,}")
# A colon ends a label unless it is part of a URL, a time, a ratio or a Windows path.
_APART = re.compile(r"[|•·\t]|\s{3,}")
_COLON = re.compile(r"(?<!\d)\s?[:：﹕]+(?!//)(?![\w/]*://)|(?<=\d)\s?[:：﹕]+(?!\d|//)")
# A question announces its answer as a colon does: "Need to talk? 116 123".
_QUESTION = re.compile(r"[^\W\d][^.:!?;]{1,58}[?？؟](?=\s|$)")
_DASH_AFTER = re.compile(r"\s*[–—-]\s+")
_DASH = re.compile(r"\s+[–—-]\s+|\t+")
_WORD_START = re.compile(r"(?<![^\W\d_])[^\W\d_]")
# What explains a label when it is clicked on.
_HELP = re.compile(r"^(?:\[[?i]\]|\(\?\)|[?ⓘℹ❓]\ufe0f?)\s*(?=\S|$)")
# After emphasised words, these say that the sentence goes on: no label ended.
_GOES_ON = ",.;)"
_BETWEEN = re.compile(rf"[\s{EDGE}|/,;–·•-]*")
_LONGEST_LABEL = 80
# Lines of the pages whose candidates are kept until they are parsed: as many as a few batches have, some 50 MB.
_MOST_LINES = 200_000


_COLONS, _DASHES, _QUESTIONS = (":", "：", "﹕"), ("-", "–", "—", "\t"), ("?", "？", "؟")


@lightly(frozen=True, slots=True)
class Candidate:
    """A text that may be a label: page offsets `start`/`end` without its colon, `value` where its value may begin.

    `block` is an index into the page's blocks. `whole`: nothing else stands on its line. `look`: what labels that look
    alike have in common; `peer`: the same, and where it stands among its siblings if nothing else marks it. `values`: the
    blocks of its value, where the markup itself says so.
    """

    block: int
    start: int
    end: int
    value: int
    text: str
    markup: Markup
    colon: bool
    whole: bool
    look: str
    peer: str
    known: LabelMatch | None
    values: tuple[int, ...] | None = None


class Candidates:
    """The candidates on the lines of a page; a line is looked at once, when it is first asked for.

    `labels` are the source's own (printed -> key).
    """

    def __init__(self, page: Page, labels: Mapping[str, str] = MappingProxyType({})) -> None:
        self.labels = labels
        self._page = page
        self._found: dict[int, tuple[Candidate, ...]] = _studied.take(page) if not labels else {}

    def on(self, index: int) -> tuple[Candidate, ...]:
        """The candidates on the line `index`, in order."""
        found = self._found.get(index)
        if found is None:
            found = self._found[index] = tuple(_on_line(self._page, index, self.labels))
        return found

    def keep(self) -> None:
        """Keep what was found for whoever asks next about the page: pages are studied first, and then parsed."""
        if not self.labels:
            _studied.keep(self._page, self._found)

    def among(self, indexes: Iterable[int]) -> list[Candidate]:
        """The candidates on some lines, in their order."""
        return [candidate for index in indexes for candidate in self.on(index)]


class _Studied:
    """The candidates of the pages that were looked at last, by the identity of their lines."""

    def __init__(self) -> None:
        self._pages: dict[int, tuple[Page, dict[int, tuple[Candidate, ...]]]] = {}
        self._lines = 0

    def keep(self, page: Page, found: dict[int, tuple[Candidate, ...]]) -> None:
        lines = len(page.blocks)
        if self._lines + lines > _MOST_LINES:
            self._pages, self._lines = {}, 0
        if lines <= _MOST_LINES:
            self._pages[id(page.blocks)] = page, found
            self._lines += lines

    def take(self, page: Page) -> dict[int, tuple[Candidate, ...]]:
        kept = self._pages.pop(id(page.blocks), None)
        if kept is None:
            return {}
        known, found = kept
        self._lines -= len(known.blocks)
        return found if known.blocks is page.blocks and known.heading == page.heading else {}


_studied = _Studied()


def _on_line(page: Page, index: int, labels: Mapping[str, str]) -> Iterator[Candidate]:
    block = page.blocks[index]
    colon = _label_colon(block.text)
    first = (
        _behind(index, block, colon, labels)
        or _symbol(index, block)
        or _first(index, block, colon, labels, block.text != page.heading)
    )
    if first is None or (first.markup == "text" and not first.colon):
        worded = list(_worded(index, block))
        if worded:
            yield from worded
            return
    if first is None or _is_menu_entry(block, first):
        return
    yield first
    yield from _inner(index, block, first, labels)


def _is_menu_entry(block: Block, c: Candidate) -> bool:
    """Whether what may be a label is a link and all of its line: a menu leads to what a label would announce."""
    if not block.links or c.colon or not c.whole or c.markup in ("dt", "heading"):
        return False
    at = c.start
    for link in sorted(block.links, key=lambda link: link.start):
        if any(map(str.isalpha, block.text[at - block.start : max(at, min(link.start, c.end)) - block.start])):
            return False
        at = max(at, link.end)
    return any(link.start < link.end for link in block.links) and not any(
        map(str.isalpha, block.text[at - block.start : max(at, c.end) - block.start])
    )


def _behind(index: int, block: Block, colon: re.Match[str] | None, labels: Mapping[str, str]) -> Candidate | None:
    """A known label behind something that has none, and set apart from it: "1 High Street, Oldtown    Tel: 555-0100"."""
    if colon is None:
        return None
    cut = max((found.end() for found in _APART.finditer(block.text, 0, colon.start())), default=0)
    text = block.text[cut : colon.start()].strip(EDGE)
    before = block.text[:cut].strip(EDGE)
    known = match(text, labels) if cut else None
    if known is None or not known.kind or not any(c.isdigit() for c in before) or match(before, labels):
        return None
    return _inside(index, block, cut + block.text[cut:].index(text), text, colon.end(), known)


def _has(text: str, signs: tuple[str, str, str] | tuple[str, str, str, str]) -> bool:
    """Whether any of some signs is in a text: far less work than an expression that looks for them."""
    return signs[0] in text or signs[1] in text or signs[2] in text or (len(signs) > 3 and signs[3] in text)


def may_announce(text: str) -> bool:
    """Whether a line may have a candidate that announces what follows it, with a colon or as one: a look before `Candidates`."""
    if _has(text, _COLONS) or _has(text, _DASHES) or _has(text, _QUESTIONS):
        return True
    return leading_symbol(text) is not None or leading_word(text, 0) is not None


def _symbol(index: int, block: Block) -> Candidate | None:
    """A letter or sign that stands for a label: "T: 030 201 0101", "☎ 030 201 0101"."""
    found = leading_symbol(block.text)
    if found is None:
        return None
    end, kind = found
    value = end + len(block.text[end:]) - len(block.text[end:].lstrip(EDGE + ".-\ufe0e\ufe0f"))
    return _inside(index, block, 0, block.text[:end], value, LabelMatch("contact_details", kind))


def _worded(index: int, block: Block) -> Iterator[Candidate]:
    """Known words that label contacts without a colon, one after the other: "Tel. 030 201 0101 Fax 030 201 0102"."""
    at = 0
    while found := leading_word(block.text, at):
        end, value, stop, known = found
        yield _inside(index, block, at, block.text[at:end], value, known)
        at = _BETWEEN.match(block.text, stop).end()  # type: ignore[union-attr]


def _first(
    index: int, block: Block, colon: re.Match[str] | None, labels: Mapping[str, str], below_title: bool
) -> Candidate | None:
    """The candidate at the beginning of a line; an `h1` may only be one below the page's title."""
    markup, end = mark_of(block, below_title)
    text = block.text
    if markup in ("dt", "heading") and not (colon and text[colon.end() :].strip(EDGE)):
        return _candidate(index, block, len(text), len(text), markup, bool(colon), labels)
    if markup in ("bold", "span"):
        if colon and (colon.start() <= end or not text[end : colon.start()].strip(EDGE)):
            return _candidate(index, block, colon.start(), colon.end(), markup, True, labels)
        dash = _DASH_AFTER.match(text, end)
        if dash and dash.end() < len(text):
            return _candidate(index, block, end, dash.end(), markup, True, labels)
        parts = [a for a, _, _ in block.runs] + [link.start for link in block.links]
        apart = markup == "bold" or any(
            a - block.start >= end and not text[end : a - block.start].strip(EDGE) for a in parts
        )
        if end < len(text) and apart and text[end] not in _GOES_ON:
            return _candidate(index, block, end, end, markup, False, labels)
    if colon:
        return _candidate(
            index, block, colon.start(), colon.end(), "text" if markup == "span" else markup, True, labels
        )
    dash = _DASH.search(text, 1, _LONGEST_LABEL) if _has(text, _DASHES) else None
    if dash and (known := match(text[: dash.start()], labels)) and (known.kind or known.key in ("country", "other")):
        return _candidate(index, block, dash.start(), dash.end(), "text", True, labels)
    question = _QUESTION.match(text) if _has(text, _QUESTIONS) else None
    if question:
        return _candidate(index, block, question.end(), question.end(), markup, True, labels)
    if len(text) <= _LONGEST_LABEL:
        whole = markup if end == len(text) else "text"
        return _candidate(index, block, len(text), len(text), whole, False, labels)
    return None


def dashed(index: int, block: Block, labels: Mapping[str, str]) -> Candidate | None:
    """The candidate that a dash parts from its value: "Reach – National". Whether it is a label, its likes must say."""
    dash = _DASH.search(block.text, 1, _LONGEST_LABEL)
    if dash is None or mark_of(block, False)[0] != "text":
        return None
    found = _candidate(index, block, dash.start(), dash.end(), "text", False, labels)
    look = f"dash {shape(block.path)} {block.style}"
    return None if found is None or found.whole else replace(found, look=look, peer=look)


def _label_colon(text: str) -> re.Match[str] | None:
    """The first colon that may end a label: not one within brackets ("News (updated: May 7)")."""
    if not _has(text, _COLONS):
        return None
    for colon in _COLON.finditer(text, 1, _LONGEST_LABEL + 2):
        if text.count("(", 0, colon.start()) <= text.count(")", 0, colon.start()):
            return colon
    return None


def whole_line(index: int, block: Block, labels: Mapping[str, str]) -> Candidate | None:
    """The candidate that is all of a line, also where a colon stands in it ("Families : how to reach us")."""
    text = block.text.rstrip(EDGE)
    return _candidate(index, block, len(text), len(block.text), mark_of(block, False)[0], text != block.text, labels)


def _candidate(
    index: int, block: Block, end: int, value: int, markup: Markup, colon: bool, labels: Mapping[str, str]
) -> Candidate | None:
    raw = block.text[:end]
    text = raw.strip(EDGE)
    if not text or len(text) > _LONGEST_LABEL:
        return None
    start = block.start + len(raw) - len(raw.lstrip(EDGE))
    rest = _HELP.sub("", block.text[value:].lstrip(EDGE))
    known = match(text, labels)
    if known is None and not (has_label_form(text) if _is_place_for_labels(markup, block) else label_like(text)):
        return None
    look, peer = looks(markup, colon, block)
    end, value = start + len(text), block.end - len(rest)
    return Candidate(index, start, end, value, text, markup, colon, not rest, look, peer, known)


def _inner(index: int, block: Block, first: Candidate, labels: Mapping[str, str]) -> Iterator[Candidate]:
    """Further labels on a line: "Tel: x Fax: y", also glued together; only words that the vocabulary knows."""
    begin = first.value - block.start
    if not _has(block.text[begin:], _COLONS):
        return
    while colon := _COLON.search(block.text, begin):
        segment = block.text[begin : colon.start()]
        cut = max((found.end() for found in _SEPARATORS.finditer(segment)), default=0)
        begin, segment = begin + cut, segment[cut:]
        starts = [found.start() for found in _WORD_START.finditer(segment)][-5:]
        for at in starts:
            text = segment[at:].strip(EDGE)
            if text.count(")") > text.count("("):
                continue  # it would begin within the brackets of the value before
            known = match(text, labels)
            if known and known.key not in ("other", "description") and (begin + at > 0):
                yield _inside(index, block, begin + at, text, colon.end(), known)
                break
        begin = colon.end()


def _inside(index: int, block: Block, at: int, text: str, value: int, known: LabelMatch) -> Candidate:
    """The candidate `text` at the place `at` within a line, with a colon; what follows from `value` on is its value."""
    start = block.start + at
    rest = block.text[value:].lstrip(EDGE)
    bold = any(a <= start < b and tag in BOLD for a, b, tag in block.runs)
    end, value = start + len(text), block.end - len(rest)
    markup: Markup = "bold" if bold else "text"
    look = f"inner {shape(block.path)}"
    return Candidate(index, start, end, value, text, markup, True, not rest, look, look, known)


def _is_place_for_labels(markup: Markup, block: Block) -> bool:
    return markup == "dt" or (block.cell is not None and block.cell.header)
