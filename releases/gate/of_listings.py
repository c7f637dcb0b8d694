"""Causes that take whole pages and listings: walls, moves, lost categories, twins, strangers, broken letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from parsers.folding import fold_accents, load_vocabulary, load_words
from releases.findings import Finding
from releases.gate.case import Case, percent
from releases.gate.traits import ESCAPED, MOJIBAKE, Loss

_LISTINGS = ("listings", "listings")
_PAGE = ("own", "page")
_LOOKED_AT = 400
_READ = 5_000
_WALLS = {
    "login": ("login-wall", "a page that asks for a password", "a login wall", "Ask the site's operator for access"),
    "robot": ("robot-wall", "a page that asks whether a person is there", "a check for robots", "Slow down (`pace`)"),
    "error": ("error-page", "an error page", "an outage", "Wait, and refresh again"),
}

_REFUSED = {"login": "login", "empty": "error", "soft-404": "error", "http-403": "robot", "http-429": "robot"}
"""What fetching has told of addresses that gave no page, and the wall that it speaks of."""


def listing_causes(case: Case) -> Iterator[Finding]:
    """Findings on pages and listings as a whole."""
    for cause in (_walls, _moved, _lost_category, _lost_listings, _doubled, _strangers, _broken_letters):
        yield from cause(case)


def _walls(case: Case) -> Iterator[Finding]:
    """Other pages came than were asked for."""
    damaged: set[str] = set()
    for key in (_LISTINGS, _PAGE):
        if key in case.open:
            damaged |= case.lost(key)
    if not damaged:
        return
    there = case.comparison.rows(
        f"SELECT DISTINCT ON (q.id) q.url, left(q.text, {_READ}), left(p.text, {_READ}), md5(q.text) FROM b.listings AS o "
        "JOIN b.page AS p ON p.id = o.page_id JOIN a.page AS q ON q.id = p.id AND q.state = 'active' "
        f"WHERE o.id IN (SELECT unnest(?)) ORDER BY q.id LIMIT {_LOOKED_AT}",
        sorted(damaged),
    )
    pages = case.comparison.number(
        "SELECT count(DISTINCT page_id) FROM b.listings WHERE id IN (SELECT unnest(?))", sorted(damaged)
    )
    seen = [(str(url), _wall(str(new or ""), str(old or ""))) for url, new, old, _ in there]
    refused = case.comparison.rows(
        "SELECT DISTINCT p.url, r.kind FROM b.listings AS o JOIN b.page AS p ON p.id = o.page_id JOIN a.problem AS r "
        f"ON r.url = p.url AND r.listing_id IS NULL WHERE o.id IN (SELECT unnest(?)) ORDER BY ALL LIMIT {_LOOKED_AT}",
        sorted(damaged),
    )
    seen += [(str(url), _REFUSED[str(kind)]) for url, kind in refused if kind in _REFUSED]
    if len(seen) * 2 < min(pages, _LOOKED_AT):
        # A crawl keeps one of several pages with the same bytes, and follows where pages lead: one wall may stand for all.
        others = case.comparison.rows(
            f"SELECT url, left(text, {_READ}) FROM a.page ANTI JOIN b.page USING (id) WHERE state = 'active' "
            f"ORDER BY url LIMIT {_LOOKED_AT}"
        )
        seen += [(str(url), _wall(str(text or ""), "")) for url, text in others]
        seen = [(url, kind) for url, kind in seen if kind]
    kinds = Counter(kind for _, kind in seen if kind)
    example = dict(reversed([(kind, url) for url, kind in seen]))
    count = f"{len(damaged)} of {case.comparison.total} listings"
    if kinds and kinds.most_common(1)[0][1] * 2 >= len(seen):
        kind = kinds.most_common(1)[0][0]
        cause, shows, name, advice = _WALLS[kind]
        what = f"Instead of {count} stands {shows}: {name}?"
        yield Finding("error", what, example[kind], f"{advice}. What was fetched is in the archive.", cause)
        case.settle_within(damaged)
        return
    text, most = Counter(digest for *_, digest in there).most_common(1)[0] if there else (None, 0)
    if most >= 4 and most * 2 >= len(there):
        url = next(str(url) for url, *_, digest in there if digest == text)
        what = f"Instead of {count} one page came, the same at every address: an error page, or a wall?"
        yield Finding(
            "error", what, url, "Look at it (`listings review`). What was fetched is in the archive.", "same-page"
        )
        case.settle_within(damaged)


@cache
def _words() -> dict[str, re.Pattern[str]]:
    found = {}
    for kind, by_language in load_vocabulary("walls").items():
        listed = [word for words in by_language.values() for word in words]
        words = {fold_accents(word) for word in [*listed, *(load_words("vacant") if kind == "error" else [])]}
        found[kind] = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?!\w)")
    return found


def _wall(now: str, then: str) -> str | None:
    """The kind of wall that a page's text speaks of, and did not before."""
    text, before = fold_accents(now), fold_accents(then)
    for kind, words in _words().items():
        if any(found.group() not in before for found in words.finditer(text)):
            return kind
    return None


def _moved(case: Case) -> Iterator[Finding]:
    """The listings are there, at other addresses."""
    if _LISTINGS not in case.open:
        return
    moved = case.comparison.rows(
        "SELECT o.id, any_value(o.url), any_value(n.url) FROM (SELECT * FROM b.listings ANTI JOIN kept USING (id)) AS o "
        "JOIN (SELECT * FROM a.listings ANTI JOIN kept USING (id)) AS n ON folded(o.name) = folded(n.name) "
        "GROUP BY o.id HAVING count(*) = 1 ORDER BY o.id"
    )
    loss = case.open[_LISTINGS]
    if len(moved) * 2 < loss.lost:
        return
    _, old, new = moved[0]
    what = f"{len(moved)} of {loss.listings} listings have moved to other addresses: {old} is now {new}"
    advice = f"Ids follow the address, so that these would be new listings. {case.accept()}"
    yield Finding("error", what, "listings.url", advice, "moved-listings")
    case.settle(case.of("listings", "section", "group", "likeness", "alone"))


