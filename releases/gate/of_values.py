"""Causes that take values and texts, with the labels still there: hidden, swapped, blank, a language gone, cut, repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from releases.findings import Finding
from releases.gate.case import Case, percent
from releases.gate.traits import SWAPS, Loss
from releases.values import kind_of

_SEEN = {
    "redacted": (
        "hidden-values",
        "the page hides it now",
        "The site hides addresses from harvesters; `obfuscated_emails` says more.",
    ),
    "unparsed": (
        "unread-values",
        "it is printed, and has no normal form",
        "See `problem` for what is printed now; lookups.csv can say what it means.",
    ),
    "blank": (
        "blank-values",
        "its label is printed, and nothing after it",
        "Look at a page: do its values load later, by JavaScript?",
    ),
    "absent": ("lost-values", "nothing on the page gives it", "Look at a page: is it still there, under no label?"),
}


def value_causes(case: Case) -> Iterator[Finding]:
    """Findings on columns, texts and languages."""
    for cause in (_swapped, _mixed, _repeated, _alike, _languages, _by_status, _unanswered, _texts, _changed):
        yield from cause(case)


def _swapped(case: Case) -> Iterator[Finding]:
    """What stood in one column stands in another."""
    swaps = []
    for one, other in (pair for known in SWAPS for pair in (known, known[::-1])):
        key = next((key for key in (("column", one), ("place", other)) if key in case.open), None)
        if key is None:
            continue
        ids = sorted(case.lost(key))
        moved = case.comparison.number(
            f'SELECT count(*) FROM b.listings AS o JOIN a.listings AS n USING (id) WHERE o."{one}" = n."{other}" '
            "AND id IN (SELECT unnest(?))",
            ids,
        )
        if moved * 2 >= len(ids):
            swaps.append((moved, one, other))
            case.settle([x for x in case.of("column", "place") if x.key == key or x.key == ("place", one)])
    if swaps:
        told = "; ".join(f"on {n} listings the value of `{one}` stands in `{other}` now" for n, one, other in swaps)
        advice = f"Look at a page: which label stands above it? {case.accept()}"
        what = f"Values are swapped: {told}. Has the order of the page changed?"
        yield Finding("error", what, f"listings.{swaps[0][2]}", advice, "swapped-values")


def _repeated(case: Case) -> Iterator[Finding]:
    """Many listings have the same value, or the same paragraph."""
    for loss in case.of("own"):
        ids = case.lost(loss.key)
        paragraphs = "SELECT text FROM a.text WHERE \"column\" = 'description' AND length(text) > 20"
        query = {
            "description": f"{paragraphs} AND row_id IN (SELECT unnest(?))",
            "page": "SELECT q.url FROM a.listings AS n JOIN a.page AS q ON q.id = n.page_id WHERE n.id IN (SELECT unnest(?))",
        }.get(loss.name, f'SELECT "{loss.name}" FROM a.listings WHERE id IN (SELECT unnest(?))')
        (value, count) = case.comparison.rows(
            f"SELECT text, count(*) FROM ({query}) AS found (text) GROUP BY text ORDER BY 2 DESC, 1 LIMIT 1",
            sorted(ids),
        )[0]
        shown = str(value) if len(str(value)) <= 60 else f"{str(value)[:60]}…"
        what = f"{count} listings have the same {loss.name}, which was theirs alone or none before: {shown!r}"
        advice = f"Is it the site's own, from a footer or a notice, and not the listing's? {case.accept()}"
        yield Finding("error", what, f"listings.{loss.name}", advice, "repeated-values")
        case.settle([loss])
        related = [
            x
            for x in case.of("column", "alike", "steady", "brevity", "language", "place")
            if loss.name in ("page", x.name)
        ]
        texts = case.of("brevity", "language", "length") if loss.name in ("description", "page") else []
        case.settle_within(ids, [*related, *texts])


def _mixed(case: Case) -> Iterator[Finding]:
    """What was one listing's stands in another."""
    losses = case.of("mixed")
    if not losses:
        return
    ids = {id_ for loss in losses for id_ in case.lost(loss.key)}
    told = ", ".join(f"`{loss.name}` on {percent(loss.lost, loss.had)}" for loss in losses)
    (url,) = case.comparison.rows("SELECT url FROM a.listings WHERE id = ?", min(ids))[0]
    what = f"What was another listing's stands in {len(ids)} listings ({told}): are pages and their values mixed up?"
    yield Finding("error", what, str(url), f"Look at a page and at its own address. {case.accept()}", "mixed-listings")
    case.settle(losses)
    case.settle_within(ids, case.of("column", "alike", "steady", "language", "length", "brevity", "place"))


