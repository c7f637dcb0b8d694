"""Recorded pages and what must come of them: a page, its expected record, and a test for each thing expected."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parsers.listing import parse
from parsers.page import read_page
from parsers.record import record
from parsers.site import Site, count, learn
from sources.source import Source

HERE = Path(__file__).parent
PAGES = HERE / "pages"
SITE = HERE.parent / "examples" / "directory" / "site"
SOURCE = Source(name="recorded", start="")
ASPECTS = ("fields", "names", "contacts", "terms", "descriptions")

Record = dict[str, Any]


def recorded() -> list[str]:
    return sorted(path.stem for path in PAGES.glob("*.json"))


def expected(name: str) -> list[Record]:
    found = json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


@cache
def parsed(name: str) -> tuple[Record, ...]:
    path = next(p for p in sorted(PAGES.glob(f"{name}.*")) if p.suffix != ".json")
    page = read_page(path.read_bytes(), f"http://recorded.example/{path.name}", None, path.name)
    return tuple(record(listing) for listing in parse(page, SOURCE))


def example() -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for line in (HERE / "example.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["file"], []).append(row)
    return found


@cache
def example_parsed() -> dict[str, tuple[Record, ...]]:
    """Every page of the example directory, read together as one site; what robots.txt forbids is never fetched."""
    files = [p.relative_to(SITE).as_posix() for p in sorted(SITE.rglob("*.html"))]
    pages = {
        name: read_page((SITE / name).read_bytes(), f"http://site.localhost/{name}", None, name)
        for name in files
        if not name.startswith("members/")
    }
    site: Site = learn(count(pages.values()))
    return {name: tuple(record(x) for x in parse(page, SOURCE, site)) for name, page in pages.items()}


def folded(text: str | None) -> str:
    return " ".join((text or "").replace("\xa0", " ").split())


def aspect(row: Record, name: str) -> object:
    """One side of a record in a form in which two can be compared: white space folded, order kept where it means something."""
    normalized = row["normalized"]
    match name:
        case "fields":
            return [(folded(f["label"]), f["key"], folded(f["value"]), f["status"]) for f in row["fields"]]
        case "names":
            return [(folded(n["text"]), n["lang"], n["kind"]) for n in normalized["names"]]
        case "contacts":
            return sorted(
                (c["audience"], c["type"], json.dumps(c["normalized"], sort_keys=True)) for c in normalized["contacts"]
            )
        case "terms":
            single = ("country", "organization_type", "reach", "region", "law_enforcement_relations")
            several = ("service_types", "languages", "areas_served")
            return [folded(normalized[key]) for key in single] + [list(map(folded, normalized[key])) for key in several]
        case _:
            return [(d["lang"], folded(d["text"])) for d in row["descriptions"]]


def by_part(rows: list[Record] | tuple[Record, ...]) -> list[Record]:
    return sorted(rows, key=lambda row: row.get("part") or "")


@pytest.mark.parametrize("name", recorded())
def test_recorded_page_has_its_listings(name: str) -> None:
    assert [row.get("part") for row in by_part(parsed(name))] == [row.get("part") for row in by_part(expected(name))]


@pytest.mark.parametrize("what", ASPECTS)
@pytest.mark.parametrize("name", recorded())
def test_recorded_page(name: str, what: str) -> None:
    got, wanted = by_part(parsed(name)), by_part(expected(name))
    assert [aspect(row, what) for row in got] == [aspect(row, what) for row in wanted]


def test_only_the_listings_of_the_example_are_listings() -> None:
    assert {name: len(rows) for name, rows in example_parsed().items() if rows} == {
        name: len(rows) for name, rows in example().items()
    }


@pytest.mark.parametrize("what", ASPECTS)
@pytest.mark.parametrize("name", sorted(example()))
def test_example_page(name: str, what: str) -> None:
    got, wanted = by_part(example_parsed()[name]), by_part(example()[name])
    assert [aspect(row, what) for row in got] == [aspect(row, what) for row in wanted]
