"""What a page states of its organisation in markup for machines: JSON-LD, microdata, hCard; and where it says otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.listing import parse
from parsers.model import Listing
from parsers.page import read_page
from parsers.record import record
from parsers.site import count, learn
from sources.source import Source

SOURCE = Source("harbour", "https://harbour.example/")
URL = "https://harbour.example/houses/1"
TEXT = """<h1>Harbour House</h1><p><b>Country:</b> Belgium</p><p><b>City:</b> Ghent</p><p><b>Languages:</b> English, Dutch</p>
<p><b>Address:</b> Kaai 1, 9000 Ghent</p><p><b>Phone:</b> 02 555 01 11</p><p><b>E-mail:</b> desk@harbour.example</p>"""
ADDRESS = {"@type": "PostalAddress", "streetAddress": "Kaai 1", "postalCode": "9000", "addressLocality": "Ghent"}
HOUSE = {"@context": "https://schema.org", "@type": "NGO", "name": "Harbour House", "telephone": "+32 2 555 01 11"}


def ld(*objects: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in objects)


def listing(markup: str, text: str = TEXT, source: Source = SOURCE) -> Listing:
    page = read_page(f"<html><head></head><body><main>{text}{markup}</main></body></html>".encode(), URL, "text/html")
    (found,) = parse(page, source)
    return found


def stated(found: Listing) -> dict[str, str]:
    return {statement.property: statement.value for statement in found.structured}


def contradictions(found: Listing) -> list[str]:
    return [problem.seen for problem in found.problems if problem.kind == "structured-contradiction"]


MICRODATA = """<div itemscope itemtype="https://schema.org/NGO"><span itemprop="name">Harbour House</span>
<meta itemprop="foundingDate" content="1998"><span itemprop="telephone">02 555 01 12</span></div>"""
HCARD = """<div class="vcard"><span class="fn org">Harbour House</span> <span class="tel">02 555 01 12</span>
<abbr class="note" title="Open to all.">Open</abbr></div>"""


@pytest.mark.parametrize(
    ("markup", "property_", "value", "syntax"),
    [
        (ld({**HOUSE, "foundingDate": "1998"}), "foundingDate", "1998", "json-ld"),
        (ld({"@context": "https://schema.org", "@graph": [{**HOUSE, "vatID": "BE0"}]}), "vatID", "BE0", "json-ld"),
        (ld([{**HOUSE, "@type": ["NGO", "Organization"], "legalName": "HH vzw"}]), "legalName", "HH vzw", "json-ld"),
        (ld({**HOUSE, "@type": "http://schema.org/LocalBusiness", "taxID": "7"}), "taxID", "7", "json-ld"),
        (MICRODATA, "foundingDate", "1998", "microdata"),
        (HCARD, "description", "Open to all.", "microformats"),
    ],
)
def test_what_only_the_markup_states_is_kept_with_its_place(
    markup: str, property_: str, value: str, syntax: str
) -> None:
    found = listing(markup)
    kept = {statement.property: statement for statement in found.structured}
    assert kept[property_].value == value
    assert kept[property_].syntax == syntax
    assert kept[property_].path
    assert json.loads(json.dumps(record(found)))["structured"]
    assert all(found.text[f.start : f.end] == f.value for f in found.fields)


def test_what_says_the_same_is_no_contradiction() -> None:
    same = {
        **HOUSE,
        "address": {**ADDRESS, "addressCountry": "BE"},
        "email": "mailto:DESK@harbour.example",
        "knowsLanguage": ["nl", "en"],
        "alternateName": "La Maison du Port",
    }
    assert contradictions(listing(ld(same))) == []


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ({"telephone": "+32 2 555 01 99"}, "02 555 01 11"),
        ({"address": {**ADDRESS, "addressLocality": "Antwerp", "postalCode": "2000"}}, "9000"),
        ({"address": {**ADDRESS, "addressCountry": "NL"}}, "Belgium"),
        ({"email": "old@harbour.example"}, "desk@harbour.example"),
    ],
)
def test_a_contradiction_is_a_problem_with_its_place(changed: dict[str, object], seen: str) -> None:
    found = listing(ld({**HOUSE, **changed}))
    told = [problem for problem in found.problems if problem.kind == "structured-contradiction"]
    assert any(seen in problem.seen for problem in told), told
    for problem in told:
        assert problem.start is not None
        assert found.text[problem.start : problem.end] == problem.seen
        assert "json-ld" in problem.advice


@pytest.mark.parametrize(
    "markup",
    [
        ld({**HOUSE, "name": "The Register", "telephone": "+32 2 555 01 99"}),
        ld({"@type": "WebSite", "name": "Register", "publisher": {**HOUSE, "telephone": "+32 2 555 01 99"}}),
        ld({**HOUSE, "@type": "Person", "telephone": "+32 2 555 01 99"}),
        ld({"@type": "Article", "author": {**HOUSE, "telephone": "+32 2 555 01 99"}}),
        MICRODATA.replace("Harbour House", "The Register"),
    ],
)
def test_what_describes_somebody_else_is_left_alone(markup: str) -> None:
    found = listing(markup)
    assert found.structured == ()
    assert contradictions(found) == []


def test_the_operator_of_a_site_is_never_a_listing() -> None:
    operator = ld(
        {"@context": "https://schema.org", "@type": "Organization", "name": "Register", "telephone": "+3225550199"}
    )
    texts = [TEXT.replace("Harbour", name) for name in ("Harbour", "Quay", "Mill", "Weir", "Lock", "Dyke")]
    pages = [read_page(f"<main>{text}{operator}</main>".encode(), f"{URL}{n}") for n, text in enumerate(texts)]
    site = learn(count(pages))
    for page in pages:
        (found,) = parse(page, SOURCE, site)
        assert found.structured == ()
        assert contradictions(found) == []


def test_a_country_stated_there_tells_how_numbers_are_read_and_is_no_printed_one() -> None:
    text = TEXT.replace("<p><b>Country:</b> Belgium</p>", "<p><b>Reach:</b> Local</p>").replace("9000 Ghent", "Quay")
    told = ld({**HOUSE, "address": {"@type": "PostalAddress", "addressCountry": "Belgium"}})
    found = listing(told, text)
    (phone,) = [contact.normalized for contact in found.normalized.contacts if contact.type == "phone"]
    assert phone == "+3225550111"
    assert found.normalized.country is None


@pytest.mark.parametrize(
    "code", ["{", '{"@type": "NGO",', "[" * 100_000, '{"a": 1} x', "// nothing", '{"@type": 3}', "null"]
)
def test_broken_json_is_told_and_breaks_nothing(code: str) -> None:
    found = listing(f'<script type="application/ld+json">{code}</script>')
    assert found.normalized.country
    assert {problem.kind for problem in found.problems} <= {"unread-structured-data"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "@graph", "name", "address", "telephone", "url", "publisher", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(_JSON)
def test_any_json_is_read(value: object) -> None:
    found = listing(ld(value, {**HOUSE, "address": value, "sameAs": value}))
    assert found.normalized.country
