"""Contacts: the lines of a value -> telephone and fax numbers, e-mail and web addresses, postal addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import unquote

from parsers import dialling, labels, phones
from parsers.addresses import AddressMatch, find_addresses, named_country
from parsers.emails import find_emails, valid_address
from parsers.frozen import lightly
from parsers.hours import is_hours
from parsers.joiners import JOINER
from parsers.labels import LabelKind
from parsers.leads import EDGES, NOTE, Lead, read_lead
from parsers.model import Audience, Contact, ContactType, Line, Link, Problem, Status
from parsers.places import country_code
from parsers.urls import find_urls

_SHORTEST = 3
_GROUPED = 6
_SURE_DIGITS = 9
_NUMBERS = frozenset({"phone", "fax", "phone_fax"})
_ADVICE = {
    "phone": "Check the country of the listing: is it what the number belongs to? If the page has it wrong, tell its operator.",
    "email": "The address is not valid as printed; if the page has it wrong, tell its operator.",
}


@lightly(frozen=True, slots=True)
class _Span:
    """Something found in a line, before it is known what it is for."""

    start: int
    end: int
    found: phones.NumberMatch | str | None
    type: ContactType
    status: Status = "stated"
    others: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What has been read of a value so far."""

    audience: Audience
    country: str | None
    calling: str | None
    kind: LabelKind | None
    obfuscated: Literal["decode", "redact"]
    contacts: list[Contact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left: list[list[Line]] = field(default_factory=lambda: [[]])
    pending: LabelKind | None = None


def contacts(
    lines: Sequence[Line],
    *,
    audience: Audience,
    country: str | None,
    kind: LabelKind | None = None,
    obfuscated: Literal["decode", "redact"] = "decode",
) -> tuple[list[Contact], list[Problem]]:
    """The contacts that the lines of a value state, in page order, and what a person should look at.

    `country` (ISO 3166-1 alpha-2) is where numbers without country code and addresses without country belong; a country that
    the address itself names wins. `kind` is what the label of the value announced. With `obfuscated="redact"` addresses that the
    page hides from harvesters stay hidden: they are contacts with status `redacted`.

    A number that cannot be one is kept as `unparsed`, with a problem; what is no contact at all is a problem too.
    """
    country = country.upper() if country else None
    named = _named_country(lines, country)
    reading = _Reading(audience, named or country, named or country, kind, obfuscated)
    for line in lines:
        _read_line(line, reading)
    _read_addresses(reading)
    reading.contacts.sort(key=lambda contact: (contact.start, contact.end))
    return reading.contacts, reading.problems


def _named_country(lines: Sequence[Line], country: str | None) -> str | None:
    codes = {code for line in lines if (code := named_country(line.text, country))}
    return codes.pop() if len(codes) == 1 else None


def _read_line(line: Line, reading: _Reading) -> None:
    accepted: list[tuple[_Span, Lead]] = []
    position = 0
    for span in _spans(line, reading):
        lead = read_lead(line.text[position : span.start], position, first=not accepted)
        if _is_contact(line, span, lead, reading):
            accepted.append((span, lead))
            position = span.end
    if not accepted:
        _read_line_without_contacts(line, reading)
        return
    kind, reading.pending = reading.pending, None
    for index, (span, lead) in enumerate(accepted):
        kind = lead.kind or (kind if lead.joined or index == 0 else None)
        notes = [lead.unknown]
        remark = lead.kind is None and not any(char.isdigit() for char in lead.rest)
        if index == 0 and remark and span.type == "phone":
            notes.append(lead.rest.strip(EDGES))
        elif index == 0 or accepted[index - 1][0].type != "phone":
            _leave(line, lead.start, lead.start + len(lead.rest), reading)
        after = accepted[index + 1][1] if index + 1 < len(accepted) else None
        notes.append(_note(line, span, after, reading))
        _add(line, span, kind, "; ".join(filter(None, notes)) or None, reading)
    reading.left.append([])


def _spans(line: Line, reading: _Reading) -> list[_Span]:
    """What could be a contact on a line, in order, none overlapping."""
    spans: list[_Span] = []
    taken = bytearray(len(line.text))

    def add(span: _Span) -> None:
        if not any(taken[span.start : span.end]):
            spans.append(span)
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)

    for email in find_emails(line):
        if email.address is None or (email.obfuscated and reading.obfuscated == "redact"):
            add(_Span(email.start, email.end, None, "email", "redacted"))
            continue
        address = valid_address(email.address)
        add(_Span(email.start, email.end, address, "email", "stated" if address else "unparsed", email.others))
    for url in find_urls(line):
        add(_Span(url.start, url.end, url.url, "url"))
    masked = list(line.text)
    for span in spans:
        masked[span.start : span.end] = "\ufffc" * (span.end - span.start)
    for number in phones.find_numbers("".join(masked), reading.calling):
        linked = _linked_number(line, number.start, number.end)
        if linked and not dialling.normalize(number.number, reading.calling):
            number = replace(number, number=linked)
        add(_Span(number.start, number.end, number, "phone"))
    for link in line.links:
        start, end = max(link.start - line.start, 0), min(link.end - line.start, len(line.text))
        dialled = _linked_number(line, start, end)
        if dialled and line.text[start:end].strip():
            add(_Span(start, end, phones.NumberMatch(start, end, dialled), "phone"))
    return sorted(spans, key=lambda span: span.start)


