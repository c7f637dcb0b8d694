"""suppress.csv: what it names is in no table, page, change or export of a release; the rest is as it was."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from fetchers.archive import latest_crawl
from flows.batches import rebuild
from flows.workplace import Workplace
from parsers.model import Problem
from releases.build import rows
from releases.checks import check
from releases.release import latest, publish
from releases.schema import ORIGIN, tables
from releases.withheld import withheld
from sources.errors import SourceError
from sources.source import Expectation, Source
from sources.suppress import COLUMNS, Takedown, Takedowns, load_takedowns
from tests.commands.conftest import listings
from tests.records import CRAWLED, LATER, SITE, listing, page, published, renamed, source, staged
from tests.test_build import instances

HEADER = "listing,column,date,reason\n"
DAY = date(2026, 5, 3)
example_group = pytest.mark.xdist_group("example")


def takedowns(*rows: tuple[str | None, str | None]) -> Takedowns:
    return Takedowns(tuple(Takedown(of, column, DAY, "asked for", n) for n, (of, column) in enumerate(rows, 2)), "00")


def everything(release: Path) -> str:
    """All that the tables of a release say."""
    found = [pq.read_table(release / f"{name}.parquet").to_pylist() for name in tables()]
    return json.dumps(found, ensure_ascii=False, default=str)


def table(release: Path, name: str) -> list[dict[str, Any]]:
    return list(pq.read_table(release / f"{name}.parquet").to_pylist())


# --- the file


def load(folder: Path, text: str) -> Takedowns:
    (folder / "suppress.csv").write_text(text, encoding="utf-8")
    return load_takedowns(folder)


def test_a_file_is_read_with_its_lines_and_its_hash(tmp_path: Path) -> None:
    assert load_takedowns(tmp_path) == Takedowns()
    found = load(tmp_path, f"{HEADER}{SITE}harbour/,,2026-05-03,they asked\n\n,email,2026-05-04,all of them\n")
    assert [(t.listing, t.column, t.date.day, t.reason, t.line) for t in found.entries] == [
        (f"{SITE}harbour/", None, 3, "they asked", 2),
        (None, "email", 4, "all of them", 4),
    ]
    assert found.sha256 and len(found.sha256) == 64


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("listing,column,date\n", 1, "the header lacks reason"),
        (f"{HEADER},,2026-05-03,x\n", 2, "names no listing and no column"),
        (f"{HEADER}Harbour House,,2026-05-03,x\n", 2, "must be the id of a listing or the address of its page"),
        (f"{HEADER}{SITE},phones,2026-05-03,x\n", 2, "Did you mean `phone`?"),
        (f"{HEADER}{SITE},name,2026-05-03,x\n", 2, "Leave `column` empty"),
        (f"{HEADER}{SITE},phone,3 May 2026,x\n", 2, "must be the day of the request"),
        (f"{HEADER}{SITE},phone,2026-02-30,x\n", 2, "must be the day of the request"),
        (f"{HEADER}{SITE},phone,2026-05-03,\n", 2, "`reason` is empty"),
        (f"{HEADER}{SITE},fax,2026-05-03,x\n{SITE},fax,2026-06-03,y\n", 3, "in line 2 already"),
        (f"{HEADER}{SITE},phone,2026-05-03,a, b\n", 2, "has 5 cells"),
    ],
)
def test_what_cannot_be_says_where_and_what_to_do(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(SourceError) as error:
        load(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'suppress.csv'}:{line}: ")
    assert says in str(error.value)


# --- in a release


def test_a_listing_is_taken_out_with_its_page_its_terms_and_its_change(tmp_path: Path) -> None:
    one, other = page(listing("org-0")), page(renamed(listing("org-1"), "Lighthouse"), offset=100)
    published(tmp_path, [one, other])
    asked = source(suppress=takedowns((f"{SITE}org-1", None)))
    release = staged(tmp_path, [one, other], LATER, src=asked)
    assert "org-1" not in everything(release) and "Lighthouse" not in everything(release)
    assert [row["url"] for row in table(release, "listings")] == [f"{SITE}org-0/"]
    assert [row["url"] for row in table(release, "page")] == [f"{SITE}org-0/"]
    assert not table(release, "change")
    told = [row for row in table(release, "problem") if row["kind"] == "suppressed"]
    assert [(row["url"], row["seen"], row["listing_id"]) for row in told] == [("suppress.csv:2", "listing", None)]
    assert "2026-05-03" in told[0]["advice"] and "asked for" not in everything(release)
    assert [row["state"] for row in table(release, "timeline")] == ["active"]
    assert not [finding for finding in check(release, asked) if finding.severity == "error"]
    package = json.loads((release / "datapackage.json").read_bytes())
    assert package["suppress"] == {"path": "suppress.csv", "hash": "sha256:00"}


def test_of_two_listings_on_a_page_the_other_stays_whole_and_in_its_place(tmp_path: Path) -> None:
    first, second = listing("two", part="a"), renamed(listing("two", part="b"), "Lighthouse")
    shift = len(first.text) + 1
    text = f"{first.text}\n{second.text}"
    both = page(replace(first, text=text), replace(_moved(second, shift), text=text))
    whole = staged(tmp_path / "whole", [both])
    ids = {row["part"]: row["id"] for row in table(whole, "listings")}
    release = staged(tmp_path / "part", [both], src=source(suppress=takedowns((ids["b"], None))))
    assert [row["id"] for row in table(release, "listings")] == [ids["a"]]
    (left,) = table(release, "page")
    assert left["text"][:shift] == text[:shift] and set(left["text"][shift:]) <= {"*", "\n"}
    assert left["listings"] == 1
    for name in ("field", "value", "text"):
        kept = [row for row in table(whole, name) if ids["a"] in (row.get("listing_id"), row.get("row_id"))]
        assert table(release, name) == kept


def _moved(made: Any, by: int) -> Any:
    """The listing with all its places further down its page."""

    def move(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(move, value))
        if not hasattr(value, "__dataclass_fields__"):
            return value
        places = {n: getattr(value, n) + by for n in ("start", "end", "label_start", "label_end") if _at(value, n)}
        others = {n: move(getattr(value, n)) for n in value.__dataclass_fields__ if n not in places}
        return replace(value, **others, **places)

    return move(made)


def _at(value: Any, name: str) -> bool:
    return getattr(value, name, None) is not None


GONE = {
    "phone": ("081 555 01 00", "+32815550100", "+32815550102", "081 555 01 02"),
    "fax": ("081 555 01 01", "+32815550101"),
    "email": ("hello@harbour.example",),
    "url": ("harbour.example/",),
    "address": ("Quai 1", "5000"),
    "country": ("Belgium", '"BE"'),
    "region": ("BE-WNA",),
    "service_type": ("Counselling", "Helpline"),
    "organization_type": ("Charity", "ngo"),
    "reach": ("Provincial", "regional"),
    "languages": ("French, English",),
    "areas_served": ("Province of Namur",),
    "law_enforcement_relations": (),
    "description": ("La Maison",),
}


def test_every_column_is_tried() -> None:
    assert set(GONE) == set(COLUMNS)


PAGES = [page(listing("org-0")), page(listing("org-1"), offset=100)]


def built(src: Source) -> dict[str, list[dict[str, Any]]]:
    return {name: found.drop_columns(ORIGIN).to_pylist() for name, found in rows(PAGES, src).items()}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_is_taken_out_of_every_table_and_the_others_stay(column: str) -> None:
    before = built(source())
    after = built(source(suppress=takedowns((f"{SITE}org-0/", column), (f"{SITE}org-1/", column))))
    said, told_before = (json.dumps(found, ensure_ascii=False, default=str) for found in (after, before))
    for text in GONE[column]:
        assert text in told_before
        assert text not in said
    for other in set(GONE) - {column, "country", "region", "address"}:
        for text in GONE[other]:
            assert text in said, other
    texts = {row["id"]: row["text"] for row in after["page"]}
    assert {len(t) for t in texts.values()} == {len(row["text"]) for row in before["page"]}
    for row in after["field"]:
        assert texts[row["page_id"]][row["start"] : row["end"]] == row["value"]
    told = [row for row in after["problem"] if row["kind"] == "suppressed"]
    assert len(told) == (0 if column == "law_enforcement_relations" else 2)
    assert all(row["listing_id"] and row["seen"] == column for row in told)
    if column == "phone":
        assert {
            (row["phone_status"], row["phone_seeking_help_status"], row["fax_status"]) for row in after["listings"]
        } == {("redacted", "redacted", "stated")}


def test_with_every_column_taken_out_a_release_still_holds(tmp_path: Path, validators: dict[str, Any]) -> None:
    asked = source(suppress=takedowns(*((None, column) for column in COLUMNS)))
    release = staged(tmp_path, PAGES, src=asked)
    assert not [finding for finding in check(release, asked) if finding.severity == "error"]
    for name, row in instances({name: table(release, name) for name in tables()}):
        assert validators[name].is_valid(row), (name, row)


def test_a_number_that_the_text_repeats_in_another_form_goes_too(tmp_path: Path) -> None:
    made = listing("org-0")
    again = f"{made.text}\nCall +32 (0)81/555.01.00 or 0032 81 555 01 00."
    captured = [page(replace(made, text=again, title="081-555 01 00 Harbour"))]
    release = staged(tmp_path, captured, src=source(suppress=takedowns((None, "phone"))))
    assert "555.01.00" not in everything(release) and "555 01 00" not in everything(release)
    assert "081 555 01 01" in everything(release)  # the fax
    assert "Harbour" in table(release, "page")[0]["title"]


def test_a_change_does_not_tell_what_the_column_held(tmp_path: Path) -> None:
    published(tmp_path, [page(listing("org-0"))])
    release = staged(
        tmp_path,
        [page(renamed(listing("org-0"), "Lighthouse"))],
        LATER,
        src=source(suppress=takedowns((None, "email"))),
    )
    columns = {row["column"] for row in table(release, "change")}
    assert columns == {"name", "name_en"}
    assert "hello@" not in everything(release)


def test_what_could_not_be_read_goes_too(tmp_path: Path) -> None:
    made = listing("org-0")
    text = f"{made.text}\nTel ask for 0815550"
    at = len(made.text) + 5
    problem = Problem("unparsed-phone", text[at:], "No number can be this.", at, len(text))
    captured = [page(replace(made, text=text, problems=(problem,)))]
    release = staged(tmp_path, captured, src=source(suppress=takedowns((f"{SITE}org-0/", "phone"))))
    assert "0815550" not in everything(release)


def test_a_comparison_of_earlier_releases_does_not_tell_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "processed" / "directory"
    published(folder, [page(listing("org-0")), page(listing("org-1"), offset=100)])
    published(folder, [page(renamed(listing("org-0"), "Lighthouse"))], LATER)
    sources = tmp_path / "sources" / "directory"
    sources.mkdir(parents=True)
    command = ("--sources", tmp_path / "sources", "--data", tmp_path / "data", "diff", "directory")
    assert "Lighthouse" in listings(*command).stdout
    (sources / "suppress.csv").write_text(f"{HEADER}{SITE}org-0/,,2026-05-03,they asked\n", "utf-8")
    said = listings(*command)
    assert said.exit_code == 0 and "Lighthouse" not in said.stdout and "removed" in said.stdout, said.output


# --- in the checks


TWENTY = [page(renamed(listing(f"org-{n}"), f"House {n}"), offset=n) for n in range(20)]


@pytest.mark.parametrize(
    ("rows", "expect"),
    [
        ([(f"{SITE}org-{n}", None) for n in range(12)], Expectation()),
        ([(f"{SITE}org-{n}", None) for n in range(12)], Expectation(20, 0.1)),
        ([(f"{SITE}org-{n}", None) for n in range(20)], Expectation()),
        ([(f"{SITE}org-{n}", "phone") for n in range(15)], Expectation(filled={"phone": 0.9})),
        ([(None, "description"), (None, "country"), (None, "email")], Expectation(filled={"country": 1.0})),
    ],
)
def test_what_is_taken_out_is_not_held_as_lost(
    tmp_path: Path, rows: list[tuple[str | None, str | None]], expect: Expectation
) -> None:
    last = published(tmp_path, TWENTY)
    asked = source(suppress=takedowns(*rows), expect=expect)
    release = staged(tmp_path, TWENTY, LATER, src=asked)
    assert check(release, asked, last) == []
    forgotten = source(expect=expect)
    assert [finding for finding in check(release, forgotten, last) if finding.severity == "error"]


def test_what_is_lost_beside_it_is_held(tmp_path: Path) -> None:
    last = published(tmp_path, TWENTY)
    asked = source(suppress=takedowns(*((f"{SITE}org-{n}", None) for n in range(8))))
    release = staged(tmp_path, TWENTY[:13], LATER, src=asked)
    (found,) = check(release, asked, last)
    assert (found.cause, found.what.partition(":")[0]) == ("lost-pages", "7 of 12 listings are gone")


def test_what_was_taken_out_once_is_no_habit_of_the_site(tmp_path: Path) -> None:
    published(tmp_path, TWENTY)
    asked = source(suppress=takedowns(*((f"{SITE}org-{n}", None) for n in range(8))))
    last = publish(staged(tmp_path, TWENTY, LATER, src=asked))
    now = staged(tmp_path, TWENTY[:15], LATER + timedelta(7), src=asked)
    assert [found.cause for found in check(now, asked, last)] == ["lost-pages"]


def test_a_release_that_was_held_before_the_request_is_not_published(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "processed" / "directory"
    published(folder, TWENTY)
    staged(folder, TWENTY[:8], LATER)
    sources = tmp_path / "sources" / "directory"
    sources.mkdir(parents=True)
    (sources / "source.yml").write_text(f"start: {SITE}\n", "utf-8")
    (sources / "suppress.csv").write_text(f"{HEADER}{SITE}org-0/,,2026-05-03,they asked\n", "utf-8")
    command = ("--sources", tmp_path / "sources", "--data", tmp_path / "data", "release", "directory")
    said = listings(*command, "--accept", "they closed")
    assert said.exit_code == 1 and "listings reparse directory" in said.stderr, said.output
    assert len(table(folder / "latest", "listings")) == 20


# --- in what is shown of earlier releases, and for real


def test_an_export_of_a_release_made_before_is_without_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "processed" / "directory"
    published(folder, [page(listing("org-0")), page(listing("org-1"), offset=100)])
    release = published(
        folder, [page(renamed(listing("org-0"), "Lighthouse")), page(listing("org-1"), offset=100)], LATER
    )
    stored = everything(release)
    for entries in (
        takedowns((f"{SITE}org-0/", None)),
        takedowns((f"{SITE}org-0/", "phone"), (f"{SITE}org-0/", "name")),
    ):
        with withheld(release, "directory", entries) as shown:
            assert shown != release
            said = everything(shown)
            assert ("Lighthouse" in said) == (entries.entries[0].column == "phone")
            assert len(table(shown, "listings")) == (1 if "Lighthouse" not in said else 2)
            for name in tables():
                ids = [row["id"] for row in table(shown, name)]
                assert ids == sorted(set(ids)), name
                assert pq.read_schema(shown / f"{name}.parquet").equals(pq.read_schema(release / f"{name}.parquet"))
            assert not [f for f in check(shown, source()) if f.severity == "error"]
    assert everything(release) == stored
    sources = tmp_path / "sources" / "directory"
    sources.mkdir(parents=True)
    (sources / "suppress.csv").write_text(f"{HEADER}{SITE}org-0/,,2026-05-03,they asked\n", "utf-8")
    out = tmp_path / "out"
    first = f"{CRAWLED:%Y%m%dT%H%M%SZ}"
    for of in (release.name, first):
        command = (
            "--sources",
            tmp_path / "sources",
            "--data",
            tmp_path / "data",
            "export",
            "directory",
            "--format",
            "csv",
        )
        assert listings(*command, "--release", of, "--out", out / of).exit_code == 0
        with (out / of / "listings.csv").open(encoding="utf-8") as file:
            assert [row["url"] for row in csv.DictReader(file)] == [f"{SITE}org-1/"]
        assert not [path for path in (out / of).iterdir() if "org-0" in path.read_text("utf-8")]
    refused = listings(*command, "--release", "20200101T000000Z")
    assert refused.exit_code == 1 and "there is no release 20200101T000000Z" in refused.stderr


def test_an_earlier_release_is_explained_without_it(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "processed" / "directory"
    first = published(folder, [page(listing("org-0")), page(listing("org-1"), offset=100)])
    published(folder, [page(listing("org-1"), offset=100)], LATER)
    sources = tmp_path / "sources" / "directory"
    sources.mkdir(parents=True)
    command = ("--sources", tmp_path / "sources", "--data", tmp_path / "data", "explain", "directory")
    old = ("--release", first.name)
    assert "+32815550100" in listings(*command, f"{SITE}org-0/", "phone", *old).stdout
    (sources / "suppress.csv").write_text(
        f"{HEADER}{SITE}org-0/,,2026-05-03,they asked\n{SITE}org-1/,phone,2026-05-03,private\n", "utf-8"
    )
    said = listings(*command, f"{SITE}org-0/", "phone", *old)
    assert said.exit_code == 1 and "no listing of release" in said.stderr and "555" not in said.output
    said = listings(*command, f"{SITE}org-1/", *old)
    assert said.exit_code == 0 and "081 555 01 00" not in said.output and "+32815550100" not in said.output
    said = listings(*command, f"{SITE}org-1/", "phone", *old)
    assert "Taken out on request of 2026-05-03" in said.output and "555" not in said.output, said.output


@example_group
def test_takedowns_of_the_example_are_in_no_file_of_its_next_release(example: Workplace, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(example.sources / "directory", tmp_path / "sources" / "directory"))
    before = latest(example.processed("directory"))
    assert before
    all_of_it = pd.read_parquet(before / "listings.parquet")
    alone = all_of_it[all_of_it["part"].isna() & all_of_it["phone"].notna()]
    whole, of_phone = alone.iloc[0], alone.iloc[1]
    table_row = all_of_it[all_of_it["part"].notna()].iloc[0]
    lines = [
        f"{whole['url']},,2026-05-03,they asked",
        f"{of_phone['id']},phone,2026-05-03,a private number",
        f"{table_row['id']},,2026-05-03,closed",
        "http://site.localhost/nowhere/,,2026-05-03,never there",
    ]
    (directory / "suppress.csv").write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    place = Workplace(tmp_path / "sources", tmp_path / "data")
    asked = place.source("directory")
    found = latest_crawl(example.raw, "directory")
    assert found
    release = publish(rebuild(example.raw, place.processed("directory"), asked, found))
    said = everything(release)
    gone = (whole["name"], whole["phone"], of_phone["phone"], table_row["name"], table_row["part"], whole["id"])
    assert [name for name in gone if str(name) in said] == []
    assert len(table(release, "listings")) == len(all_of_it) - 2
    problems = table(release, "problem")
    assert sorted(row["seen"] for row in problems if row["kind"] == "suppressed") == ["listing", "listing", "phone"]
    unused = [row for row in problems if row["kind"] == "unmatched-suppress"]
    assert [(row["url"], row["seen"]) for row in unused] == [("suppress.csv:5", "listing")]
    findings = check(release, replace(asked, expect=replace(asked.expect, listings=None)))
    assert [(f.severity, f.where) for f in findings] == [("warning", "suppress.csv:5")]
    for name in tables():
        own = {row["id"] for row in table(before, name)}
        assert {row["id"] for row in table(release, name)} - own <= {row["id"] for row in problems}, name
