"""What the markup of a page hides from its readers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Siblings among which the shown one of some tabs is looked for.
_NEAR = 40


def is_hidden(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Whether an element is kept from every reader, and not only until they ask for it."""
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
