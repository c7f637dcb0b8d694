"""What a source's suppress.csv names, taken out of the rows of a release: whole listings, or one column of them.

It works on rows, not on what they were made of, so that a release made before the request can be exported without it, too.
What is taken out of the page's text leaves asterisks behind, a character each: every offset stays what it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from parsers.model import Problem
from releases.blotting import Row, Span, blotted, meet, patterns_of, replace, without
from releases.naming import addresses, named, names, told_by
from releases.schema import ORIGIN
from releases.standard import NOT_STATED, UNKNOWN_COUNTRY
from releases.values import COLUMNS
from sources.suppress import FILE, Takedown

Rows = dict[str, list[Row]]
"""The rows of each table, of whole pages with all that belongs to them."""

LINKS = (
    *("listing_id", "row_id", "organization_id", "service_id", "location_id", "contact_id"),
    *("link_id", "resource_id"),
)
"""The columns that say to which row of another table a row belongs."""
PARENTS_FIRST = ("organization", "service", "location", "contact")
"""The tables that other rows belong to, each behind those that its own rows belong to."""

_PROPERTIES = {
    "phone": {"telephone"},
    "fax": {"faxNumber"},
    "email": {"email"},
    "url": {"url", "sameAs"},
    "address": {"address"},
    "description": {"description"},
    "areas_served": {"areaServed"},
    "languages": {"knowsLanguage", "availableLanguage"},
}
"""The properties of schema.org that state the same as a column."""
_CELLS = {
    "email": (("organization", "email", None), ("service", "email", None), ("contact", "email", None)),
    "url": (("organization", "website", None),),
    "country": (("address", "country", UNKNOWN_COUNTRY),),
    "region": (("address", "region", None), ("address", "state_province", NOT_STATED)),
    "description": (("organization", "description", NOT_STATED),),
}
"""What stands in the standard's cells instead."""


def take_out(rows: Rows, entries: Sequence[Takedown]) -> set[tuple[int, str]]:
    """Take out of the rows what the entries name, and tell of it in `problem`.

    Returns the lines of the entries that name a listing here, each with its id.
    """
    if not entries or not rows["listings"]:
        return set()
    pages = {row["id"]: row for row in rows["page"]}
    wanted: dict[str, list[Takedown]] = {}
    for listing in rows["listings"]:
        urls = (listing["url"], *addresses(pages[listing["page_id"]]))
        # A row may name it by an address and by its id (see `Takedowns.naming`).
        if found := {entry.line: entry for entry in reversed(entries) if names(entry, listing["id"], urls)}:
            wanted[listing["id"]] = list(found.values())
    if wanted:
        _Pages(rows, pages, wanted).take_out()
    return {(entry.line, id_) for id_, found in wanted.items() for entry in found}


def owners(rows: Mapping[str, Iterable[Row]]) -> dict[str, str]:
    """The listing that a row belongs to, by the row's id; ids are unique over all tables."""
    found = {row["id"]: row["id"] for row in rows["listings"]}
    others = [name for name in rows if name not in ("listings", *PARENTS_FIRST)]
    for name in (*PARENTS_FIRST, *others):
        for row in rows[name]:
            owner = next((found[row[link]] for link in LINKS if row.get(link) in found), None)
            if owner:
                found[row["id"]] = owner
    return found