def _linked_number(line: Line, start: int, end: int) -> str | None:
    """The number of the `tel:` link (RFC 3966) at a place of the line."""
    for link in line.links:
        overlaps = link.start - line.start < end and link.end - line.start > start
        if overlaps and (dialled := _dialled(link)):
            return dialled
    return None


def _dialled(link: Link) -> str | None:
    if not link.href.lower().startswith("tel:"):
        return None
    return unquote(link.href[4:]).partition(";")[0].strip() or None


def _is_contact(line: Line, span: _Span, lead: Lead, reading: _Reading) -> bool:
    """Whether what was found is a contact: a number must be labelled, or written like nothing but a telephone number."""
    number = span.found
    if not isinstance(number, phones.NumberMatch):
        # a host name without "www." under a label of something else ("Skype: help.center") is none
        bare = span.type == "url" and not line.text[span.start : span.end].lower().startswith(("http", "www."))
        return not (bare and (lead.other or reading.kind == "address"))
    if lead.other:
        return False
    if lead.kind in _NUMBERS or _linked_number(line, span.start, span.end):
        return number.digits >= _SHORTEST
    if lead.joined:
        listed = number.digits >= dialling.MIN_FULL or number.number != line.text[span.start : span.end]
        return listed or bool(reading.calling and dialling.normalize_short(number.number, reading.calling))
    before = lead.rest.strip(EDGES)
    if reading.pending in _NUMBERS or reading.kind in _NUMBERS:
        return number.digits >= (dialling.MIN_FULL if before else _SHORTEST)
    country = _country_of(lead, reading)
    alone = not before and not NOTE.sub("", line.text[span.end :]).strip(EDGES)
    if alone or lead.unknown:
        grouped = " " in number.number  # "116 123" is written as no count is
        least = dialling.MIN_FULL
        if alone and (reading.audience == "seeking_help" or (grouped and country)):
            least = _SHORTEST if reading.audience == "seeking_help" else _GROUPED
    elif reading.kind == "address":
        return False
    else:
        international = number.number.lstrip("( ").startswith(("+", "00"))
        least = dialling.MIN_FULL if international else _SURE_DIGITS
    return number.digits >= least and bool(number.extension or dialling.is_known(number.number, country))


def _country_of(lead: Lead, reading: _Reading) -> str | None:
    """Where a number belongs: to the country that its label names ("UK: 0113 496 0170"), else to that of the value."""
    return (country_code(lead.unknown) if lead.unknown else None) or reading.calling


