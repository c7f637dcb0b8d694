from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.addresses import find_addresses
from parsers.model import Address, Line, Term
from parsers.places import country, country_by_form, country_code, region


def lines(text: str, start: int = 0) -> list[Line]:
    found = []
    for line in text.split("\n"):
        found.append(Line(line, start))
        start += len(line) + 1
    return found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Belgium", "BE"),
        ("Belgium / Belgique", "BE"),
        ("Schweiz (Suisse)", "CH"),
        ("The Netherlands", "NL"),
        ("les Pays-Bas", "NL"),
        ("UK", "GB"),
        ("Scotland", "GB"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("Türkiye", "TR"),
        ("TURKEY", "TR"),
        ("Deutschland.", "DE"),
        ("Österreich", "AT"),
        ("Osterreich", "AT"),
        ("Côte d’Ivoire", "CI"),
        ("Ελλάδα", "GR"),
        ("Россия", "RU"),
        ("المغرب", "MA"),
        ("日本", "JP"),
        ("Ubelgiji", "BE"),
        ("LUX", "LU"),
        ("MX", "MX"),
        ("Kosovo", "XK"),
        ("Czech Republic", "CZ"),
        ("Belgium and France", None),
        ("France / Spain", None),
        ("Atlantis", None),
        ("us", None),
        ("in", None),
        ("", None),
    ],
)
def test_country(text: str, code: str | None) -> None:
    found = country(text)
    assert (found and found.code) == code


def test_country_has_its_place() -> None:
    assert country("  Italy ", 40) == Term("Italy", "IT", 42, 47)


