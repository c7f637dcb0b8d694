"""What became of the pages of earlier crawls: still there, moved, kept while they do not answer, or gone.

A page keeps the identity of the address under which it was first known. It is told from the archive alone, so that a release can
be made anew from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fetchers.cdxj import Entry
from fetchers.model import PASSING, Failure, Past

NOT_ASKED = ""
"""Why a page is not there, where nobody looked: the crawl was cut short."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a crawl remembers of pages.

    `pages` are its pages, `identities` the address under which each was first known, where that is another, `first_seen` when
    (ISO 8601), where an earlier crawl had it. `former` are the other addresses that each had, those of `past` too, oldest
    first. `kept` are pages that did not answer this time, for a reason that passes, with
    the crawl whose capture stands in for them. `past` are pages that are no more. `moved` (new address to old) and `gone` tell
    what changed since the crawl before.
    """

    pages: Collection[str] = ()
    identities: dict[str, str] = field(default_factory=dict)
    first_seen: dict[str, str] = field(default_factory=dict)
    former: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    past: dict[str, Past] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a crawl came to.

    `name` is its name, `leads` tells which of its `pages` another address leads to now, `failure` what an address, or the one
    that it redirects to, failed with, `unlinked` are the addresses asked only because an earlier crawl had them, `complete` is
    False where the crawl was cut short.
    """

    name: str
    pages: Collection[str]
    leads: Callable[[str], str | None]
    failure: Callable[[str], Failure | None]
    unlinked: Collection[str]
    complete: bool


def look_back(found: Found, last: Known, last_name: str, entry: Callable[[str], Entry | None]) -> Known:
    """What a crawl remembers, given what the one before it did; `entry` is the last capture of a page of that one.

    Where several pages lead to one, it takes the identity of the one known longest; a page that was there before keeps its
    own. An address whose page moved away, and that has another page now, is a new page.
    """
    before = {url: _remembered(url, last, entry(url)) for url in last.pages} | last.past
    heirs = _heirs(found, before, last.pages)
    lost = before.keys() - heirs.values()
    kept = {
        url: last.kept.get(url, last_name)
        for url in sorted(lost.intersection(last.pages))
        if url not in found.unlinked and (failure := found.failure(url)) and failure.kind in PASSING
    }
    heirs |= {url: url for url in kept}
    taken = {before[old].known_as for old in heirs.values()} | {before[url].known_as for url in lost - kept.keys()}
    identities = {new: before[old].known_as for new, old in heirs.items()}
    identities |= {url: f"{url}#{found.name}" for url in found.pages if url not in heirs and url in taken}
    past = {url: _past(url, before[url], found, last) for url in sorted(lost - kept.keys())}
    return Known(
        pages=sorted({*found.pages, *kept}),
        identities={url: name for url, name in sorted(identities.items()) if url != name},
        first_seen={new: before[old].first_seen for new, old in sorted(heirs.items())},
        former=_former(heirs | {url: url for url in past}, last),
        kept=kept,
        past=past,
        moved={new: old for new, old in sorted(heirs.items()) if new != old},
        gone=tuple(url for url in past if past[url].why and (url not in last.past or not last.past[url].why)),
    )


def _remembered(url: str, last: Known, entry: Entry | None) -> Past:
    """What is known of a page of the crawl before."""
    seen = entry.date.isoformat() if entry else ""
    place = entry.payload_place if entry else None
    return Past(
        known_as=last.identities.get(url, url),
        first_seen=last.first_seen.get(url, seen),
        last_seen=seen,
        why=NOT_ASKED,
        warc_file=place.filename if place else None,
        offset=place.offset if place else None,
        digest=entry.digest if entry else None,
    )


def _heirs(found: Found, before: Mapping[str, Past], pages: Collection[str]) -> dict[str, str]:
    """Which page of now goes on which page of before, by address."""
    heirs = {url: url for url in found.pages if url in before}
    for old in sorted(before.keys() - heirs.keys(), key=lambda url: (url not in pages, before[url].first_seen, url)):
        new = found.leads(old)
        if new is not None and new not in heirs:
            heirs[new] = old
    return heirs


def _former(heirs: Mapping[str, str], last: Known) -> dict[str, tuple[str, ...]]:
    """The addresses that pages had before those of now; of a page that came back to an old address, not that one."""
    found = {}
    for new, old in sorted(heirs.items()):
        addresses = dict.fromkeys((*last.former.get(old, ()), old))
        if others := tuple(address for address in addresses if address != new):
            found[new] = others
    return found


def _past(url: str, page: Past, found: Found, last: Known) -> Past:
    """A page that is no more, and why; where nobody looked, what was known before stands."""
    if failure := found.failure(url):
        why = failure.detail
    elif lead := found.leads(url):
        why = f"it leads to {lead}, which is another page"
    elif found.complete:
        why = last.past[url].why if url in last.past else ""
        why = why or "nothing links to it any more, or it cannot be fetched"
    else:
        return page
    return Past(page.known_as, page.first_seen, page.last_seen, why, page.warc_file, page.offset, page.digest)
