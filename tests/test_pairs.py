"""Labels that no vocabulary knows: told by the series they stand in, or by the words in them and the value after them."""

from __future__ import annotations

import pytest

from parsers.labels import match
from parsers.meanings import meaning
from parsers.model import Line
from parsers.page import read_page
from parsers.site import count, learn
from tests.test_fields import labels, pairs

_FACTS = [("Nearest quay", "Eastside"), ("Boats", "Four"), ("Mascot", "Otter")]


@pytest.mark.parametrize(
    "row",
    [
        '<div class="row"><span>{0}</span><span>{1}</span></div>',
        '<div class="row"><b>{0}</b> <span>{1}</span></div>',
        '<div><div class="l">{0}</div><div class="v">{1}</div></div>',
        '<div class="l">{0}</div><div class="v">{1}</div>',
        "<div><p>{0}</p><p>{1}</p></div>",
        '<div class="field"><div class="label">{0}:</div>{1}</div>',
    ],
)
def test_a_series_of_pairs(row: str) -> None:
    assert pairs("".join(row.format(*fact) for fact in _FACTS)) == _FACTS


@pytest.mark.parametrize(
    ("what", "html"),
    [
        ("two are no series", "".join(f"<div><p>{a}</p><p>{b}</p></div>" for a, b in _FACTS[:2])),
        ("one text thrice", "<div><p>Boats</p><p>Four</p></div>" * 3),
        ("lines of a paragraph", "<p>Nearest quay<br>Eastside<br>Boats<br>Four<br>Mascot<br>Otter</p>"),
        ("links", "".join(f'<div><p><a href="/{a}">{a}</a></p><p>{b}</p></div>' for a, b in _FACTS)),
    ],
)
def test_no_series(what: str, html: str) -> None:
    assert pairs(html) == [], what


def test_on_a_site_the_labels_of_a_series_recur() -> None:
    def html(n: int) -> str:
        facts = "".join(f'<div class="l">{a}</div><div class="v">{b} {n}</div>' for a, b in _FACTS)
        comments = "".join(f'<p class="who">Guest {k} of {n}</p><p class="what">So {k}</p>' for k in ("A", "B", "C"))
        return facts + comments

    site = learn(count([read_page(html(n).encode(), f"https://club.example/{n}") for n in range(4)]))
    assert pairs(html(0), site=site) == [(a, f"{b} 0") for a, b in _FACTS]


def test_a_question_announces_its_answer() -> None:
    html = (
        "<ul><li>Country: Ghana</li><li>City: Accra</li><li>Need to talk? 030 201 0101</li><li>Reach: Local</li></ul>"
    )
    assert ("Need to talk?", "030 201 0101") in pairs(html)


def test_the_panels_of_tabs_are_read() -> None:
    shown = '<div class="pane"><dl><dt>Country<dd>Ghana</dl></div>'
    hidden = '<div class="pane off" style="display: none"><dl><dt>City<dd>Accra</dl></div>'
    assert pairs(shown + hidden) == [("Country", "Ghana"), ("City", "Accra")]
    assert pairs(shown + '<p style="display:none">City: Accra</p>') == [("Country", "Ghana")]


@pytest.mark.parametrize(
    ("label", "value", "key"),
    [
        ("Relationship with the police", "None", "law_enforcement_relations"),
        ("Beziehungen zur Polizei", "Keine", "law_enforcement_relations"),
        ("Languages we use", "English", "languages"),
        ("Wir beraten auf", "Deutsch, Englisch", "languages"),
        ("Worried about someone?", "030 201 0101", "contact_seeking_help"),
        ("For young people", "030 201 0101", "contact_seeking_help"),
        ("For young people", "Swimming lessons", None),
        ("Counties covered", "Kerry; Cork", "areas_served"),
        ("What kind of organisation", "Charity", "organization_type"),
        ("Type", "Charity", "organization_type"),
        ("Type", "Blue", None),
        ("Walk-in hours", "Tuesday, 14:00", "other"),
        ("Mascot", "Otter", None),
    ],
)
def test_meaning_of_labels_that_nobody_knows(label: str, value: str, key: str | None) -> None:
    found = meaning(label, None, [Line(value, 0)])
    assert (found and found.key) == key


@pytest.mark.parametrize(
    ("label", "value", "key"),
    [
        ("Reach", "Kerry; Cork", "areas_served"),
        ("Reach", "Regional", "reach"),
        ("Areas served", "National", "areas_served"),
        ("Region", "Kerry", "region"),
    ],
)
def test_a_value_decides_between_neighbours(label: str, value: str, key: str) -> None:
    found = meaning(label, match(label), [Line(value, 0)])
    assert found and found.key == key


def test_what_a_source_says_of_its_labels_stands() -> None:
    _, found = labels("<dl><dt>Reach<dd>Kerry; Cork<dt>City<dd>Tralee</dl>", own={"Reach": "reach"})
    assert [field.key for field in found.fields] == ["reach", "region"]
