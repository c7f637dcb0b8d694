"""Causes that take labels: renamed, dropped, or all at once with the template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from releases.findings import Finding
from releases.gate.case import Case, percent
from releases.gate.traits import Loss
from releases.wide import KEYS

_CONTACT = ("phone", "fax", "email", "website", "city", "street", "postcode")
_HELP = ("phone_seeking_help", "email_seeking_help")
_SAMPLE = 200
_LONGEST = 60
"""A label is a short line."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """A label that is gone, as it was printed, and what it was taken for; the label that took its place, with its share."""

    loss: Loss
    printed: str
    key: str | None
    new: str | None = None
    new_key: str | None = None
    on: int = 0


def label_causes(case: Case) -> Iterator[Finding]:
    """Findings on labels, and on the columns that they filled."""
    gone = [_look(case, loss) for loss in case.of("label")]
    if not gone:
        return
    usual = [x for x in case.comparison.losses("label") if x.had * 10 >= 3 * case.comparison.total]
    renamed = [label for label in gone if label.new]
    if len(gone) >= 3 and len(gone) * 2 >= len(usual) and len(renamed) * 2 < len(gone):
        yield _template(case, gone)
        return
    for label in gone:
        case.settle([label.loss])
        filled = _filled_by(case, label)
        harmless = label.new and label.key and label.new_key == label.key and not filled
        case.settle(filled)
        yield _renamed(case, label, "warning" if harmless else "error") if label.new else _dropped(case, label)


def _template(case: Case, gone: list[_Gone]) -> Finding:
    fields = [
        case.comparison.number(f"SELECT count(*) FROM {s}.field WHERE listing_id IN (SELECT id FROM kept)")
        for s in "ba"
    ]
    listings = max(case.comparison.number("SELECT count(*) FROM kept"), 1)
    names = ", ".join(repr(label.printed) for label in gone[:4]) + (", ..." if len(gone) > 4 else "")
    what = (
        f"The template has changed? {len(gone)} labels are gone ({names}); "
        f"{fields[1] / listings:.1f} fields a listing, {fields[0] / listings:.1f} before"
    )
    advice = (
        f"Look at a page: `listings parse --source {case.source.name} URL`; `labels:` in source.yml names new labels."
    )
    ids: set[str] = set()
    for label in gone:
        ids |= case.lost(label.loss.key)
    case.settle_within(
        ids, case.of("label", "answer", "column", "language", "length", "brevity", "steady", "alike", "place", "own")
    )
    case.settle([label.loss for label in gone])
    return Finding("error", what, "field.label", advice, "changed-template")


def _renamed(case: Case, label: _Gone, severity: str) -> Finding:
    loss, now = label.loss, case.comparison.now
    left = loss.had - loss.lost
    what = (
        f"{label.printed!r} was on {percent(loss.had, loss.listings)} of pages and is on "
        f"{percent(left, loss.listings) if left else 'none'}; {label.new!r} is on {percent(label.on, now)}: renamed?"
    )
    if severity == "warning":
        advice = "It is read as the same: nothing has to be done."
        return Finding("warning", what, "field.label", advice, "renamed-label")
    if label.key is None:
        advice = f"No column is read from it, but whoever reads `field` by its labels must know. {case.accept()}"
    else:
        advice = f'If so, add `labels: {{"{label.new}": {label.key}}}` to source.yml, then `listings reparse {case.source.name}`.'
    return Finding("error", what, "field.label", advice, "renamed-label")


def _dropped(case: Case, label: _Gone) -> Finding:
    loss = label.loss
    left = loss.had - loss.lost
    what = (
        f"{label.printed!r} was on {percent(loss.had, loss.listings)} of pages and is on "
        f"{percent(left, loss.listings) if left else 'none'}, and no other label has its values: dropped?"
    )
    return Finding("error", what, "field.label", case.accept(), "dropped-label")


def _look(case: Case, loss: Loss) -> _Gone:
    """How the label was printed, and which label has taken its place: on the same listings, new there, with its values."""
    ids = sorted(case.lost(loss.key))
    printed, key = case.comparison.rows(
        "SELECT mode(label), mode(key) FROM b.field WHERE folded(label) = ? AND listing_id IN (SELECT unnest(?))",
        loss.name,
        ids,
    )[0]
    label = _Gone(loss, str(printed), str(key) if key else None)
    found = case.comparison.rows(
        "SELECT mode(n.label), mode(n.key), count(DISTINCT n.listing_id), "
        "count(DISTINCT n.listing_id) FILTER (folded(n.value) = folded(o.value)) AS alike "
        "FROM b.field AS o JOIN a.field AS n USING (listing_id) "
        "WHERE folded(o.label) = ? AND o.listing_id IN (SELECT unnest(?)) AND n.value <> '' "
        "AND NOT EXISTS (SELECT 1 FROM b.field AS x WHERE x.listing_id = n.listing_id AND folded(x.label) = folded(n.label)) "
        "GROUP BY folded(n.label) ORDER BY alike DESC, 3 DESC, 1 LIMIT 1",
        loss.name,
        ids,
    )
    for new, new_key, _, alike in found:
        if int(str(alike)) * 2 >= len(ids):
            on = case.comparison.number(
                "SELECT count(DISTINCT listing_id) FROM a.field WHERE folded(label) = folded(?)", new
            )
            return _Gone(loss, label.printed, label.key, str(new), str(new_key) if new_key else None, on)
    return _in_text(case, label, ids)


def _in_text(case: Case, label: _Gone, ids: list[str]) -> _Gone:
    """The same where the new label is not known for one: what stands before the old values on the new pages."""
    pages = case.comparison.rows(
        "SELECT o.value, q.text, p.text FROM b.field AS o JOIN a.listings AS n ON n.id = o.listing_id "
        "JOIN a.page AS q ON q.id = n.page_id JOIN b.page AS p ON p.id = o.page_id "
        "WHERE folded(o.label) = ? AND o.listing_id IN (SELECT unnest(?)) AND o.value <> '' "
        f"ORDER BY o.listing_id LIMIT {_SAMPLE}",
        label.loss.name,
        ids,
    )
    before: Counter[str] = Counter()
    for value, now, then in pages:
        words = {found for found in _before(str(value), str(now or "")) if found not in str(then or "")}
        before.update(words)
    if not before:
        return label
    new, count = min(before.items(), key=lambda item: (-item[1], item[0]))
    if count * 2 < len(pages) or count < 2:
        return label
    on = case.comparison.number(
        "SELECT count(*) FROM a.listings AS n JOIN a.page AS q ON q.id = n.page_id WHERE contains(q.text, ?)", new
    )
    return _Gone(label.loss, label.printed, label.key, new, None, on)


def _before(value: str, text: str) -> Iterator[str]:
    """What stands before a value, on its line or on the line above it."""
    first = value.split("\n", 1)[0]
    for found in re.finditer(rf"(?<!\w){re.escape(first)}(?!\w)", text):
        above, _, line = text[: found.start()].rpartition("\n")
        words = (line.strip() or above.rpartition("\n")[2].strip()).rstrip(" :：-–—")
        if 1 < len(words) <= _LONGEST:
            yield words


def _filled_by(case: Case, label: _Gone) -> list[Loss]:
    """The columns that were lost with the label that filled them, and what else hangs on it."""
    ids = case.lost(label.loss.key)
    columns = {column for column, keys in KEYS.items() if label.key in keys}
    columns |= {"contact_details": set(_CONTACT), "contact_seeking_help": set(_HELP)}.get(label.key or "", set())
    if label.key == "description":
        columns |= {loss.name for loss in case.of("length")}
    found = []
    for loss in case.of("column", "length", "answer"):
        stem = next((c for c in columns if loss.name == c or loss.name.startswith(f"{c}_")), None)
        if stem is not None or loss.name == label.loss.name:
            lost = case.lost(loss.key)
            found += [loss] if len(lost & ids) * 10 >= 8 * len(lost) else []
    return found
