"""The elements that are open while a tree is walked, and their DOM paths."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from parsers.model import Area

# Below this depth elements share the path of their ancestor: no page written by people is so deep, and paths stay short.
_DEEPEST_PATH = 200


class Opened:
    """An element on the way down: what its end has to undo. The path of an inline one is put together when it is asked for."""

    __slots__ = (
        "area",
        "block",
        "counts",
        "depth",
        "hidden",
        "href",
        "in_article",
        "line",
        "node",
        "outer",
        "parent",
        "path",
        "position",
        "rel",
        "start",
        "style",
        "tag",
    )

    def __init__(self, node: LexborNode, tag: str, parent: Opened | None, block: bool, position: int) -> None:
        self.node, self.tag, self.parent, self.block, self.position = node, tag, parent, block, position
        self.area: Area = "main"
        self.in_article = False
        self.depth = 0
        # Not itself where it holds its own lines: a cycle would keep the tree until the garbage collector comes by.
        self.outer: Opened | None = None
        if parent is not None:
            self.area, self.in_article, self.depth = parent.area, parent.in_article, parent.depth + 1
            if not block:
                self.outer = parent.outer or parent
        self.path = ""
        self.counts: dict[str, int] | None = None
        self.line = 0
        self.start = -1
        self.href: str | None = None
        self.rel = ""
        self.style = ""
        self.hidden: str | None = None

    def holder(self) -> Opened:
        """The element that holds the lines in it: the nearest with lines of its own."""
        return self.outer or self


def path_of(opened: Opened) -> str:
    """The path of an element; elements that are nested too deep share that of the last one that is not."""
    parent = opened.parent
    if parent is not None and parent.path and opened.depth < _DEEPEST_PATH:
        opened.path = f"{parent.path}/{opened.tag}[{opened.position}]"
        return opened.path
    missing = []
    at: Opened | None = opened
    path = ""
    while at is not None and not (path := at.path):
        missing.append(at)
        at = at.parent
    for at in reversed(missing):
        if at.depth < _DEEPEST_PATH:
            path = f"{path}/{at.tag}[{at.position}]"
        at.path = path
    return path