def test_codes_are_no_countries_in_addresses() -> None:
    assert country_code("DE") is None
    assert country_code("Italia") == "IT"


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("Kassel, Hessen", "DE", "DE-HE"),
        ("Innsbruck, Tirol", "AT", "AT-7"),
        ("Melbourne, Victoria", "AU", "AU-VIC"),
        ("Montréal, Québec", "CA", "CA-QC"),
        ("Bruxelles-Capitale", "BE", "BE-BRU"),
        ("Jalisco", None, "MX-JAL"),
        ("Limburg", None, None),  # in Belgium and in the Netherlands
        ("Limburg", "NL", "NL-LI"),
        ("Lakeside", "US", None),
    ],
)
def test_region(text: str, where: str | None, code: str | None) -> None:
    assert region(Line(f" {text}", 3), where) == Term(text, code, 4, 4 + len(text))


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("Kade 5\n1000 Bruxelles – Brussel", "BE", ("Kade 5", "1000", "Bruxelles – Brussel", None, "BE")),
        ("Kade 5, B-1082 Brussels", "BE", ("Kade 5", "1082", "Brussels", None, "BE")),
        ("7, rue du Puits\nL-4220 Esch-sur-Alzette", "LU", ("7, rue du Puits", "4220", "Esch-sur-Alzette", None, "LU")),
        ("7 rue du Puits\nL-1234 Luxembourg", "LU", ("7 rue du Puits", "1234", "Luxembourg", None, "LU")),
        ("BP 55014\n31025 Toulouse Cedex 3", "FR", ("BP 55014", "31025", "Toulouse Cedex 3", None, "FR")),
        ("Wadstraat 9\n3512 XK Utrecht", "NL", ("Wadstraat 9", "3512 XK", "Utrecht", None, "NL")),
        ("Haus am Ufer\nAm Kanal 3\n28199 Bremen", "DE", ("Haus am Ufer, Am Kanal 3", "28199", "Bremen", None, "DE")),
        (
            "c/o Haus am See\nPostfach 12\nCH-8001 Zürich",
            "CH",
            ("c/o Haus am See, Postfach 12", "8001", "Zürich", None, "CH"),
        ),
        ("Sillufer 2/14\n6020 Innsbruck", "AT", ("Sillufer 2/14", "6020", "Innsbruck", None, "AT")),
        ("Salita 12r\n16128 Genova GE", "IT", ("Salita 12r", "16128", "Genova", "GE", "IT")),
        ("Via Prima 5 - 00100 Roma (RM)", "IT", ("Via Prima 5", "00100", "Roma", "RM", "IT")),
        ("C/ Vieja, 8, 2.º B\n41010 Sevilla", "ES", ("C/ Vieja, 8, 2.º B", "41010", "Sevilla", None, "ES")),
        ("Rua Nova 10, 2.º\n1200-195 Lisboa", "PT", ("Rua Nova 10, 2.º", "1200-195", "Lisboa", None, "PT")),
        ("Norra Gränd 5 A\n214 50 Malmö", "SE", ("Norra Gränd 5 A", "214 50", "Malmö", None, "SE")),
        ("Nygade 5, 2. th\n1620 København V", "DK", ("Nygade 5, 2. th", "1620", "København V", None, "DK")),
        ("Uusitie 5\nFI-00100 Helsinki", "FI", ("Uusitie 5", "00100", "Helsinki", None, "FI")),
        ("ul. Nowa 5/12\n00-001 Warszawa", "PL", ("ul. Nowa 5/12", "00-001", "Warszawa", None, "PL")),
        ("Nová 1\n110 00 Praha 1", "CZ", ("Nová 1", "110 00", "Praha 1", None, "CZ")),
        ("Strada Nouă 5, București 010101", "RO", ("Strada Nouă 5", "010101", "București", None, "RO")),
        ("Odos 5\n105 63 Athina", "GR", ("Odos 5", "105 63", "Athina", None, "GR")),
        ("Jaunā iela 55-14\nDaugavpils, LV-5401", "LV", ("Jaunā iela 55-14", "LV-5401", "Daugavpils", None, "LV")),
        ("55 Goit Lane\nLeeds\nLS9 0XX", "GB", ("55 Goit Lane", "LS9 0XX", "Leeds", None, "GB")),
        ("55 Goit Lane, Leeds LS9 0XX", "GB", ("55 Goit Lane", "LS9 0XX", "Leeds", None, "GB")),
        (
            "Level 3, 5 Swan Street\nMelbourne VIC 3000",
            "AU",
            ("Level 3, 5 Swan Street", "3000", "Melbourne", "VIC", "AU"),
        ),
        ("5, rue Neuve\nMontréal (Québec) H2J 0A9", "CA", ("5, rue Neuve", "H2J 0A9", "Montréal", "Québec", "CA")),
        ("123 Swan St W, Toronto, ON M5H 2M9", "CA", ("123 Swan St W", "M5H 2M9", "Toronto", "ON", "CA")),
        ("1 Swan Street\nAustin, TX 78701", "US", ("1 Swan Street", "78701", "Austin", "TX", "US")),
        ("25 Swan Ave S. Minneapolis, MN 55405", "US", ("25 Swan Ave S.", "55405", "Minneapolis", "MN", "US")),
        (
            "Apartado Postal 55-014\n44100 Guadalajara, Jal.",
            "MX",
            ("Apartado Postal 55-014", "44100", "Guadalajara", "Jal.", "MX"),
        ),
        ("Bv. Nuevo 5501, piso 3\nS2000 Rosario", "AR", ("Bv. Nuevo 5501, piso 3", "S2000", "Rosario", None, "AR")),
        ("Av. Nova 100\nSão Paulo - SP, 01310-100", "BR", ("Av. Nova 100", "01310-100", "São Paulo", "SP", "BR")),
        (
            "Yeni Sokak No: 14/5\n06560 Yenimahalle / Ankara",
            "TR",
            ("Yeni Sokak No: 14/5", "06560", "Yenimahalle / Ankara", None, "TR"),
        ),
        (
            "New Street 55, P.O. Box 1401\nZarqa 13110",
            "JO",
            ("New Street 55, P.O. Box 1401", "13110", "Zarqa", None, "JO"),
        ),
        ("New Road, 3rd floor\nTripoli 1300", "LB", ("New Road, 3rd floor", "1300", "Tripoli", None, "LB")),
        ("22, derb Jdid\n30000 Fès", "MA", ("22, derb Jdid", "30000", "Fès", None, "MA")),
        ("ul. Novaya 55\n100008 Karaganda", "KZ", ("ul. Novaya 55", "100008", "Karaganda", None, "KZ")),
        ("12 New Road\nNew Delhi 110001", "IN", ("12 New Road", "110001", "New Delhi", None, "IN")),
        ("5-1 Shinmachi\n100-0001 Tokyo", "JP", ("5-1 Shinmachi", "100-0001", "Tokyo", None, "JP")),
        ("Kade 5\nNamur", "BE", ("Kade 5", None, "Namur", None, "BE")),
    ],
)
def test_address(text: str, where: str, expected: tuple[str | None, ...]) -> None:
    found, rest = find_addresses(lines(text), where)
    assert [match.address for match in found] == [Address(*expected)]
    assert rest == []


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("Kade 5\n1000 Bruxelles\nBelgique", None, "BE"),
        ("Kade 5, 1000 Bruxelles, Belgium", "FR", "BE"),
        ("PO Box 12\nNairobi 00100\nKenya", "BE", "KE"),
        ("5 Swan Street\nAtlanta, Georgia 30303", "US", "US"),
    ],
)
def test_country_of_an_address(text: str, where: str | None, code: str) -> None:
    ((match,), _) = find_addresses(lines(text), where)
    assert match.address.country == code


