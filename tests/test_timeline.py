"""When listings were seen, looked for and changed, and the history of a value through all releases."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from parsers.model import Listing
from releases.dataset import FILE
from releases.release import prune, publish, releases
from tests.records import CRAWLED, SITE, listing, page, published, renamed, source, staged
from tests.test_takedowns import takedowns

WEEK = timedelta(days=7)


def crawled(folder: Path, week: int, *found: Listing) -> Path:
    when = CRAWLED + week * WEEK
    return published(folder, [page(one, offset=n * 100, fetched_at=_seen(week)) for n, one in enumerate(found)], when)


def _seen(week: int) -> datetime:
    """Pages are fetched some time after the crawl has begun."""
    return CRAWLED + week * WEEK + timedelta(minutes=5)


def timeline(release: Path) -> dict[str, dict[str, Any]]:
    rows = pq.read_table(release / "timeline.parquet").to_pylist()
    return {row["url"].removeprefix(SITE).rstrip("/"): row for row in rows}


def test_seen_looked_for_and_changed_are_different_times(tmp_path: Path) -> None:
    harbour, mill = listing("harbour"), listing("mill")
    crawled(tmp_path, 0, harbour, mill)
    crawled(tmp_path, 1, renamed(harbour, "Lighthouse"), mill)
    crawled(tmp_path, 2, renamed(harbour, "Lighthouse"), listing("new"))
    last = crawled(tmp_path, 3, renamed(harbour, "“Lighthouse”"), listing("new"))
    found = timeline(last)
    assert {name: row["state"] for name, row in found.items()} == {"harbour": "active", "mill": "gone", "new": "active"}
    weeks = {
        name: [
            round((row[column] - CRAWLED) / WEEK)
            for column in ("first_seen", "last_seen", "last_checked", "last_changed")
        ]
        for name, row in found.items()
    }
    assert weeks == {"harbour": [0, 3, 3, 3], "mill": [0, 1, 3, 0], "new": [2, 3, 3, 2]}
    assert found["harbour"]["first_seen"] == _seen(0) and found["mill"]["last_checked"] == CRAWLED + 3 * WEEK
    back = timeline(crawled(tmp_path, 4, harbour, mill))
    assert (back["mill"]["state"], back["mill"]["first_seen"], back["mill"]["last_changed"]) == (
        "active",
        _seen(0),
        _seen(4),
    )


def test_typography_alone_is_no_change(tmp_path: Path) -> None:
    crawled(tmp_path, 0, renamed(listing("harbour"), "The 'Harbour'  House"))
    last = crawled(tmp_path, 1, renamed(listing("harbour"), "The ‘Harbour’ House"))
    (row,) = timeline(last).values()
    assert (row["last_seen"], row["last_changed"]) == (_seen(1), _seen(0))


def test_the_history_of_a_value_is_one_query_and_outlives_what_is_pruned_of_the_listing(tmp_path: Path) -> None:
    for week, name in enumerate(("Harbour House", "Lighthouse", "Lighthouse", "Beacon")):
        crawled(tmp_path, week, renamed(listing("harbour"), name))
    query = f"""SELECT release, before, after FROM '{tmp_path}/2*Z/change.parquet' WHERE "column" = 'name' ORDER BY release"""
    names = [release.name for release in releases(tmp_path)]
    assert duckdb.execute(query).fetchall() == [
        (names[1], "Harbour House", "Lighthouse"),
        (names[3], "Lighthouse", "Beacon"),
    ]
    assert [path.name for path in prune(tmp_path, 1)] == names[:3]
    assert duckdb.execute(query).fetchall() == [(names[3], "Lighthouse", "Beacon")]
    assert timeline(tmp_path / "latest")["harbour"]["first_seen"] == _seen(0)


def test_a_listing_that_is_taken_out_leaves_the_timeline(tmp_path: Path) -> None:
    crawled(tmp_path, 0, listing("harbour"), listing("mill"))
    asked = source(suppress=takedowns((f"{SITE}mill/", None)))
    last = publish(staged(tmp_path, [page(listing("harbour"))], CRAWLED + WEEK, src=asked))
    assert set(timeline(last)) == {"harbour"}


def test_search_engines_are_told_what_the_release_is(tmp_path: Path) -> None:
    release = published(tmp_path, [page(listing("harbour"))])
    told = json.loads((release / FILE).read_bytes())
    assert (told["@type"], told["name"], told["license"]) == ("Dataset", "Directory of Examples", "CC-BY-4.0")
    # What Google Dataset Search requires of a description.
    assert 50 <= len(told["description"]) <= 5000
    package = json.loads((release / "datapackage.json").read_bytes())
    assert told["version"] == package["version"] and told["creditText"] == package["citation"]
    assert {(d["contentUrl"], f"sha256:{d['sha256']}") for d in told["distribution"]} == {
        (r["path"], r["hash"]) for r in package["resources"]
    }
    names = [p["name"] for p in told["variableMeasured"]]
    assert names == pq.read_schema(release / "listings.parquet").names
    assert told["inLanguage"] == ["en", "fr"]
    assert told["isBasedOn"]["url"] == SITE
