"""Which texts are labels, and which text belongs to which: one markup a test, on pages of a few lines."""

from __future__ import annotations

import pytest

from parsers.candidates import Candidates
from parsers.fields import Labels, read_fields
from parsers.model import Page
from parsers.page import read_page
from parsers.site import Site, SiteCounts, count, learn

Pairs = list[tuple[str, str]]


def labels(
    html: str, site: Site | None = None, own: dict[str, str] | None = None, name: str = "x.html"
) -> tuple[Page, Labels]:
    page = read_page(html.encode(), "http://site.example/x", None, name)
    indexes = [i for i, block in enumerate(page.blocks) if block.area == "main"]
    return page, read_fields(page, indexes, site or Site(), Candidates(page, own or {}))


def pairs(html: str, **known: object) -> Pairs:
    _, found = labels(html, **known)  # type: ignore[arg-type]
    return [(field.label, field.value) for field in found.fields]


@pytest.mark.parametrize(
    "html",
    [
        "<p><strong>Country:</strong> Ghana</p><p><strong>City:</strong> Accra</p>",
        "<p><strong>Country</strong>: Ghana</p><p><strong>City</strong>: Accra</p>",
        "<p><b>Country</b> Ghana</p><p><b>City</b> Accra</p>",
        "<p><span>Country:</span> Ghana<br><span>City:</span> Accra</p>",
        "<p><span>Country</span><span>Ghana</span></p><p><span>City</span><span>Accra</span></p>",
        "<p><strong>Coun</strong><strong>try:</strong> Ghana</p><p><strong>City:</strong> Accra</p>",
        "<p><strong>Country</strong><br>Ghana</p><p><strong>City</strong><br>Accra</p>",
        "<p><strong>Country:</strong></p><p>Ghana</p><p><strong>City:</strong></p><p>Accra</p>",
        "<h3>Country</h3><p>Ghana</p><h3>City</h3><p>Accra</p>",
        "<dl><dt>Country</dt><dd>Ghana</dd><dt>City:</dt><dd>Accra</dd></dl>",
        "<dl><div><dt>Country</dt><dd>Ghana</dd></div><div><dt>City</dt><dd>Accra</dd></div></dl>",
        "<table><tr><th>Country</th><td>Ghana</td></tr><tr><th>City</th><td>Accra</td></tr></table>",
        "<table><tr><td>Country</td><td>Ghana</td></tr><tr><td>City</td><td>Accra</td></tr></table>",
        "<table><tr><td>Country:</td><td>Ghana</td><td>City:</td><td>Accra</td></tr></table>",
        "<table><tr><th>Country</th><th>City</th></tr><tr><td>Ghana</td><td>Accra</td></tr></table>",
        "<ul><li>Country: Ghana</li><li>City: Accra</li></ul>",
        "<div>Country</div><div>Ghana</div><div>City</div><div>Accra</div>",
        "<div><div class=l>Country</div><div class=v>Ghana</div></div><div><div class=l>City</div><div class=v>Accra</div></div>",
        "<p>Country: Ghana<br>City: Accra</p>",
        "<p>Country: Ghana City: Accra</p>",
        "<p>Country: Ghana | City: Accra</p>",
        "<pre>Country: Ghana\nCity:    Accra</pre>",
        "<p>Country – Ghana</p><p>City: Accra</p>",
    ],
)
def test_markups(html: str) -> None:
    assert pairs(html) == [("Country", "Ghana"), ("City", "Accra")]


def test_figures_below_words() -> None:
    html = "<table><tr><td>Beds</td><td>Staff</td></tr><tr><td>12</td><td>3.5</td></tr></table>"
    assert pairs(html) == [("Beds", "12"), ("Staff", "3.5")]


def test_values_below_a_marked_head() -> None:
    html = "<table><tr><td><b>Founder</b></td><td><b>Motto</b></td></tr><tr><td>Ama</td><td>Onward</td></tr></table>"
    assert pairs(html) == [("Founder", "Ama"), ("Motto", "Onward")]


def test_plain_text_lines() -> None:
    assert pairs("Country: Ghana\n\nContact details:\n1 Ring Road\nAccra\n\nReach:\n", name="x.txt") == [
        ("Country", "Ghana"),
        ("Contact details", "1 Ring Road\nAccra"),
        ("Reach", ""),
    ]


def test_labels_of_a_contact_are_part_of_its_value() -> None:
    html = "<p><strong>Contact details:</strong><br>1 Ring Road<br>Tel: 030 1<br>Opening hours: 9-17</p>"
    assert pairs(f"{html}<p><strong>Reach:</strong> Local</p>") == [
        ("Contact details", "1 Ring Road\nTel: 030 1\nOpening hours: 9-17"),
        ("Reach", "Local"),
    ]


def test_a_label_within_a_value_stays_in_it() -> None:
    html = "<p><strong>Contact details for those seeking help:</strong> Tel : 030 1</p>"
    assert pairs(html) == [("Contact details for those seeking help", "Tel : 030 1")]


