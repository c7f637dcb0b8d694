"""Which candidates are labels.

What is a label is known by the vocabulary, by its markup, by its likes on the page (labels look alike), and by recurring at
the same place on the site's other pages. A colon alone proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile

from parsers.candidates import Candidate, dashed
from parsers.extents import container_of, same_paragraph_follows
from parsers.folding import fold
from parsers.forms import label_like
from parsers.labels import match
from parsers.links import is_link_line, linked_share
from parsers.marks import STRENGTH
from parsers.model import Line, Page
from parsers.pairs import paired_labels
from parsers.part_names import heads_office
from parsers.site import Site, recurs

_GENERAL_CONTACTS = frozenset({"contact_details", "contact_seeking_help"})
_STOP = re.compile(r"[.!?。！？؟]['\"’”»)]*$")
_LINKED = 0.5
_FEWEST_PEERS = 2
_FEWEST_DASHED = 3
_SENTENCE_WORDS, _PROSE_WORDS = 5, 10
_GOES_ON = re.compile(r"(?:\.\.|[…»›→⟶])\W*$")
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\(?\d(?:[ ()/.\xa0–-]*\d){6,14}|(?:https?://|www\.)\S+", re.I)
_REACHES = re.compile(r"\d|@|\(at\)|\[at\]|www\.|protected\]", re.I)


def accept(page: Page, found: Sequence[Candidate], site: Site, own: Mapping[str, str]) -> list[Candidate]:
    """The candidates that are labels: the known ones that look like labels, those that look like them, and pairs.

    `own` are the source's labels (printed -> key).
    """
    alike = Counter(c.look for c in found if c.known and (c.whole or c.markup == "span"))
    sure = [c for c in found if _is_known(c, site) and _looks_set_apart(c, alike)]
    peers = Counter(c.peer for c in sure)
    whole_lines = Counter(c.peer for c in found)
    labels = {c.start for c in sure} | paired_labels(page, found, site.labels | site.boilerplate)
    first = min((c.block for c in sure), default=0)
    last = max((c.block for c in sure), default=0)
    for c in found:
        if c.start in labels or c.known:
            continue
        if c.markup == "dt":
            labels.add(c.start)
            continue
        if not label_like(c.text):
            continue
        likes = peers[c.peer]
        if (
            _heads_office(page, c)
            or _announces_contact(page, c)
            or (c.markup in ("bold", "span") and c.colon and (not c.whole or likes))
        ):
            labels.add(c.start)
        elif likes >= 2 and (c.colon or c.markup in ("heading", "bold", "span")):
            if c.markup != "text" or (c.colon and first - 1 <= c.block <= last + 1):
                labels.add(c.start)
                if c.colon and c.block == last + 1 and _is_item(page, c):
                    last += 1
        elif likes >= 2 and 2 * likes >= whole_lines[c.peer]:
            labels.add(c.start)
    listed = {c.start: c for c in (*(c for c in found if c.start in labels), *_dashed(page, found, own))}
    return sorted(listed.values(), key=lambda c: c.start)


def _dashed(page: Page, found: Sequence[Candidate], own: Mapping[str, str]) -> Iterator[Candidate]:
    """The labels of a list of facts that only dashes part from their values; a dash alone proves less than a colon."""
    looks: defaultdict[str, list[Candidate]] = defaultdict(list)
    for index in range(found[0].block, found[-1].block + 1) if found else ():
        if c := dashed(index, page.blocks[index], own):
            looks[c.look].append(c)
    for alike in looks.values():
        known = [c for c in alike if c.known]
        if len(known) >= _FEWEST_DASHED and 2 * len(known) >= len(alike) and len({c.text for c in alike}) == len(alike):
            yield from (c for c in alike if known[0].block <= c.block <= known[-1].block + 1)


def _is_item(page: Page, c: Candidate) -> bool:
    """Whether a line is a list item of its own: the items of one list are of one kind."""
    return page.blocks[c.block].tag == "li" and not c.whole


def _is_known(c: Candidate, site: Site) -> bool:
    return c.known is not None or fold(c.text) in site.labels


def _heads_office(page: Page, c: Candidate) -> bool:
    """Whether a heading in words of its own stands above the address of an office."""
    return c.whole and c.markup in ("heading", "bold") and heads_office(c.text, page.blocks[c.block + 1 : c.block + 6])


def _announces_contact(page: Page, c: Candidate) -> bool:
    """Whether a colon parts words of the page's own from an address or number, and nothing else: "Media: press@..."."""
    block = page.blocks[c.block]
    return c.colon and not c.whole and bool(_CONTACT.fullmatch(block.text, c.value - block.start))


def _looks_set_apart(c: Candidate, alike: Counter[str]) -> bool:
    """Whether a known word stands as a label does: with a colon, marked up, or alone on its line like several others.

    A `<span>` round a whole line says nothing: editors put them anywhere.
    """
    if c.colon or not (c.markup == "text" or (c.markup == "span" and c.whole)):
        return True
    return c.whole and alike[c.look] >= 2


