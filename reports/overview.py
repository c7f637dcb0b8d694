"""The first page of a review: what a maintainer asks first, then charts, each with its numbers in words and in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from babel import Locale, UnknownLocaleError

from releases.database import open_release
from releases.schema import language_column
from reports import atlas, causes, charts
from reports.causes import Kind
from reports.run import Failed, Run
from reports.summary import Filled, Language, Summary, Tally, summarize

_IN_WORDS = 6
"""Values that the text of a chart names; the table behind it has all."""
_ENGLISH = Locale("en")


@dataclass(frozen=True, slots=True)
class Chart:
    """An image (a data URI) and what it shows, in words. Empty where there is nothing to draw."""

    image: str
    alt: str


def overview(connection: duckdb.DuckDBPyConnection, last: Path | None, run: Run | None) -> dict[str, Any]:
    """All that the template of the first page needs of the release in `connection`; `last` is the release before."""
    summary = summarize(connection, last)
    kinds = causes.kinds(connection)
    before: Mapping[str, int] = {}
    if last:
        with open_release(last) as earlier:
            before = {kind.name: kind.count for kind in causes.kinds(earlier)}
    return {
        "summary": summary,
        "last": last.name if last else None,
        "run": run,
        "kinds": kinds,
        "kinds_before": before,
        "problems": _loud(kinds),
        "problems_before": sum(n for name, n in before.items() if name not in causes.QUIET) if last else None,
        "advice": _advice(summary, run),
        "page_problems": _others(summary, run),
        "countries": Tally(
            [(country(code), count) for code, count in summary.countries.rows], summary.countries.others
        ),
        "languages": (of_language := [_of_language(one, summary) for one in summary.languages]),
        "fields": _without(summary, of_language),
        **_charts(summary, kinds),
    }


def country(code: str) -> str:
    """The English name of an ISO 3166-1 code with the code; anything else as it is."""
    name = _ENGLISH.territories.get(code) if len(code) == 2 else None
    return f"{name} ({code})" if name else code


@cache
def language(tag: str) -> str:
    """The English name of a BCP 47 tag with the tag; `und` is said in words."""
    if tag == "und":
        return "not known (und)"
    try:
        name = Locale.parse(tag, sep="-").get_display_name("en")
    except (UnknownLocaleError, ValueError):
        name = _ENGLISH.languages.get(tag)
    return f"{name} ({tag})" if name else tag


@dataclass(frozen=True, slots=True)
class OfLanguage:
    """Text in a language, with the columns of `listings` that it fills; None where there is no such column."""

    name: str
    text: Language
    called: Filled | None
    described: Filled | None


def _of_language(text: Language, summary: Summary) -> OfLanguage:
    columns = {column.name: column for column in summary.filled}
    called, described = (columns.get(language_column(kind, text.tag)) for kind in ("name", "description"))
    return OfLanguage(language(text.tag), text, called, described)


def _without(summary: Summary, languages: Sequence[OfLanguage]) -> list[Filled]:
    """The columns that are not of one language."""
    told = [column for one in languages for column in (one.called, one.described)]
    return [column for column in summary.filled if column not in told]


def _loud(kinds: Sequence[Kind]) -> int:
    return sum(kind.count for kind in kinds if not kind.quiet)


def _advice(summary: Summary, run: Run | None) -> dict[Failed, str]:
    """What to do about each address that failed, from the release's problems."""
    told = {(row["kind"], row["url"]): row["advice"] for row in summary.pages_failed}
    return {failure: told.get((failure.kind, failure.url), "") for failure in (run.failures if run else ())}


def _others(summary: Summary, run: Run | None) -> list[dict[str, Any]]:
    """Problems of pages that are not among the addresses that failed."""
    failed = {(failure.kind, failure.url) for failure in (run.failures if run else ())}
    return [row for row in summary.pages_failed if (row["kind"], row["url"]) not in failed]


def _charts(summary: Summary, kinds: Sequence[Kind]) -> dict[str, Chart]:
    known = [column for column in summary.filled if column.statuses]
    total = max(summary.listings, 1)
    statuses = {
        status: [column.statuses[status] / total for column in known] for status in (known[0].statuses if known else ())
    }
    gaps = sorted(known, key=lambda column: column.share)
    characters = [(language(one.tag), one.characters) for one in summary.languages]
    countries = {code: count for code, count in summary.countries.rows if len(code) == 2}
    off = [country(code) for code in countries if not atlas.on_map(code)]
    return {
        "filled_chart": Chart(
            charts.bars([column.name for column in known], statuses, share=True),
            "Bar chart of what is known of each column, as shares of the listings. Filled least: "
            + _words([(column.name, column.share) for column in gaps], lambda share: f"{share:.0%}"),
        ),
        "language_chart": _bars("Bar chart of characters of text by language", characters),
        "type_chart": _bars("Bar chart of listings by type of organisation", summary.types.rows),
        "region_chart": _bars(
            "Bar chart of listings by region, as printed", [row for row in summary.regions.rows[:20] if row[1] > 1]
        ),
        "problem_chart": _bars(
            "Bar chart of problems by kind", [(kind.name, kind.count) for kind in kinds if not kind.quiet]
        ),
        "country_map": Chart(
            atlas.world(countries),
            "Map of the countries that listings state, the darker the more: "
            + _words([(country(code), count) for code, count in countries.items()])
            + (f". Too small for the map: {', '.join(off)}" if off else ""),
        ),
    }


def _bars(what: str, rows: Sequence[tuple[str, int]]) -> Chart:
    if not rows:
        return Chart("", "")
    image = charts.bars([name for name, _ in rows], {"count": [count for _, count in rows]})
    return Chart(image, f"{what}: {_words(rows)}")


def _words(rows: Sequence[tuple[str, float]], form: Callable[[float], str] = lambda n: f"{n:,.0f}") -> str:
    said = ", ".join(f"{name} {form(value)}" for name, value in rows[:_IN_WORDS])
    return said + (f", and {len(rows) - _IN_WORDS} more" if len(rows) > _IN_WORDS else "")