def test_telephone_and_fax_on_a_line_even_glued() -> None:
    assert pairs("<p>Address: 1 Ring Road</p><p>Tel: (202) 555-0100Fax: (202) 555-0101</p>") == [
        ("Address", "1 Ring Road"),
        ("Tel", "(202) 555-0100"),
        ("Fax", "(202) 555-0101"),
    ]


def test_a_blank_label_takes_nothing_from_the_next_paragraph() -> None:
    html = "<p><strong>Country:</strong> Ghana</p><p><strong>City:</strong> Accra</p>"
    _, found = labels(f"{html}<p><strong>Reach:</strong></p><p>Filed under Ghana</p>")
    assert [(f.label, f.value, f.status) for f in found.fields][-1] == ("Reach", "", "blank")


def test_an_empty_cell_is_blank() -> None:
    rows = (("Country", "Ghana"), ("Reach", ""), ("City", "Accra"))
    html = f"<table>{''.join(f'<tr><td>{label}</td><td>{value}</td></tr>' for label, value in rows)}</table>"
    _, found = labels(html)
    assert [(f.label, f.value, f.status) for f in found.fields] == [
        ("Country", "Ghana", "stated"),
        ("Reach", "", "blank"),
        ("City", "Accra", "stated"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Note: bring your papers.</p><p>Deadline: there is none.</p>",
        "<p>We are open from 9:00 to 17:30.</p>",
        "<p>See https://www.example.org/a:b for more.</p>",
        "<p>In this regard, the centre has three tasks: to listen, to help and to train.</p>",
        "<h2>About us</h2><p>Text.</p><h2>Our work</h2><p>Text.</p>",
        "<form><label>Name:</label> <input> <label>E-mail:</label> <input></form><p>Some text that is longer than the form.</p>",
    ],
)
def test_a_colon_alone_proves_nothing(html: str) -> None:
    assert pairs(html) == []


def test_labels_look_alike() -> None:
    html = "<p><b>Country</b>: Ghana</p><p><b>City</b>: Accra</p><p><b>Nearest stop</b>: Circle</p>"
    _, found = labels(html)
    assert [(f.label, f.key) for f in found.fields][-1] == ("Nearest stop", None)


def test_a_source_names_its_own_labels() -> None:
    _, found = labels("<p><b>Wirkungskreis</b>: Lokal</p>", own={"Wirkungskreis": "reach"})
    assert [(f.label, f.key) for f in found.fields] == [("Wirkungskreis", "reach")]


def test_a_label_that_recurs_on_the_site_is_one() -> None:
    def html(city: str, stop: str) -> str:
        return f"<p>Country: Ghana</p><p>City: {city}</p><p>Languages: Twi</p><p>Nearest stop: {stop}</p>"

    pages = [read_page(html(*x).encode(), "u") for x in (("Accra", "Circle"), ("Tema", "Port"), ("Kumasi", "Adum"))]
    site = learn(count(pages))
    assert "nearest stop" in site.labels
    assert pairs("<p>Nearest stop: Lapaz</p>", site=site) == [("Nearest stop", "Lapaz")]
    assert pairs("<p>Nearest stop: Lapaz</p>") == []


def test_headings_of_the_description_are_no_fields() -> None:
    html = "<p>English text here.</p><h2>Description générale :</h2><p>Texte.</p>"
    _, found = labels(f"{html}<p><b>Pays :</b> Ghana</p><p><b>Ville :</b> Accra</p>")
    assert [c.text for c in found.headings] == ["Description générale"]
    assert [f.label for f in found.fields] == ["Pays", "Ville"]


def test_values_and_labels_stand_where_they_say() -> None:
    html = "<p><b>Contact details:</b><br>1 Ring Road<br>Accra</p><table><tr><th>Reach<td>Local<br>Regional</table>"
    page, found = labels(html)
    for field in found.fields:
        assert page.text[field.label_start : field.label_end] == field.label
        assert page.text[field.start : field.end] == field.value


def test_counts_merge_in_any_order() -> None:
    pages = [read_page(f"<p>Country: A{n}</p><p>City: B</p><p>Reach: C</p>".encode(), "u") for n in range(6)]
    whole = count(pages)
    merged = SiteCounts()
    for part in (pages[4:], pages[:1], pages[1:4]):
        merged.add(count(part))
    assert merged == whole
    assert learn(merged) == learn(whole)


def test_spans_apart_are_label_and_value() -> None:
    html = "".join(
        f'<div><span class="l">{label}</span> <span class="v">{value}</span></div>'
        for label, value in (("Town", "Leeds"), ("Phone", "0113 496 0101"), ("Languages", "English, Urdu"))
    )
    assert pairs(html) == [("Town", "Leeds"), ("Phone", "0113 496 0101"), ("Languages", "English, Urdu")]
