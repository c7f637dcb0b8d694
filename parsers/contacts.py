"""Contacts: the lines of a value -> telephone and fax numbers, e-mail and web addresses, postal addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from parsers import labels, phones
from parsers.addresses import AddressMatch, find_addresses
from parsers.emails import find_emails, valid_address
from parsers.labels import LabelKind
from parsers.model import Audience, Contact, ContactType, Line, Problem
from parsers.places import country_code
from parsers.urls import find_urls

_LETTERS: dict[str, LabelKind] = {
    **dict.fromkeys(("t", "p", "m", "g", "☎", "☏", "✆", "📞", "📱", "☎️", "т"), "phone"),
    **dict.fromkeys(("f", "📠", "ф"), "fax"),
    **dict.fromkeys(("e", "@", "✉", "📧", "✉️"), "email"),
    **dict.fromkeys(("w", "i", "🌐"), "url"),
}
_EDGES = " \t\u00a0,;:|•·–—-/*>→"
_JOINER = re.compile(
    r"[\s,;/|•·–—&+-]*(?:(?:or|ou|oder|of|o|and|et|und|en|y|e|i|och|og|lub|sau|veya|или|أو|ή)\b)?[\s,;/|:-]*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_HOURS = re.compile(
    r"\d{1,2}\s*[-–—]\s*\d{1,2}|\d{1,2}\s?[:.h]\s?\d{2}|\b\d{1,2}\s?(?:h|uhr|am|pm)\b|24\s?/\s?7|7\s?/\s?7",
    re.IGNORECASE,
)
_WORDS_OF_A_LABEL = 5
_SURE_DIGITS = 9


@dataclass(frozen=True, slots=True)
class _Span:
    """Something found in a line, before it is known what it is for."""

    start: int
    end: int
    found: phones.NumberMatch | str | None
    type: ContactType
    status: Literal["stated", "redacted", "unparsed"] = "stated"


@dataclass(slots=True)
class _Reading:
    """What has been read of a value so far."""

    audience: Audience
    country: str | None
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
    the address itself names wins. `kind` is what the label of the value announced. With `obfuscated="redact"` addresses
    that the page hides from harvesters stay hidden: they are contacts with status `redacted`.

    A number that cannot be one is kept as `unparsed`, with a problem; what is no contact at all is a problem too.
    """
    named = _named_country(lines)
    reading = _Reading(audience, named or country, kind, obfuscated)
    for line in lines:
        _read_line(line, reading)
    _read_addresses(reading)
    reading.contacts.sort(key=lambda contact: (contact.start, contact.end))
    return reading.contacts, reading.problems


def _named_country(lines: Sequence[Line]) -> str | None:
    codes = {code for line in lines if (code := country_code(line.text) or country_code(line.text.rpartition(",")[2]))}
    return codes.pop() if len(codes) == 1 else None


def _read_line(line: Line, reading: _Reading) -> None:
    spans = _spans(line, reading)
    accepted: list[tuple[_Span, _Lead]] = []
    position = 0
    for span in spans:
        lead = _lead(line.text[position : span.start], position, previous=accepted[-1][0] if accepted else None)
        if isinstance(span.found, phones.NumberMatch) and not _is_phone(
            line, span, span.found, lead, bool(accepted), reading
        ):
            continue
        accepted.append((span, lead))
        position = span.end
    if not accepted:
        _read_line_without_contacts(line, reading)
        return
    first = len(reading.contacts)
    sticky = reading.pending
    reading.pending = None
    for index, (span, lead) in enumerate(accepted):
        sticky = lead.kind or (sticky if lead.joined or index == 0 else None)
        if lead.rest.strip(_EDGES) and not index:
            _leave(line, lead.rest_start, lead.rest_start + len(lead.rest), reading)
        after = accepted[index + 1][1] if index + 1 < len(accepted) else None
        note = _note(line.text, span, after)
        _add(line, span, sticky, note if span.type == "phone" else None, reading)
        if lead.unknown and span.type == "phone":
            reading.contacts[-1] = replace(reading.contacts[-1], note="; ".join(filter(None, [lead.unknown, note])))
    if len(reading.contacts) > first:
        reading.left.append([])


@dataclass(frozen=True, slots=True)
class _Lead:
    """What stands before a contact on its line: a label that says its kind, or an unknown label, or other text.

    `joined` says that it is only a comma, a slash or an "or": what holds for the contact before holds for this one.
    """

    kind: LabelKind | None
    rest: str
    rest_start: int
    joined: bool = False
    unknown: str | None = None
    other: bool = False


def _lead(gap: str, start: int, previous: _Span | None) -> _Lead:
    if previous is not None:
        note = _NOTE.match(gap)
        if note:
            gap, start = gap[note.end() :], start + note.end()
        if _JOINER.fullmatch(gap):
            return _Lead(None, "", start, joined=True)
    text = gap.rstrip(" \t\u00a0:.-–—=(")
    words = list(re.finditer(r"\S+", text))
    for word in words[-_WORDS_OF_A_LABEL:]:
        label = text[word.start() :]
        match = labels.match(label)
        if match and (match.kind or match.key in ("contact_seeking_help", "contact_details")):
            return _Lead(match.kind or "phone", text[: word.start()], start)
        if match and match.key == "other":
            return _Lead(None, text, start, other=True)
    letter = re.search(r"(?:^|[\s|,;/•·(])(\S{1,2})$", text)
    if letter and (kind := _LETTERS.get(letter[1].strip(":.").casefold())):
        return _Lead(kind, text[: letter.start(1)], start)
    if gap.rstrip().endswith(":") and text.strip():
        head, separator, label = text.rpartition("|")
        return _Lead(None, head + separator, start, unknown=label.strip(_EDGES) or None)
    return _Lead(None, gap, start, joined=not gap.strip(_EDGES) and previous is not None)


