"""A tree -> the lines of text that a reader sees, each with its place: what page.py reads with.

The tree is walked once, without recursion, so that no depth of nesting hurts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urljoin

from selectolax.lexbor import LexborNode

from parsers.areas import area_of, is_form, wide_elements
from parsers.emails import decode_cfemail, decode_cfemail_link, reversed_address
from parsers.lines import LineWriter
from parsers.model import Area, Link

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
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Inline elements deeper within their block than this mark no part of a line.
_DEEPEST_RUN = 32
# Below this depth elements share the path of their ancestor: no page written by people is so deep, and paths stay short.
_DEEPEST_PATH = 200
MAX_LINES = 100_000
# An address that joining with a base leaves as it is (RFC 3986, section 5.2.2), which most links are.
_ABSOLUTE = re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w./~%+@,=&-]*)?(?:\?[\w./~%+@,=&-]+)?(?:#[\w./-]+)?", re.ASCII)
# Siblings among which the shown one of some tabs is looked for.
_NEAR = 40


def absolute(base: str, href: str | None) -> str | None:
    """The address that `href` stands for on a page with this base; None where it stands for none."""
    href = href.strip() if href else ""
    if not href or _ABSOLUTE.fullmatch(href):
        return href or None
    try:
        return urljoin(base, href)
    except ValueError:
        return None


_BARE: Mapping[str, str | None] = MappingProxyType({})


class _Open:
    """An element on the way down: what its end has to undo."""

    __slots__ = (
        "anchor",
        "area",
        "block",
        "counts",
        "depth",
        "hidden",
        "holder",
        "href",
        "in_article",
        "line",
        "node",
        "path",
        "rel",
        "start",
        "style",
        "tag",
    )

    def __init__(
        self, node: LexborNode, tag: str, path: str, area: Area, block: bool, in_article: bool, parent: _Open | None
    ) -> None:
        self.node, self.tag, self.path = node, tag, path
        self.area, self.block, self.in_article = area, block, in_article
        self.depth: int = parent.depth + 1 if parent else 0
        self.holder: _Open = self if block or parent is None else parent.holder
        self.counts: dict[str, int] = {}
        self.line = 0
        self.start = -1
        self.href: str | None = None
        self.rel = ""
        self.style = ""
        self.hidden: str | None = None
        self.anchor = ""


def walk(body: LexborNode, base: str, links: list[Link]) -> LineWriter:
    """Every text node below `body`, in order, into lines; the links of the page are appended to `links`."""
    writer = LineWriter()
    wide = wide_elements(body)
    stack = [_Open(body, "body", "html/body", "main", True, False, None)]
    writer.begin("html/body", "body", "main", "", 0, None)
    node = body.first_child
    preformatted = 0
    while stack and len(writer.blocks) < MAX_LINES:
        if node is None:
            done = stack.pop()
            if done.block:
                writer.end()
                writer.close_table_part(done.tag)
                preformatted -= done.tag == "pre"
            else:
                _close_inline(done, writer, links)
            if not stack:
                break
            if done.block:
                _resume(stack, writer)
            node = done.node.next
            continue
        tag = node.tag
        if tag == "-text":
            writer.write(node.text_content or "", lines=preformatted > 0)
        elif tag == "br":
            _break_line(stack, writer)
        elif tag in _CONTROLS:
            if (node.attributes.get("type") or "text").lower() not in _NOT_FILLED_IN:
                writer.ask(stack[-1].holder.path, stack[-1].area)
        elif tag and tag[0] != "-" and tag not in UNSEEN_TAGS:
            child = node.first_child
            attributes = node.attributes if child is not None or tag in ("a", "span") else _BARE
            if child is not None and attributes and _is_hidden(node, attributes):
                node = node.next
                continue
            opened = _open(node, tag, attributes, stack, base, wide)
            if opened.block:
                writer.end()
                preformatted += tag == "pre"
                writer.open_table_part(tag, node)
                if tag == "hr":
                    writer.add_rule()
                writer.begin(opened.path, tag, opened.area, opened.style, 0, writer.cell)
            else:
                opened.start = writer.mark()
            if opened.anchor:
                writer.add_anchor(opened.anchor)
            stack.append(opened)
            node = child
            continue
        node = node.next
    return writer


def _open(
    node: LexborNode,
    tag: str,
    attributes: Mapping[str, str | None],
    stack: list[_Open],
    base: str,
    wide: frozenset[int],
) -> _Open:
    parent = stack[-1]
    block = tag in BLOCK_TAGS
    position = parent.counts[tag] = parent.counts.get(tag, 0) + 1
    area = parent.area
    if block and area in ("main", "header") and node.mem_id not in wide and (tag != "form" or is_form(node)):
        area = area_of(tag, attributes, area, parent.in_article)
    path = f"{parent.path}/{tag}[{position}]" if len(stack) < _DEEPEST_PATH else parent.path
    opened = _Open(node, tag, path, area, block, parent.in_article or tag in ("article", "main"), parent)
    if not attributes:
        return opened
    if block:
        opened.style = attributes.get("class") or ""
    opened.anchor = (attributes.get("id") or (attributes.get("name") if tag == "a" else None) or "").strip()
    if tag == "a":
        opened.href = absolute(base, attributes.get("href"))
        opened.rel = (attributes.get("rel") or "").lower()
        opened.hidden = decode_cfemail_link(opened.href) if opened.href else None
    if "data-cfemail" in attributes:
        opened.hidden = decode_cfemail(attributes["data-cfemail"] or "")
    if "bidi-override" in (attributes.get("style") or ""):
        opened.hidden = reversed_address(node.text(deep=False))
    return opened


def _close_inline(done: _Open, writer: LineWriter, links: list[Link]) -> None:
    if done.tag in _RUN_TAGS and done.depth - done.holder.depth <= _DEEPEST_RUN:
        writer.add_run(done.start, done.tag)
    if done.href:
        links.append(writer.add_link(done.start, done.href, done.rel))
    if done.hidden:
        writer.add_hidden(done.start, done.hidden)


def _break_line(stack: list[_Open], writer: LineWriter) -> None:
    """A `<br>`: the next line of the same block, in which what is open inline goes on."""
    holder = stack[-1].holder
    holder.line += 1
    inline = stack[holder.depth + 1 :]
    for inner in inline[:_DEEPEST_RUN]:
        if inner.tag in _RUN_TAGS:
            writer.add_run(inner.start, inner.tag)
    writer.end()
    writer.begin(holder.path, holder.tag, holder.area, holder.style, holder.line, writer.cell)
    for inner in inline:
        inner.start = writer.mark()


def _resume(stack: list[_Open], writer: LineWriter) -> None:
    """After a block inside a block, text may go on in the outer one: a new line of it."""
    holder = stack[-1].holder
    holder.line += 1
    writer.begin(holder.path, holder.tag, holder.area, holder.style, holder.line, writer.cell)


def _is_hidden(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and HIDDEN_STYLE.search(style)) and not _is_one_of_tabs(node, attributes)


def _is_one_of_tabs(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element is hidden only for now: it is the panel of a tab, or one that looks like it is shown beside it."""
    if attributes.get("role") == "tabpanel":
        return True
    look = (attributes.get("class") or "").split()[:1]
    for step in ("prev", "next"):
        near = getattr(node, step)
        for _ in range(_NEAR):
            if not look or near is None:
                break
            alike = near.tag == node.tag and (near.attributes.get("class") or "").split()[:1] == look
            if alike and not HIDDEN_STYLE.search(near.attributes.get("style") or ""):
                return True
            near = getattr(near, step)
    return False
