"""Every cell of a release is walked back: to its field, to the page's text, to the record in the archive."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from fetchers.archive import captures, latest_crawl
from fetchers.model import Capture
from flows.workplace import Workplace
from parsers.site_parsers import read_source_page
from releases.checks import check
from releases.release import latest
from releases.schema import tables
from releases.trace import Trace, Traced, find_listings, trace, traced
from tests.commands.conftest import listings
from tests.records import SITE, bare, listing, page, published, source, staged
from tests.test_build import instances
from tests.test_takedowns import takedowns

example_group = pytest.mark.xdist_group("example")


def release_of(example: Workplace) -> Path:
    release = latest(example.processed("directory"))
    assert release
    return release


@example_group
def test_every_cell_of_listings_leads_to_the_archive(example: Workplace) -> None:
    release, config = release_of(example), example.source("directory")
    found = latest_crawl(example.raw, "directory")
    assert found
    archived = {capture.url: capture for capture in captures(example.raw, found)}
    endings: Counter[str] = Counter()
    rows = pq.read_table(release / "listings.parquet").to_pylist()
    for row in rows:
        of = traced(release, row["id"])
        capture = archived[of.page["url"]]
        assert (of.page["warc_file"], of.page["warc_offset"]) == (capture.warc_file, capture.offset)
        assert of.page["digest"] == capture.digest
        assert of.page["text"] == _text(config, capture)
        for column, cell in row.items():
            made = trace(of, column)
            assert made, column
            endings[made.ending] += 1
            _check(made, cell, column, of)
    assert set(endings) == {"printed", "set-by-hand", "blank", "absent", "derived"}
    assert endings["set-by-hand"] == 2 * sum(map(len, (row["set_by_hand"] for row in rows))) + _codes(rows)


def _text(config: Any, capture: Capture) -> str:
    return read_source_page(config, capture.body, capture.url, capture.content_type).text


def _codes(rows: list[dict[str, Any]]) -> int:
    """A region set by hand stands in `region` and in `region_code`; with each column goes its status."""
    return sum("region" in row["set_by_hand"] for row in rows)


def _check(made: Trace, cell: Any, column: str, of: Traced) -> None:
    where = (of.listing["url"], of.listing["part"], column, made)
    text = of.page["text"]
    for origin in made.origins:
        assert text[origin.start : origin.end] == origin.printed, where
    if column.endswith("_status"):
        assert made.status == cell or column == "description_status", where
        return
    match made.ending:
        case "printed" | "set-by-hand":
            assert made.origins, where
            shown = [value for o in made.origins for value in (o.normal, o.printed)]
            if column.startswith("description_"):
                assert "\n".join(o.printed for o in made.origins) == cell, where
            elif isinstance(cell, list):
                assert list(dict.fromkeys(o.normal for o in made.origins)) == cell, where
            elif column in ("street", "city", "postcode") and cell is not None:
                assert json.loads(made.origins[0].normal or "")[column] == cell, where
            elif cell is not None:
                assert cell in shown, where
            assert (made.ending == "set-by-hand") == any(o.set_by for o in made.origins), where
        case "blank":
            assert cell is None and made.status == "blank" and made.origins, where
        case "absent":
            assert cell is None and made.status in ("absent", None), where
        case "derived":
            assert made.says and column in ("id", "source", "page_id", "url", "part", *_COUNTED), where
        case other:
            pytest.fail(f"{other}: {where}")


_COUNTED = ("page_languages", "accounted", "problems", "set_by_hand")


@example_group
def test_every_cell_of_the_standard_is_a_value_a_field_a_text_a_term_or_assumed(example: Workplace) -> None:
    release = release_of(example)
    read = {
        name: pq.read_table(release / f"{name}.parquet").to_pylist() for name in _STANDARD | {"value", "field", "text"}
    }
    problems = pd.read_parquet(release / "problem.parquet")
    assumed = set(problems.loc[problems["kind"] == "assumed", "seen"])
    known: set[str] = {
        "active",
        "physical",
        "voice",
        "fax",
        "Directory listing",
        *(row["identifier"] for row in read["organization_identifier"]),
    }
    for row in read["value"]:
        known |= {row["printed"], row["normal"] or "", (row["normal"] or "").partition(";ext=")[0]}
        known |= {", ".join(line.strip() for line in row["printed"].splitlines())}
        known |= set(json.loads(row["normal"]).values()) if row["kind"] == "address" and row["normal"] else set()
    known |= {row["value"] for row in read["field"]} | {row["text"] for row in read["text"]}
    descriptions: dict[str, list[str]] = {}
    for row in sorted(read["text"], key=lambda row: row["position"]):
        if row["column"] == "description":
            descriptions.setdefault(f"{row['row_id']} {row['language']}", []).append(row["text"])
    known |= {"\n".join(texts) for texts in descriptions.values()}
    count = 0
    for name in sorted(_STANDARD):
        for row in read[name]:
            for column, cell in row.items():
                if cell is None or column == "id" or column.endswith("_id") or (name, column) in _OWN:
                    continue
                count += 1
                assert str(cell) in known or f"{name}.{column} = {cell}" in assumed, (name, column, cell)
    assert count > 400


_STANDARD = {
    "organization",
    "service",
    "address",
    "phone",
    "contact",
    "language",
    "service_area",
    "location",
    "organization_identifier",
}
_OWN = {("phone", "extension"), ("phone", "description")}
"""Numbers and remarks beside a telephone number: parts of the line that its value stands in."""


@example_group
def test_the_standard_takes_every_row_of_the_example_and_its_keys_are_whole(
    example: Workplace, validators: dict[str, Any]
) -> None:
    release = release_of(example)
    read = {name: pq.read_table(release / f"{name}.parquet").to_pylist() for name in tables()}
    count = 0
    for name, row in instances(read):
        assert not [error.message for error in validators[name].iter_errors(row)], (name, row)
        count += 1
    assert count > 600
    assert not [finding for finding in check(release, example.source("directory")) if finding.severity == "error"]


@example_group
def test_what_the_standard_requires_and_nobody_prints_is_called_assumed(example: Workplace) -> None:
    release = release_of(example)
    problems = pd.read_parquet(release / "problem.parquet")
    assumed = problems[problems["kind"] == "assumed"].groupby("listing_id").first()
    for id_, problem in assumed.head(5).iterrows():
        cell, _, value = problem["seen"].partition(" = ")
        made = trace(traced(release, str(id_)), cell)
        assert made and (made.ending, made.value) == ("assumed", value)
        assert "Do not take it for a fact" in made.says


def test_what_is_taken_out_hidden_or_only_in_the_markup_says_so(tmp_path: Path) -> None:
    release = staged(tmp_path, [page(listing("org-0"))], src=source(suppress=takedowns((f"{SITE}org-0/", "phone"))))
    of = traced(release, find_listings(release, "harbour house")[0]["id"])
    made = trace(of, "phone")
    assert made and (made.ending, made.value, made.status) == ("taken-out", None, "redacted")
    assert "suppress.csv:2" in made.says
    hidden = trace(of, "email_seeking_help")
    assert hidden and (hidden.status, hidden.says) == ("redacted", "The page hides it.")
    assert hidden.origins[0].printed == "[email protected]"
    assert trace(of, "nothing") is None and trace(of, "address.nothing") is None
    same = trace(of, "address.city")
    assert same and (same.column, same.value) == ("city", "Namur")


def test_a_listing_is_found_by_id_address_name_and_parts_of_them(tmp_path: Path) -> None:
    release = published(tmp_path, [page(listing("org-0")), page(bare("other"), offset=9)])
    (one,) = find_listings(release, "Maison du PORT")
    assert one["url"] == f"{SITE}org-0/"
    for wanted in (one["id"], one["id"][:8].upper(), one["url"], "HH", "bour ho"):
        assert [row["id"] for row in find_listings(release, wanted)] == [one["id"]], wanted
    assert find_listings(release, "zzz") == []


@example_group
def test_the_command_prints_the_chain_and_json(example: Workplace) -> None:
    at = ("--sources", example.sources, "--data", example.data, "explain", "directory")
    said = listings(*at, "Haven Street Housing Desk", "country")
    assert said.exit_code == 0, said.output
    for part in (
        "country = BE  [stated]",
        "⟦Belgium⟧",
        "field  'Country', taken for country, at html/body",
        "means  BE",
    ):
        assert part in said.stdout
    assert ".warc.gz, byte " in said.stdout and "ANOTHER" not in said.stdout
    whole = listings(*at, "Haven Street Housing Desk", "--json")
    told = [json.loads(line) for line in whole.stdout.splitlines()]
    assert {"id", "name", "country", "phone"} <= {row["column"] for row in told}
    wrong = listings(*at, "Haven Street Housing Desk", "colour")
    assert wrong.exit_code == 1 and "there is no column colour here. Columns: id, " in wrong.stderr
    assert "no listing of release" in listings(*at, "Nobody at all").stderr
    assert "Give the id of one" in listings(*at, "a").stderr
    assert "there is no release 1999" in listings(*at, "a", "--release", "1999").stderr
