"""Values that a source sets by hand (its lookups.csv), laid over what parsing made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, TypeVar, get_args

from parsers.folding import fold
from parsers.model import Address, Audience, Contact, ContactType, Field, Line, Name, Override, Problem, Term
from parsers.site import page_key
from sources.lookups import ACRONYM, Lookup

CONTACT_TYPES: tuple[ContactType, ...] = get_args(ContactType)
_NAMED = frozenset({"service_type", "areas_served", "law_enforcement_relations"})
"""Columns without a list of codes: there a row says what to call the value."""


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_T = TypeVar("_T", bound=_Placed)
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Index:
    """Rows by what they are looked up by: page (None: every page), column, and the printed value exactly or folded."""

    exact: Mapping[tuple[str | None, str, str], Lookup]
    folded: Mapping[tuple[str | None, str, str], Lookup]


@cache
def _index(entries: tuple[Lookup, ...]) -> _Index:
    exact: dict[tuple[str | None, str, str], Lookup] = {}
    folded: dict[tuple[str | None, str, str], Lookup] = {}
    for entry in entries:
        page = page_key(entry.url) if entry.url else None
        exact.setdefault((page, entry.column, entry.printed), entry)
        folded.setdefault((page, entry.column, fold(entry.printed)), entry)
    return _Index(exact, folded)


@dataclass(slots=True)
class ByHand:
    """The rows that count on one page, and in `made` what they set there.

    A row matches the whole value of a field, one of its lines, or a value that was found in it; the widest of these wins. A row
    for this page wins over one for every page, then one printed exactly so over one that differs in case, white space or quotes.
    `urls` are the page's address and those that it had before, the latest first: a row goes with a page that moves.
    """

    entries: tuple[Lookup, ...]
    urls: tuple[str, ...]
    text: str
    made: list[Override] = field(default_factory=list)

    def terms(self, of: Field, found: Mapping[str, list[Term]]) -> Mapping[str, list[Term]]:
        """The terms of a field by their column; what a row explains is no term of another column."""
        if not self.entries or not of.lines:
            return found
        result = {column: list(terms) for column, terms in found.items()}
        for span, entries in self._matches(of, [t for terms in found.values() for t in terms], list(found)):
            for column in result:
                result[column] = _outside(result[column], span)
            for column, entry in entries.items():
                result[column] += [self._term(column, item, span) for item in entry.items]
        return {column: sorted(terms, key=lambda term: term.start) for column, terms in result.items()}

    def term(self, column: str, term: Term | None) -> Term | None:
        """A term that was found outside of its field, or what its row says it is."""
        entry = self._find(column, term.text) if term else None
        if not entry or not term:
            return term
        self._made(entry, (term.start, term.end))
        return self._term(column, entry.normal, (term.start, term.end)) if entry.normal else None

    def names(self, line: Line, found: Sequence[Name]) -> list[Name]:
        """The names on a line that names the organisation."""
        if not self.entries:
            return list(found)
        result = list(found)
        for span, entries in self._spans([(line.start, line.end), *_places(found)], ["name"]):
            result = _outside(result, span) + self._names(entries["name"], span)
        return sorted(result, key=lambda name: name.start)

    def contacts(
        self, of: Field, audience: Audience, found: list[Contact], problems: list[Problem]
    ) -> tuple[list[Contact], list[Problem]]:
        """The contacts of a field, and the problems that are left. A row may also tell what kind of contact a value is."""
        if not self.entries:
            return found, problems
        for span, entries in self._matches(of, [*found, *_lines(problems)], CONTACT_TYPES):
            there = [contact for contact in found if (contact.start, contact.end) == span]
            inside = [contact for contact in found if _within(contact, span)]
            same_kind = set(entries) <= {contact.type for contact in there}
            kept = [contact for contact in there if same_kind and contact.type not in entries]
            note = next((contact.note for contact in inside if contact.note), None)
            new = [
                self._contact(kind, entry, span, audience, note)
                for kind in CONTACT_TYPES
                if (entry := entries.get(kind)) and entry.normal
            ]
            found = _outside(found, span) + kept + new
            if not any(contact.status == "unparsed" for contact in kept):
                problems = [
                    problem for problem in problems if not any(_within(line, span) for line in _lines([problem]))
                ]
        return sorted(found, key=lambda contact: (contact.start, contact.end)), problems

    def _matches(
        self, of: Field, found: Iterable[_Placed], columns: Sequence[str]
    ) -> list[tuple[_Span, dict[str, Lookup]]]:
        return self._spans([(of.start, of.end), *_places(of.lines), *_places(found)], columns)

    def _spans(self, spans: Iterable[_Span], columns: Sequence[str]) -> list[tuple[_Span, dict[str, Lookup]]]:
        """The places that rows match, the widest first, with the row of each column; one within another is left alone."""
        matched: list[tuple[_Span, dict[str, Lookup]]] = []
        for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
            entries = {}
            for column in columns:
                entry = self._find(column, self.text[span[0] : span[1]])
                wider = any(column in there and _in(span, other) for other, there in matched)
                if entry and not wider:
                    entries[column] = entry
                    self._made(entry, span)
            if entries:
                matched.append((span, entries))
        return matched

    def _find(self, column: str, text: str) -> Lookup | None:
        index = _index(self.entries)
        exact, folded = text.strip(), fold(text)
        for page in (*map(page_key, self.urls), None):
            entry = index.exact.get((page, column, exact)) or index.folded.get((page, column, folded))
            if entry:
                return entry
        return None

    def _made(self, entry: Lookup, span: _Span) -> None:
        printed = self.text[span[0] : span[1]]
        self.made.append(Override(entry.column, printed, entry.normal, *span, entry.line, entry.reason))

    def _term(self, column: str, normal: str, span: _Span) -> Term:
        text = self.text[span[0] : span[1]]
        return Term(text, None, *span, normal) if column in _NAMED else Term(text, normal, *span)

    def _names(self, entry: Lookup, span: _Span) -> list[Name]:
        names: list[Name] = []
        text = self.text[span[0] : span[1]]
        for kind, part in entry.pairs:
            words = r"\s+".join(map(re.escape, part.split()))
            found = re.search(words, text, re.IGNORECASE) if words else None
            # The quotes or dashes may be others than in the row: then all that is printed is the name.
            start, end = found.span() if found else (0, len(text))
            place = (span[0] + start, span[0] + end)
            acronym = kind == ACRONYM
            names.append(Name(text[start:end], None if acronym else kind, "acronym" if acronym else "name", *place))
        return names

    def _contact(self, kind: ContactType, entry: Lookup, span: _Span, audience: Audience, note: str | None) -> Contact:
        normal = Address(**dict(entry.pairs)) if kind == "address" else entry.normal
        beside = note if kind in ("phone", "fax") else None
        return Contact(audience, kind, self.text[span[0] : span[1]], normal, *span, "stated", beside)


def _places(items: Iterable[_Placed]) -> list[_Span]:
    return [(item.start, item.end) for item in items]


def _lines(problems: Iterable[Problem]) -> list[Line]:
    """What was seen, at its place."""
    return [Line(problem.seen, problem.start) for problem in problems if problem.start is not None]


def _in(span: _Span, other: _Span) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _within(item: _Placed, span: _Span) -> bool:
    return _in((item.start, item.end), span)


def _outside(items: Iterable[_T], span: _Span) -> list[_T]:
    return [item for item in items if not _within(item, span)]