def _spans(line: Line, reading: _Reading) -> list[_Span]:
    spans: list[_Span] = []

    def add(span: _Span) -> None:
        if all(span.end <= other.start or span.start >= other.end for other in spans):
            spans.append(span)

    for email in find_emails(line):
        if email.address is None or (email.obfuscated and reading.obfuscated == "redact"):
            add(_Span(email.start, email.end, None, "email", "redacted"))
            continue
        address = valid_address(email.address)
        add(_Span(email.start, email.end, address, "email", "stated" if address else "unparsed"))
    for url in find_urls(line):
        if reading.kind != "address" or line.text[url.start : url.end].strip().startswith(("http", "www")):
            add(_Span(url.start, url.end, url.url, "url"))
    masked = list(line.text)
    for span in spans:
        masked[span.start : span.end] = "\ufffc" * (span.end - span.start)
    for number in phones.find_numbers("".join(masked), reading.country):
        add(_Span(number.start, number.end, number, "phone"))
    return sorted(spans, key=lambda span: span.start)


def _is_phone(
    line: Line, span: _Span, number: phones.NumberMatch, lead: _Lead, follows: bool, reading: _Reading
) -> bool:
    """Whether a run of digits is a telephone number: it says so, or nothing else can be written like that."""
    if lead.other:
        return False
    tel = any(
        link.href.lower().startswith("tel:")
        and link.start < line.start + span.end
        and link.end > line.start + span.start
        for link in line.links
    )
    if lead.kind in ("phone", "fax", "phone_fax") or tel:
        return number.digits >= 3
    if lead.joined and follows:
        return number.digits >= phones.MIN_FULL or number.number != line.text[span.start : span.end]
    if reading.pending in ("phone", "fax", "phone_fax") or reading.kind in ("phone", "fax", "phone_fax"):
        return number.digits >= 3 and not lead.rest.strip(_EDGES) or number.digits >= phones.MIN_FULL
    possible = phones.normalize(number.number, reading.country) is not None
    if not possible:
        return False
    rest = lead.rest.strip(_EDGES) or _NOTE.sub("", line.text[span.end :]).strip(_EDGES)
    if not rest or (lead.unknown and number.digits >= phones.MIN_FULL):
        return number.digits >= phones.MIN_FULL or reading.audience == "seeking_help" and number.digits >= 3
    international = number.number.lstrip("( ").startswith(("+", "00"))
    return reading.kind != "address" and (
        number.digits >= _SURE_DIGITS or (international and number.digits >= phones.MIN_FULL)
    )


def _note(text: str, span: _Span, after: _Lead | None) -> str | None:
    """What is printed beside a contact: in brackets after it, or to the end of the line."""
    bracketed = _NOTE.match(text, span.end)
    if after is not None:
        return bracketed[1].strip() if bracketed else after.rest.strip(_EDGES) or None
    rest = text[span.end :]
    if bracketed and not text[bracketed.end() :].strip(_EDGES + "."):
        return bracketed[1].strip() or None
    return rest.strip(_EDGES + ".") or None


def _add(line: Line, span: _Span, label: LabelKind | None, note: str | None, reading: _Reading) -> None:
    value = line.text[span.start : span.end]
    start, end = line.start + span.start, line.start + span.end
    normalized = span.found
    status = span.status
    types: tuple[ContactType, ...] = (span.type,)
    if isinstance(normalized, phones.NumberMatch):
        normalized = _normal_number(line, span, normalized, reading)
        status = "stated" if normalized else "unparsed"
        kind = label or reading.kind
        types = ("phone", "fax") if kind == "phone_fax" else ("fax",) if kind == "fax" else ("phone",)
    if status == "unparsed":
        advice = {
            "phone": "Mend it in lookups.csv, or check the country of the listing.",
            "email": "Mend the address in lookups.csv.",
        }[span.type]
        reading.problems.append(Problem(f"unparsed-{span.type}", value, advice, start, end))
    for type_ in types:
        reading.contacts.append(Contact(reading.audience, type_, value, normalized, start, end, status, note))


def _normal_number(line: Line, span: _Span, number: phones.NumberMatch, reading: _Reading) -> str | None:
    before = line.text[: span.start].rstrip(" :").rpartition("|")[2]
    country = country_code(before) or reading.country  # "UK: 0113 496 0170"
    normal = phones.normalize(number.number, country, number.extension)
    if normal:
        return normal
    for link in line.links:
        if (
            link.href.lower().startswith("tel:")
            and link.start < line.start + span.end
            and link.end > line.start + span.start
        ):
            return phones.normalize(link.href[4:].split(";")[0].replace("%20", " "), country, number.extension)
    return None


def _read_line_without_contacts(line: Line, reading: _Reading) -> None:
    text = line.text.strip()
    if not text:
        return
    match = labels.match(text)
    if match and match.kind and (match.kind != "address" or text.endswith(":")):
        reading.pending = match.kind
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
    stripped = text.strip(_EDGES + ".") if text.strip(_EDGES) != text.strip() else text.strip()
    start += text.find(stripped)
    if stripped and any(char.isalnum() for char in stripped):
        links = tuple(
            link
            for link in line.links
            if link.start < line.start + start + len(stripped) and link.end > line.start + start
        )
        reading.left[-1].append(Line(stripped, line.start + start, links))


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
    if not before or not _HOURS.search(line.text):
        return False
    index = max(before, key=lambda number: reading.contacts[number].end)
    contact = reading.contacts[index]
    reading.contacts[index] = replace(contact, note="; ".join(filter(None, [contact.note, line.text])))
    return True