def test_two_addresses() -> None:
    found, rest = find_addresses(lines("BP 12\n75001 Paris\nFrance\nBP 13\n69001 Lyon"), "FR")
    assert [match.address.city for match in found] == ["Paris", "Lyon"]
    assert [len(match.lines) for match in found] == [3, 2]
    assert rest == []


@pytest.mark.parametrize(
    "text", ["Open every evening 18–22", "Ask for the director", "1990", "Founded in 1990", "24/7"]
)
def test_no_address(text: str) -> None:
    found, rest = find_addresses(lines(text), "BE")
    assert found == []
    assert [line.text for line in rest] == text.split("\n")


def test_label_makes_an_address_of_any_lines() -> None:
    ((match,), rest) = find_addresses(lines("Harbour House\nTripoli"), "LB", labelled=True)
    assert match.address == Address("Harbour House", None, "Tripoli", None, "LB")
    assert rest == []


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    st.lists(st.text("ab1 20,-()LSXÉ.é/", max_size=25), max_size=5),
    st.sampled_from([None, "BE", "GB", "US", "LV", "JP", "TR", "AE", "ZZ"]),
    st.booleans(),
)
def test_every_line_is_in_an_address_or_left(texts: list[str], where: str | None, labelled: bool) -> None:
    given_lines = lines("\n".join(texts))
    found, rest = find_addresses(given_lines, where, labelled=labelled)
    assert sorted([line for match in found for line in match.lines] + rest, key=lambda line: line.start) == given_lines
    for match in found:
        printed = " ".join(line.text for line in match.lines)
        for part in (match.address.postcode, match.address.region):
            assert part is None or part in printed


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Austin, TX 78701", "US"),
        ("Riverbend TX 78741-0301", "US"),
        ("Bonn, XX 53111", None),
        ("Montréal (Québec) H2J 0A9", "CA"),
        ("LS9 0XX", "GB"),
        ("London SE1 0AA", "GB"),
        ("3512 XK Utrecht", "NL"),
        ("1000 Bruxelles", None),
        ("10969 Berlin", None),
        ("", None),
    ],
)
def test_countries_by_the_form_of_their_postal_codes(line: str, code: str | None) -> None:
    assert country_by_form(line) == code
