from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.changes import compare, plain_typography
from releases.checks import check
from tests.records import LATER, listing, page, pages, published, renamed, source, staged


def changes(release: Path) -> list[tuple[object, ...]]:
    frame = pd.read_parquet(release / "change.parquet").astype(object)
    frame = frame.where(frame.notna(), None)
    return sorted(
        frame[["change", "column", "before", "after"]].itertuples(index=False, name=None),
        key=lambda row: tuple(map(str, row)),
    )


def test_a_first_release_has_no_changes(tmp_path: Path) -> None:
    assert changes(published(tmp_path, pages(2))) == []


def test_added_removed_and_changed(tmp_path: Path) -> None:
    first = published(tmp_path, pages(3))
    now = [page(renamed(listing("org-0"), "Lighthouse")), page(listing("org-1")), page(listing("new"))]
    second = published(tmp_path, now, LATER)
    assert changes(second) == [
        ("added", None, None, None),
        ("changed", "name", "Harbour House", "Lighthouse"),
        ("changed", "name_en", "Harbour House", "Lighthouse"),
        ("removed", None, None, None),
    ]
    table = pd.read_parquet(second / "change.parquet")
    assert set(table["since"]) == {first.name}
    assert table["id"].is_unique
    assert check(second, source(), first) == []


def test_changes_of_the_organization_are_told_in_the_standards_metadata(tmp_path: Path) -> None:
    published(tmp_path, pages(1))
    release = published(tmp_path, [page(renamed(listing("org-0"), "Lighthouse"))], LATER)
    told = pd.read_parquet(release / "metadata.parquet").iloc[0]
    organization = pd.read_parquet(release / "organization.parquet").iloc[0]
    assert (told["resource_id"], told["field_name"]) == (organization["id"], "name")
    assert (told["previous_value"], told["replacement_value"]) == ("Harbour House", "Lighthouse")
    assert str(told["last_action_date"]) == "2026-11-09"


def test_white_space_and_typography_are_no_change(tmp_path: Path) -> None:
    first = published(tmp_path, [page(renamed(listing(), 'The  "House" - it\'s open'))])
    second = staged(tmp_path, [page(renamed(listing(), "The “House” – it’s\u00a0open"))], LATER)
    assert compare(first, second).empty


def test_lists_statuses_and_vanished_language_columns_are_compared(tmp_path: Path) -> None:
    published(tmp_path, pages(1))
    made = listing("org-0")
    values = replace(made.normalized, service_types=made.normalized.service_types[:1], names=made.normalized.names[:2])
    release = published(tmp_path, [page(replace(made, normalized=values))], LATER)
    assert changes(release) == [
        ("changed", "name_fr", "Maison du Port", None),
        ("changed", "service_types", '["Counselling", "Helpline"]', '["Counselling"]'),
    ]


def test_a_release_made_again_is_compared_with_the_one_before_it(tmp_path: Path) -> None:
    published(tmp_path, pages(1))
    release = published(tmp_path, pages(2), LATER)
    expected = (release / "change.parquet").read_bytes()
    assert (published(tmp_path, pages(2), LATER) / "change.parquet").read_bytes() == expected


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA, ""])
def test_nothing_folds_to_nothing(value: object) -> None:
    assert plain_typography(value) == ""


@settings(deadline=None, derandomize=True)
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert plain_typography(plain_typography(text)) == plain_typography(text)
