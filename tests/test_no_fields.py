"""What looks like a labelled field and is none: menus, forms, statistics, headings of sections."""

from __future__ import annotations

import pytest

from tests.test_fields import pairs

_COUNTRY = "<tr><td><b>Country:</b></td><td>Ghana</td></tr>"


@pytest.mark.parametrize(
    ("what", "html"),
    [
        ("an entry of a menu", '<ul><li><a href="/l">Location</a></li><li><a href="/r">Reviews</a></li></ul>'),
        ("an entry and its divider", '<ul><li><a href="/c">Contact us</a> <span>|</span></li><li>FAQs</li></ul>'),
        ("a line of links", '<p><b><a href="/p">Profile</a></b> <a href="/n">News</a> <a href="/f">Photos</a></p>'),
        ("a link that repeats its label", '<p><b>Photos:</b> <a href="/p">View all photos</a></p>'),
        ("the label of an input beside it", "<table><tr><td>Name:</td><td><input></td></tr></table><p>Ghana</p>"),
        ("the label of an input on its line", "<div><p><label>E-mail:</label> <input></p></div>"),
        ("the label of a choice", "<table><tr><td>Team:</td><td><select><option>A</option></select></td></tr></table>"),
        ("a name that a sentence goes on from", "<p><b>Harbour Post</b>, Ama Asante</p><p><b>Country</b>, again</p>"),
        ("a teaser", '<p><b>Quay Gazette: A night shift at the harbour</b>, <a href="/g">Full story...</a></p>'),
        ("a teaser", '<p><b>Quay Gazette:</b> A night shift<br><a href="/g">Read on »</a></p>'),
        ("a colon within brackets", "<p>News (last updated: 7 May)</p>"),
        ("a word in a span of its own", "<div><span>Email</span></div><div><span>Search</span></div>"),
    ],
)
def test_no_field(what: str, html: str) -> None:
    assert pairs(html) == [], what


def test_a_table_of_figures_has_no_labels() -> None:
    head = "<tr><td><b>Year</b></td><td><b>Calls</b></td><td><b>Visits</b></td><td><b>Beds</b></td><td><b>Cost</b></td></tr>"
    rows = "".join(f"<tr><td><b>{y}</b></td><td>12</td><td>30</td><td>4</td><td>9.5</td></tr>" for y in (2024, 2025))
    total = "<tr><td><b>All years:</b></td><td>24</td><td>60</td><td>8</td><td>19</td></tr>"
    assert pairs(f"<table>{_COUNTRY}</table><table>{head}{rows}{total}</table>") == [("Country", "Ghana")]


def test_one_row_of_figures_below_words_is_labelled() -> None:
    html = (
        "<table><tr><td>Beds</td><td>Staff</td><td>% full</td></tr><tr><td>12</td><td>4</td><td>.85</td></tr></table>"
    )
    assert pairs(html) == [("Beds", "12"), ("Staff", "4"), ("% full", ".85")]


def test_a_label_above_its_value_in_a_table_of_one_column() -> None:
    html = "<table><tr><td><b>Our users:</b></td></tr><tr><td>Families</td></tr><tr><td><a href='/n'>412 ratings</a></td></tr></table>"
    assert pairs(html) == [("Our users", "Families")]


@pytest.mark.parametrize(
    "head", ["<h2>Contact us</h2>", "<p><b>Contact us:</b></p>", '<h2>Contact</h2><p><a href="/faq">Questions</a></p>']
)
def test_a_heading_above_labelled_lines_is_a_section(head: str) -> None:
    html = f"{head}<p>Phone: 030 201 0101</p><p>E-mail: a@harbour.example</p>"
    assert pairs(html) == [("Phone", "030 201 0101"), ("E-mail", "a@harbour.example")]


def test_one_labelled_line_below_is_part_of_the_value() -> None:
    html = "<h2>Contact for those seeking help</h2><p>Phone: 030 201 0101</p>"
    assert pairs(html) == [("Contact for those seeking help", "Phone: 030 201 0101")]


def test_what_stands_below_another_heading_is_no_part_of_a_value() -> None:
    html = "<div><h3>Contact us</h3><p>Use the form.</p></div><div><p><b>Phone:</b></p><p>030 201 0101</p></div>"
    assert ("Phone", "030 201 0101") in pairs(html)


def test_an_address_ends_where_a_labelled_phone_begins() -> None:
    html = (
        "<h4>Mailing address</h4><p><b>Harbour House</b><br>1 Ring Road<br>Accra</p><p><b>Phone:</b> 030 201 0101</p>"
    )
    assert pairs(html) == [("Mailing address", "Harbour House\n1 Ring Road\nAccra"), ("Phone", "030 201 0101")]


def test_a_label_behind_an_address_on_its_line() -> None:
    html = "<p>1 Ring Road, Accra&nbsp;&nbsp;&nbsp; Tel: 030 201 0101&nbsp;&nbsp;&nbsp; Fax: 030 201 0102</p>"
    assert pairs(html) == [("Tel", "030 201 0101"), ("Fax", "030 201 0102")]


