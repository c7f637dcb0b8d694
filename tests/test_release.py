from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
from frictionless import Package, system

from parsers.model import Problem
from releases import database, merge
from releases.build import ParsedPage, rows, write_part
from releases.describe import citation
from releases.release import ReleaseError, latest, previous, publish, release_name, releases, stage
from releases.schema import tables
from tests.records import CRAWLED, LATER, SITE, bare, listing, page, pages, published, renamed, source, staged

ROOT = Path(__file__).parent.parent


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_a_release_holds_every_table_its_package_and_its_codebook(tmp_path: Path) -> None:
    release = published(tmp_path, pages(3))
    described = {"datapackage.json", "codebook.md", "dataset.jsonld"}
    assert set(contents(release)) == {f"{name}.parquet" for name in tables()} | described
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_rows_are_sorted_by_primary_key(tmp_path: Path) -> None:
    release = published(tmp_path, pages(5))
    for name in tables():
        ids = pq.read_table(release / f"{name}.parquet")["id"].to_pylist()
        assert ids == sorted(set(ids)), name


def mixed() -> list[ParsedPage]:
    return [*pages(3), page(bare()), page(listing("two", part="a"), listing("two", part="b"))]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return contents(staged(tmp_path_factory.mktemp("data"), mixed()))


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_same_bytes_whatever_the_number_and_order_of_parts(
    tmp_path: Path, batch: int, expected: dict[str, bytes]
) -> None:
    shuffled = mixed()
    random.Random(batch).shuffle(shuffled)
    assert contents(staged(tmp_path / "another folder's", shuffled, batch=batch)) == expected


_CHILD = """
import sys
from pathlib import Path
from tests.test_release import mixed, staged
print(staged(Path(sys.argv[1]), mixed()), end="")
"""


