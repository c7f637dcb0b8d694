from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.folding import fold, load_vocabulary
from parsers.labels import LabelMatch, match
from sources.source import KEYS

LANGUAGES = {"en", "fr", "nl", "de", "es", "it", "pt", "sv", "da", "pl", "ro", "tr", "ar", "ru", "el"}


@pytest.mark.parametrize(
    ("label", "key", "kind"),
    [
        ("Country:", "country", None),
        ("  COUNTRY  :", "country", None),
        ("Country\u00a0:", "country", None),
        ("Land", "country", None),
        ("Ülke", "country", None),
        ("ÜLKE", "country", None),
        ("İLETİŞİM", "contact_details", None),
        ("Ulke", "country", None),
        ("Region / City", "region", None),
        ("Type of  Organization", "organization_type", None),
        ("Nom de l’organisation", "organization_name", None),
        ("Nom de l'organisation", "organization_name", None),
        ("Numero di telefono", "contact_details", "phone"),
        ("Tél.", "contact_details", "phone"),
        ("TEL", "contact_details", "phone"),
        ("Téléc.", "contact_details", "fax"),
        ("Belgegeçer", "contact_details", "fax"),
        ("Courriel :", "contact_details", "email"),
        ("E-Mail-Adresse", "contact_details", "email"),
        ("البريد الإلكتروني:", "contact_details", "email"),
        ("Hjemmeside", "contact_details", "url"),
        ("Διεύθυνση", "contact_details", "address"),
        ("Hotline", "contact_seeking_help", "phone"),
        ("Hotline 24/7", "contact_seeking_help", "phone"),
        ("NEED HELP ?", "contact_seeking_help", None),
        ("¿Necesitas ayuda?", "contact_seeking_help", None),
        ("Besoin d’aide ?", "contact_seeking_help", None),
        ("Телефон доверия", "contact_seeking_help", "phone"),
        ("Language(s)", "languages", None),
        ("Sprache(n)", "languages", None),
        ("Obszar działania", "areas_served", None),
        ("Areas Served, Languages Operating in", "areas_served_languages", None),
        ("Zone desservie & langues", "areas_served_languages", None),
        ("Opening hours", "other", None),
        ("Telephone (office)", "contact_details", "phone"),
        ("Phone 2:", "contact_details", "phone"),
    ],
)
def test_label_is_known(label: str, key: str, kind: str | None) -> None:
    found = match(label)
    assert found is not None
    assert (found.key, found.kind) == (key, kind)


@pytest.mark.parametrize(
    ("label", "key", "kind"),
    [
        ("Pays / Land", "country", None),
        ("Nom / Naam", "organization_name", None),
        ("Portée / Bereik", "reach", None),
        ("Langues | Talen", "languages", None),
        ("Tél./Tel.", "contact_details", "phone"),
        ("Organisationsform / Xyzzy", "organization_type", None),
        ("Phone/Fax", "contact_details", "phone_fax"),
        ("Tel. & Fax", "contact_details", "phone_fax"),
        ("Name and address", "contact_details", None),
        ("Nom et adresse", "contact_details", None),
    ],
)
def test_label_of_two_parts(label: str, key: str, kind: str | None) -> None:
    assert match(label) == LabelMatch(key, kind, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "label", ["", " : ", "Note", "Warning", "Country / Languages", "Our country is large", "12", "()"]
)
def test_what_nobody_knows_is_not_guessed(label: str) -> None:
    assert match(label) is None


def test_language_of_a_label() -> None:
    assert match("Nederlands") is None
    assert getattr(match("Langues"), "lang", "") == "fr"
    assert getattr(match("Contact"), "lang", "") is None, "a word of several languages"


def test_labels_of_the_source_win() -> None:
    own = {"Reachout Power": "reach", "Land": "region", "Rufnummer": "contact_details"}
    assert match("reachout  power :", own) == LabelMatch("reach")
    assert getattr(match("Land", own), "key", "") == "region"
    assert getattr(match("Rufnummer", own), "kind", "") == "phone"
    assert getattr(match("Language", own), "key", "") == "languages"


def test_vocabulary_has_every_key_and_language() -> None:
    entries = load_vocabulary("labels")
    assert {entry["key"] for entry in entries} == set(KEYS)
    for entry in entries:
        if entry["key"] != "areas_served_languages":
            assert set(entry["labels"]) >= LANGUAGES, (entry["key"], entry.get("kind"))


def test_vocabulary_holds_each_label_under_one_key() -> None:
    seen: dict[str, tuple[str, str | None]] = {}
    for entry in load_vocabulary("labels"):
        for labels in entry["labels"].values():
            for label in labels:
                assert isinstance(label, str), f"{label!r}: quote it"
                meaning = (entry["key"], entry.get("kind"))
                assert seen.setdefault(fold(label), meaning) == meaning, label


def test_every_label_of_the_vocabulary_is_found() -> None:
    for entry in load_vocabulary("labels"):
        for labels in entry["labels"].values():
            for label in labels:
                found = match(f" {label.upper()} :") if label.upper().lower() == label.lower() else match(label)
                assert found is not None, label
                assert (found.key, found.kind) == (entry["key"], entry.get("kind")), label


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(max_size=60))
def test_any_text_has_an_answer(label: str) -> None:
    found = match(label)
    assert found is None or found.key in KEYS
    assert match(f"{label}:") == found
