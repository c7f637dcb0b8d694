"""Lists of facts whose labels no vocabulary knows: told on one page by their form, or by recurring on the site's pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.reading import read_listings
from parsers.page import read_page
from parsers.site import count, learn
from sources.source import Source
from tests.test_fields import Pairs, pairs

_BOATS = ("Four", "Seven", "Twelve", "Two")
_KINDS = ("Public", "Public", "Public", "Private")


def _facts(n: int) -> Pairs:
    return [("Kind of quay", _KINDS[n]), ("Boats", _BOATS[n]), ("Mooring fee", f"${n}1.50"), ("Season", f"May to {n}")]


def _on_site(html: list[str]) -> list[Pairs]:
    site = learn(count(read_page(page.encode(), f"http://site.example/{n}") for n, page in enumerate(html)))
    return [pairs(page, site=site) for page in html]


@pytest.mark.parametrize(
    ("around", "row"),
    [
        ("<table>{}</table>", "<tr><td>{0}</td><td>{1}</td></tr>"),
        ("<table>{}</table>", '<tr><td colspan="2"><b>{0}</b></td></tr><tr><td></td><td>{1}</td></tr>'),
        ("<table>{}</table>", '<tr><td><a href="/words#x">{0}</a>:</td><td>{1}</td></tr>'),
        ("<dl><dt>General</dt><dd><dl>{}</dl></dd></dl>", "<dt>{0}</dt><dd>{1}</dd>"),
        ("<ul>{}</ul>", "<li><strong>{0}</strong> {1}</li>"),
        ("<div>{}</div>", '<h4>{0}</h4><p class="v">{1}</p>'),
        ("<div>{}</div>", '<div><span>{0}</span><a href="http://quay.example/">{1}</a></div>'),
    ],
)
def test_on_a_site_labels_recur_and_values_vary_or_are_shared(around: str, row: str) -> None:
    html = [around.format("".join(row.format(*fact) for fact in _facts(n))) for n in range(4)]
    assert _on_site(html) == [_facts(n) for n in range(4)]


@pytest.mark.parametrize(
    "row",
    [
        '<tr><td colspan="2"><b>{0}</b></td></tr><tr><td>&nbsp;</td><td>{1}</td></tr>',
        "<tr><td><b>{0}</b></td></tr><tr><td>{1}</td></tr>",
        '<tr><th colspan="2">{0}</th></tr><tr><td></td><td>{1}</td></tr>',
    ],
)
def test_rows_that_are_labels_and_values_in_turn(row: str) -> None:
    facts = [("Country", "Ghana"), ("Languages", "English"), ("Kind of quay", "Public")]
    assert pairs("<table>" + "".join(row.format(*fact) for fact in facts) + "</table>") == facts


def test_what_no_page_varies_is_no_field() -> None:
    menu = "<table><tr><td>Our guides</td><td>Maps</td></tr><tr><td>Our songs</td><td>Tunes</td></tr></table>"
    html = [f"<p>Boats: {_BOATS[n]}</p>{menu}" for n in range(4)]
    assert _on_site(html) == [[("Boats", _BOATS[n])] for n in range(4)]


_FIGURES = [("Members", "1,200"), ("Share of women", "51 %"), ("Boats to a quay", "12 to 1")]


@pytest.mark.parametrize(
    "row",
    [
        '<div class="fact"><div class="n">{1}</div><div class="l">{0}</div></div>',
        "<li><strong>{1}</strong><span>{0}</span></li>",
        "<div><p>{1}</p><p>{0}</p></div>",
    ],
)
def test_captions_below_figures(row: str) -> None:
    assert pairs("<ul>" + "".join(row.format(*fact) for fact in _FIGURES) + "</ul>") == _FIGURES
    assert pairs("<ul>" + "".join(row.format(*fact) for fact in _FIGURES[:2]) + "</ul>") == []


def test_ranks_are_no_captions() -> None:
    rows = "".join(f"<tr><td>{n}</td><td>{name}</td></tr>" for n, name in enumerate(("Otter", "Heron", "Pike"), 1))
    assert pairs(f"<table>{rows}</table>") == []


def test_words_beside_figures_are_labels() -> None:
    rows = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in _FIGURES)
    head = '<tr><th colspan="2">In figures</th></tr>'
    assert pairs(f"<table>{rows}</table>") == _FIGURES
    assert pairs(f"<table>{rows}{head}</table>") == _FIGURES


def test_days_beside_hours_are_no_labels() -> None:
    rows = "".join(f"<tr><td>{day}</td><td>9-5</td></tr>" for day in ("Monday", "Tuesday", "Friday"))
    assert pairs(f"<table>{rows}</table>") == []


def test_dashes_make_a_list_of_facts_where_several_labels_are_known() -> None:
    facts = [("Country", "Ghana"), ("Name of organisation", "Quay e.V."), ("Boats", "Four"), ("Reach", "National")]
    lines = [f"{label} – {value}" for label, value in facts]
    assert pairs(f"<p>{'<br>'.join(lines)}</p>") == facts
    assert pairs("<p>Quay Street – Ghana</p><p>Reach – or do not</p>") == []


def test_text_after_the_last_fact_is_no_part_of_it() -> None:
    prose = "<p>We keep four boats on the river and lend them to schools.</p>"
    facts = "<h3>Country:</h3><p>Ghana</p><h3>Boats:</h3><p>Four</p>"
    assert pairs(f"{facts}{prose}<h3>Reach:</h3><p>Local</p>")[:2] == [("Country", "Ghana"), ("Boats", "Four")]
    sentences = "<h3>Boats:</h3><p>We have four boats, each of another colour than the others.</p>"
    assert pairs(f"<h3>Country:</h3><p>Ghana</p>{sentences}{prose}<h3>Reach:</h3><p>Local</p>")[1][1].endswith(
        "schools."
    )


@pytest.mark.parametrize(
    "row",
    [
        "<dl><dt>Country</dt><dd>Ghana</dd><dt>Setting</dt><dd>City: Small</dd></dl>",
        "<p><em>Country</em> – Ghana</p><p><em>Setting</em> – City: Small</p>",
    ],
)
def test_a_colon_within_the_only_line_of_a_value(row: str) -> None:
    assert pairs(row) == [("Country", "Ghana"), ("Setting", "City: Small")]


def test_what_explains_a_label_is_no_part_of_the_value() -> None:
    assert pairs('<p><b>Country:</b> <a href="#">[?]</a> Ghana</p>') == [("Country", "Ghana")]


@pytest.mark.parametrize("reach", ["press@quay.example", "+44 20 7946 0101", "https://press.quay.example/"])
def test_words_before_nothing_but_a_contact_are_its_label(reach: str) -> None:
    assert pairs(f"<p>Tales for the press: {reach}</p>") == [("Tales for the press", reach)]
    assert pairs(f"<p>Tales for the press: write to {reach} today</p>") == []


def test_teasers_of_other_listings_are_no_fields(tmp_path: Path) -> None:
    teaser = '<article><header><h2><a href="/other/">Other quay</a></h2></header><p>Country: Togo ...</p></article>'
    facts = "<p>Country: Ghana</p><p>Languages: English</p><p>Reach: Local</p>"
    own = '<link rel="canonical" href="http://site.example/quay/">'
    (tmp_path / "quay.html").write_text(f"{own}<main><h1>Quay</h1>{facts}{teaser * 2}</main>", encoding="utf-8")
    (listing,) = (found.listing for found in read_listings([str(tmp_path / "quay.html")], Source(name="x", start="")))
    assert listing is not None and listing.url == "http://site.example/quay/"
    assert [field.value for field in listing.fields] == ["Ghana", "English", "Local"]