def heads_description(c: Candidate) -> bool:
    """Whether a label stands above the text in one language: "Description générale:", "Beschreibung auf Deutsch"."""
    if not c.whole or c.markup in ("dt", "cell") or (c.known and c.known.key != "description"):
        return False
    return c.known is not None or bool((known := match(c.text.split()[0])) and known.key == "description")


def without_parts(page: Page, labels: list[Candidate], sections: Sequence[Candidate]) -> list[Candidate]:
    """Leave out labels inside another field's value: "Tel : ..." below "Contact details:"; and what only heads a section.

    Below a heading, several in paragraphs of their own are fields of their own.
    They are part of it when they are set apart less than the label above, stand unmarked in its paragraph, or do not look
    like it while other labels do. What no vocabulary knows is no label of its own below a label that is set apart more
    ("Mon: 9-17").
    """
    kept: list[Candidate] = []
    heads = {c.start for c in sections}
    open_: Candidate | None = None
    looks = Counter(c.peer for c in labels)
    spread = {
        c.start for n, c in enumerate(labels) if _is_general(c) and _is_spread(page, c, islice(labels, n + 1, None))
    }
    for c in labels:
        if c.start in heads:
            open_ = None
            continue
        if open_ is not None and _is_all_of_a_value(page, c, open_):
            continue
        inside = open_ is not None and _paragraph(page, c) == _paragraph(page, open_)
        if open_ is not None and inside and c.known is None and STRENGTH[c.markup] < STRENGTH[open_.markup]:
            continue
        if (
            open_ is not None
            and c.known
            and _holds_contacts(open_)
            and _is_below(page, c, open_)
            and open_.start not in spread
        ):
            weaker = STRENGTH[c.markup] < STRENGTH[open_.markup] and (inside or _reaches_on(page, open_, c))
            same = c.markup == "text" and inside and open_.known is not None and open_.known.kind is None
            beside = c.block == open_.block and not open_.whole and c.known.key in _GENERAL_CONTACTS
            other = c.markup == "text" and c.peer != open_.peer and looks[open_.peer] > looks[c.peer]
            if (c.known.kind or c.known.key == "other" or beside) and (weaker or same or other):
                continue
        kept.append(c)
        open_ = c
    return kept


def _is_all_of_a_value(page: Page, c: Candidate, open_: Candidate) -> bool:
    """Whether what looks like a label begins the only line of the value of one that is set apart: "City: Small".

    Contacts are fields where they stand.
    """
    bare = open_.markup == "text" and (open_.colon or not open_.whole)
    if c.markup != "text" or bare or c.whole or c.start != page.blocks[c.block].start:
        if c.start != open_.value or c.markup != "text" or open_.markup in ("text", "heading"):
            return False
        return not (c.known and c.known.kind)
    if not open_.whole or c.block != open_.block + 1 or open_.markup == "heading" or (c.known and c.known.kind):
        return False
    path = _paragraph(page, c)
    shared = container_of(page, open_, inline=False)
    after = page.blocks[c.block + 1].path if c.block + 1 < len(page.blocks) else ""
    own = path[len(shared) :].split("/")[0] if path.startswith(shared) else ""
    return bool(own) and path != _paragraph(page, open_) and not after.startswith(f"{shared}{own}")


def heads_section(page: Page, labels: Sequence[Candidate]) -> list[Candidate]:
    """The labels that only stand above others: "Contact us", and then "Phone: ...", "E-mail: ...".

    Their own value is empty: the line after one begins with a label, and so do most of those that follow. One label alone
    below is part of the value ("For those seeking help: Tel: ..."), and so is what says whom the contacts are for.
    """
    return [c for n, c in enumerate(labels) if _is_general(c) and _heads(page, c, islice(labels, n + 1, None))]


def _is_general(c: Candidate) -> bool:
    known = c.known
    return c.whole and known is not None and known.key == "contact_details" and known.kind is None


def _heads(page: Page, head: Candidate, others: Iterable[Candidate]) -> bool:
    below = list(takewhile(lambda c: STRENGTH[c.markup] < STRENGTH[head.markup] or c.markup == "text", others))
    lines: dict[int, Candidate] = {}
    for c in below:
        if c.known:
            lines.setdefault(c.block, c)
    menu = takewhile(lambda i: is_link_line(page.blocks[i]), range(head.block + 1, len(page.blocks)))
    first = head.block + 1 + sum(1 for _ in menu)
    if len(lines) < 2 or first not in lines:
        return False
    labelled, current, last = 0, lines[first], max(lines)
    for block in range(first, last + 1):
        labelled += block in lines or current.whole
        current = lines.get(block, current)
    return 3 * labelled >= 2 * (last + 1 - first)


def _is_spread(page: Page, head: Candidate, others: Iterable[Candidate]) -> bool:
    """Whether the labels of contacts below a heading begin several paragraphs: each is a field of its own then."""
    if head.markup != "heading":
        return False
    below = takewhile(lambda c: c.markup != "heading" and _is_below(page, c, head), others)
    paragraphs = {
        _paragraph(page, c) for c in below if c.known and c.known.kind and c.start == page.blocks[c.block].start
    }
    return len(paragraphs) > 1


