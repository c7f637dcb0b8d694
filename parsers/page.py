"""Bytes -> a `Page`: its visible text line by line, each line with its place in the page.

HTML is parsed by lexbor (the HTML5 algorithm) and walked once, without recursion, so that no depth of nesting hurts.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8

from selectolax.lexbor import LexborHTMLParser

from parsers.encoding import decode
from parsers.folding import clean
from parsers.hrefs import absolute
from parsers.lines import LineWriter, Paragraph
from parsers.model import Link, Page, Problem
from parsers.nesting import tame
from parsers.structured import read_structured
from parsers.walk import MAX_LINES, walk

# What is read of a page: the longest lists that directories print on one page stay well below.
MAX_CHARACTERS = 10_000_000
_CUT = "The page is longer than what is read of one; see whether the site has its listings on pages of their own, too."
_TOO_MANY_LINES = Problem("cut-page", f"only the first {MAX_LINES:,} lines were read", _CUT)
_WILD = "Elements are nested deeper than in any page made by people; the text is all there, fields may not be."
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")
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
    # The same text in fewer steps: the tree is built from bytes.
    written = body if encoding == "utf-8" and not problems and not body.startswith(BOM_UTF8) else None
    return _read_html(text, written, url, file, encoding, problems)


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
        writer.begin(Paragraph(f"text/p[{paragraph}]"), line)
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


def _read_html(
    text: str, written: bytes | None, url: str, file: str | None, encoding: str, problems: tuple[Problem, ...]
) -> Page:
    """Read a page of markup; `written` is what `text` is in UTF-8, where it is at hand."""
    text, left_out = tame(text)
    if left_out:
        problems = (*problems, Problem("wild-markup", f"{left_out} tags and attributes left out", _WILD))
        written = None
    tree = LexborHTMLParser(text if written is None else written)
    base, canonical, lang, title = url, None, None, None
    robots: list[str] = []
    links: list[Link] = []
    feeds: list[str] = []
    root = tree.root
    if root is None or tree.body is None:
        return Page(url=url, text="", blocks=(), file=file, encoding=encoding, problems=problems)
    lang = (root.attributes.get("lang") or "").strip() or None
    for node in tree.css("base[href], title, link[rel], meta[name]"):
        attributes = node.attributes
        if node.tag == "base":
            base = absolute(url, attributes.get("href")) or url
        elif node.tag == "title":
            title = title or " ".join(clean(node.text() or "").split()) or None
        elif node.tag == "meta":
            if (attributes.get("name") or "").lower() == "robots":
                robots += [x.strip().lower() for x in (attributes.get("content") or "").split(",") if x.strip()]
        else:
            rel, href = (attributes.get("rel") or "").lower(), absolute(base, attributes.get("href"))
            if href and rel == "canonical":
                canonical = canonical or href
            elif href and rel == "alternate" and (attributes.get("type") or "").strip().lower() in _FEEDS:
                feeds.append(href)
            elif href and set(rel.split()) & {"next", "prev", "shortlink", "alternate"}:
                links.append(Link(href, 0, 0, rel))
    if canonical and base == url and url.startswith("file:"):
        base = canonical  # a page saved from the web: its links lead where they led there
    writer = walk(tree.body, base, links)
    if len(writer.blocks) >= MAX_LINES:
        problems = (*problems, _TOO_MANY_LINES)
    heading = next((b.text for b in writer.blocks if b.tag == "h1"), None)
    structured, unread = read_structured(tree, text, base)
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
        rules=tuple(writer.rules),
        anchors=tuple(writer.anchors),
        problems=(*problems, *unread),
        structured=structured,
        feeds=tuple(feeds),
    )