def _alike(case: Case) -> Iterator[Finding]:
    """A column that many listings have the same in, where they differed."""
    for loss in case.of("alike"):
        if loss.key not in case.open:
            continue  # told with another column of its kind
        ids = case.lost(loss.key)
        (value,) = case.comparison.rows(f'SELECT "{loss.name}" FROM a.listings WHERE id = ?', min(ids))[0]
        what = f"`{loss.name}` is the same now on {percent(loss.lost, loss.had)} of listings where it was another: {value!r}"
        advice = f"Is it a default, or a placeholder? Look at a page. {case.accept()}"
        yield Finding("error", what, f"listings.{loss.name}", advice, "repeated-values")
        kind = kind_of(loss.name)
        same = [x for x in case.of("alike", "column", "steady") if kind_of(x.name) == kind]
        case.settle([loss])
        case.settle_within(ids, same)


def _languages(case: Case) -> Iterator[Finding]:
    """Texts in a language are gone."""
    found: dict[str, list[Loss]] = defaultdict(list)
    for loss in case.of("language"):
        found[loss.name.lower().replace("-", "_")].append(loss)
    for loss in case.of("column"):
        stem, _, language = loss.name.partition("_")
        if stem in ("name", "description") and language:
            found[language].append(loss)
    for language, losses in sorted(found.items()):
        most = max(losses, key=lambda loss: loss.lost)
        ids = {id_ for loss in losses for id_ in case.lost(loss.key)}
        what = f"Text in {language.replace('_', '-')} was on {most.had} listings and is gone from {most.lost}"
        advice = f"Does the site have it at other addresses, or load it later? {case.accept()}"
        where = "listings.page_languages" if most.kind == "language" else f"listings.{most.name}"
        yield Finding("error", what, where, advice, "lost-language")
        case.settle(losses)
        case.settle_within(ids, [*case.of("length"), *(x for x in case.of("steady") if x.name == "name")])


def _by_status(case: Case) -> Iterator[Finding]:
    """Columns by what is known of them now."""
    found: dict[str, list[Loss]] = defaultdict(list)
    for loss in case.of("column"):
        status = next(
            (
                f"{c}_status"
                for c in (loss.name, loss.name.removesuffix("_printed"), loss.name.removesuffix("_code"))
                if f"{c}_status" in case.comparison.columns["a"]
            ),
            None,
        )
        known = "absent"
        if status:
            known = str(
                case.comparison.rows(
                    f'SELECT mode("{status}") FROM a.listings WHERE id IN (SELECT unnest(?))',
                    sorted(case.lost(loss.key)),
                )[0][0]
            )
        found[known if known in _SEEN else "absent"].append(loss)
    for known, losses in sorted(found.items()):
        cause, why, advice = _SEEN[known]
        what = f"{_shares(losses)}: {why}"
        if known == "blank" and (unanswered := case.of("answer")):
            what += f"; so are {_named(unanswered)}"
            case.settle(unanswered)
        yield Finding("error", what, f"listings.{losses[0].name}", f"{advice} {case.accept()}", cause)
        case.settle(losses)


def _shares(losses: Sequence[Loss]) -> str:
    told = (
        f"`{x.name}` was filled on {percent(x.had, x.listings)} of listings and is on "
        f"{percent(x.had - x.lost, x.listings) if x.had > x.lost else 'none of them'}"
        for x in losses[:4]
    )
    return "; ".join(told) + (f"; and {len(losses) - 4} more columns" if len(losses) > 4 else "")


def _named(labels: Sequence[Loss]) -> str:
    return ", ".join(f"{x.name!r} ({x.lost} of {x.had})" for x in labels[:4]) + (", ..." if len(labels) > 4 else "")


def _unanswered(case: Case) -> Iterator[Finding]:
    """Labels with nothing after them."""
    if losses := case.of("answer"):
        what = f"Labels stand with nothing after them: {_named(losses)}"
        yield Finding("error", what, "field.value", f"{_SEEN['blank'][2]} {case.accept()}", "blank-values")
        case.settle(losses)


def _texts(case: Case) -> Iterator[Finding]:
    for loss in case.of("length"):
        what = f"The text of {percent(loss.lost, loss.had)} of listings is less than half as long as it was: cut?"
        yield Finding("error", what, "listings.description", f'Does it end in "read more"? {case.accept()}', "cut-text")
        case.settle([loss])
    for loss in case.of("brevity"):
        what = f"The text of {percent(loss.lost, loss.had)} of listings is more than twice as long as it was: is it theirs?"
        advice = f"Look at a page: what is read as the listing's text? {case.accept()}"
        yield Finding("error", what, "listings.description", advice, "swollen-text")
        case.settle([loss])


def _changed(case: Case) -> Iterator[Finding]:
    for loss in case.of("steady"):
        then, now = case.comparison.rows(
            f'SELECT o."{loss.name}", n."{loss.name}" FROM b.listings AS o JOIN a.listings AS n USING (id) WHERE id = ?',
            min(case.lost(loss.key)),
        )[0]
        what = f"`{loss.name}` differs on {percent(loss.lost, loss.had)} of listings at once: {then!r} is now {now!r}"
        advice = f"Has the site added something to it, or the order of the page changed? {case.accept()}"
        yield Finding("error", what, f"listings.{loss.name}", advice, "changed-values")
        case.settle([loss])