def _note(line: Line, span: _Span, after: Lead | None, reading: _Reading) -> str | None:
    """What is printed beside a contact, in brackets or up to the next one; an address there is kept as such."""
    bracketed = NOTE.match(line.text, span.end)
    notes = [bracketed[1].strip()] if bracketed else []
    start = bracketed.end() if bracketed else span.end
    if after is None:
        rest, end = line.text[start:], len(line.text)
    else:
        rest, start, end = after.rest, after.start, after.start + len(after.rest)
    remark = rest.strip(EDGES + ".()")
    if not remark or JOINER.fullmatch(remark):
        return notes[0] if notes else None
    if span.type == "phone" and (
        is_hours(remark, spans=True) or not find_addresses([Line(remark, 0)], reading.country)[0]
    ):
        return "; ".join([*notes, remark])
    if after is None:
        _leave(line, start, end, reading)
    return notes[0] if notes else None


def _add(line: Line, span: _Span, label: LabelKind | None, note: str | None, reading: _Reading) -> None:
    value = line.text[span.start : span.end]
    start, end = line.start + span.start, line.start + span.end
    normalized = span.found
    status: Status = span.status
    types: tuple[ContactType, ...] = (span.type,)
    if isinstance(normalized, phones.NumberMatch):
        country = country_code(note) if note else None
        normalized = dialling.normalize(normalized.number, country or reading.calling, normalized.extension)
        status = "stated" if normalized else "unparsed"
        kind = label or reading.kind
        types = ("phone", "fax") if kind == "phone_fax" else ("fax",) if kind == "fax" else ("phone",)
    if status == "unparsed":
        reading.problems.append(Problem(f"unparsed-{span.type}", value, _ADVICE[span.type], start, end))
    for type_ in types:
        beside = note if type_ in _NUMBERS else None
        reading.contacts.append(Contact(reading.audience, type_, value, normalized, start, end, status, beside))
    for other in span.others:
        reading.contacts.append(Contact(reading.audience, span.type, value, valid_address(other), start, end))


def _read_line_without_contacts(line: Line, reading: _Reading) -> None:
    text = line.text.strip()
    if not text:
        return
    match = labels.match(text)
    if match and match.kind and (text.endswith(":") or not (match.kind == "address" or any(map(str.isdigit, text)))):
        reading.pending = match.kind  # a label on a line of its own
        return
    reading.pending = None
    _leave(line, 0, len(line.text), reading)


def _leave(line: Line, start: int, end: int, reading: _Reading) -> None:
    """Keep a part of a line for the addresses, without the label that may stand before it."""
    text = line.text[start:end]
    label, colon, value = text.partition(":")
    match = labels.match(label) if colon and value.strip() else None
    if match and match.kind == "address":
        start += len(label) + 1
        text = value
    stripped = text.strip(EDGES)
    start += text.find(stripped)
    if any(char.isalnum() for char in stripped):
        reading.left[-1].append(Line(stripped, line.start + start))


def _read_addresses(reading: _Reading) -> None:
    for lines in reading.left:
        found, rest = find_addresses(lines, reading.country, labelled=reading.kind == "address")
        for match in found:
            reading.contacts.append(_address(match, reading.audience))
        for line in rest:
            if not _hours(line, reading):
                advice = "It is no contact that we know: leave it, or add its label to the source's labels."
                reading.problems.append(Problem("unread-contact-line", line.text, advice, line.start, line.end))


def _address(match: AddressMatch, audience: Audience) -> Contact:
    value = "\n".join(line.text for line in match.lines)
    return Contact(audience, "address", value, match.address, match.lines[0].start, match.lines[-1].end)


def _hours(line: Line, reading: _Reading) -> bool:
    """Opening hours on a line of their own belong to the number before them."""
    before = [
        index
        for index, contact in enumerate(reading.contacts)
        if contact.type in ("phone", "fax") and contact.end <= line.start
    ]
    if not before or not is_hours(line.text, spans=True):
        return False
    index = max(before, key=lambda number: reading.contacts[number].end)
    contact = reading.contacts[index]
    reading.contacts[index] = replace(contact, note="; ".join(filter(None, [contact.note, line.text])))
    return True