def test_headings_of_the_first_level_below_the_title() -> None:
    html = "<h1>Harbour House</h1><h1>Mailing address</h1><p>1 Ring Road<br>Accra</p>"
    assert pairs(html) == [("Mailing address", "1 Ring Road\nAccra")]


def test_a_cell_with_a_label_of_its_own_is_no_value() -> None:
    html = f"<table>{_COUNTRY}</table><table><tr><td><b>Grades</b></td><td><b>Average grade:</b> B</td></tr></table>"
    assert pairs(html) == [("Country", "Ghana"), ("Average grade", "B")]


def test_opening_hours_go_on_in_paragraphs_of_their_own() -> None:
    html = (
        "<p><b>Hours:</b> Monday – Saturday 8:00–17:30</p><p>Sunday</p><p>8:00–16:00</p><p>We look forward to you.</p>"
    )
    assert pairs(html) == [("Hours", "Monday – Saturday 8:00–17:30\nSunday\n8:00–16:00")]


@pytest.mark.parametrize(
    ("line", "pair"),
    [
        ("t: 030 201 0101", ("t", "030 201 0101")),
        ("☎ 030 201 0101", ("☎", "030 201 0101")),
        ("E: a@harbour.example", ("E", "a@harbour.example")),
        ("W: www.harbour.example", ("W", "www.harbour.example")),
    ],
)
def test_a_letter_before_a_contact_is_a_label(line: str, pair: tuple[str, str]) -> None:
    assert pairs(f"<p>{line}</p>") == [pair]


@pytest.mark.parametrize("line", ["E: is for effort", "T 4 two", "A 12345678", "t 030 is a code"])
def test_a_letter_alone_proves_nothing(line: str) -> None:
    assert pairs(f"<p>{line}</p>") == []


def test_what_goes_on_elsewhere_remains_a_field_where_its_label_is_known() -> None:
    html = '<p><b>Languages:</b> English, Twi, <a href="/all">all...</a></p>'
    assert [label for label, _ in pairs(html)] == ["Languages"]
    assert pairs('<p><b>Quays:</b> East, <a href="/w">West</a></p>') == [("Quays", "East, West")]


def test_a_label_that_no_value_reaches_is_one_of_its_own() -> None:
    html = (
        "<h3>Main office</h3><p>Quay Works<br>12 Weir Lane<br>Leeds<br>LS1 4AB</p>"
        "<p>T: 0113 496 0123<br>E: desk@quay.example</p><p>Opening hours: Mon-Fri 9am - 5pm</p>"
    )
    assert pairs(html) == [
        ("Main office", "Quay Works\n12 Weir Lane\nLeeds\nLS1 4AB"),
        ("T", "0113 496 0123"),
        ("E", "desk@quay.example"),
        ("Opening hours", "Mon-Fri 9am - 5pm"),
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Tel 0113 496 0123<br>Fax. 0113 496 0124", [("Tel", "0113 496 0123"), ("Fax", "0113 496 0124")]),
        ("Tel. 0113 496 0123 - Fax 0113 496 0124", [("Tel", "0113 496 0123"), ("Fax", "0113 496 0124")]),
        ("Tel. 0113 496 0123 Fax 0113 496 0124", [("Tel", "0113 496 0123"), ("Fax", "0113 496 0124")]),
        ("Téléphone 01 99 00 12 34 (bureau)", [("Téléphone", "01 99 00 12 34 (bureau)")]),
        ("Tel: 0113 496 0123 (day) — Fax: 0113 496 0124", [("Tel", "0113 496 0123 (day)"), ("Fax", "0113 496 0124")]),
        ("Email desk@quay.example", [("Email", "desk@quay.example")]),
        ("Telephone 0113 496 0123 if you need help at night.", []),
        ("Founded 1998 01 22", []),
        ("Fax 0113 496 0124 Quay House", []),
    ],
)
def test_a_known_word_before_a_contact_needs_no_colon(line: str, found: list[tuple[str, str]]) -> None:
    assert pairs(f"<p>{line}</p>") == found


def test_a_line_of_ten_thousand_contacts_takes_linear_time() -> None:
    assert len(pairs(f"<p>{'Tel 0113 496 0123 ' * 10_000}</p>")) == 10_000


def test_a_heading_called_like_an_office_above_an_address_is_a_label() -> None:
    html = (
        "<p><b>Paese:</b> Italia</p><h3>Sede di Genova</h3><p>Via del Porto 3<br>16126 Genova GE<br>Tel. 010 555 0123</p>"
        "<h3>Sede di Savona</h3><p>Piazza Nuova 1<br>17100 Savona SV</p><h3>La nostra sede</h3><p>Ascolto e mediazione.</p>"
    )
    assert pairs(html) == [
        ("Paese", "Italia"),
        ("Sede di Genova", "Via del Porto 3\n16126 Genova GE"),
        ("Tel", "010 555 0123"),
        ("Sede di Savona", "Piazza Nuova 1\n17100 Savona SV"),
    ]
