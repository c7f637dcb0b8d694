"""lookups.csv: what it may say, what it does to a listing, and what a release tells of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.folding import load_vocabulary
from parsers.listing import parse
from parsers.model import Address, Contact, ContactType, Listing
from parsers.page import read_page
from releases import build as building
from releases.checks import check
from releases.release import stage
from sources.lookups import ADDRESS_PARTS, COLUMNS, ORGANIZATION_TYPES, REACHES, Lookup, Lookups, load_lookups
from sources.source import Source, SourceError, load_source
from tests import records

PAGE = "https://directory.example/harbour/"
HEAD = "column,printed,normal,url,reason\n"


def written(folder: Path, text: str | bytes) -> Path:
    (folder / "lookups.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(SourceError) as caught:
        load_lookups(written(folder, text))
    assert str(caught.value).startswith(f"{folder / 'lookups.csv'}:")
    return str(caught.value).removeprefix(f"{folder / 'lookups.csv'}:")


# --- the file


def test_a_source_without_the_file_has_none(tmp_path: Path) -> None:
    assert load_lookups(tmp_path) == Lookups()


def test_rows_are_read_with_their_lines_and_the_hash_of_the_file(tmp_path: Path) -> None:
    text = HEAD + 'region,Bxl,BE-BRU,,short\n\naddress,"Kaai 1\nGent",city: Gent,https://x.example/a,\nreach,n/a,,,\n'
    found = load_lookups(written(tmp_path, text))
    assert found.entries == (
        Lookup("region", "Bxl", "BE-BRU", 2, None, "short"),
        Lookup("address", "Kaai 1\nGent", "city: Gent", 4, "https://x.example/a", None),
        Lookup("reach", "n/a", "", 6, None, None),
    )
    assert found.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "data",
    [
        "\ufeffcolumn,printed,normal\r\nlanguages,NL FR,nl; fr\r\n".encode(),
        b'column;printed;normal\r\nlanguages;NL FR;"nl; fr"\r\n;;\r\n',
        b"normal,column,printed\nnl; fr,languages, NL FR \n",
        b"column,printed,normal,url,reason\nlanguages,NL FR,nl; fr\n",
    ],
    ids=["byte-order mark and CRLF", "semicolons", "another order", "short row"],
)
def test_the_file_may_come_from_a_spreadsheet(tmp_path: Path, data: bytes) -> None:
    (entry,) = load_lookups(written(tmp_path, data)).entries
    assert (entry.column, entry.printed, entry.items) == ("languages", "NL FR", ("nl", "fr"))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the header lacks column, printed, normal"),
        ("column,printed\n", 1, "the header lacks normal"),
        ("column,printed,normal,note\n", 1, "'note' is nothing that is known in the header"),
        ("column,printed,normal,printed\n", 1, "'printed' comes twice in the header"),
        ("country,Holland,NL\n", 1, "the header"),
        (HEAD + "county,Holland,NL\n", 2, "there is no column `county`. Did you mean `country`?"),
        (HEAD + "address,Kaai 1, Gent,city: Gent,,\n", 2, "has 6 cells, and the header 5"),
        (HEAD + "reach,n/a\n", 2, "has 2 cells, and the header 5"),
        (HEAD + "reach,,local\n", 2, "`printed` is empty"),
        (HEAD + "reach,a,local\nreach,b,local\nreach,a,national\n", 4, "reach 'a' is in line 2 already"),
        (HEAD + "reach,a,local,directory.example/a\n", 2, "`url` must be the address of the page"),
        (HEAD + 'reach,"a,local\n', 2, "is not CSV"),
        ((HEAD + "region,Li\xe8ge,BE-WLG\n").encode("latin-1"), 2, "is not UTF-8. Save it as CSV UTF-8"),
    ],
)
def test_what_it_may_not_say_is_told_with_its_line(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    message = refused(tmp_path, text)
    assert message.startswith(f"{line}: ") and said in message


@pytest.mark.parametrize(
    ("column", "normal"),
    [
        ("country", "Belgium"),
        ("country", "be"),
        ("country", "BEL"),
        ("region", "Brussels"),
        ("region", "be-bru"),
        ("name", "french"),
        ("name", "EN"),
        ("name", "en: Quay House"),
        ("name", "qq"),
        ("languages", "nld"),
        ("languages", "Dutch"),
        ("languages", "nl, fr"),
        ("languages", ";"),
        ("service_type", " ; "),
        ("organization_type", "charity"),
        ("reach", "Local"),
        ("phone", "02 555 01 00"),
        ("phone", "+32"),
        ("phone", "+999123456"),
        ("fax", "+3225550100 ext 2"),
        ("email", "office@"),
        ("email", "Office@quay.example"),
        ("url", "quay.example"),
        ("url", "https:///path"),
        ("address", "Kaai 1, Gent"),
        ("address", "town: Gent"),
        ("address", "city: Gent; city: Brugge"),
        ("address", "city: Gent; country: Belgium"),
        ("address", "city:"),
    ],
)
def test_a_normal_form_must_be_one_of_its_column(tmp_path: Path, column: str, normal: str) -> None:
    message = refused(tmp_path, f'{HEAD}{column},Harbour House,"{normal}"\n')
    assert message.startswith(f"2: {normal.strip()!r} is no normal form of {column}. Write ")


@pytest.mark.parametrize(
    ("column", "normal"),
    [
        ("country", "XK"),
        ("region", "CH-BE"),
        ("name", "pt-BR"),
        ("name", "zh-Hant"),
        ("name", "und"),
        ("name", "en: Harbour House; acronym: House"),
        ("languages", "nl; ary"),
        ("law_enforcement_relations", "none"),
        ("phone", "112"),
        ("phone", "+3225550100;ext=12"),
        ("email", "office@quay.example"),
        ("url", "https://quay.example/a?b=c"),
        ("address", "street: Kaai 1, bus 2; postcode: 9000; city: Gent; region: x; country: BE"),
        *((column, "") for column in COLUMNS),
    ],
)
def test_normal_forms_that_are(tmp_path: Path, column: str, normal: str) -> None:
    (entry,) = load_lookups(written(tmp_path, f'{HEAD}{column},Harbour House,"{normal}"\n')).entries
    assert (entry.column, entry.normal) == (column, normal)


def test_the_closed_lists_are_those_of_the_vocabulary_and_of_the_model() -> None:
    terms = load_vocabulary("terms")
    assert set(ORGANIZATION_TYPES) == set(terms["organization_type"])
    assert set(REACHES) == set(terms["reach"])
    assert set(get_args(ContactType)) < set(COLUMNS)
    assert tuple(part.name for part in fields(Address)) == ADDRESS_PARTS


@given(
    st.one_of(st.binary(max_size=60), st.text('",;\n\r\x00ab', max_size=40).map(lambda text: (HEAD + text).encode()))
)
@settings(deadline=None, derandomize=True)
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("source")
    try:
        load_lookups(written(folder, data))
    except SourceError as error:
        assert str(error).startswith(f"{folder / 'lookups.csv'}:")


# --- a page


def lines_of(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> Source:
    """A source with these rows: column, printed, normal, and the page that they count on."""
    entries = (Lookup(row[0], row[1], row[2], n, row[3] if len(row) > 3 else None) for n, row in enumerate(rows, 2))
    return Source("quay", "https://directory.example/", country="BE", lookups=Lookups(tuple(entries), "0" * 64))


def read(source: Source, *labelled: tuple[str, str], url: str = PAGE) -> Listing:
    """The listing of a page with these labels and values, and some that make it one."""
    rows = "".join(f"<p><strong>{label}:</strong> {value}</p>" for label, value in labelled)
    more = "<p><strong>Areas served:</strong> Flanders</p><p><strong>Motto:</strong> Onward</p>"
    (listing,) = parse(read_page(f"<main><h1>Quay House</h1>{rows}{more}</main>".encode(), url, "text/html"), source)
    return listing


def reached(listing: Listing) -> list[tuple[str, str, object]]:
    return [(contact.type, contact.status, contact.normalized) for contact in listing.normalized.contacts]


def problems(listing: Listing) -> list[tuple[str, str]]:
    return [(problem.kind, problem.seen) for problem in listing.problems]


@pytest.mark.parametrize(
    ("label", "value", "row", "attribute", "wanted"),
    [
        ("Country", "The low lands", ("country", "The low lands", "NL"), "country", "NL"),
        ("Country", "Belgium", ("country", "belgium", "LU"), "country", "LU"),
        ("Region", "Bxl", ("region", "Bxl", "BE-BRU"), "region", "BE-BRU"),
        ("Reach", "Everywhere we can", ("reach", "Everywhere we can", "national"), "reach", "national"),
        ("Type of organisation", "Guild", ("organization_type", "Guild", "private"), "organization_type", "private"),
    ],
)
def test_a_code_is_set_and_nothing_is_unparsed_any_more(
    label: str, value: str, row: tuple[str, str, str], attribute: str, wanted: str
) -> None:
    listing = read(lines_of(row), (label, value), ("Languages", "Dutch"))
    term = getattr(listing.normalized, attribute)
    assert (term.text, term.code) == (value, wanted)
    assert listing.text[term.start : term.end] == value
    assert {field.status for field in listing.fields} == {"stated"}
    assert problems(listing) == []
    (made,) = listing.overrides
    assert (made.column, made.printed, made.normal, made.line) == (row[0], value, row[2], 2)


def test_items_of_a_list_are_set_one_by_one_and_one_may_be_several() -> None:
    source = lines_of(
        ("languages", "NL FR", "nl; fr"),
        ("service_type", "Nachtopvang", "Night shelter"),
        ("areas_served", "Flanders", "Vlaanderen"),
    )
    listing = read(source, ("Languages", "NL FR, English"), ("Services", "Nachtopvang; Advice"))
    assert [(term.text, term.code) for term in listing.normalized.languages] == [
        ("NL FR", "nl"),
        ("NL FR", "fr"),
        ("English", "en"),
    ]
    assert [term.shown for term in listing.normalized.service_types] == ["Night shelter", "Advice"]
    assert [term.shown for term in listing.normalized.areas_served] == ["Vlaanderen"]
    assert problems(listing) == []


def test_a_value_under_a_label_of_two_facts_may_be_moved_to_the_other() -> None:
    source = lines_of(("languages", "NL FR", "nl; fr"))
    before = read(lines_of(), ("Areas served, languages", "Ghent; NL FR"), ("Country", "Belgium"))
    assert "NL FR" in [term.text for term in before.normalized.areas_served]
    listing = read(source, ("Areas served, languages", "Ghent; NL FR"), ("Country", "Belgium"))
    assert [term.code for term in listing.normalized.languages] == ["nl", "fr"]
    assert "NL FR" not in [term.text for term in listing.normalized.areas_served]


CONTACTS = ("Contact details", "Achter de molen<br>Tel: 02 555 01 0<br>call us on oh-two<br>Fax: 02 555 01 01")


def test_contacts_are_mended_added_and_told_what_they_are() -> None:
    before = read(lines_of(), ("Country", "Belgium"), CONTACTS)
    assert {kind for kind, _ in problems(before)} == {"unparsed-phone", "unread-contact-line"}
    source = lines_of(
        ("phone", "02 555 01 0", "+3225550100"),
        ("phone", "call us on oh-two", "112"),
        ("phone", "02 555 01 01", "+3225550101"),
        ("address", "Achter de molen", "street: Achter de Molen; city: Gent; country: BE"),
    )
    listing = read(source, ("Country", "Belgium"), CONTACTS)
    assert problems(listing) == []
    assert reached(listing) == [
        ("address", "stated", Address("Achter de Molen", None, "Gent", None, "BE")),
        ("phone", "stated", "+3225550100"),
        ("phone", "stated", "112"),
        ("phone", "stated", "+3225550101"),
    ]
    for contact in listing.normalized.contacts:
        assert listing.text[contact.start : contact.end] == contact.value


def test_a_whole_value_of_several_lines_may_be_one_address() -> None:
    source = lines_of(("address", "Achter de molen Huis 3", "street: Huis 3; city: Gent"))
    listing = read(source, ("Country", "Belgium"), ("Address", "Achter de molen<br>Huis 3"))
    assert reached(listing) == [("address", "stated", Address("Huis 3", None, "Gent"))]
    assert listing.normalized.contacts[0].value == "Achter de molen\nHuis 3"


def test_a_number_for_telephone_and_fax_keeps_what_no_row_sets() -> None:
    number = ("Tel/Fax", "02 555 01 01")
    source = lines_of(("fax", "02 555 01 01", "+3225550199"))
    listing = read(source, ("Country", "Belgium"), ("Languages", "Dutch"), number)
    before = read(lines_of(), ("Country", "Belgium"), ("Languages", "Dutch"), number)
    assert [kind for kind, _, _ in reached(before)] == ["phone", "fax"]
    assert ("fax", "stated", "+3225550199") in reached(listing)
    assert [kind for kind, _, _ in reached(listing)] == ["phone", "fax"]


def test_names_are_told_by_language_and_taken_apart() -> None:
    source = lines_of(
        ("name", "Maison du Port  Harbour House MDP", "fr: Maison du Port; en: Harbour House; acronym: MDP")
    )
    listing = read(source, ("Name", "Maison du Port Harbour House MDP"), ("Country", "Belgium"))
    assert [(name.text, name.lang, name.kind) for name in listing.normalized.names] == [
        ("Maison du Port", "fr", "name"),
        ("Harbour House", "en", "name"),
        ("MDP", None, "acronym"),
    ]
    for name in listing.normalized.names:
        assert listing.text[name.start : name.end] == name.text
    whole = read(lines_of(("name", "Kade – Quai", "nl")), ("Name", "Kade – Quai"), ("Country", "Belgium"))
    assert [(name.text, name.lang) for name in whole.normalized.names] == [("Kade – Quai", "nl")]
    heading = read(lines_of(("name", "Quay House", "acronym")), ("Country", "Belgium"), ("Reach", "Local"))
    assert [(name.text, name.kind) for name in heading.normalized.names] == [("Quay House", "acronym")]


def test_an_empty_normal_form_says_that_the_value_is_nothing() -> None:
    source = lines_of(("reach", "n/a", ""), ("languages", "please ask", ""), ("phone", "02 555 01 01", ""))
    listing = read(source, ("Reach", "n/a"), ("Languages", "Dutch, please ask"), ("Country", "Belgium"), CONTACTS)
    assert listing.normalized.reach is None
    assert [term.code for term in listing.normalized.languages] == ["nl"]
    assert "02 555 01 01" not in [contact.value for contact in listing.normalized.contacts]
    assert {field.status for field in listing.fields} == {"stated"}
    row = records_of(listing)["listings"][0]
    assert (row["reach"], row["reach_status"]) == (None, "blank")
    assert row["languages_status"] == "stated"


def test_a_row_for_a_page_counts_there_alone_and_wins() -> None:
    source = lines_of(("region", "Bxl", "BE-BRU"), ("region", "Bxl", "BE-VLG", PAGE))
    here, there = (
        read(source, ("Region", "Bxl"), ("Country", "Belgium"), url=url) for url in (PAGE.rstrip("/"), f"{PAGE}2")
    )
    assert here.normalized.region and here.normalized.region.code == "BE-VLG"
    assert there.normalized.region and there.normalized.region.code == "BE-BRU"


def test_printed_exactly_so_wins_over_printed_otherwise() -> None:
    source = lines_of(("region", "bxl", "BE-VLG"), ("region", "Bxl", "BE-BRU"), ("region", "l’Oost", "BE-VOV"))
    for printed, code in (("Bxl", "BE-BRU"), ("BXL", "BE-VLG"), ("L'&nbsp;Oost", None), ("L'OOST", "BE-VOV")):
        listing = read(source, ("Region", printed), ("Country", "Belgium"))
        assert listing.normalized.region and listing.normalized.region.code == code, printed


def test_the_country_of_a_link_to_a_category_may_be_set() -> None:
    body = b'<main><h1>Quay House</h1><a rel="tag" href="/c">Georgia</a><p><b>Languages:</b> English</p><p><b>Reach:</b> Local</p>'
    page = read_page(body, PAGE, "text/html")
    codes = []
    for source in (lines_of(), lines_of(("country", "Georgia", "US"))):
        (listing,) = parse(page, source)
        codes.append(listing.normalized.country and listing.normalized.country.code)
    assert codes == ["GE", "US"]


words = st.sampled_from("Bxl;NL FR;n/a;Kaai 1;02 555 01 0;Gent;Quay House;112".split(";"))
NORMAL = {"phone": "+3225550100", "languages": "nl; fr", "region": "BE-BRU", "address": "city: Gent", "name": "nl"}


@given(
    st.lists(st.tuples(st.sampled_from(sorted(NORMAL)), words, st.booleans()), max_size=6),
    st.lists(
        st.tuples(
            st.sampled_from(["Contact", "Region", "Languages", "Name", "Areas served, languages"]),
            st.lists(words, min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=5,
    ),
)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_whatever_is_set_stands_where_it_claims(
    entries: Sequence[tuple[str, str, bool]], labelled: Sequence[tuple[str, list[str]]]
) -> None:
    source = lines_of(*{(c, p): (c, p, NORMAL[c] if set_ else "") for c, p, set_ in entries}.values())
    listing = read(source, ("Country", "Belgium"), *((label, "<br>".join(value)) for label, value in labelled))
    values = listing.normalized
    placed: list[Any] = [*values.languages, *values.areas_served, *values.names]
    placed += [values.region] if values.region else []
    for item in placed:
        assert listing.text[item.start : item.end] == item.text
    for contact in values.contacts:
        assert contact.start < contact.end
    for made in listing.overrides:
        assert listing.text[made.start : made.end] == made.printed


# --- a release


def records_of(*listings: Listing) -> dict[str, list[dict[str, Any]]]:
    page = building.ParsedPage(url=PAGE, fetched_at=records.CRAWLED, listings=listings)
    return {name: table.to_pylist() for name, table in building.rows([page], records.source()).items()}


def test_a_release_tells_what_was_set_where_and_why() -> None:
    entry = Lookup("phone", "02 555 01 0", "+3225550100", 7, None, "a digit is missing on the page")
    services = Lookup("service_type", "Nachtopvang", "Night shelter", 8)
    source = Source("quay", "", lookups=Lookups((entry, services), "0" * 64))
    found = records_of(read(source, ("Country", "Belgium"), ("Services", "Nachtopvang; Night shelter"), CONTACTS))
    row = found["listings"][0]
    assert (row["phone"], row["phone_status"], row["set_by_hand"]) == (
        "+3225550100",
        "stated",
        ["phone", "service_type"],
    )
    assert (row["service_types"], row["service_types_status"]) == (["Night shelter"], "stated")
    told = [problem for problem in found["problem"] if problem["kind"] == "set-by-hand"]
    assert sorted((p["seen"], p["advice"]) for p in told) == [
        ("02 555 01 0", "lookups.csv:7 sets phone to +3225550100: a digit is missing on the page"),
        ("Nachtopvang", "lookups.csv:8 sets service_type to Night shelter"),
    ]
    text = found["page"][0]["text"]
    assert all(text[problem["start"] : problem["end"]] == problem["seen"] for problem in told)
    ties = {a["value"]: a["taxonomy_term_id"] for a in found["attribute"] if a["link_type"] == "service_type"}
    assert len(set(ties.values())) == 1 and set(ties) == {"Nachtopvang", "Night shelter"}
    assert row["problems"] == sum(p["kind"] not in ("set-by-hand", "assumed") for p in found["problem"])


def test_rows_that_match_nothing_are_in_the_release_and_among_the_findings(tmp_path: Path) -> None:
    entries = tuple(Lookup("reach", f"word {n}", "local", n) for n in range(2, 10))
    source = records.source(lookups=Lookups(entries, "ab" * 32))
    parts = [
        building.write_part(tmp_path / "parts" / "0", building.rows(records.pages(2), source)),
        building.write_part(tmp_path / "parts" / "1", building.unmatched_rows(source, {2, 3})),
    ]
    staged = stage(tmp_path / "quay", parts, source, records.CRAWLED)
    table = pq.read_table(staged / "problem.parquet").to_pylist()
    stale = [row for row in table if row["kind"] == "unmatched-lookup"]
    assert {row["url"] for row in stale} == {f"lookups.csv:{n}" for n in range(4, 10)}
    assert {(row["listing_id"], row["page_id"]) for row in stale} == {(None, None)}
    (finding,) = check(staged, source)
    assert (finding.severity, finding.where.split(", ")[0]) == ("warning", "lookups.csv:4")
    assert finding.what.startswith("6 rows match nothing any more: reach: word 4; ")
    package = json.loads((staged / "datapackage.json").read_text("utf-8"))
    assert package["lookups"] == {"path": "lookups.csv", "hash": f"sha256:{'ab' * 32}"}


def test_the_lookups_of_the_example_directory_all_match() -> None:
    folder = Path(__file__).parent.parent / "examples" / "directory"
    source = load_source(folder)
    matched = set()
    for file in sorted((folder / "site").rglob("*.html")):
        url = f"http://site.localhost/{file.relative_to(folder / 'site').as_posix()}"
        for listing in parse(read_page(file.read_bytes(), url, None), source):
            matched |= {made.line for made in listing.overrides}
    assert matched == {entry.line for entry in source.lookups.entries} != set()


def test_a_contact_keeps_its_audience_and_note() -> None:
    source = lines_of(("phone", "02 555 01 0", "+3225550100"))
    label = "Contact details for people seeking help"
    listing = read(source, ("Country", "Belgium"), (label, "Tel: 02 555 01 0 (24/7)"), ("Languages", "Dutch"))
    (contact,) = [c for c in listing.normalized.contacts if isinstance(c, Contact)]
    assert (contact.audience, contact.normalized) == ("seeking_help", "+3225550100")
    assert contact.note == "24/7"
