"""JSON-LD (W3C, 1.1) in `<script type="application/ld+json">`: the organisations that it describes.

Read as plain JSON: the contexts of the web are not fetched, and schema.org's terms are told by their names.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from parsers.items import (
    DEEPEST,
    MOST_VALUES,
    Budget,
    Found,
    Item,
    is_organization,
    known,
    local_name,
    organization_types,
)
from parsers.model import Problem

Node = dict[str, Any]

# An organisation here is described for its own sake; at any other property it tells of something else (member, brand ...).
_OWN_PLACES = frozenset(
    {"", "@graph", "@reverse", "mainEntity", "mainEntityOfPage", "about", "itemListElement", "item"}
)
_PUBLISHER = frozenset({"publisher", "author", "creator", "copyrightHolder", "sourceOrganization", "maintainer"})
_DEEPEST_NODE = 60
# Comments, the wrappers of XHTML, and the semicolon of a statement: every string is matched first, and kept.
_NO_JSON = re.compile(r'("(?:[^"\\]|\\.)*+"?)|/\*.*?(?:\*/|\Z)|//[^\n]*|<!--|-->|<!\[CDATA\[|\]\]>|;\s*\Z', re.DOTALL)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
_QUOTED_WORD = re.compile(r'"(?:https?://(?:www\.)?schema\.org/|schema:)?(\w{1,40})"')
_UNREAD = "This JSON-LD is malformed ({}): what it states was not read. The printed text is complete; tell the site's operator."


def read_jsonld(scripts: Sequence[str], budget: Budget) -> tuple[Found, list[Problem]]:
    """The organisations in the scripts of a page, in order.

    Comments, trailing commas, CDATA marks, raw line breaks and escaped quotes are mended. What is no JSON even so is a
    problem if it names a type of organisation; nothing raises.
    """
    roots: list[tuple[Any, str]] = []
    problems: list[Problem] = []
    for number, text in enumerate(scripts, 1):
        try:
            roots.append((_load(text), f"ld+json[{number}]#"))
        except (ValueError, RecursionError) as error:
            if not organization_types().isdisjoint(_QUOTED_WORD.findall(html.unescape(text))):
                place = error.pos if isinstance(error, json.JSONDecodeError) else 0
                why = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
                problems.append(
                    Problem("unread-structured-data", text[place : place + 80].strip(), _UNREAD.format(why))
                )
    return _Reading(budget).read(roots), problems


def _load(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError:
        plain = html.unescape(text) if '"' not in text else text
        plain = _NO_JSON.sub(lambda match: match[1] or "", plain)
        return json.loads(_TRAILING_COMMA.sub(lambda match: match[1] or "", plain), strict=False)


class _Reading:
    """One page's JSON-LD: its nodes by identifier, so that references can be followed."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.nodes: dict[str, list[tuple[Node, str]]] = {}

    def read(self, roots: Sequence[tuple[Any, str]]) -> Found:
        found = Found()
        own: list[tuple[Node, str]] = []
        for node, path, place, owner in self._walk(roots):
            types = _types(node)
            names = {text for text in (_text(node.get("@id")), _text(node.get("name"))) if text}
            if (identifier := _text(node.get("@id"))) and len(node) > 1:
                self.nodes.setdefault(identifier, []).append((node, path))
            if place == "mainEntity" and "WebSite" not in owner:
                found.main |= names
            elif place in _PUBLISHER:
                found.publishers |= names
            if place in _OWN_PLACES and is_organization(types):
                own.append((node, path))
        seen: set[str] = set()
        for node, path in own:
            identifier = _text(node.get("@id"))
            if identifier is None or identifier not in seen:
                found.organizations.append(self._item(node, path, 0))
                seen |= {identifier} if identifier else set()
        return found

    def _walk(self, roots: Sequence[tuple[Any, str]]) -> Iterator[tuple[Node, str, str, tuple[str, ...]]]:
        """Every node in document order: itself, its path, the property that holds it, and the types of what has that."""
        stack: list[tuple[Any, str, str, tuple[str, ...], int]] = []
        stack += [(value, path, "", (), 0) for value, path in reversed(roots)]
        while stack and self.budget.spend():
            value, path, place, owner, depth = stack.pop()
            if depth > _DEEPEST_NODE:
                continue
            if isinstance(value, dict):
                yield value, path, place, owner
                types = _types(value)
                inner = [
                    (x, f"{path}/{_escape(key)}", local_name(key), types, depth + 1)
                    for key, x in value.items()
                    if isinstance(x, dict | list)
                ]
                stack.extend(reversed(inner))
            elif isinstance(value, list):
                stack.extend((x, f"{path}/{n}", place, owner, depth + 1) for n, x in reversed(list(enumerate(value))))

    def _item(self, node: Node, path: str, depth: int) -> Item:
        """A node with its known properties, those said of it elsewhere on the page included."""
        identifier = _text(node.get("@id"))
        described = [(node, path), *(x for x in self.nodes.get(identifier or "", ()) if x[0] is not node)][:MOST_VALUES]
        types = tuple(dict.fromkeys(name for part, _ in described for name in _types(part)))
        item = Item(types, "json-ld", path, identifier)
        for part, place in described:
            for key, value in part.items():
                name = known(key)
                if name is None:
                    continue
                for inner, where in _values(value, f"{place}/{_escape(key)}"):
                    if not self.budget.spend():
                        return item
                    read = self._value(inner, where, depth)
                    if read is not None:
                        item.properties.append((name, read, where))
        return item

    def _value(self, value: Any, path: str, depth: int) -> str | Item | None:
        if isinstance(value, dict):
            if "@value" in value:
                return _text(value["@value"])
            refers = _text(value.get("@id"))
            if len(value) == 1 and refers and refers not in self.nodes:
                return refers
            return self._item(value, path, depth + 1) if depth < DEEPEST else None
        return _text(value)


def _values(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, dict) and ("@list" in value or "@set" in value):
        key = "@list" if "@list" in value else "@set"
        value, path = value[key], f"{path}/{key}"
    if isinstance(value, list):
        yield from ((inner, f"{path}/{n}") for n, inner in enumerate(value[:MOST_VALUES]))
    else:
        yield value, path


def _types(node: Node) -> tuple[str, ...]:
    declared = node.get("@type")
    declared = declared[:MOST_VALUES] if isinstance(declared, list) else [declared]
    return tuple(local_name(name) for name in declared if isinstance(name, str))


def _text(value: Any) -> str | None:
    """A scalar as text: content systems write the references of HTML into it, where they mean nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return " ".join(html.unescape(str(value)).split()) or None
    except ValueError:  # an integer of thousands of digits
        return None


def _escape(key: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