class _Pages:
    """The rows of some pages, and what is to be taken out of each listing."""

    def __init__(self, rows: Rows, pages: Mapping[str, Row], wanted: Mapping[str, Sequence[Takedown]]) -> None:
        self._rows, self._pages, self._wanted = rows, pages, wanted
        self._owner = owners(rows)
        self._of: dict[str, Rows] = defaultdict(lambda: {name: [] for name in rows})
        for name, table in rows.items():
            for row in table:
                if owner := self._owner.get(row["id"]):
                    self._of[owner][name].append(row)
        self._whole = {listing for listing, found in wanted.items() if any(entry.column is None for entry in found)}
        self._gone: set[str] = set()
        self._told: list[Row] = []

    def take_out(self) -> None:
        on_page: dict[str, list[Row]] = defaultdict(list)
        for listing in self._rows["listings"]:
            on_page[listing["page_id"]].append(listing)
        for page, listings in on_page.items():
            if any(listing["id"] in self._wanted for listing in listings):
                self._page(self._pages[page], listings)
        self._rows["problem"] += self._told
        for table in self._rows.values():
            table[:] = [row for row in table if row["id"] not in self._gone]
        self._leave_out_terms()

    def _page(self, page: Row, listings: Sequence[Row]) -> None:
        spans: list[Span] = []
        patterns: dict[str, list[re.Pattern[str]]] = {}
        text = page.get("text") or ""
        for listing in listings:
            id_ = listing["id"]
            if id_ in self._whole:
                own = sorted(self._spans(id_))
                taken = [(own[0][0], max(end for _, end in own))] if own else []
                entry = next(entry for entry in self._wanted[id_] if entry.column is None)
                self._tell(entry, id_, page, listing)
            else:
                taken = []
                for entry in self._wanted.get(id_, ()):
                    column = entry.column or ""
                    patterns[id_] = [*patterns.get(id_, []), *patterns_of(column, self._of[id_]["value"])]
                    taken += self._column_spans(id_, column)
                    if self._column(id_, column):
                        self._tell(entry, id_, page, listing)
                taken += [found.span() for pattern in patterns.get(id_, ()) for found in pattern.finditer(text)]
            kept = [
                span
                for other in listings
                if other["id"] not in (id_, *self._whole)
                for span in self._spans(other["id"])
            ]
            spans += without(taken, kept) if len(listings) > 1 else taken
        for listing in listings:
            if listing["id"] in self._whole:
                self._gone |= {row["id"] for table in self._of[listing["id"]].values() for row in table}
        left = [listing for listing in listings if listing["id"] not in self._whole]
        page["listings"] = len(left)
        if not left:
            self._gone |= {page["id"], *(r["id"] for r in self._rows["problem"] if r.get("page_id") == page["id"])}
            return
        self._blot(page, left, blotted(text, spans), spans)
        for id_, found in patterns.items():
            replace(page, found)
            for table in self._of[id_].values():
                for row in table:
                    replace(row, found)

    def _spans(self, listing: str) -> Iterator[Span]:
        """All places of a listing in the page's text."""
        for name in ("field", "value", "text", "problem"):
            for row in self._of[listing][name]:
                if row.get("start") is not None:
                    yield row["start"], row["end"]
        for row in self._of[listing]["field"]:
            yield row["label_start"], row["label_end"]

    def _column_spans(self, listing: str, column: str) -> list[Span]:
        if column == "description":
            texts = [row for row in self._of[listing]["text"] if row["column"] == "description"]
            return [(row["start"], row["end"]) for row in texts if row.get("start") is not None]
        unread = [row for row in self._of[listing]["problem"] if row["kind"] == f"unparsed-{column}"]
        values = [row for row in self._of[listing]["value"] if row["kind"] == column]
        return [(row["start"], row["end"]) for row in (*values, *unread) if row["start"] is not None]

    def _column(self, id_: str, column: str) -> bool:
        """Take a column out of the rows of one listing, its page's text apart; whether there was anything."""
        own = self._of[id_]
        places = self._column_spans(id_, column)
        values = [row for row in own["value"] if row["kind"] == column]
        listing = own["listings"][0]
        held = [
            name
            for name in listing
            if name in COLUMNS[column] or (column == "description" and name.startswith("description_"))
        ]
        there = bool(values or places) or any(
            listing.get(name) is not None for name in held if not name.endswith("_status")
        )
        for row in values:
            row |= {"normal": None, "set_by": None, "status": "redacted"}
        for name in COLUMNS[column]:
            if listing.get(f"{name}_status") in ("stated", "unparsed"):
                listing[f"{name}_status"] = "redacted"
        for name in held:
            if not name.endswith("_status"):
                listing[name] = None
        listing["set_by_hand"] = [name for name in listing["set_by_hand"] if name != column]
        for table, cell, instead in _CELLS.get(column, ()):
            for row in own[table]:
                if row.get(cell) is not None:
                    row[cell] = instead
        self._gone |= {row["id"] for row in self._rows_of(own, column, places)}
        if column == "address":
            for row in own["phone"]:
                row["location_id"] = None
        return there

    def _rows_of(self, own: Rows, column: str, places: Sequence[Span]) -> Iterator[Row]:
        """The rows of a listing that hold nothing but what is taken out."""
        match column:
            case "phone" | "fax":
                yield from (row for row in own["phone"] if row["type"] == ("voice" if column == "phone" else "fax"))
            case "address":
                yield from (row for table in ("location", "address", "service_at_location") for row in own[table])
                yield from (row for row in own["problem"] if row["seen"].startswith(("address.", "location.")))
            case "languages":
                yield from own["language"]
            case "areas_served":
                yield from own["service_area"]
            case "service_type" | "organization_type" | "reach":
                yield from (row for row in own["attribute"] if row["link_type"] == column)
            case "law_enforcement_relations":
                codes = {row["id"]: row.get("code") for row in self._rows["taxonomy_term"]}
                for row in own["attribute"]:
                    if codes.get(row["taxonomy_term_id"]) == f"label:{column}":
                        yield row
            case "description":
                yield from (row for row in own["text"] if row["column"] == "description")
        stated = _PROPERTIES.get(column, set())
        for row in own["statement"]:
            if stated & set(row["property"].split(".")):
                yield row
                yield from (tie for tie in own["attribute"] if tie["id"] == row["attribute_id"])
        for row in own["problem"]:
            by_hand = row["kind"] == "set-by-hand" and any(meet((row["start"], row["end"]), [p]) for p in places)
            if by_hand or (stated and row["kind"] == "structured-contradiction"):
                yield row

    def _tell(self, entry: Takedown, id_: str, page: Row, listing: Row) -> None:
        """A problem that says what is missing. Of a listing that goes whole it says nothing, nor why anything goes."""
        whole = entry.column is None
        where = f"{FILE}:{entry.line}"
        advice = f"Taken out on request of {entry.date.isoformat()}, by {where}."
        problem = Problem("suppressed", named(entry), advice)
        told = {
            "id": told_by(entry, id_),
            "listing_id": None if whole else id_,
            "page_id": None if whole else page["id"],
            "url": where if whole else page["url"],
            **asdict(problem),
        }
        self._told.append(told | ({ORIGIN: listing[ORIGIN]} if ORIGIN in listing else {}))

    def _blot(self, page: Row, listings: Sequence[Row], text: str, spans: Sequence[Span]) -> None:
        """Give the page its new text, and every row that shows a part of it that part."""
        page["text"] = text if page.get("text") is not None else None
        of_page = [
            row for row in self._rows["problem"] if row.get("page_id") == page["id"] and not row.get("listing_id")
        ]
        for name, cell in (("field", "value"), ("value", "printed"), ("text", "text"), ("problem", "seen")):
            rows = [row for listing in listings for row in self._of[listing["id"]][name]]
            for row in [*rows, *of_page] if name == "problem" else rows:
                if row.get("start") is None or not meet((row["start"], row["end"]), spans):
                    continue
                row[cell] = text[row["start"] : row["end"]]
                if name == "field" and not re.search(r"[^\W_]", row[cell]):
                    row["status"] = "redacted"
        for listing in listings:
            for row in self._of[listing["id"]]["field"]:
                if meet((row["label_start"], row["label_end"]), spans):
                    row["label"] = text[row["label_start"] : row["label_end"]]

    def _leave_out_terms(self) -> None:
        """Terms that nothing is tied to any more, and then their taxonomies."""
        used = {row["taxonomy_term_id"] for row in self._rows["attribute"]}
        terms = self._rows["taxonomy_term"]
        terms[:] = [row for row in terms if row["id"] in used]
        kept = {row["taxonomy_id"] for row in terms}
        self._rows["taxonomy"][:] = [row for row in self._rows["taxonomy"] if row["id"] in kept]
