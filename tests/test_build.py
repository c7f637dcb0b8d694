from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from parsers.model import Address, Contact, Description, Field, Name, Normalized, Passage, Problem, Status, Term
from releases.build import rows
from releases.ids import child_id, listing_id
from releases.schema import ORIGIN, SHARED, tables
from releases.standard import NOT_STATED, UNKNOWN_COUNTRY
from tests.records import bare, listing, page, renamed, source

Rows = dict[str, list[dict[str, Any]]]


def build(*captured: Any) -> Rows:
    return {name: table.drop_columns(ORIGIN).to_pylist() for name, table in rows(captured, source()).items()}


def only(found: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    matching = [row for row in found if all(row[key] == value for key, value in values.items())]
    assert len(matching) == 1, matching
    return matching[0]


def instances(found: Rows) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, table in tables().items():
        for row in found[name] if table.hsds else []:
            given = {key: value for key, value in row.items() if value is not None}
            yield name, {key: value.isoformat() if isinstance(value, date) else value for key, value in given.items()}


@pytest.mark.parametrize("made", [listing(), bare(), listing(part="a")], ids=["full", "bare", "part"])
def test_hsds_rows_are_valid_by_the_standards_own_schemas(made: Any, validators: dict[str, Any]) -> None:
    count = 0
    for name, instance in instances(build(page(made))):
        errors = [error.message for error in validators[name].iter_errors(instance)]
        assert not errors, (name, instance)
        count += 1
    assert count >= 3


def test_the_validators_do_refuse_a_redacted_email_and_a_missing_state(validators: dict[str, Any]) -> None:
    assert not validators["organization"].is_valid(
        {"id": "x", "name": "n", "description": "d", "email": "[email protected]"}
    )
    found = build(page(listing()))["address"][0]
    assert not validators["address"].is_valid(
        {k: v for k, v in found.items() if k != "state_province" and v is not None}
    )


def test_the_wide_row() -> None:
    row = build(page(listing()))["listings"][0]
    assert row["name"] == "Harbour House"
    assert (row["name_en"], row["name_fr"], row["acronym"]) == ("Harbour House", "Maison du Port", "HH")
    assert row["description_fr"].startswith("La Maison")
    assert (row["country"], row["region"], row["region_code"]) == ("BE", "Namur", "BE-WNA")
    assert (row["street"], row["postcode"], row["city"]) == ("Quai 1", "5000", "Namur")
    assert (row["phone"], row["phone_seeking_help"]) == ("+32815550100;ext=012", "+32815550102")
    assert (row["email"], row["email_status"]) == ("hello@harbour.example", "stated")
    assert (row["email_seeking_help"], row["email_seeking_help_status"]) == (None, "redacted")
    assert row["service_types"] == ["Counselling", "Helpline"]
    assert (row["organization_type"], row["organization_type_printed"]) == ("ngo", "Charity")
    assert row["law_enforcement_relations_status"] == "blank"
    assert row["problems"] == 1


def test_of_a_bare_listing_everything_is_absent_and_nothing_is_guessed() -> None:
    row = build(page(bare()))["listings"][0]
    statuses = {name: value for name, value in row.items() if name.endswith("_status")}
    assert set(statuses.values()) == {"absent"}
    assert all(row[name.removesuffix("_status")] is None for name in statuses if name != "description_status")


def _field(key: str, value: str, status: Status) -> Field:
    return Field("Label", key, value, status, "p", 0, 5, 5, 5 + len(value))


@pytest.mark.parametrize(
    ("fields", "column", "expected"),
    [
        ([_field("languages", "", "blank")], "languages", "blank"),
        ([_field("areas_served_languages", "Namur", "stated")], "languages", "blank"),
        ([_field("organization_type", "Whatever", "unparsed")], "organization_type", "unparsed"),
        ([_field("contact_details", "", "blank")], "fax", "blank"),
        ([_field("contact_details", "Quai 1", "stated")], "fax", "absent"),
        ([_field("contact_details", "", "blank"), _field("contact_details", "Quai 1", "stated")], "email", "absent"),
        ([_field("contact_seeking_help", "", "blank")], "phone_seeking_help", "blank"),
        ([_field("region", "", "redacted")], "region", "redacted"),
    ],
)
def test_blank_redacted_unparsed_and_absent_are_told_apart(fields: list[Field], column: str, expected: str) -> None:
    row = build(page(bare(fields=tuple(fields))))["listings"][0]
    assert (row[column], row[f"{column}_status"]) == (None, expected)


def test_a_printed_value_without_a_code_is_unparsed_and_kept() -> None:
    values = Normalized(
        organization_type=Term("Guild", None, 0, 5),
        languages=(Term("Klingonese", None, 0, 9), Term("French", "fr", 0, 6)),
    )
    found = build(page(bare(normalized=values)))
    row = found["listings"][0]
    assert (row["organization_type"], row["organization_type_status"], row["organization_type_printed"]) == (
        None,
        "unparsed",
        "Guild",
    )
    assert (row["languages"], row["languages_status"]) == (["fr"], "unparsed")
    assert [entry["name"] for entry in found["language"]] == ["Klingonese", "French"]


def test_a_redacted_value_is_in_no_row_of_the_standard() -> None:
    text = "hello@hidden.example"
    contact = Contact("general", "email", text, text, 0, len(text), "redacted")
    found = build(page(bare(normalized=Normalized(contacts=(contact,)))))
    assert found["contact"][0]["email"] is None
    assert not [row for _, row in instances(found) if text in row.values()]


def test_contacts_are_told_apart_by_audience() -> None:
    found = build(page(listing()))
    service = found["service"][0]["id"]
    voice = only(found["phone"], number="+32815550102")
    assert (voice["service_id"], voice["organization_id"]) == (service, None)
    desk = only(found["phone"], number="+32815550100")
    assert (desk["extension"], desk["description"]) == (12, "ext. 012")
    assert desk["organization_id"] == found["organization"][0]["id"]
    help_contact = only(found["contact"], id=voice["contact_id"])
    tie = only(found["attribute"], link_id=help_contact["id"])
    terms = {row["id"]: row["code"] for row in found["taxonomy_term"]}
    assert terms[tie["taxonomy_term_id"]] == "audience:seeking_help"


def test_an_unparsed_phone_and_address_keep_what_is_printed() -> None:
    contacts = (
        Contact("general", "phone", "ring twice", None, 0, 10, "unparsed"),
        Contact("general", "address", "Behind the\nold mill", None, 0, 10, "unparsed"),
    )
    found = build(page(bare(normalized=Normalized(contacts=contacts))))
    assert found["phone"][0]["number"] == "ring twice"
    address = found["address"][0]
    assert address["address_1"] == "Behind the, old mill"
    assert (address["city"], address["country"]) == (NOT_STATED, UNKNOWN_COUNTRY)
    assert found["listings"][0]["phone_status"] == "unparsed"


def test_what_is_assumed_is_reported_as_assumed() -> None:
    found = build(page(bare(), listing()))
    assumed = [(row["listing_id"], row["seen"].split(" = ")[0]) for row in found["problem"] if row["kind"] == "assumed"]
    first, second = (row["id"] for row in found["organization"])
    assert {cell for id_, cell in assumed if id_ == first} == {
        "organization.name",
        "organization.description",
        "service.name",
        "service.status",
    }
    assert {cell for id_, cell in assumed if id_ == second} == {
        "service.name",
        "service.status",
        "location.location_type",
        "address.state_province",
        "address.address_type",
    }
    state = next(row for row in found["problem"] if row["seen"].startswith("address.state_province"))
    assert state["seen"].endswith("= Namur")
    assert "fact" in state["advice"]


def test_a_label_that_no_vocabulary_knows_becomes_an_attribute() -> None:
    found = build(page(listing()))
    tie = only(found["attribute"], value="A heron")
    term = {row["id"]: row for row in found["taxonomy_term"]}[tie["taxonomy_term_id"]]
    assert (term["code"], term["name"], tie["link_entity"]) == (None, "Mascot", "organization")
    assert "Belgium" not in {row["value"] for row in found["attribute"]}


def test_passages_are_linked_with_what_they_translate() -> None:
    found = build(page(listing()))["text"]
    paragraphs = {(row["language"], row["position"]): row for row in found if row["column"] == "description"}
    for position in (0, 1):
        assert paragraphs["fr", position]["translates"] == paragraphs["en", position]["id"]
        assert paragraphs["en", position]["translates"] is None
        assert (
            paragraphs["fr", position]["unit"] == paragraphs["en", position]["unit"] == paragraphs["en", position]["id"]
        )


def test_where_paragraphs_do_not_align_a_text_stands_for_a_text() -> None:
    made = listing()
    short = replace(made.descriptions[1], passages=made.descriptions[1].passages[:1])
    found = build(page(replace(made, descriptions=(made.descriptions[0], short))))["text"]
    described = [row for row in found if row["column"] == "description"]
    first = next(row for row in described if row["language"] == "en")
    assert {row["unit"] for row in described} == {first["id"]}
    assert [row["translates"] for row in described if row["language"] == "fr"] == [first["id"]]


def test_names_in_several_languages_are_linked() -> None:
    names = [row for row in build(page(listing()))["text"] if row["column"] == "name"]
    assert len({row["language"] for row in names}) > 1
    assert {row["unit"] for row in names} == {names[0]["id"]}


def test_a_passage_of_several_lines_gives_a_row_a_paragraph_with_its_place() -> None:
    text = "First line.\n\nSecond line.\n"
    passage = Passage(0, len(text), "en", 0.9)
    made = bare(text=text, passages=(passage,), descriptions=(Description("en", text, (passage,)),))
    found = build(page(made))["text"]
    assert [row["text"] for row in found] == ["First line.", "Second line."]
    assert [text[row["start"] : row["end"]] for row in found] == ["First line.", "Second line."]


def test_names_and_headings_are_texts_too() -> None:
    found = build(page(listing(headings=("Description générale",))))["text"]
    assert only(found, column="name", language="fr")["text"] == "Maison du Port"
    assert only(found, column="alternate_name")["language"] is None
    assert only(found, column="heading")["start"] is None


def test_every_offset_shows_the_text_claimed() -> None:
    found = build(page(listing()))
    text = found["page"][0]["text"]
    for row in found["field"]:
        assert text[row["start"] : row["end"]] == row["value"]
        assert text[row["label_start"] : row["label_end"]] == row["label"]
    for row in found["text"]:
        assert text[row["start"] : row["end"]] == row["text"]


def test_ids_do_not_depend_on_texts_that_may_be_edited() -> None:
    before, after = build(page(listing())), build(page(renamed(listing(), "Lighthouse")))
    for name in set(tables()) - {"taxonomy_term"}:
        assert [row["id"] for row in before[name]] == [row["id"] for row in after[name]], name


def test_ids_are_fixed_for_good() -> None:
    # These values stand in published releases: a change here breaks every join across releases.
    assert listing_id("directory", "https://directory.example/harbour/", None) == "963517d3-ea26-5c05-9f70-e94c57ac5db2"
    assert (
        child_id(listing_id("directory", "https://directory.example/harbour/", "b"), "service", 0)
        == "43f9fb1f-133f-536d-afab-38be993cd367"
    )


def test_several_listings_on_a_page_are_told_apart_and_a_repeated_part_is_reported() -> None:
    captured = page(listing(part="a"), listing(part="b"), listing(part="b"))
    found = build(captured)
    assert len({row["id"] for row in found["listings"]}) == 3
    assert found["page"][0]["listings"] == 3
    assert [row["problems"] for row in found["listings"]] == [1, 1, 2]
    problem = only(found["problem"], kind="duplicate-listing")
    assert (problem["listing_id"], problem["seen"]) == (found["listings"][2]["id"], "b")
    for name in set(tables()) - {"taxonomy", "taxonomy_term"}:
        ids = [row["id"] for row in found[name]]
        assert len(ids) == len(set(ids)), name


def test_a_page_without_listings_keeps_its_problems() -> None:
    found = build(page(problems=(Problem("unreadable", "%PDF", "Not HTML."),)))
    assert found["page"][0]["listings"] == 0
    assert (found["problem"][0]["listing_id"], found["problem"][0]["page_id"]) == (None, found["page"][0]["id"])


def test_a_batch_does_not_show_in_its_rows() -> None:
    captured = [page(listing("one")), page(listing("two"), bare("three"))]
    apart = [build(one) for one in captured]
    together = build(*captured)
    for name in tables():
        expected = [row for part in apart for row in part[name]]
        if name in SHARED:  # what several pages bring stands there once
            expected = [row for n, row in enumerate(expected) if row not in expected[:n]]
        assert together[name] == [dict.fromkeys(together[name][0]) | row for row in expected], name


def test_every_language_has_its_column() -> None:
    names = (
        Name("Haus am Hafen", "de", "name", 0, 1),
        Name("?", "und", "name", 0, 1),
        Name("Zweites", "de", "name", 0, 1),
    )
    found = rows([page(bare(normalized=Normalized(names=names)))], source())["listings"]
    assert found["name_de"].to_pylist() == ["Haus am Hafen"]
    assert found["name_und"].to_pylist() == ["?"]


def test_an_address_without_a_country_takes_that_of_the_listing() -> None:
    contact = Contact("general", "address", "1 Rd", Address("1 Rd", None, "Town", None, None), 0, 4)
    found = build(page(bare(normalized=Normalized(country=Term("France", "FR", 0, 6), contacts=(contact,)))))
    assert found["address"][0]["country"] == "FR"
    assert (found["listings"][0]["postcode"], found["listings"][0]["postcode_status"]) == (None, "absent")
