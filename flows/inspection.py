"""Is a source fit to be refreshed? Its configuration, what robots.txt says, and some of its pages; nothing is kept."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pycountry

from fetchers.model import FetchError, Progress
from fetchers.robots import Robots, robots_url
from flows.exits import DONE, FAILED, USAGE
from flows.sample import Sample, take_sample
from flows.workplace import Workplace
from releases.build import ParsedPage, rows
from sources import suppress
from sources.lookups import FILE
from sources.source import Source, SourceError

PAGES = 20
"""How many pages are fetched to find some listings: a front page and its menu come first on most sites."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing looked at: `what` it is, what it `says`, and the exit code that it asks for (0 where it is sound)."""

    code: int
    what: str
    says: str


def inspect(place: Workplace, name: str, progress: Callable[[Progress], None] | None = None) -> Iterator[Verdict]:
    """Look at a source, one verdict after the other; what is wrong with the configuration ends it before the network."""
    try:
        source = place.source(name)
    except SourceError as error:
        yield Verdict(USAGE, "configuration", str(error))
        return
    wrong = list(configuration_errors(source))
    for says in wrong:
        yield Verdict(USAGE, "configuration", says)
    if wrong:
        return
    yield Verdict(DONE, "configuration", f"{source.folder / 'source.yml'}: a {source.kind}, {source.start}")
    try:
        sample = take_sample(source, PAGES, progress)
    except FetchError as error:
        yield Verdict(FAILED, "start", str(error))
        return
    if sample.robots:
        yield Verdict(DONE, "robots.txt", robots_says(sample.robots, source, sample))
    yield from _pages(sample)
    if source.lookups.entries:
        yield Verdict(DONE, "lookups", lookups_say(source, sample))
    if source.suppress.entries:
        yield Verdict(DONE, "suppress", takedowns_say(source, sample))


def configuration_errors(source: Source) -> Iterator[str]:
    """The codes of a source that nobody knows. Pure."""
    path = source.folder / "source.yml"
    for language in source.languages:
        subtag = language.partition("-")[0].lower()
        known = pycountry.languages.get(alpha_2=subtag) or pycountry.languages.get(alpha_3=subtag)
        if not known:
            yield f"{path}: `languages`: {language!r} is no language code. Write BCP 47, as in en, fr, pt-BR."
    if source.country and not pycountry.countries.get(alpha_2=source.country):
        yield f"{path}: `country`: {source.country!r} is no country code. Write ISO 3166-1 alpha-2, as in BE, MA."


def robots_says(robots: Robots, source: Source, sample: Sample) -> str:
    """What a robots.txt means for a source, in one line. Pure."""
    if not robots.text.strip():
        return f"{robots_url(sample.start)}: there is none, or it is empty: nothing is closed"
    closed = [failure.url for failure in sample.failures if failure.kind == "robots"]
    delay = f"crawl-delay {robots.delay:g} s" if robots.delay else "no crawl-delay"
    if robots.delay > source.pace.delay:
        delay += f" (slower than pace.delay {source.pace.delay:g} s, and obeyed)"
    parts = [
        f"allows {sample.start}",
        delay,
        f"sitemaps: {', '.join(robots.sitemaps)}" if robots.sitemaps else "no sitemap",
    ]
    if closed:
        parts.append(f"closes {len(closed)} of the addresses met, first {closed[0]}")
    return f"{robots_url(sample.start)}: {'; '.join(parts)}"


def lookups_say(source: Source, sample: Sample) -> str:
    """How much of lookups.csv the pages at hand bear out, in one line; what matches nothing only where they are all. Pure."""
    entries = source.lookups.entries
    matched = {override.line for listing in sample.listings for override in listing.overrides}
    says = f"{source.folder / FILE}: {len(entries)} rows, {len(matched)} of them match on these pages"
    if sample.capped:
        return f"{says}; the others may match on pages that were not looked at"
    stale = [f"{entry.line} ({entry.column}: {entry.printed})" for entry in entries if entry.line not in matched]
    return f"{says}; nothing matches line {', '.join(stale)}" if stale else says


def takedowns_say(source: Source, sample: Sample) -> str:
    """Which rows of suppress.csv name a listing of the pages at hand, in one line."""
    entries = source.suppress.entries
    named: set[tuple[int, str]] = set()
    pages = [
        ParsedPage(sampled.page.url, datetime.min.replace(year=1970, tzinfo=UTC), listings=tuple(sampled.listings))
        for sampled in sample.pages
    ]
    rows(pages, source, named)
    used = {line for line, _ in named}
    says = f"{source.folder / suppress.FILE}: {len(entries)} rows, {len(used)} of them name listings of these pages"
    if sample.capped:
        return f"{says}; the others may name listings that were not looked at"
    stale = [f"{entry.line} ({entry.column or 'listing'})" for entry in entries if entry.line not in used]
    return f"{says}; no listing is what line {', '.join(stale)} names" if stale else says


def _pages(sample: Sample) -> Iterator[Verdict]:
    for sampled in sample.pages:
        if sampled.error:
            says = f"{sampled.page.url}: broke the parser ({sampled.error}). Please report it with the page."
            yield Verdict(FAILED, "page", says)
    listing_pages = [sampled for sampled in sample.pages if sampled.listings]
    for sampled in itertools.islice(listing_pages, _SHOWN):
        fields = sum(len(listing.fields) for listing in sampled.listings)
        languages = sorted({language for listing in sampled.listings for language in listing.page_languages})
        listings = f"{len(sampled.listings)} listings, " if len(sampled.listings) > 1 else ""
        says = f"{sampled.page.url}: {listings}{fields} fields, {' '.join(languages) or 'no language found'}"
        yield Verdict(DONE, "page", says)
    count = f"{len(listing_pages)} of {len(sample.pages)} pages read like listings"
    failed = Counter(failure.kind for failure in sample.failures)
    if failed:
        count += f"; addresses that gave none: {', '.join(f'{kind} {n}' for kind, n in sorted(failed.items()))}"
    if listing_pages:
        yield Verdict(DONE, "pages", count)
    else:
        advice = "Start nearer to the listings, or name their labels (`listings new URL` shows those it finds)."
        yield Verdict(FAILED, "pages", f"{count}. {advice}")
