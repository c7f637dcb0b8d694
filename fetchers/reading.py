"""The little of a page that discovery needs, until `parsers.page.read_page` lands."""

from __future__ import annotations

from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from parsers.model import Link, Page


def read_page(body: bytes, url: str, content_type: str | None = None, file: str | None = None) -> Page:
    """A page's links, canonical address, robots directives and text."""
    if content_type and content_type.lower().startswith("text/plain"):
        return Page(url, body.decode("utf-8", errors="replace"), (), file=file, plain=True)
    tree = LexborHTMLParser(body)
    base_node = tree.css_first("base[href]")
    base = urljoin(url, (base_node.attributes.get("href") if base_node else None) or "")
    links, canonical = [], None
    for node in tree.css("a[href], area[href], link[href]"):
        attributes = node.attributes
        try:
            href = urljoin(base, (attributes.get("href") or "").strip())
        except ValueError:
            continue
        rel = (attributes.get("rel") or "").lower()
        if rel == "canonical":
            canonical = canonical or href
        else:
            links.append(Link(href, 0, 0, rel))
    robots = []
    for node in tree.css("meta[name]"):
        if (node.attributes.get("name") or "").lower() == "robots":
            robots += [part.strip() for part in (node.attributes.get("content") or "").lower().split(",")]
    title = tree.css_first("title")
    body_node = tree.css_first("main") or tree.body
    return Page(
        url=url,
        text=body_node.text(separator="\n") if body_node else "",
        blocks=(),
        links=tuple(links),
        file=file,
        canonical=canonical,
        title=title.text() if title else None,
        robots=tuple(robots),
    )
