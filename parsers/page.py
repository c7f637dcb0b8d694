"""Bytes -> a `Page`: its visible text line by line, each line with its place in the page.

HTML is parsed by lexbor (the HTML5 algorithm) and walked once, without recursion, so that no depth of nesting hurts.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from parsers.areas import area_of, is_form, wide_elements
from parsers.emails import decode_cfemail
from parsers.encoding import decode
from parsers.lines import LineWriter
from parsers.model import Area, Link, Page, Problem
from parsers.nesting import tame

# Elements that begin and end a line of their own (HTML standard, section 15.3, "display: block" and table parts).
BLOCK_TAGS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search section "
    "summary table tbody td tfoot th thead tr ul".split()
)
# Elements whose content no reader sees as text.
_UNSEEN = frozenset(
    "script style noscript template head title svg math iframe object embed canvas audio video map select datalist textarea "
    "button input".split()
)
# Inline elements that set a part of a line apart, as labels are.
_RUN_TAGS = frozenset("b strong em i u label span font big small".split())
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Inline elements deeper within their block than this mark no part of a line.
_DEEPEST_RUN = 32
# Below this depth elements share the path of their ancestor: no page written by people is so deep, and paths stay short.
_DEEPEST_PATH = 200
# What is read of a page: the longest lists that directories print on one page stay well below.
MAX_CHARACTERS = 10_000_000
MAX_LINES = 100_000
_CUT = "The page is longer than what is read of one; see whether the site has its listings on pages of their own, too."
_TOO_MANY_LINES = Problem("cut-page", f"only the first {MAX_LINES:,} lines were read", _CUT)
_WILD = "Elements are nested deeper than in any page made by people; the text is all there, fields may not be."
_BINARY = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"RIFF", b"\xd0\xcf\x11\xe0")


def read_page(body: bytes, url: str, content_type: str | None = None, file: str | None = None) -> Page:
    """Read a page as fetched from `url`; `content_type` is the header, `file` the name under which a user knows it.

    Never raises: bytes that are no text give a page without blocks and a problem, bytes that cannot all be decoded a page
    with replacement characters and a problem.
    """
    if body.startswith(_BINARY) or (b"\x00" in body[:1024] and not body.startswith((b"\xff\xfe", b"\xfe\xff"))):
        problem = Problem("not-text", repr(body[:16]), "This is no HTML and no plain text; leave it out of the source.")
        return Page(url=url, text="", blocks=(), file=file, problems=(problem,))
    text, encoding, complete = decode(body, content_type)
    problems: tuple[Problem, ...] = ()
    if not complete:
        advice = "Some bytes are not text in this encoding and are shown as U+FFFD; compare with the page in a browser."
        problems = (Problem("undecodable-bytes", f"{encoding}: {text.count(chr(0xFFFD))} places", advice),)
    if len(text) > MAX_CHARACTERS:
        seen = f"{len(text):,} characters, of which {MAX_CHARACTERS:,} were read"
        problems = (*problems, Problem("cut-page", seen, _CUT))
        text = text[:MAX_CHARACTERS]
    if _is_plain(text, content_type, file or url):
        return _read_plain(text, url, file, encoding, problems)
    return _read_html(text, url, file, encoding, problems)


def _is_plain(text: str, content_type: str | None, name: str) -> bool:
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind == "text/plain" or (not kind and name.lower().endswith((".txt", ".text"))):
        return not re.match(r"\s*<(?:!doctype html|html)\b", text, re.I)
    return False


def _read_plain(text: str, url: str, file: str | None, encoding: str, problems: tuple[Problem, ...]) -> Page:
    """Blank lines part paragraphs, as in any text file; the lines of one are like the lines that `<br>` makes."""
    writer = LineWriter()
    paragraph, line = 0, 0
    fresh = True
    for raw in text.splitlines():
        if len(writer.blocks) >= MAX_LINES:
            problems = (*problems, _TOO_MANY_LINES)
            break
        if not raw.strip():
            fresh = True
            continue
        if fresh:
            paragraph, line, fresh = paragraph + 1, 0, False
        writer.begin(f"text/p[{paragraph}]", "p", "main", "", line, None)
        writer.write(raw, keep=True)
        writer.end()
        line += 1
    return Page(
        url=url,
        text=writer.text(),
        blocks=tuple(writer.blocks),
        file=file,
        encoding=encoding,
        plain=True,
        problems=problems,
    )


def _read_html(text: str, url: str, file: str | None, encoding: str, problems: tuple[Problem, ...]) -> Page:
    text, left_out = tame(text)
    if left_out:
        problems = (*problems, Problem("wild-markup", f"{left_out} tags and attributes left out", _WILD))
    tree = LexborHTMLParser(text)
    base, canonical, lang, title = url, None, None, None
    robots: list[str] = []
    links: list[Link] = []
    root = tree.root
    if root is None or tree.body is None:
        return Page(url=url, text="", blocks=(), file=file, encoding=encoding, problems=problems)
    lang = (root.attributes.get("lang") or "").strip() or None
    for node in tree.css("base[href], title, link[rel], meta[name]"):
        attributes = node.attributes
        if node.tag == "base":
            base = _absolute(url, attributes.get("href")) or url
        elif node.tag == "title":
            title = title or " ".join((node.text() or "").split()) or None
        elif node.tag == "meta":
            if (attributes.get("name") or "").lower() == "robots":
                robots += [x.strip().lower() for x in (attributes.get("content") or "").split(",") if x.strip()]
        else:
            rel, href = (attributes.get("rel") or "").lower(), _absolute(base, attributes.get("href"))
            if href and rel == "canonical":
                canonical = canonical or href
            elif href and set(rel.split()) & {"next", "prev", "shortlink", "alternate"}:
                links.append(Link(href, 0, 0, rel))
    writer = _walk(tree.body, base, links)
    if len(writer.blocks) >= MAX_LINES:
        problems = (*problems, _TOO_MANY_LINES)
    heading = next((b.text for b in writer.blocks if b.tag == "h1"), None)
    return Page(
        url=url,
        text=writer.text(),
        blocks=tuple(writer.blocks),
        links=tuple(links),
        file=file,
        canonical=canonical,
        title=title,
        heading=heading,
        lang=lang,
        robots=tuple(robots),
        encoding=encoding,
        problems=problems,
    )


def _absolute(base: str, href: str | None) -> str | None:
    if not href or not href.strip():
        return None
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return None


class _Open:
    """An element on the way down: what its end has to undo."""

    __slots__ = (
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


def _walk(body: LexborNode, base: str, links: list[Link]) -> LineWriter:
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
        elif tag and tag[0] != "-" and tag not in _UNSEEN and not _is_hidden(node):
            opened = _open(node, tag, stack, base, wide)
            if opened.block:
                writer.end()
                preformatted += tag == "pre"
                writer.open_table_part(tag, node)
                writer.begin(opened.path, tag, opened.area, opened.style, 0, writer.cell)
            else:
                opened.start = writer.mark()
            stack.append(opened)
            node = node.first_child
            continue
        node = node.next
    return writer


def _open(node: LexborNode, tag: str, stack: list[_Open], base: str, wide: frozenset[int]) -> _Open:
    parent = stack[-1]
    block = tag in BLOCK_TAGS
    position = parent.counts[tag] = parent.counts.get(tag, 0) + 1
    attributes = node.attributes if tag in ("a", "span") or node.first_child is not None else {}
    area = parent.area
    if area in ("main", "header") and block and node.mem_id not in wide and (tag != "form" or is_form(node)):
        area = area_of(tag, attributes, area, parent.in_article)
    path = f"{parent.path}/{tag}[{position}]" if len(stack) < _DEEPEST_PATH else parent.path
    opened = _Open(node, tag, path, area, block, parent.in_article or tag in ("article", "main"), parent)
    if block:
        opened.style = attributes.get("class") or ""
    if tag == "a":
        opened.href = _absolute(base, attributes.get("href"))
        opened.rel = (attributes.get("rel") or "").lower()
        if opened.href and "/cdn-cgi/l/email-protection#" in opened.href:
            opened.hidden = decode_cfemail(opened.href.partition("#")[2])
    if "data-cfemail" in attributes:
        opened.hidden = decode_cfemail(attributes["data-cfemail"] or "")
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


def _is_hidden(node: LexborNode) -> bool:
    if node.first_child is None:
        return False
    attributes = node.attributes
    if not attributes:
        return False
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))
