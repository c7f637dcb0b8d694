from __future__ import annotations

import json

import pyarrow as pa
import pytest

from releases.schema import HSDS, language_column, tables

STANDARD = {entry["name"]: entry for entry in json.loads((HSDS / "datapackage.json").read_bytes())["resources"]}


def test_every_column_is_described_once() -> None:
    for table in tables().values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name
        assert table.primary_key in names
        assert table.description
        assert all(column.description.strip() for column in table.columns)


def test_references_point_to_primary_keys_that_exist() -> None:
    references = [column.references for table in tables().values() for column in table.columns if column.references]
    assert len(references) > 20
    for reference in references:
        target, _, name = reference.partition(".")
        assert tables()[target].primary_key == name


def test_hsds_mappings_name_columns_of_the_standard() -> None:
    mappings = {column.hsds for table in tables().values() for column in table.columns if column.hsds}
    for mapping in mappings:
        table, _, name = mapping.partition(".")
        assert name in {entry["name"] for entry in STANDARD[table]["schema"]["fields"]}, mapping


def test_no_required_column_of_the_standard_is_left_out() -> None:
    for table in tables().values():
        if table.hsds:
            fields = STANDARD[table.name]["schema"]["fields"]
            required = {entry["name"] for entry in fields if entry["constraints"].get("required")}
            assert required <= {column.name for column in table.columns}, table.name


def test_a_status_stands_right_after_its_column() -> None:
    names = [column.name for column in tables()["listings"].columns]
    for place, name in enumerate(names):
        if name.endswith("_status") and name != "description_status":
            assert names[place - 1] == name.removesuffix("_status")


@pytest.mark.parametrize("order", [["name_fr", "name_en", "description_nl"], ["description_nl", "name_en", "name_fr"]])
def test_language_columns_are_sorted_and_apart_from_fixed_ones(order: list[str]) -> None:
    names = tables()["listings"].arrow([*order, "name_status", "name", "description_status"]).names
    assert names[names.index("acronym_status") + 1 : names.index("country")] == [
        "name_en",
        "name_fr",
        "description_status",
        "description_nl",
    ]
    assert len(names) == len(set(names))


def test_language_tags_become_column_names() -> None:
    assert language_column("name", "zh-Hant-TW") == "name_zh_hant_tw"
    column = next(c for c in tables()["listings"].expand(["name_zh_hant"]) if c.name == "name_zh_hant")
    assert "zh-hant" in column.description


def test_descriptions_and_mappings_stand_in_the_arrow_schema() -> None:
    schema = tables()["address"].arrow()
    assert schema.field("city").metadata == {
        b"description": b"The city in which the address is located.",
        b"hsds": b"address.city",
    }
    assert tables()["page"].arrow().field("fetched_at").type == pa.timestamp("ms", tz="UTC")
