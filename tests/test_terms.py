from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.folding import load_vocabulary
from parsers.model import Line
from parsers.terms import areas, areas_and_languages, items, language_code, languages, organization_type, reach

LANGUAGES = {"en", "fr", "nl", "de", "es", "it", "pt", "sv", "da", "pl", "ro", "tr", "ar", "ru", "el"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Advice / Support", ["Advice", "Support"]),
        ("Advice; Support, housing; Work", ["Advice", "Support, housing", "Work"]),
        ("Advice / Support, housing", ["Advice", "Support, housing"]),
        ("Advice, Support", ["Advice", "Support"]),
        ("Advice | Support | ", ["Advice", "Support"]),
        ("Advice (legal, social / other), Support", ["Advice (legal, social / other)", "Support"]),
        ("Advice (legal, Support", ["Advice (legal", "Support"]),
        ("Help 24/7 and/or visits", ["Help 24/7 and/or visits"]),
        ("Auvergne-Rhône-Alpes", ["Auvergne-Rhône-Alpes"]),
        ("Jal., B.C.", ["Jal.", "B.C."]),
        ("Advice, support.", ["Advice", "support"]),
        ("نصيحة، دعم", ["نصيحة", "دعم"]),
        ("", []),
        (" ; / , ", []),
    ],
)
def test_items(text: str, expected: list[str]) -> None:
    found = items(Line(text, 11))
    assert [term.text for term in found] == expected
    assert all(text[term.start - 11 : term.end - 11] == term.text for term in found)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("French, English, Arabic, Haitian Creole", ["fr", "en", "ar", "ht"]),
        ("Français, NEDERLANDS", ["fr", "nl"]),
        ("Deutsch / Englisch und Russisch", ["de", "en", "ru"]),
        ("español; inglés", ["es", "en"]),
        ("italiano e francese", ["it", "fr"]),
        ("Svenska, arabiska och somaliska", ["sv", "ar", "so"]),
        ("polski, українська", ["pl", "uk"]),
        ("русский, английский", ["ru", "en"]),
        ("العربية، الفرنسية", ["ar", "fr"]),
        ("Ελληνικά, Αγγλικά", ["el", "en"]),
        ("Türkçe, Kürtçe", ["tr", "ku"]),
        ("Dari", ["prs"]),
        ("Tamazight", ["zgh"]),
        ("Berber", ["ber"]),
        ("Papiamento", ["pap"]),
        ("Tigrinya", ["ti"]),
        ("Sami", ["se"]),
        ("Sicilian", ["scn"]),
        ("Sorani", ["ckb"]),
        ("Kurdish (Kurmanji)", ["ku"]),
        ("Kiswahili", ["sw"]),
        ("NL/FR", ["nl", "fr"]),
        ("Bosnian/Croatian/Serbian", ["hbs"]),
        ("Xyzzyish", [None]),
        ("French and others", ["fr", None]),
    ],
)
def test_languages(text: str, codes: list[str | None]) -> None:
    found = languages(Line(text, 5))
    assert [term.code for term in found] == codes
    assert all(text[term.start - 5 : term.end - 5] == term.text for term in found)


@pytest.mark.parametrize("name", ["French language", "Français.", "FRANZÖSISCH", "francuski"])
def test_one_language_by_many_names(name: str) -> None:
    assert language_code(name) == "fr"


@pytest.mark.parametrize(
    ("text", "expected_areas", "codes"),
    [
        ("South of Luxembourg; French, German, English", ["South of Luxembourg"], ["fr", "de", "en"]),
        ("Harbour Region", ["Harbour Region"], []),
        ("Dutch, French", [], ["nl", "fr"]),
        ("Limburg; Dutch", ["Limburg"], ["nl"]),
        ("Lyon, Vienne / Français", ["Lyon", "Vienne"], ["fr"]),
    ],
)
def test_areas_and_languages(text: str, expected_areas: list[str], codes: list[str]) -> None:
    found_areas, found_languages = areas_and_languages(Line(text, 0))
    assert [term.text for term in found_areas] == expected_areas
    assert [term.code for term in found_languages] == codes


def test_areas() -> None:
    assert [(term.text, term.code) for term in areas(Line("Luxembourg, Saarland", 0))] == [
        ("Luxembourg", "LU"),
        ("Saarland", None),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Government", "government"),
        ("Non-governmental organization", "ngo"),
        ("NGO", "ngo"),
        ("Association (non-profit)", "ngo"),
        ("Registered association", "ngo"),
        ("Foundation", "ngo"),
        ("Charity", "ngo"),
        ("Self-help group", "ngo"),
        ("Private foundation", "ngo"),
        ("gemeinnützige GmbH", "ngo"),
        ("GmbH", "private"),
        ("Sportverein", "ngo"),
        ("ASBL / VZW", "ngo"),
        ("Association loi 1901", "ngo"),
        ("Cooperative", "private"),
        ("Genossenschaft", "private"),
        ("Gemeinschaftspraxis", "private"),
        ("Commune", "government"),
        ("State institution", "government"),
        ("Public body", "government"),
        ("Kommunal", "government"),
        ("Государственное учреждение", "government"),
        ("بلدية", "government"),
        ("University institute", "academic"),
        ("Hochschule", "academic"),
        ("University hospital", "health"),
        ("Szpital", "health"),
        ("Intergovernmental", "intergovernmental"),
        ("Διεθνής οργανισμός", "intergovernmental"),
        ("Government / NGO", None),
        ("Miscellaneous", None),
        ("", None),
    ],
)
def test_organization_type(text: str, code: str | None) -> None:
    term = organization_type(Line(text, 2))
    assert (term.text, term.code, term.start, term.end) == (text, code, 2, 2 + len(text))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Local", "local"),
        ("Locale", "local"),
        ("Local / Lokaal", "local"),
        ("Régional", "regional"),
        ("Überregional", "regional"),
        ("Nationwide", "national"),
        ("bundesweit", "national"),
        ("Landesweit", "national"),
        ("landelijk", "national"),
        ("Ulusal", "national"),
        ("National and international", "international"),
        ("Международный", "international"),
        ("Διεθνές", "international"),
        ("Wherever needed", None),
    ],
)
def test_reach(text: str, code: str | None) -> None:
    assert reach(Line(text, 0)).code == code


@pytest.mark.parametrize("name", ["organization_type", "reach"])
def test_closed_lists_have_every_language(name: str) -> None:
    for code, by_language in load_vocabulary("terms")[name].items():
        assert set(by_language) >= LANGUAGES, code
        assert all(isinstance(word, str) for words in by_language.values() for word in words), code


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.text("ab AND()/,;|.& français", max_size=40))
def test_terms_lie_in_order_in_the_line(text: str) -> None:
    line = Line(text, 3)
    for found in (items(line), languages(line), areas(line)):
        assert all(text[term.start - 3 : term.end - 3] == term.text for term in found)
        assert all(a.end <= b.start for a, b in pairwise(found))
    assert organization_type(line).text == text.strip()