def _is_below(page: Page, c: Candidate, open_: Candidate) -> bool:
    """Whether a label stands in the element that a label before it shares with its value."""
    return _paragraph(page, c).startswith(container_of(page, open_, not open_.whole))


def _reaches_on(page: Page, c: Candidate, to: Candidate) -> bool:
    """Whether the value of a label may go on beyond its paragraph, to another label: an address ends where a phone begins."""
    if c.known and c.known.kind == "address" and to.markup == "bold" and to.colon:
        return False
    return c.markup in ("dt", "cell", "heading") or (c.whole and not same_paragraph_follows(page, c))


def _holds_contacts(c: Candidate) -> bool:
    return c.known is not None and c.known.key in _GENERAL_CONTACTS and c.known.kind in (None, "address")


def _paragraph(page: Page, c: Candidate) -> str:
    return page.blocks[c.block].path


def is_navigation(page: Page, c: Candidate, blocks: Sequence[int], site: Site) -> bool:
    """Whether a heading has only links below it, or what every page of the site has: a menu, not a fact.

    A known label on a line of its own without a colon must be followed by what it announces, too: "Contact us" and a menu.
    """
    below = [page.blocks[i] for i in blocks]
    line = page.blocks[c.block]
    if recurs(line.text, site.boilerplate):
        bare = c.known is None or c.known.key == "other" or (c.markup in ("text", "span") and not c.colon)
        if (not c.known and len(line.links) > 1) or (bare and c.whole and not below):
            return True
    if c.known is None and c.markup == "heading" and not c.colon and linked_share(below) > _LINKED:
        return True
    # A value that half of the pages share ("Public") is a value where others have another.
    fixed = site.boilerplate if fold(c.text) not in site.varied else frozenset()
    if c.markup in ("dt", "cell"):
        if c.known or not all(is_link_line(block) for block in below):
            return False
        return bool(below) and all(recurs(block.text, fixed) for block in below)
    if not below or not c.whole or (c.known and c.known.key not in (*_GENERAL_CONTACTS, "description")):
        return False
    if all(is_link_line(block) or recurs(block.text, fixed) for block in below) and not c.colon:
        return c.known is None or not any(_REACHES.search(block.text) for block in below)
    if c.known and c.known.key == "description":
        return False
    bare = (
        c.known is not None and c.known.kind is None and not c.colon and c.markup in ("heading", "text", "bold", "span")
    )
    return bare and not any(_REACHES.search(block.text) for block in below)


def heads_others(c: Candidate, blocks: Sequence[int], peers: int) -> bool:
    """Whether a heading that nobody knows has no text of its own: it stands above fields, and is none.

    Among `peers` known labels of its look it is a label with nothing after it.
    """
    return c.markup == "heading" and c.known is None and not c.colon and not blocks and peers < _FEWEST_PEERS


def belongs_to_site(page: Page, c: Candidate, blocks: Sequence[int], site: Site) -> bool:
    """Whether a contact is printed on so many pages that it must be the operator's."""
    if c.known is None or c.known.key not in _GENERAL_CONTACTS or (c.whole and not blocks):
        return False
    lines = [page.blocks[i] for i in ([] if c.whole else [c.block]) + list(blocks)]
    return all(recurs(block.text, site.repeated) for block in lines)


def heads_prose(c: Candidate, lines: Sequence[Line]) -> bool:
    """Whether what looks like a label is a heading of running text: "What we do", and then sentences."""
    if (
        not c.whole
        or c.colon
        or c.markup in ("dt", "cell")
        or (c.known and c.known.key not in ("other", "service_type"))
    ):
        return False
    sentences = [len(line.text.split()) for line in lines if _STOP.search(line.text)]
    return sum(words for words in sentences if words >= _SENTENCE_WORDS) >= _PROSE_WORDS


def repeats_label(c: Candidate, lines: Sequence[Line]) -> bool:
    """Whether what stands after a label is a link that says no more than the label: "Photos: View all photos"."""
    if c.known or len(lines) != 1 or sum(link.end - link.start for link in lines[0].links) < len(lines[0].text):
        return False
    return set(fold(c.text).split()) <= set(fold(lines[0].text).split())


def is_teaser(c: Candidate, lines: Sequence[Line], site: Site) -> bool:
    """Whether what a colon parts is an opening of a text elsewhere: "The Gazette: A night on the quay, [Read on...]".

    Its last words are a link that says that it goes on. What recurs on the site's other pages remains a label, as does one that
    stands in a place for labels.
    """
    if _is_known(c, site) or c.markup in ("dt", "cell", "heading") or not lines or not lines[-1].links:
        return False
    last, link = lines[-1], lines[-1].links[-1]
    words = last.text[link.start - last.start : link.end - last.start]
    ends = not any(map(str.isalnum, last.text[link.end - last.start :]))
    return ends and bool(_GOES_ON.search(words)) and (len(lines) > 1 or link.start > last.start)
