"""`obfuscated_emails: redact`: a page without the e-mail addresses that it keeps from harvesters and that can be decoded.

An address that is spelled out is blotted out by as many asterisks, so that every offset stays what it is; one that the markup
hides is forgotten. It is done before the page is read: nothing that is made of the page can then hold the address.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from parsers.emails import spelled_addresses
from parsers.model import Block, Link, Page
from parsers.site import Site


def redacted(page: Page) -> Page:
    """`page` without the addresses that it spells out or protects; what it withholds anyway, and plain ones, stay."""
    blocks = tuple(_redacted_block(block) for block in page.blocks)
    return replace(
        page,
        text="\n".join(block.text for block in blocks),
        blocks=blocks,
        links=tuple(map(_redacted_link, page.links)),
        title=page.title and _blotted(page.title),
        heading=page.heading and _blotted(page.heading),
    )


@lru_cache(maxsize=8)
def redacted_site(site: Site) -> Site:
    """What is known of a site, as it reads on its redacted pages."""
    return replace(
        site,
        labels=frozenset(map(_blotted, site.labels)),
        boilerplate=frozenset(map(_blotted, site.boilerplate)),
        repeated=frozenset(map(_blotted, site.repeated)),
    )


def _redacted_block(block: Block) -> Block:
    spelled = [(block.start + start, block.start + end) for start, end, _ in spelled_addresses(block.text)]
    # what is printed backwards reads as an address, too
    hidden = [
        (start, end) for start, end, _ in block.hidden if "@" in block.text[start - block.start : end - block.start]
    ]
    if not (spelled or block.hidden or any(_redacted_link(link) != link for link in block.links)):
        return block
    links = [link for link in block.links if not any(link.start < end and link.end > start for start, end in spelled)]
    withheld = sorted({*((start, end) for start, end, _ in block.hidden), *spelled})
    return replace(
        block,
        text=_blot(block.text, [(start - block.start, end - block.start) for start, end in (*spelled, *hidden)]),
        links=tuple(map(_redacted_link, links)),
        hidden=tuple((start, end, "") for start, end in withheld),
    )


def _redacted_link(link: Link) -> Link:
    """A link to a protected address, without its code."""
    path, _, code = link.href.partition("#")
    return replace(link, href=path) if code and path.endswith("/cdn-cgi/l/email-protection") else link


def _blotted(text: str) -> str:
    return _blot(text, [(start, end) for start, end, _ in spelled_addresses(text)])


def _blot(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + "*" * (end - start) + text[end:]
    return text
