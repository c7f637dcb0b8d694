from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from releases.checks import check
from sources.source import Expectation
from tests.records import LATER, bare, listing, page, pages, published, source, staged


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return staged(tmp_path_factory.mktemp("data"), pages(2))


@pytest.fixture
def release(made: Path, tmp_path: Path) -> Path:
    """A sound staged release of two listings, to be broken."""
    return Path(shutil.copytree(made, tmp_path / made.name))


def rewrite(release: Path, name: str, table: pa.Table) -> None:
    pq.write_table(table, release / f"{name}.parquet")


def read(release: Path, name: str) -> pa.Table:
    return pq.read_table(release / f"{name}.parquet")


def test_a_sound_release_passes(tmp_path: Path) -> None:
    captured = [*pages(3), page(bare()), page(listing("two", part="a"), listing("two", part="b"))]
    assert check(staged(tmp_path, captured), source()) == []


def test_a_release_without_listings_is_held(tmp_path: Path) -> None:
    findings = check(staged(tmp_path, [page()]), source())
    assert [(f.severity, f.where) for f in findings] == [("error", "listings")]
    assert "no listing" in findings[0].what


@pytest.mark.parametrize(("expected", "held"), [(2, False), (3, True), (None, False)])
def test_fewer_listings_than_expected_hold_it(release: Path, expected: int | None, held: bool) -> None:
    assert bool(check(release, source(expect=Expectation(expected)))) == held


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("ten"), pages(10))


@pytest.mark.parametrize(("now", "drop", "held"), [(9, 0.1, False), (8, 0.1, True), (8, 0.2, False), (12, 0.0, False)])
def test_more_lost_than_allowed_holds_it(ten: Path, tmp_path: Path, now: int, drop: float, held: bool) -> None:
    findings = check(staged(tmp_path, pages(now), LATER, batch=100), source(expect=Expectation(None, drop)), ten)
    assert bool(findings) == held
    assert not held or ("10 in" in findings[0].what and "change" in findings[0].advice)


def test_a_key_taken_twice_is_found(release: Path) -> None:
    table = read(release, "phone")
    rewrite(release, "phone", pa.concat_tables([table, table.slice(0, 1)]))
    assert [finding.where for finding in check(release, source())] == ["phone.id"]


def test_a_reference_to_nothing_is_found(release: Path) -> None:
    table = read(release, "contact")
    rewrite(release, "contact", table.slice(0, 0))
    findings = check(release, source())
    assert {finding.where for finding in findings} == {"phone.contact_id"}
    assert "contact.id does not have" in findings[0].what


def test_a_missing_required_value_is_found(release: Path) -> None:
    table = read(release, "organization")
    place = table.schema.get_field_index("name")
    rewrite(release, "organization", table.set_column(place, "name", pa.nulls(table.num_rows, pa.string())))
    findings = check(release, source())
    assert [(f.what, f.where) for f in findings] == [("2 rows without a required value", "organization.name")]


def test_a_missing_column_and_a_value_off_its_list_are_found(release: Path) -> None:
    table = read(release, "service")
    place = table.schema.get_field_index("status")
    odd = table.set_column(place, "status", pc.replace_substring(table["status"], "active", "resting"))
    rewrite(release, "service", odd.drop_columns(["email"]))
    assert {finding.where for finding in check(release, source())} == {"service.status", "service.email"}