def test_the_same_bytes_under_another_hash_seed_time_zone_and_thread_count(
    tmp_path: Path, expected: dict[str, bytes]
) -> None:
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    environment = {"PYTHONHASHSEED": seed, "TZ": "Asia/Kathmandu", "OMP_NUM_THREADS": "7", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _CHILD, str(tmp_path)]
    done = subprocess.run(
        command, check=True, env=os.environ | environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert contents(Path(done.stdout)) == expected


def test_what_is_too_large_for_little_memory_gives_the_same_bytes(
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(database._LEAN, "memory_limit", "1MB")
    with pytest.raises(duckdb.OutOfMemoryException):
        merge._merge([], tmp_path, lean=True)
    assert contents(staged(tmp_path, mixed())) == expected


def test_terms_printed_in_several_ways_are_settled_alike_whatever_the_parts(tmp_path: Path) -> None:
    loud = listing("loud")
    types = tuple(replace(term, text=term.text.upper()) for term in loud.normalized.service_types)
    captured = [page(listing("quiet")), page(replace(loud, normalized=replace(loud.normalized, service_types=types)))]
    one = staged(tmp_path / "a", captured, batch=1)
    two = staged(tmp_path / "b", captured[::-1], batch=2)
    names = pd.read_parquet(one / "taxonomy_term.parquet")["name"].tolist()
    assert "COUNSELLING" in names
    assert "Counselling" not in names
    assert contents(one) == contents(two)


def test_a_listing_captured_twice_is_kept_once_whole_and_reported(tmp_path: Path) -> None:
    kept = listing("harbour")
    double = page(replace(renamed(kept, "Wrong"), fields=()), url=f"{SITE}harbour/?print=1", offset=500)
    release = staged(tmp_path, [double, page(kept), *pages(2)], batch=1)
    found = pd.read_parquet(release / "listings.parquet")
    assert len(found) == 3
    assert "Wrong" not in set(found["name"])
    problems = pd.read_parquet(release / "problem.parquet")
    assert problems.loc[problems["kind"] == "duplicate-listing", "url"].tolist() == [f"{SITE}harbour/?print=1"]
    fields = pd.read_parquet(release / "field.parquet")
    assert (fields["listing_id"].value_counts() == len(kept.fields)).all()
    assert len(pd.read_parquet(release / "page.parquet")) == 4


def test_of_two_captures_of_a_page_the_newest_counts(tmp_path: Path) -> None:
    old = page(listing("harbour", part="gone"), renamed(listing("harbour", part="stays"), "Old"), offset=1)
    new = page(renamed(listing("harbour", part="stays"), "New"), offset=2, fetched_at=LATER)
    release = staged(tmp_path, [old, new], batch=1)
    assert pd.read_parquet(release / "listings.parquet")["name"].tolist() == ["New"]
    assert pd.read_parquet(release / "page.parquet")["warc_offset"].tolist() == [2]
    kinds = pd.read_parquet(release / "problem.parquet")["kind"]
    assert (kinds == "duplicate-page").sum() == 1


def test_the_data_package_and_its_parquet_files_are_valid(tmp_path: Path) -> None:
    captured = [*pages(2), page(bare()), page(listing("headed", headings=("About us", "À propos")))]
    captured.append(
        page(url=f"{SITE}broken/", warc_offset=None, problems=(Problem("unreadable", "%PDF", "Not HTML."),))
    )
    release = published(tmp_path, captured)
    with system.use_context(trusted=True):
        report = Package(str(release / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "fieldName", "note", "message"])[:5]


def test_frictionless_does_see_a_missing_row(tmp_path: Path) -> None:
    release = published(tmp_path, pages(1))
    table = pq.read_table(release / "contact.parquet")
    pq.write_table(table.slice(1), release / "contact.parquet")
    with system.use_context(trusted=True):
        report = Package(str(release / "datapackage.json")).validate()
    assert "foreign-key" in {kind for (kind,) in report.flatten(["type"])}


def test_the_package_says_licence_citation_and_crawl_time(tmp_path: Path) -> None:
    package = json.loads((published(tmp_path, pages(1)) / "datapackage.json").read_bytes())
    assert package["licenses"] == [{"name": "cc-by-4.0", "title": "CC-BY-4.0"}]
    assert package["created"] == "2026-11-02T03:04:05Z"
    assert package["version"] == "20261102T030405Z"
    assert "Crawled 2026-11-02" in package["citation"]
    keys = {resource["name"]: resource["schema"].get("foreignKeys", []) for resource in package["resources"]}
    for resource in package["resources"]:
        digest = hashlib.sha256((tmp_path / "latest" / resource["path"]).read_bytes()).hexdigest()
        assert resource["hash"] == f"sha256:{digest}"
    assert {"fields": ["listing_id"], "reference": {"resource": "listings", "fields": ["id"]}} in keys["field"]


def test_a_local_source_does_not_show_its_path(tmp_path: Path) -> None:
    local = source(start=str(tmp_path / "secret"), license="https://licence.example/")
    release = staged(tmp_path, pages(1), src=local)
    assert str(tmp_path) not in (release / "datapackage.json").read_text() + (release / "codebook.md").read_text()
    assert str(tmp_path) not in citation(local, release_name(CRAWLED))


def test_pandas_polars_and_duckdb_load_it_by_way_of_latest(tmp_path: Path) -> None:
    published(tmp_path, pages(3))
    path = tmp_path / "latest" / "listings.parquet"
    assert pd.read_parquet(path)["name_fr"].tolist() == ["Maison du Port"] * 3
    assert pl.read_parquet(path)["languages"].to_list() == [["fr", "en"]] * 3
    with duckdb.connect() as connection:
        query = f"SELECT count(*) FROM '{path}' WHERE phone_status = 'stated'"
        assert connection.execute(query).fetchall() == [(3,)]
    assert pq.read_schema(path).field("phone").metadata[b"hsds"] == b"phone.number"


def test_the_codebook_shows_fill_rates_and_examples(tmp_path: Path) -> None:
    text = (published(tmp_path, [page(listing()), page(bare())]) / "codebook.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| `city` | string | 50%"))
    assert row.endswith("| Namur |")
    assert "## address (HSDS)" in text


def test_release_names_are_utc() -> None:
    assert release_name(datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)) == "20261124T010203Z"
    assert release_name(datetime(2026, 11, 24, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))) == "20261123T230203Z"


