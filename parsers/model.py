"""What parsing works on and what it yields: plain frozen dataclasses, without behaviour.

All offsets are in characters (code points) into `Page.text`, end exclusive, unless a docstring says otherwise: the text at the
offsets is the text claimed.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from parsers.frozen import lightly

Status = Literal["stated", "blank", "redacted", "unparsed", "absent"]
"""What is known of a value: printed; label printed but nothing after it; hidden on the page; printed but without a normal
form; label not there."""

Audience = Literal["general", "seeking_help"]
ContactType = Literal["phone", "fax", "email", "url", "address"]
Area = Literal["main", "header", "nav", "aside", "footer", "form", "comments"]
"""The part of a page that a block stands in, by its markup. Listings are read from `main`."""
Syntax = Literal["json-ld", "microdata", "microformats"]


@lightly(frozen=True, slots=True)
class Problem:
    """One thing that a person should look at.

    `kind` is a short stable code ("unparsed-phone"), `seen` what was there, verbatim, `advice` what to do about it.
    `start` and `end` are its place in the page's text where it has one.
    """

    kind: str
    seen: str
    advice: str
    start: int | None = None
    end: int | None = None


@lightly(frozen=True, slots=True)
class Link:
    """A hyperlink: its absolute `href`, and the place of its text. `rel` as in the markup, lower case."""

    href: str
    start: int
    end: int
    rel: str = ""


@lightly(frozen=True, slots=True)
class Cell:
    """Where a block stands in a table: which table of the page, row and column from 0, and whether it is a `th`.

    `columns` and `rows` are how many it spans.
    """

    table: int
    row: int
    column: int
    header: bool
    columns: int = 1
    rows: int = 1


@lightly(frozen=True, slots=True)
class Block:
    """One line of visible text: what stands between two line breaks, block borders or table cells.

    `text` is `page.text[start:end]`, never empty and without line breaks. `path` is the DOM path of the nearest block-level
    element ("html/body/main/p[3]"), `tag` its name, `style` its `class`, `line` the number of the line in it (0, or more
    after a `<br>`).
    `runs` holds the inline elements that mark a part of the line, as (start, end, tag), `links` the links in it. `hidden`
    holds what the markup gives for an address that the text does not print: (start, end, address) of protected e-mails.
    """

    text: str
    start: int
    end: int
    path: str
    tag: str
    area: Area
    style: str = ""
    line: int = 0
    runs: tuple[tuple[int, int, str], ...] = ()
    links: tuple[Link, ...] = ()
    hidden: tuple[tuple[int, int, str], ...] = ()
    cell: Cell | None = None


@lightly(frozen=True, slots=True)
class Statement:
    """One thing that a page's markup, not its text, states of an organisation.

    `property` is schema.org's name, with the one that holds it ("address.postalCode"); `value` as stated, `normalized` its
    normal form where there is one. `path` is its place: a DOM path, or the number of the script with JSON-LD and a JSON
    pointer (RFC 6901) into it.
    """

    entity: str
    property: str
    value: str
    syntax: Syntax
    path: str
    normalized: str | None = None


@lightly(frozen=True, slots=True)
class Entity:
    """An organisation as a page's markup describes it, whoever it is.

    `names` are all that it is called, `addresses` what identifies it on the web (`@id`, `url`, `mainEntityOfPage`). `main`
    says that the markup calls it what the page is about, `publisher` that it calls it who publishes the page.
    """

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    statements: tuple[Statement, ...]
    main: bool = False
    publisher: bool = False


@lightly(frozen=True, slots=True)
class Page:
    """A page as read: its visible text, line by line, and what its markup says of it.

    `url` is where it was fetched (after redirects), `canonical` what it calls itself, `text` all blocks joined by line feeds,
    `links` every link of the page in order (also those without text), `title` the `<title>`, `heading` the first `<h1>`,
    `lang` the declared language, `robots` the directives of `<meta name=robots>`, lower case, `structured` the organisations
    that its markup describes. `rules` are the places before which a line is drawn (`<hr>`), `anchors` the places at which
    elements with an `id` begin, with it, in page order. `fields` are those that the source's own parser (parsers/sites) read;
    where there are any, they are all. `feeds` are the feeds that its head names. `former` are addresses that the page has had
    before, where an archive knows them.
    """

    url: str
    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()
    file: str | None = None
    canonical: str | None = None
    title: str | None = None
    heading: str | None = None
    lang: str | None = None
    robots: tuple[str, ...] = ()
    encoding: str = "utf-8"
    plain: bool = False
    rules: tuple[int, ...] = ()
    anchors: tuple[tuple[int, str], ...] = ()
    problems: tuple[Problem, ...] = ()
    structured: tuple[Entity, ...] = ()
    fields: tuple[Field, ...] = ()
    feeds: tuple[str, ...] = ()
    former: tuple[str, ...] = ()


@lightly(frozen=True, slots=True)
class Line:
    """One line of a value, or a part of it: `text` is `page.text[start:start + len(text)]`; links and hidden addresses in it."""

    text: str
    start: int
    links: tuple[Link, ...] = ()
    hidden: tuple[tuple[int, int, str], ...] = ()

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + len(self.text)


@lightly(frozen=True, slots=True)
class Field:
    """One labelled field as printed.

    `label` is printed without its colon, `key` what the vocabulary takes it for (None where it does not know it), `value` the
    text after it, lines joined by line feeds. `label_start`/`label_end` and `start`/`end` are their places; `path` is the DOM
    path of the label's block. A blank value has start == end; so has (`label_start` == `label_end`) a label that the page does
    not print, and a site-specific parser names.
    """

    label: str
    key: str | None
    value: str
    status: Status
    path: str
    label_start: int
    label_end: int
    start: int
    end: int
    lines: tuple[Line, ...] = ()


@lightly(frozen=True, slots=True)
class Passage:
    """A stretch of text in one language: `lang` is BCP 47 (`und` where nobody could tell), `confidence` in [0, 1]."""

    start: int
    end: int
    lang: str
    confidence: float


@lightly(frozen=True, slots=True)
class Description:
    """What a listing says in one language: its paragraphs in page order, joined by line feeds."""

    lang: str
    text: str
    passages: tuple[Passage, ...]


@lightly(frozen=True, slots=True)
class Name:
    """A name or an acronym of the organisation; `lang` is None for acronyms, `und` for names nobody could tell."""

    text: str
    lang: str | None
    kind: Literal["name", "acronym"]
    start: int
    end: int


@lightly(frozen=True, slots=True)
class Address:
    """A postal address in parts. Nothing is invented: what is not printed is None. `country` is ISO 3166-1 alpha-2."""

    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


@lightly(frozen=True, slots=True)
class Contact:
    """One way to reach the organisation.

    `value` is as printed. `normalized` is E.164 (with `;ext=`) or digits of a short number for phone and fax, a lower-case
    address for email, an absolute URL, or an `Address`; None where the status is redacted or unparsed. `note` keeps what is
    printed beside it (opening hours, "24/7").
    """

    audience: Audience
    type: ContactType
    value: str
    normalized: str | Address | None
    start: int
    end: int
    status: Status = "stated"
    note: str | None = None


@lightly(frozen=True, slots=True)
class Term:
    """An item as printed, and the code it stands for (None where there is no closed list, or it is not on it).

    `name` is what the source's lookups.csv calls it instead, where there is no list of codes.
    """

    text: str
    code: str | None
    start: int
    end: int
    name: str | None = None

    @property
    def shown(self) -> str:
        """What to call it: as lookups.csv says, else as printed."""
        return self.name or self.text


@lightly(frozen=True, slots=True)
class Override:
    """A value that the source's lookups.csv sets: the text `printed` on the page means `normal` (empty: nothing) in `column`.

    `line` is that of the row in the file, `reason` what is said there of it.
    """

    column: str
    printed: str
    normal: str
    start: int
    end: int
    line: int
    reason: str | None = None


@lightly(frozen=True, slots=True)
class Normalized:
    """A listing's values in normal form."""

    country: Term | None = None
    region: Term | None = None
    names: tuple[Name, ...] = ()
    service_types: tuple[Term, ...] = ()
    organization_type: Term | None = None
    reach: Term | None = None
    languages: tuple[Term, ...] = ()
    areas_served: tuple[Term, ...] = ()
    contacts: tuple[Contact, ...] = ()
    law_enforcement_relations: Term | None = None


@lightly(frozen=True, slots=True)
class Listing:
    """One organisation as its page presents it.

    `url` is the page's canonical address, else where it was fetched; `text` is `Page.text`, which all offsets count in.
    `part` names the listing on a page that has several (its anchor, detail link, or name), None where it has the page for
    itself. `passages` are the free text by language, in page order; `descriptions` the same, joined by language; `headings`
    the headings between them, which belong to no language's text. `accounted` is the share of the main text's letters that
    ended as field, text or known boilerplate. `overrides` are the values that were set by hand, `structured` is what only the
    page's markup states of it.
    """

    url: str
    file: str | None
    title: str | None
    part: str | None
    page_languages: tuple[str, ...]
    fields: tuple[Field, ...]
    normalized: Normalized
    passages: tuple[Passage, ...]
    descriptions: tuple[Description, ...]
    headings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    overrides: tuple[Override, ...] = ()
    accounted: float = 1.0
    text: str = field(default="", repr=False)
    structured: tuple[Statement, ...] = ()
