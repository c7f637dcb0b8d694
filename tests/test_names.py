"""A printed name -> names by language and acronyms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.listing import parse
from parsers.model import Line
from parsers.names import names
from parsers.page import read_page
from sources.source import Source

_START = 40
_URL = "https://quay.example/1"


def _read(text: str, languages: tuple[str, ...] = (), country: str | None = None) -> list[tuple[str, str | None]]:
    found = names(Line(text, _START), languages, country)
    assert all((name.kind == "acronym") == (name.lang is None) for name in found)
    assert all(text[name.start - _START : name.end - _START] == name.text for name in found)
    return [(name.text, name.lang) for name in found]


@pytest.mark.parametrize("sign", [" – ", " — ", " - ", " / ", " | ", "\n"])
def test_translations_side_by_side(sign: str) -> None:
    text = f"Maison des Tilleuls{sign}Het Lindehuis"
    assert _read(text, ("en", "fr"), "BE") == [("Maison des Tilleuls", "fr"), ("Het Lindehuis", "nl")]


def test_a_translation_in_parentheses() -> None:
    assert _read("Föreningen Nya Vägen (New Path Association)", ("en", "sv"), "SE") == [
        ("Föreningen Nya Vägen", "sv"),
        ("New Path Association", "en"),
    ]


def test_an_acronym_then_translations() -> None:
    text = "OJB-WJB (Observatoire de la Jeunesse – Waarnemingscentrum voor de Jeugd – Youth Observatory)"
    assert _read(text, ("en", "fr"), "BE") == [
        ("OJB-WJB", None),
        ("Observatoire de la Jeunesse", "fr"),
        ("Waarnemingscentrum voor de Jeugd", "nl"),
        ("Youth Observatory", "en"),
    ]


def test_several_names_in_parentheses() -> None:
    text = "Yeni Umut Derneği (Association of New Hope, YUD)"
    assert _read(text, ("en", "tr"), "TR") == [
        ("Yeni Umut Derneği", "tr"),
        ("Association of New Hope", "en"),
        ("YUD", None),
    ]


@pytest.mark.parametrize(
    ("text", "acronym"),
    [
        ("Association des Parents du Lac (APL)", "APL"),
        ("Collectif Familles Solidaires (CFS 69)", "CFS 69"),
        ("Réseau d’Écoute pour Tous (RéÉT)", "RéÉT"),
        ("Centre de Secours et d’Aide [C.S.A.]", "C.S.A."),
        ("Maison Ouverte aux Jeunes | MOJ", "MOJ"),
    ],
)
def test_an_acronym_beside_a_name(text: str, acronym: str) -> None:
    found = _read(text, ("fr",), "FR")
    assert [lang for _, lang in found] == ["fr", None]
    assert found[1][0] == acronym


def test_an_acronym_before_its_name() -> None:
    assert _read("FRC (Family Refuge Centre)", ("en",), "GB") == [("FRC", None), ("Family Refuge Centre", "en")]
    assert _read("FRC – Family Refuge Centre", ("en",), "GB") == [("FRC", None), ("Family Refuge Centre", "en")]
    assert _read("FRC, Family Refuge Centre", ("en",), "GB") == [("FRC", None), ("Family Refuge Centre", "en")]


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Beacon House (Norwich) Ltd", "GB"),
        ("Beacon House (Norwich)", "GB"),
        ("Beacon House, Norwich and District", "GB"),
        ("Anglo-Saxon Street Project", "GB"),
        ("Beacon House Inc.", "US"),
        ("Haus Linde gGmbH", "DE"),
        ("Haus Linde e.V.", "DE"),
        ("Haus Linde (gGmbH)", "DE"),
        ("Sportello Ponte – Comune di Porto Vecchio", "IT"),
        ("Casa Ceiba A.C.", "MX"),
        ("Stichting De Brug", "NL"),
    ],
)
def test_one_name_stays_whole(text: str, country: str) -> None:
    assert [name for name, _ in _read(text, ("en",), country)] == [text]


def test_a_line_in_capitals_holds_no_acronyms() -> None:
    assert _read("MAISON DES TILLEULS – HET LINDEHUIS", ("fr", "nl"), "BE") == [
        ("MAISON DES TILLEULS", "fr"),
        ("HET LINDEHUIS", "nl"),
    ]


def test_the_country_says_which_languages_to_expect() -> None:
    text = "Hëllefszentrum Miersch (Centre d’Aide de Mersch)"
    assert _read(text, ("en",), "LU") == [("Hëllefszentrum Miersch", "lb"), ("Centre d’Aide de Mersch", "fr")]
    # Latvian is neither on the page nor hinted at by anything but the country.
    assert _read("Cerību nams / Дом надежды", ("en", "ru"), "LV") == [("Cerību nams", "lv"), ("Дом надежды", "ru")]


@pytest.mark.parametrize("country", [None, "ZZ", "not a country"])
def test_an_unknown_country_is_no_obstacle(country: str | None) -> None:
    assert _read("Family Refuge Centre", (), country) == [("Family Refuge Centre", "en")]


@pytest.mark.parametrize("text", ["", "  ", "–", " ( ) / "])
def test_nothing_printed_is_no_name(text: str) -> None:
    assert _read(text) == []


def test_what_nobody_can_tell_is_undetermined() -> None:
    assert _read("4711") == [("4711", "und")]


_PIECES = st.one_of(
    st.sampled_from(
        ["Haus", "Maison", "ABC", " – ", " / ", " | ", "(", ")", ", ", " ", "\n", "e.V.", "بيت", "Дом", "«", "»", "vzw"]
    ),
    st.text(max_size=6),
)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.lists(_PIECES, max_size=9).map("".join), st.sampled_from([None, "BE", "ZZ"]))
def test_any_line_is_taken_apart_in_order(text: str, country: str | None) -> None:
    found = names(Line(text, _START), ("en", "fr"), country)
    last = _START
    for name in found:
        assert last <= name.start < name.end <= _START + len(text)
        assert text[name.start - _START : name.end - _START] == name.text == name.text.strip()
        last = name.end
    # Nothing that could be a word is lost.
    kept = "".join(name.text for name in found)
    assert sorted(c for c in text if c.isalnum()) == sorted(c for c in kept if c.isalnum())


@pytest.mark.parametrize("title", ["Quay House – Register", "Register | Quay House", "Register » Q » Quay House"])
def test_without_a_first_heading_the_line_that_the_title_repeats_names_the_listing(title: str) -> None:
    html = f"""<title>{title}</title><p>Register</p><h2>Quay House (QH)</h2><p><b>Country:</b> Belgium</p>
    <p><b>Languages:</b> Dutch</p><p><b>Phone:</b> 02 555 01 11</p>"""
    (found,) = parse(
        read_page(html.replace("<p>Register</p>", '<p><a href="/">Register</a></p>').encode(), _URL),
        Source("quay", _URL),
    )
    assert found.normalized.names[0].text == "Quay House"


def test_plain_text_is_named_by_its_first_line_where_that_stands_alone() -> None:
    lines = (
        "QUAY HOUSE",
        "",
        "Country: Belgium",
        "Languages: Dutch",
        "Phone: 02 555 01 11",
        "",
        "Description:",
        "We help families.",
    )
    (found,) = parse(read_page("\r\n".join(lines).encode(), _URL, "text/plain"), Source("quay", _URL))
    assert [name.text for name in found.normalized.names] == ["QUAY HOUSE"]
    assert [description.text for description in found.descriptions] == ["We help families."]
    assert found.problems == ()
