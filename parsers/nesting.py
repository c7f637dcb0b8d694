"""Markup that takes a tree builder time or memory in the square of its length: told, and tamed, before a tree is built.

Tree construction as the HTML standard has it (13.2.6) looks through all open elements at many tags, opens what formatting was
left open anew in every later block (so that 100 kB make a tree of gigabytes), and compares the attributes of a tag in
pairs. Here the tags alone are read, in linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

MAX_DEPTH = 512
"""Open elements at a time: the limit of Blink and WebKit (`kMaximumHTMLParserDOMTreeDepth`)."""
MAX_ATTRIBUTES = 1000
"""Attributes of a tag."""
# Below so many start tags, and so many blocks times formatting elements, nothing can take long.
_FEW_TAGS = 2000
_FEW_PAIRS = 300_000
# Formatting elements that wait to be opened anew, and how often that may happen on a page: a page by people has a few of them.
_MOST_LOOSE = 100
_MOST_REOPENED = 200_000
_MOST_ROOTS = 50
_NOAHS_ARK = 3

# The tokenizer of the standard (13.2.5), as far as it decides where a tag or a comment ends. Possessive throughout, and what is
# never closed reaches to the end of the page: every character is looked at once.
_SPACE = r"[\t\n\f\r ]"
_NAME_END = r"[\t\n\f\r />]"
_ATTRIBUTE = (
    r"[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_SPACE}*+=(?:{_SPACE}*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >\"'][^\t\n\f\r >]*+))?+)?+"
)
_TOKEN = re.compile(
    rf"<(?:(?P<end>/?)(?P<name>[A-Za-z][^\t\n\f\r />]*+)(?P<rest>(?:[\t\n\f\r /]++|{_ATTRIBUTE})*+)(?:>|\Z)"
    r"|!--(?:-?>|(?s:.)*?(?:--!?>|\Z))|[!?/][^>]*+(?:>|\Z))"
)
_START = re.compile(r"<([A-Za-z][^\t\n\f\r />]*)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_MANY_ATTRIBUTES = re.compile(rf"{_START.pattern}(?>[\t\n\f\r /]++{_ATTRIBUTE}){{{MAX_ATTRIBUTES + 1}}}+")
_RAW = {
    name: re.compile(rf"</{name}(?={_NAME_END}|\Z)", re.IGNORECASE)
    for name in "script style textarea title xmp iframe noembed noframes".split()
}
_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr".split()
)
_ROOTS = frozenset({"html", "head", "body", "frameset"})
# Elements that are opened anew until they are closed (13.2.4.3), of some only one; and those that begin such a list of their own.
_REPEATABLE = frozenset("b big code em font i s small strike strong tt u".split())
_FORMATTING = _REPEATABLE | {"a", "nobr"}
# The first letters once more by themselves: most tags are passed over at the first look.
_REPEATABLE_START = re.compile(
    rf"<(?=[{''.join(sorted({name[0] for name in _REPEATABLE}))}])(?:{'|'.join(sorted(_REPEATABLE))}){_NAME_END}",
    re.IGNORECASE,
)
_MARKERS = frozenset("applet caption marquee object td template th".split())
_TABLE_PARTS = frozenset("caption colgroup tbody td tfoot th thead tr".split())
# What an end tag does not reach beyond (13.2.4.2, "has an element in scope").
_SCOPE = _MARKERS | {"table"}
_TABLE_SCOPE = frozenset({"table", "template"})
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_ENDS_P = _HEADINGS | frozenset(
    "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form header "
    "hgroup hr li listing main menu nav ol p plaintext pre search section summary ul xmp".split()
)
_SPECIAL = _ENDS_P | _SCOPE | _TABLE_PARTS | frozenset("button select noscript foreignobject desc title".split())
_ITEM_SCOPE = _SPECIAL - {"address", "div", "p"}
_CELLS = frozenset({"td", "th", "caption", "colgroup"})
_ROWS = _CELLS | {"tr"}
_SECTIONS = _ROWS | {"tbody", "thead", "tfoot"}
# Start tags that end open elements: which ones, and what they do not reach beyond.
_ENDED_BY: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _ITEM_SCOPE),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), _ITEM_SCOPE)),
    **{name: (frozenset({name}), _SCOPE) for name in ("a", "nobr", "button")},
    **dict.fromkeys(("td", "th"), (_CELLS, _TABLE_SCOPE)),
    "tr": (_ROWS, _TABLE_SCOPE),
    **dict.fromkeys(("tbody", "thead", "tfoot", "caption", "colgroup"), (_SECTIONS, _TABLE_SCOPE)),
}
_ENDED_AS_PARENT = {
    **dict.fromkeys(_HEADINGS, _HEADINGS),
    **dict.fromkeys(("option", "optgroup"), frozenset({"option"})),
}
_P, _P_SCOPE = frozenset({"p"}), _SCOPE | {"button"}
# Where SVG and MathML begin, where HTML goes on within them, and the tags that leave them (13.2.6.5).
_FOREIGN = frozenset({"svg", "math"})
_WITHIN_FOREIGN = frozenset("foreignobject desc title mi mo mn ms mtext annotation-xml".split())
_LEAVES_FOREIGN = _HEADINGS | frozenset(
    "b big blockquote body br center code dd div dl dt em embed head hr i img li listing menu meta nobr ol p pre ruby s small "
    "span strong strike sub sup table tt u ul var font".split()
)


def tame(html: str) -> tuple[str, int]:
    """Markup with the same text whose tree is built in linear time, and how many tags and attributes were left out of it.

    Markup within the limits, which is nearly every page, is returned as it is, with 0. Otherwise every element is closed in
    order, and tags beyond `MAX_DEPTH` and attributes beyond `MAX_ATTRIBUTES` are left out.
    """
    if _has_few_tags(html) and not _MANY_ATTRIBUTES.search(html):
        return html, 0
    nesting = _Nesting()
    written = nesting.read(html)
    return (written, max(nesting.left_out, 1)) if nesting.wild else (html, 0)


def _has_few_tags(html: str) -> bool:
    most = html.count("<")
    if most <= _FEW_TAGS:
        return most * most <= _FEW_PAIRS or most * len(_REPEATABLE_START.findall(html)) <= _FEW_PAIRS
    names = Counter(_START.findall(html))
    tags = names.total()
    formatting = sum(count for name, count in names.items() if name.lower() in _REPEATABLE)
    return tags <= _FEW_TAGS and tags * formatting <= _FEW_PAIRS


@dataclass(slots=True)
class _Element:
    """An open element: its start tag, how many loose ones there were before, whether it only waits for what it holds to close."""

    name: str
    tag: str
    loose: int
    closed: bool = False


class _Nesting:
    """The open elements of a page while its tags are read, as the standard opens and closes them.

    `wild` says whether a limit was passed. Where the standard's rules are simplified, more elements are taken to be open
    than there are.
    """

    def __init__(self) -> None:
        self.wild = False
        self.left_out = 0
        self._open: list[_Element] = []
        self._count: Counter[str] = Counter()
        # Formatting elements that are open no more, but will be opened anew: their start tags.
        self._loose: list[str] = []
        self._reopened = 0
        self._skipped: Counter[str] = Counter()
        self._roots: Counter[str] = Counter()
        self._written: list[str] = []

    def read(self, html: str) -> str:
        """Read all tags; the markup with every element closed in order."""
        position = copied = 0
        while token := _TOKEN.search(html, position):
            position = token.end()
            if token["name"] is None:
                continue
            self._written.append(html[copied : token.start()])
            copied = position
            name = token["name"].lower()
            if token["end"]:
                self._end(name, token[0])
                continue
            foreign = self._is_foreign(name)
            self._start(name, token, foreign)
            if name == "plaintext":
                break
            if name in _RAW and not foreign:
                end = _RAW[name].search(html, position)
                position = end.start() if end else len(html)
        self._written.append(html[copied:])
        return "".join(self._written)

    def _is_foreign(self, name: str) -> bool:
        """Whether a start tag stands in SVG or MathML; one of HTML ends these."""
        if not (self._count["svg"] or self._count["math"]):
            return False
        inner = next(e.name for e in reversed(self._open) if e.name in _FOREIGN or e.name in _WITHIN_FOREIGN)
        if inner in _FOREIGN and name in _LEAVES_FOREIGN:
            self._close(_FOREIGN, frozenset())
            return False
        return inner in _FOREIGN

    def _start(self, name: str, token: re.Match[str], foreign: bool) -> None:
        tag = self._few_attributes(token)
        if name in _ROOTS:
            self._roots[name] += 1
            self.wild |= self._roots[name] > _MOST_ROOTS
            if self._roots[name] == 1:
                self._written.append(tag)
            else:
                self.left_out += 1
            return
        if name in _ENDS_P and self._count["p"]:
            self._close(_P, _P_SCOPE)
        if name in _ENDED_BY:
            while self._close(*_ENDED_BY[name], formatting=name in _FORMATTING) and name in _TABLE_PARTS:
                pass  # a row ends the cell that is open, and the row that it is in
        elif self._open and self._open[-1].name in _ENDED_AS_PARENT.get(name, ()):
            self._pop()
        homeless = name in _TABLE_PARTS and not self._count["table"]
        if name in _VOID or homeless or (foreign and tag.endswith("/>")):
            self._written.append(tag)
        elif len(self._open) >= MAX_DEPTH:
            self.wild = True
            self.left_out += 1
            self._skipped[name] += 1
        else:
            self._written.append(tag)
            self._open.append(_Element(name, tag, len(self._loose)))
            self._count[name] += 1
        self._reopened += len(self._loose)
        self.wild |= self._reopened > _MOST_REOPENED or len(self._open) + len(self._loose) > MAX_DEPTH

    def _few_attributes(self, token: re.Match[str]) -> str:
        """A start tag, without the attributes that are too many."""
        if len(token[0]) < 2 * MAX_ATTRIBUTES:
            return token[0]
        attributes = [attribute[0] for attribute in _ATTRIBUTES.finditer(token["rest"])]
        if len(attributes) <= MAX_ATTRIBUTES:
            return token[0]
        self.wild = True
        self.left_out += len(attributes) - MAX_ATTRIBUTES
        return f"<{token['name']} {' '.join(attributes[:MAX_ATTRIBUTES])}>"

    def _end(self, name: str, tag: str) -> None:
        if self._skipped[name]:
            self._skipped[name] -= 1
        elif self._count[name] or (name in _HEADINGS and any(self._count[h] for h in _HEADINGS)):
            scope = _TABLE_SCOPE if name in _TABLE_PARTS or name == "table" else _SCOPE
            self._close(_HEADINGS if name in _HEADINGS else frozenset({name}), scope, formatting=name in _FORMATTING)
        elif name in ("p", "br"):  # makes an element (13.2.6.4.7)
            self._written.append(tag)
        elif name in _FORMATTING:
            self._forget(name)

    def _forget(self, name: str) -> None:
        """Close a loose element."""
        first = next((e.loose for e in reversed(self._open) if e.name in _MARKERS), 0) if self._loose else 0
        for at in range(len(self._loose) - 1, first - 1, -1):
            if self._loose[at][1 : len(name) + 1].lower() == name:
                del self._loose[at]
                return

    def _close(self, names: frozenset[str], scope: frozenset[str], formatting: bool = False) -> bool:
        """Close the innermost of some elements, and all within it; a formatting element is not closed before its blocks.

        Whether there was one.
        """
        if not any(self._count[name] for name in names):
            return False
        special = False
        for depth in range(len(self._open) - 1, -1, -1):
            element = self._open[depth]
            if element.name in names and not element.closed:
                if formatting and special:
                    element.closed = True
                    return True
                while len(self._open) > depth + 1:
                    self._pop(loosen=True)
                self._pop(loosen=not formatting)
                break
            if element.name in scope:
                return False
            special = special or element.name in _SPECIAL
        else:
            return False
        while self._open and self._open[-1].closed:
            self._pop()
        return True

    def _pop(self, loosen: bool = False) -> None:
        element = self._open.pop()
        self._count[element.name] -= 1
        self._written.append(f"</{element.name}>")
        if element.name in _MARKERS:
            del self._loose[element.loose :]
        elif loosen and element.name in _FORMATTING and not (element.closed or self.wild):
            self._loosen(element.tag)

    def _loosen(self, tag: str) -> None:
        if self._loose.count(tag) < _NOAHS_ARK:
            self._loose.append(tag)
            self.wild = len(self._loose) > _MOST_LOOSE
