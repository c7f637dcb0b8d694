"""Taking words out of texts without moving what stands around them: asterisks, a character each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import phonenumbers

Row = dict[str, Any]
Span = tuple[int, int]

_CONTACTS = ("phone", "fax", "email", "url", "address")
_NOT_TEXT = re.compile(
    r"id|.*_id|url|path|source|kind|status|.*_status|key|language|warc_file|digest|state|table|_origin"
)
_FEWEST_DIGITS, _FEWEST_LETTERS = 6, 6


def patterns_of(column: str, values: Iterable[Row]) -> Iterator[re.Pattern[str]]:
    """What finds a contact wherever it is printed again: a number in any grouping, a line of an address, the rest verbatim."""
    for row in values:
        if row["kind"] != column or column not in _CONTACTS:
            continue
        found = [row["printed"], row["normal"]]
        if column in ("phone", "fax"):
            yield from (_number(text) for text in found if text)
            continue
        if column == "address":
            parts = json.loads(row["normal"]) if row["normal"] else {}
            found = [*row["printed"].splitlines(), parts.get("street")]
        if column == "url" and row["normal"]:
            bare = re.escape(re.sub(r"^https?://(www\.)?|/$", "", row["normal"]))
            yield re.compile(rf"(?<![\w@.-]){bare}", re.IGNORECASE)  # not within an e-mail address
        for text in found:
            if text and len(text.strip()) >= _FEWEST_LETTERS:
                yield re.compile(r"\s+".join(map(re.escape, text.split())), re.IGNORECASE)


def _number(text: str) -> re.Pattern[str]:
    digits, country = re.sub(r"\D", "", text.partition(";")[0]), ""
    if text.startswith("+"):
        try:
            parsed = phonenumbers.parse(text.partition(";")[0])
            digits, country = str(parsed.national_number), str(parsed.country_code)
        except phonenumbers.NumberParseException:
            pass
    digits = digits.lstrip("0")
    if len(digits) < _FEWEST_DIGITS:
        return re.compile(re.escape(text))
    between = r"[\s()./\-\u2010-\u2013]*"
    before = rf"(?:(?:\+|00){country}{between}(?:\(0\))?{between}|(?<!\d)0?{between})" if country else r"(?<!\d)0?"
    return re.compile(rf"{before}{between.join(digits)}(?:;ext=\d+)?(?!\d)")


def without(spans: Iterable[Span], kept: Sequence[Span]) -> list[Span]:
    """The spans without what belongs to others."""
    left = list(spans)
    for start, end in kept:
        left = [
            part
            for a, b in left
            for part in (((a, min(b, start)), (max(a, end), b)) if start < b and a < end else ((a, b),))
        ]
    return [(a, b) for a, b in left if a < b]


def meet(span: tuple[int | None, int | None], spans: Sequence[Span]) -> bool:
    """Whether a place has anything in common with one of the spans; one that is not known has not."""
    start, end = span
    return start is not None and end is not None and any(start < b and a < end for a, b in spans)


def blotted(text: str, spans: Iterable[Span]) -> str:
    """The text with asterisks at the spans, a character each; line feeds stay."""
    for start, end in spans:
        text = text[:start] + _stars(text[start:end]) + text[end:]
    return text


def _stars(text: str) -> str:
    return re.sub(r"[^\n]", "*", text)


def replace(row: Row, patterns: Sequence[re.Pattern[str]]) -> None:
    """Blot out what the patterns find in the texts of a row."""

    def without_it(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(lambda found: _stars(found.group()), text)
        return text

    for name, value in row.items():
        if _NOT_TEXT.fullmatch(name):
            continue
        if isinstance(value, str):
            row[name] = without_it(value)
        elif isinstance(value, list):
            row[name] = [without_it(item) if isinstance(item, str) else item for item in value]
