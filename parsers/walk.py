"""A tree -> the lines of text that a reader sees, each with its place: what page.py reads with.

The tree is walked once, without recursion, so that no depth of nesting hurts.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selectolax.lexbor import LexborNode

from parsers.areas import Width, area_of, is_form
from parsers.emails import decode_cfemail, decode_cfemail_link, reversed_address
from parsers.fragments import AGAIN, Fragment, Fragments, Place
from parsers.hiding import is_hidden
from parsers.hrefs import absolute, is_fixed, origin_of
from parsers.lines import SPACES, TABLE_PARTS, LineWriter
from parsers.model import Link
from parsers.opened import Opened, path_of

# Elements that begin and end a line of their own (HTML standard, section 15.3, "display: block" and table parts).
BLOCK_TAGS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section "
    "summary table tbody td tfoot th thead tr ul".split()
)
# Elements whose content no reader sees as text.
UNSEEN_TAGS = frozenset(
    "script style noscript template head title svg math iframe object embed canvas audio video map select datalist textarea "
    "button input".split()
)
# What a reader fills in: the words before it ask for something, and state nothing (HTML standard, section 4.10).
_CONTROLS = frozenset({"input", "select", "textarea"})
_NOT_FILLED_IN = frozenset("hidden submit image button reset checkbox radio".split())
# Inline elements that set a part of a line apart, as labels are.
_RUN_TAGS = frozenset("b strong em i u label span font big small".split())
# Inline elements deeper within their block than this mark no part of a line.
_DEEPEST_RUN = 32
# No part of a template begins deeper than this.
_DEEPEST_KEPT = 100
# A page has no more of them that are read for the first time.
_MOST_TRIES = 100
MAX_LINES = 100_000


_BARE: Mapping[str, str | None] = MappingProxyType({})
_KEPT = Fragments()


class _Recording:
    """An element whose lines are to be kept: what it is, and what the page had before it."""

    __slots__ = ("first_table", "html", "opened", "place", "reached_out", "relative", "sizes", "start")

    def __init__(self, opened: Opened, html: str, place: Place, writer: LineWriter, links: list[Link]) -> None:
        self.opened, self.html, self.place = opened, html, place
        self.start = writer.length
        self.sizes = len(writer.blocks), len(links), len(writer.anchors), len(writer.rules)
        self.first_table = writer.tables
        self.relative: dict[str, str | None] = {}
        self.reached_out = False

    def fragment(self, writer: LineWriter, links: list[Link]) -> Fragment:
        blocks, linked, anchors, rules = self.sizes
        return Fragment(
            self.start,
            writer.length - self.start,
            writer.blocks[blocks:],
            links[linked:],
            writer.anchors[anchors:],
            writer.rules[rules:],
            self.first_table,
            writer.tables - self.first_table,
            tuple(self.relative.items()),
        )


def walk(body: LexborNode, base: str, links: list[Link], kept: Fragments = _KEPT) -> LineWriter:
    """Every text node below `body`, in order, into lines; the links of the page are appended to `links`.

    `kept` are the parts of other pages, which this page may share; they save time and change nothing.
    """
    walker = _Walker(body, base, links, kept)
    walker.run()
    return walker.writer


class _Walker:
    def __init__(self, body: LexborNode, base: str, links: list[Link], kept: Fragments) -> None:
        self.writer = LineWriter()
        self.links, self.base, self.origin, self.kept = links, base, origin_of(base), kept
        self.missed = kept.missed(self.origin)
        self.tries = _MOST_TRIES
        self.width = Width(body)
        root = Opened(body, "body", None, True, 1)
        root.path = "html/body"
        self.stack = [root]
        self.preformatted = 0
        self.recording: _Recording | None = None
        self.writer.begin(root, 0)

    def run(self) -> None:
        stack, writer = self.stack, self.writer
        blocks, write = writer.blocks, writer.write
        node = stack[0].node.first_child
        while len(blocks) < MAX_LINES:
            if node is None:
                done = stack.pop()
                if not done.block:
                    self._close_inline(done)
                else:
                    self._close_block(done)
                    if not stack:
                        break
                    _resume(stack, writer)
                node = done.node.next
                continue
            tag = node.tag or "-"
            if tag == "-text":
                if (text := node.text_content) and (
                    writer.size or text[0] not in "\n \t" or self.preformatted or text.strip(SPACES)
                ):
                    write(text, self.preformatted > 0)
            elif tag in UNSEEN_TAGS:
                if tag in _CONTROLS:
                    self._meet_control(node)
            elif tag == "br":
                _break_line(stack, writer)
            elif tag[0] != "-":
                child = node.first_child
                attributes = node.attributes if child is not None or tag == "a" or tag == "span" else _BARE
                may_hide = child is not None and ("hidden" in attributes or "style" in attributes)
                if not (may_hide and is_hidden(node, attributes)):
                    parent = stack[-1]
                    counts = parent.counts
                    if counts is None:
                        parent.counts = {tag: 1}
                        position = 1
                    else:
                        position = counts[tag] = counts.get(tag, 0) + 1
                    block = tag in BLOCK_TAGS
                    opened = Opened(node, tag, parent, block, position)
                    if not block:
                        opened.start = writer.size
                        if attributes:
                            self._read_attributes(opened, attributes)
                        stack.append(opened)
                        node = child
                        continue
                    if self._open_block(opened, attributes, child is not None):
                        stack.append(opened)
                        node = child
                        continue
                    _resume(stack, writer)
            node = node.next

    def _open_block(self, opened: Opened, attributes: Mapping[str, str | None], filled: bool) -> bool:
        """Begin an element with a line of its own; False where all of it is known from another page."""
        node, tag, writer, area = opened.node, opened.tag, self.writer, opened.area
        if area == "main" or area == "header":
            own = area_of(tag, attributes, area, opened.in_article)
            if own != area and not self.width.is_wide(node, opened.depth) and (tag != "form" or is_form(node)):
                opened.area = own
        if tag in ("article", "main"):
            opened.in_article = True
        path = path_of(opened)
        if writer.size:
            writer.end()
        if filled and self.recording is None and self.tries:
            missed = self.missed.get(path, 0)
            self.missed[path] = missed + 1
            if missed in AGAIN and not self.width.is_wide(node, opened.depth) and self._is_known(opened):
                self.missed[path] = 0
                return False
        if tag in TABLE_PARTS:
            writer.open_table_part(tag, node)
        elif tag == "pre":
            self.preformatted += 1
        elif tag == "hr":
            writer.add_rule()
        if attributes:
            opened.style = attributes.get("class") or ""
        writer.begin(opened, 0)
        if attributes:
            self._read_attributes(opened, attributes)
        return True

    def _is_known(self, opened: Opened) -> bool:
        """Whether the lines of an element were those of another page's, and written; where they may be worth it, kept."""
        writer = self.writer
        if self.preformatted or writer.in_table or opened.depth >= _DEEPEST_KEPT:
            return False
        place = (opened.path, opened.area, opened.in_article, self.origin)
        html = opened.node.html or ""
        found = self.kept.find(html, place)
        if found is None or not self._fits(found):
            self.recording = _Recording(opened, html, place, writer, self.links)
            self.tries -= 1
            return False
        moved = found.moved(writer.length)
        writer.add_fragment(moved)
        self.links += moved.links
        return True

    def _fits(self, found: Fragment) -> bool:
        return (
            len(self.writer.blocks) + len(found.blocks) < MAX_LINES
            and (not found.tables or found.first_table == self.writer.tables)
            and all(absolute(self.base, href) == joined for href, joined in found.relative)
        )

    def _close_block(self, done: Opened) -> None:
        writer = self.writer
        if writer.size:
            writer.end()
        if done.tag in TABLE_PARTS:
            writer.close_table_part(done.tag)
        elif done.tag == "pre":
            self.preformatted -= 1
        recording = self.recording
        if recording is not None and recording.opened is done:
            self.recording = None
            if not recording.reached_out:
                self.kept.keep(recording.html, recording.place, recording.fragment(writer, self.links))

    def _meet_control(self, node: LexborNode) -> None:
        if (node.attributes.get("type") or "text").lower() not in _NOT_FILLED_IN:
            holder = self.stack[-1].holder()
            if self.recording is not None and len(self.writer.blocks) == self.recording.sizes[0]:
                self.recording.reached_out = True  # what it asks for may stand before the element
            self.writer.ask(holder.path, self.stack[-1].area)

    def _read_attributes(self, opened: Opened, attributes: Mapping[str, str | None]) -> None:
        tag = opened.tag
        anchor = attributes.get("id")
        if tag == "a":
            anchor = anchor or attributes.get("name")
            opened.href = href = self._absolute(attributes.get("href"))
            opened.rel = (attributes.get("rel") or "").lower()
            opened.hidden = decode_cfemail_link(href) if href else None
        if "data-cfemail" in attributes:
            opened.hidden = decode_cfemail(attributes["data-cfemail"] or "")
        if "bidi-override" in (attributes.get("style") or ""):
            opened.hidden = reversed_address(opened.node.text(deep=False))
        if anchor and (anchor := anchor.strip()):
            self.writer.add_anchor(anchor)

    def _absolute(self, href: str | None) -> str | None:
        joined = absolute(self.base, href)
        if self.recording is not None and href and not is_fixed(href.strip(), self.origin):
            self.recording.relative[href] = joined
        return joined

    def _close_inline(self, done: Opened) -> None:
        if done.tag in _RUN_TAGS and done.depth - done.holder().depth <= _DEEPEST_RUN:
            self.writer.add_run(done.start, done.tag)
        if done.href:
            self.links.append(self.writer.add_link(done.start, done.href, done.rel))
        if done.hidden:
            self.writer.add_hidden(done.start, done.hidden)


def _break_line(stack: list[Opened], writer: LineWriter) -> None:
    """A `<br>`: the next line of the same block, in which what is open inline goes on."""
    holder = stack[-1].holder()
    holder.line += 1
    inline = stack[holder.depth + 1 :]
    for inner in inline[:_DEEPEST_RUN]:
        if inner.tag in _RUN_TAGS:
            writer.add_run(inner.start, inner.tag)
    writer.end()
    writer.begin(holder, holder.line)
    for inner in inline:
        inner.start = writer.size


def _resume(stack: list[Opened], writer: LineWriter) -> None:
    """After a block inside a block, text may go on in the outer one: a new line of it."""
    holder = stack[-1].holder()
    holder.line += 1
    writer.begin(holder, holder.line)
