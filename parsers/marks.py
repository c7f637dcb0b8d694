"""What sets the beginning of a line apart, as a label is set apart: its markup."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from parsers.model import Block

Markup = Literal["dt", "cell", "heading", "bold", "span", "text"]
"""What sets a label apart, from the strongest to the weakest."""
STRENGTH: dict[Markup, int] = {"dt": 4, "cell": 4, "heading": 3, "bold": 2, "span": 1, "text": 0}

EDGE = " \t\xa0:：﹕\u200e\u200f"
"""What may stand around a label and is no part of it."""

BOLD = frozenset({"b", "strong", "em", "i", "u", "label", "big"})
_SPANS = frozenset({"span", "font", "small"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_INDEX = re.compile(r"\[\d+\]")
_LAST_INDEX = re.compile(r"\[\d+\]$")


@lru_cache(maxsize=8192)  # the pages of a site have their lines at the same places
def shape(path: str) -> str:
    """A DOM path without its positions: what elements that look alike share."""
    return _INDEX.sub("", path)


def mark_of(block: Block, below_title: bool) -> tuple[Markup, int]:
    """The strongest markup at the beginning of a line, and how far into the line it reaches."""
    if "/dt[" in block.path and "/dd[" not in block.path.rpartition("/dt[")[2]:
        return "dt", len(block.text)
    if block.tag in _HEADINGS or (block.tag == "h1" and below_title):
        return "heading", len(block.text)
    end = block.start
    for start, stop, tag in sorted(block.runs):
        if tag in BOLD and stop > end and not block.text[end - block.start : start - block.start].strip(EDGE):
            end = stop
    if end > block.start:
        return "bold", end - block.start
    spans = [stop for start, stop, tag in block.runs if tag in _SPANS and start == block.start]
    part = [stop for stop in spans if stop < block.end]
    return ("span", max(part or spans) - block.start) if spans else ("text", 0)


def looks(markup: Markup, colon: bool, block: Block) -> tuple[str, str]:
    """What a label shares with those that look like it: its look, and its peer."""
    look = f"{markup}{':' if colon else ''} {shape(block.path)} {block.style}"
    bare = markup == "text" and not colon and not block.style
    return look, f"{look}{''.join(_LAST_INDEX.findall(block.path))}" if bare else look
