"""Organisations in the attributes of elements: microdata (HTML standard, section 5) and microformats (hCard 1.0, h-card).

Read from the tree that lexbor made of the page, so that every value has its DOM path, and in time that grows with the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from parsers.items import DEEPEST, Budget, Found, Item, is_organization, known, local_name

_URL_ATTRIBUTES = {
    **dict.fromkeys(("a", "area", "link"), "href"),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "source", "track", "video"), "src"),
    "object": "data",
}
_PUBLISHER = frozenset({"publisher", "author", "creator", "copyrightHolder", "sourceOrganization"})
_OWN_PLACES = frozenset({"mainEntity", "about", "itemListElement", "item"})
_BREAKS = frozenset("br p div li tr td th dd dt h1 h2 h3 h4 h5 h6 address section article ul ol dl table".split())
_UNSEEN = frozenset({"script", "style", "template", "noscript"})

# The properties of a card (microformats.org: hcard, h-card; RFC 6350), and what schema.org calls them.
_CARD = {
    "name": ("fn", "p-name"),
    "organization": ("org", "p-org"),
    "alternateName": ("nickname", "p-nickname"),
    "telephone": ("tel", "p-tel", "u-tel"),
    "email": ("email", "u-email", "p-email"),
    "url": ("url", "u-url"),
    "description": ("note", "p-note"),
    "address": ("adr", "p-adr", "h-adr"),
    "streetAddress": ("street-address", "p-street-address"),
    "postOfficeBoxNumber": ("post-office-box", "p-post-office-box"),
    "postalCode": ("postal-code", "p-postal-code"),
    "addressLocality": ("locality", "p-locality"),
    "addressRegion": ("region", "p-region"),
    "addressCountry": ("country-name", "p-country-name"),
}
_CARD_CLASSES = {name: key for key, names in _CARD.items() for name in names}
_ADDRESS = frozenset(
    {"streetAddress", "postOfficeBoxNumber", "postalCode", "addressLocality", "addressRegion", "addressCountry"}
)
_CARDS = frozenset({"vcard", "h-card"})


def read_microdata(tree: LexborHTMLParser, base: str, budget: Budget) -> Found:
    """The organisations that microdata describes for their own sake, in document order."""
    found = Found()
    reader = _Microdata(tree, base, budget)
    for node in tree.css("[itemscope][itemtype]"):
        if not budget.spend():
            break
        if not is_organization(_item_types(node)):
            continue
        places = set((node.attributes.get("itemprop") or "").split())
        item = reader.item(node, 0)
        names = {value for value, _ in item.texts("name")} | ({item.id} if item.id else set())
        if "mainEntity" in places:
            found.main |= names
        if places & _PUBLISHER:
            found.publishers |= names
        elif not places or places & _OWN_PLACES:
            found.organizations.append(item)
    return found


class _Microdata:
    def __init__(self, tree: LexborHTMLParser, base: str, budget: Budget) -> None:
        self.base, self.budget = base, budget
        referred = tree.css_first("[itemref]") is not None
        self.by_id = {node.id: node for node in reversed(tree.css("[id]"))} if referred else {}

    def item(self, node: LexborNode, depth: int) -> Item:
        """The item of an element with `itemscope`: the properties in it, and in the elements that `itemref` names."""
        attributes = node.attributes
        item = Item(
            _item_types(node),
            "microdata",
            dom_path(node, self.budget),
            (attributes.get("itemid") or "").strip() or None,
        )
        roots = [node]
        for name in (attributes.get("itemref") or "").split():
            other = self.by_id.get(name)
            if other is not None and all(other.mem_id != root.mem_id for root in roots):
                roots.append(other)
        for root in roots:
            for inner in _elements(root, self.budget, lambda x: "itemscope" in x.attributes, itself=root is not node):
                for name in dict.fromkeys(filter(None, map(known, (inner.attributes.get("itemprop") or "").split()))):
                    value = self._value(inner, depth)
                    if value:
                        item.properties.append((name, value, dom_path(inner, self.budget)))
        return item

    def _value(self, node: LexborNode, depth: int) -> str | Item | None:
        attributes, tag = node.attributes, node.tag or ""
        if "itemscope" in attributes:
            return self.item(node, depth + 1) if depth < DEEPEST else None
        if attributes.get("content"):  # the standard has it for meta only, schema.org's examples everywhere
            return _line(attributes["content"])
        if tag in _URL_ATTRIBUTES:
            return _absolute(self.base, attributes.get(_URL_ATTRIBUTES[tag]))
        if tag in ("data", "meter"):
            return _line(attributes.get("value"))
        if tag == "time" and attributes.get("datetime"):
            return _line(attributes["datetime"])
        return None if tag == "meta" else text_of(node, self.budget)


def read_cards(tree: LexborHTMLParser, base: str, budget: Budget) -> Found:
    """The organisations that cards of classic hCard and of h-card stand for.

    A card whose `fn` is not its `org` is a person's; one that tells no more than a name and a link (the authors of
    comments) is left out.
    """
    found = Found()
    for node in tree.css(".vcard, .h-card"):
        if not budget.spend():
            break
        item = _card(node, base, budget)
        names, organizations = item.texts("name"), item.texts("organization")
        person = names and organizations and not {x for x, _ in names} & {x for x, _ in organizations}
        if person or not {name for name, _, _ in item.properties} - {"name", "organization", "url", "alternateName"}:
            continue
        if not names:
            item.properties += [("name", value, path) for value, path in organizations[:1]]
        item.properties = [x for x in item.properties if x[0] != "organization"]
        found.organizations.append(item)
    return found


def _card(root: LexborNode, base: str, budget: Budget) -> Item:
    item = Item(("Organization",), "microformats", dom_path(root, budget))
    loose = Item(("PostalAddress",), "microformats", item.path)
    for node in _elements(root, budget, lambda x: not _CARDS.isdisjoint(_classes(x)) or "address" in _keys(x)):
        if not _CARDS.isdisjoint(_classes(node)):
            continue
        for key in _keys(node):
            path = dom_path(node, budget)
            if key == "address":
                address = Item(("PostalAddress",), "microformats", path)
                for part in _elements(node, budget):
                    for inner in _keys(part):
                        if inner in _ADDRESS and (value := _card_value(part, base, budget)):
                            address.properties.append((inner, value, dom_path(part, budget)))
                inside = address.properties or _card_value(node, base, budget)
                if inside:
                    item.properties.append((key, address if address.properties else str(inside), path))
            elif value := _card_value(node, base, budget, link=key in ("url", "email")):
                target = loose if key in _ADDRESS else item
                target.properties.append(("faxNumber" if key == "telephone" and _is_fax(node) else key, value, path))
    if loose.properties:
        item.properties.append(("address", loose, item.path))
    return item


def _keys(node: LexborNode) -> list[str]:
    return list(dict.fromkeys(_CARD_CLASSES[name] for name in _classes(node) if name in _CARD_CLASSES))


def _classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


def _card_value(node: LexborNode, base: str, budget: Budget, *, link: bool = False) -> str | None:
    """The value of a class (microformats.org, value-class-pattern): its `value` parts, a title or address, else its text."""
    attributes, tag = node.attributes, node.tag
    if link and tag in ("a", "area"):
        return _absolute(base, attributes.get("href"))
    if tag == "abbr" and attributes.get("title"):
        return _line(attributes["title"])
    if tag in ("data", "input"):
        return _line(attributes.get("value"))
    parts = []
    for inner in _elements(node, budget):
        if "value" in _classes(inner):
            parts.append(
                _line(inner.attributes["title"]) if inner.tag == "abbr" and inner.attributes.get("title") else None
            )
            parts[-1] = parts[-1] or text_of(inner, budget)
        elif "value-title" in _classes(inner):
            parts.append(_line(inner.attributes.get("title")))
    return "".join(filter(None, parts)) or text_of(node, budget)


def _is_fax(node: LexborNode) -> bool:
    types = [(x.text() or "").strip().casefold() for x in node.css(".type")]
    return any("fax" in name for name in types)


def _item_types(node: LexborNode) -> tuple[str, ...]:
    return tuple(local_name(name) for name in (node.attributes.get("itemtype") or "").split())


def _elements(
    root: LexborNode, budget: Budget, closed: Callable[[LexborNode], bool] | None = None, *, itself: bool = False
) -> Iterator[LexborNode]:
    """The elements below `root` (with `itself`, it too) in document order, without those inside of one that is `closed`."""
    if itself:
        yield root
        if closed and closed(root):
            return
    node = root.first_child
    while node is not None and budget.spend():
        if node.tag and node.tag[0] != "-":
            yield node
        step = None if closed and node.first_child is not None and closed(node) else node.first_child
        node = step or _next(node, root)


def _next(node: LexborNode, root: LexborNode) -> LexborNode | None:
    """The node after this one and what is in it, below `root`."""
    at: LexborNode | None = node
    while at is not None and at.mem_id != root.mem_id:
        if at.next is not None:
            return at.next
        at = at.parent
    return None


def text_of(root: LexborNode, budget: Budget) -> str | None:
    """The text in an element on one line: what a reader sees, with a blank where a line ends."""
    parts: list[str] = []
    node = root.first_child
    while node is not None:
        tag, text = node.tag or "", ""
        if tag == "-text":
            text = node.text_content or ""
        elif tag in _BREAKS:
            text = " "
        parts.append(text)
        if not budget.spend(len(text)):
            break
        node = (node.first_child if tag not in _UNSEEN else None) or _next(node, root)
    return _line("".join(parts))


def dom_path(node: LexborNode, budget: Budget) -> str:
    """The path of an element as `Block.path` has it ("html/body/main/p[3]")."""
    steps: list[str] = []
    at: LexborNode | None = node
    while at is not None and at.tag not in ("body", "html", "head", "-document"):
        position, before = 1, at.prev
        while before is not None and budget.spend():
            position += before.tag == at.tag
            before = before.prev
        steps.append(f"{at.tag}[{position}]")
        at = at.parent
    ending = {"body": ["html/body"], "head": ["html/head"]}.get((at.tag if at else None) or "", ["html"])
    return "/".join(ending + steps[::-1])


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split()) or None


def _absolute(base: str, address: str | None) -> str | None:
    if not address or not address.strip():
        return None
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return None
