"""Which part of a page an element is, by its markup: main content, navigation, sidebar, comments, ..."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from parsers.model import Area

_TAGS: dict[str, Area] = {"nav": "nav", "aside": "aside", "footer": "footer", "form": "form", "header": "header"}
_ROLES: dict[str, Area] = {  # WAI-ARIA 1.2, landmark roles
    "banner": "header",
    "navigation": "nav",
    "complementary": "aside",
    "contentinfo": "footer",
    "search": "form",
    "menu": "nav",
    "menubar": "nav",
}
# Names that themes of many systems give to these parts, as whole words of a class or id.
_NAMES: tuple[tuple[Area, frozenset[str]], ...] = (
    (
        "comments",
        frozenset("comments comment-list commentlist comments-area comment-respond respond disqus_thread".split()),
    ),
    (
        "aside",
        frozenset(
            "sidebar side-bar widget widget-area widgets related-posts related-articles sharedaddy byline posted-on "
            "wp-block-post-date wp-block-post-author wp-block-post-author__name wp-block-post-template".split()
        ),
    ),
    (
        "nav",
        frozenset(
            "nav navbar navigation menu main-menu breadcrumb breadcrumbs pagination pager skip-link post-navigation "
            "posts-navigation nav-links wp-block-post-navigation-link wp-block-post-terms cat-links tags-links".split()
        ),
    ),
    ("footer", frozenset("footer site-footer page-footer colophon cookie-banner cookie-notice cookie-consent".split())),
    ("header", frozenset("site-header masthead page-header topbar".split())),
)
_DEEPEST_WRAPPER = 30
_LONGEST_FORM = 600
_TEXT_A_CONTROL = 150
_WORD = re.compile(r"[^\s]+")


def area_of(tag: str, attributes: Mapping[str, str | None], parent: Area, in_article: bool) -> Area:
    """The area of an element inside `parent`; a header inside an article holds its title and is part of it."""
    area = _ROLES.get((attributes.get("role") or "").lower()) or _TAGS.get(tag)
    if area is None and ("class" in attributes or "id" in attributes):
        words = set(_WORD.findall(f"{attributes.get('class') or ''} {attributes.get('id') or ''}".lower()))
        area = next((name for name, known in _NAMES if words & known), None)
    if area == "header" and in_article:
        area = None
    return area or parent


def is_form(form: LexborNode) -> bool:
    """Whether a `<form>` is something to fill in, and not a page or a part of it that old systems wrap into one."""
    controls = len(form.css("input:not([type=hidden]):not([type=submit]):not([type=image]), textarea, select"))
    text = len(form.text(deep=True)) - sum(
        len(options.text(deep=True)) for options in form.css("select, script, style")
    )
    return text < _LONGEST_FORM or text < _TEXT_A_CONTROL * controls


class Width:
    """Tells which elements of a page hold most of its text: whatever they are called, they are no side matter.

    Old systems put the whole page into one `<form>`, or call its wrapper "nav".
    """

    def __init__(self, body: LexborNode) -> None:
        self._body = body
        self._half: float | None = None

    def is_wide(self, node: LexborNode, depth: int) -> bool:
        """Whether an element so many levels below the body is one of them; one that wraps nothing but others is near the top."""
        if depth >= _DEEPEST_WRAPPER:
            return False
        if self._half is None:
            self._half = len(self._body.text(deep=True)) / 2
        return len(node.text(deep=True)) > self._half