def _lost_category(case: Case) -> Iterator[Finding]:
    """All listings of a section of the site, or with a value in common, are gone, and hardly any other."""
    lost = case.comparison.lost(_LISTINGS)
    groups = case.of("section", "group")
    named: list[Loss] = []
    gone: set[str] = set()
    for loss in groups:
        if len(case.lost(loss.key) - gone) * 2 >= loss.lost:
            named.append(loss)
            gone |= case.lost(loss.key)
    rest = len(lost - gone)
    if (
        not named
        or rest * 10 > case.comparison.total - len(gone)
        or rest > len(gone)
        or len(gone) == case.comparison.total
    ):
        case.settle(groups if _LISTINGS in case.open else [])
        return
    names = "; ".join(
        f"{'the section ' if loss.kind == 'section' else ''}{loss.name!r} ({loss.lost} of {loss.had} listings)"
        for loss in named[:3]
    )
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    what = f"A category is lost: {names}{more} gone, {rest} of the other {case.comparison.total - len(gone)}"
    advice = f"Is it still linked from the site's menu, and does robots.txt allow it? {case.accept()}"
    yield Finding("error", what, "listings", advice, "lost-category")
    case.settle([*groups, *case.of("listings")])


def _lost_listings(case: Case) -> Iterator[Finding]:
    if _LISTINGS not in case.open:
        return
    loss = case.open.pop(_LISTINGS)
    ids = sorted(case.lost(_LISTINGS))
    there, empty = case.comparison.rows(
        "SELECT count(*), count_if(q.listings = 0) FROM b.listings AS o JOIN a.page AS q ON q.id = o.page_id "
        "AND q.state = 'active' WHERE o.id IN (SELECT unnest(?))",
        ids,
    )[0]
    url = case.comparison.rows("SELECT min(url) FROM b.listings WHERE id IN (SELECT unnest(?))", ids)[0][0]
    what = f"{loss.lost} of {loss.had} listings are gone"
    case.settle(case.of("section", "group"))
    if int(str(there)) * 2 < loss.lost:
        what += ": their pages did not come, or were copies of another"
        advice = "Did pages fail, or are they linked no more (numbered pages, a menu)?"
        yield Finding("error", what, str(url), f"{advice} {case.accept()}", "lost-pages")
    elif int(str(empty)) * 2 >= loss.lost:
        broken = case.comparison.number("SELECT count(DISTINCT url) FROM a.problem WHERE kind = 'parser-error'")
        cause = "parser-error" if broken * 2 >= loss.lost else "changed-template"
        why = (
            "the parser broke on them" if cause == "parser-error" else "no listing is read on them: a changed template?"
        )
        advice = f"Look at one: `listings parse {url}`; `labels:` in source.yml names labels that are not known."
        yield Finding("error", f"{what}, though their pages came: {why}", str(url), advice, cause)
    else:
        advice = f"Their pages came, and have them no more. {case.accept()}"
        yield Finding("error", f"{what} from pages that have others", str(url), advice, "lost-listings")


def _doubled(case: Case) -> Iterator[Finding]:
    for loss in case.of("alone"):
        (urls,) = case.comparison.rows(
            "SELECT min(url), max(url) FROM a.listings WHERE folded(name) = (SELECT folded(name) FROM a.listings WHERE id = ?)",
            min(case.lost(loss.key)),
        )
        what = f"{loss.lost} of {loss.had} listings are there more than once: {urls[0]} and {urls[1]}"
        advice = f"Pages under two addresses, or a name that is the site's own? {case.accept()}"
        yield Finding("error", what, "listings.name", advice, "doubled-listings")
        case.settle([loss, *case.of("likeness")])


def _strangers(case: Case) -> Iterator[Finding]:
    for loss in case.of("likeness"):
        (url,) = case.comparison.rows("SELECT url FROM a.listings WHERE id = ?", min(case.lost(loss.key)))[0]
        what = f"{loss.lost} of {loss.had} listings are new, and print none of the labels that the others have: other pages?"
        advice = f"`start` in source.yml may name the directory more narrowly. {case.accept()}"
        yield Finding("error", what, str(url), advice, "strange-listings")
        case.settle([loss])


def _broken_letters(case: Case) -> Iterator[Finding]:
    for loss in case.of("letters"):
        ids = case.lost(loss.key)
        (found,) = case.comparison.rows(
            f"SELECT regexp_extract(q.text, '\\S*({MOJIBAKE})\\S*'), q.url FROM a.listings AS n JOIN a.page AS q "
            "ON q.id = n.page_id WHERE n.id = ?",
            min(ids),
        )
        what = f"Broken letters on {percent(loss.lost, loss.had)} of listings, and on none of them before: {found[0]!r}"
        why = (
            "escapes its text twice" if re.search(ESCAPED, str(found[0])) else "declares another encoding than it sends"
        )
        advice = f"The site {why}. What was fetched is in the archive; tell the operator."
        yield Finding("error", what, str(found[1]), advice, "broken-letters")
        kinds = ("letters", "label", "answer", "column", "language", "steady", "alike", "own", "length", "brevity")
        case.settle_within(ids, case.of(*kinds))