def test_latest_moves_on_and_earlier_releases_stay(tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    first = published(tmp_path, pages(2))
    second = published(tmp_path, pages(3), LATER)
    assert latest(tmp_path) == second
    assert releases(tmp_path) == [first, second]
    assert previous(tmp_path, second.name) == first
    assert (tmp_path / "latest").readlink() == Path(second.name)


def test_what_is_only_staged_changes_nothing_that_people_load(tmp_path: Path) -> None:
    first = published(tmp_path, pages(2))
    before = contents(first)
    held = staged(tmp_path, pages(1), LATER)
    assert held.is_dir()
    assert latest(tmp_path) == first
    assert contents(first) == before


def test_a_release_made_again_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    published(tmp_path, pages(2))
    again = published(tmp_path, pages(3))
    assert releases(tmp_path) == [again]
    assert len(pd.read_parquet(tmp_path / "latest" / "listings.parquet")) == 3
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("parts")) == [
        again.name,
        "latest",
    ]


class CrashError(Exception):
    pass


@pytest.fixture(scope="module", params=[CRAWLED, LATER], ids=["again", "next"])
def ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of two listings published, and one of three staged: of the same name, or of the next."""
    folder = tmp_path_factory.mktemp("ready")
    published(folder, pages(2))
    staged(folder, pages(3), request.param)
    return folder


@pytest.mark.parametrize("calls", range(10))
def test_latest_loads_whenever_publishing_is_cut_short(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    folder = Path(shutil.copytree(ready, tmp_path / "data", symlinks=True))
    new = next(folder.glob(".staging-*"))
    spare = Path(shutil.copytree(new, tmp_path / new.name))
    left = calls

    def fragile(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: object, **options: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise CrashError
            return real(*args, **options)

        monkeypatch.setattr(owner, name, step)

    for owner, name in (
        (Path, "rename"),
        (Path, "replace"),
        (Path, "symlink_to"),
        (shutil, "rmtree"),
        (shutil, "copytree"),
    ):
        fragile(owner, name)
    done = False
    with contextlib.suppress(CrashError):
        publish(new)
        done = True
    monkeypatch.undo()
    assert len_now(folder) == 3 if done else len_now(folder) in (2, 3)

    follower = folder / f".staging-{release_name(LATER + timedelta(days=7))}"
    shutil.copytree(spare, follower)
    publish(follower)
    assert len_now(folder) == 3
    for release in releases(folder):
        assert len(pd.read_parquet(release / "listings.parquet")) in (2, 3)
    assert releases(folder)[0].name == release_name(CRAWLED)
    left_behind = {path.name for path in folder.iterdir() if path.name.startswith(".")}
    assert left_behind <= {new.name}


def len_now(folder: Path) -> int:
    """How many listings people load."""
    assert latest(folder) is not None
    return len(pd.read_parquet(folder / "latest" / "listings.parquet"))


def test_only_a_staged_release_can_be_published(tmp_path: Path) -> None:
    (tmp_path / ".staging-x").mkdir()
    with pytest.raises(ReleaseError, match="not a staged release"):
        publish(tmp_path / ".staging-x")
    with pytest.raises(ReleaseError):
        publish(published(tmp_path, pages(1)))


def test_a_release_without_parts_has_all_its_tables_empty(tmp_path: Path) -> None:
    release = stage(tmp_path, [], source(), CRAWLED)
    for name, table in tables().items():
        assert pq.read_metadata(release / f"{name}.parquet").num_rows == 0
        assert pq.read_schema(release / f"{name}.parquet").names == table.arrow().names


def test_parts_of_many_rows_are_cut_into_fixed_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("releases.merge.ROW_GROUP", 4)
    parts = [write_part(tmp_path / str(n), rows([page(listing(f"org-{n}"))], source())) for n in range(9)]
    release = stage(tmp_path / "out", parts, source(), CRAWLED)
    file = pq.ParquetFile(release / "listings.parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [4, 4, 1]
