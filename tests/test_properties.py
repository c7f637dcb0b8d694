"""Whatever bytes a site serves: reading never fails, every offset points at what it claims, and no letter is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.boilerplate import is_boilerplate
from parsers.links import is_link_line
from parsers.listing import parse
from parsers.model import Contact, Field, Listing, Name, Page, Term
from parsers.page import read_page
from parsers.record import record
from parsers.site import Site, count, learn
from sources.source import Source

URL = "https://guide.example/entry"
SOURCE = Source(name="guide", start="https://guide.example/", labels={"Mother tongue": "languages"})

thorough = settings(
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

LABELS = (
    "Country", "Pays / Land", "Region", "Organisation name", "Name", "Type of service", "Contact details", "Tel", "Fax",
    "E-mail", "Website", "Address", "Adresse", "Contact for people seeking help", "Areas Served, Languages Operating in",
    "Languages", "Langues", "Reach", "Type of organisation", "Description", "Beschreibung", "Note", "Opening hours", "国家",
    "الهاتف", "Mother tongue", "Relations with law enforcement",
)  # fmt: skip
VALUES = (
    "Belgium", "België - Belgique", "Maison du Lac (MdL) / Lake House", "+32 2 555 01 23 (24/7), Fax: 02 555 01 24",
    "office [at] guide [dot] example", "info@guide.example; help@guide.example", "www.guide.example/help?a=1&b=2",
    "Rue du Lac 12, 1000 Bruxelles", "English, français & Nederlands / العربية", "National", "NGO", "***", "-", "n/a", ":",
    "The house gives advice to families, and asks for no papers. La maison est ouverte à tous, sans rendez-vous.",
    "Das Haus berät Familien kostenlos.\nHet huis is open voor iedereen.", "\u200eالبيت مفتوح للجميع\u200f", "İI ﬁ ß ẞ ǆ",
    "e\u0301 \u00a0 \u2028 \ufeff \u200b |", "🇧🇪 👩‍👩‍👧 𝒜",
)  # fmt: skip
TAGS = (
    "p", "div", "h1", "h2", "h3", "dl", "dt", "dd", "table", "tr", "td", "th", "ul", "li", "b", "strong", "span", "a", "pre",
    "em", "section", "article", "nav", "footer", "form", "blockquote", "label", "font", "caption", "tbody", "script", "template",
)  # fmt: skip
ATTRIBUTES = (
    "", ' class="label"', ' id="x"', ' href="/entry"', ' href="mailto:info@guide.example"', ' href="tel:+3225550123"', " hidden",
    ' rel="tag" href="/belgium"', ' colspan="3"', ' rowspan="2"', ' rowspan="99999999999"', ' style="display:none"', ' href="http://["',
    ' data-cfemail="543d3a323b143331203d30317a312c35392438"', ' role="navigation"', ' lang="fr"',
)  # fmt: skip

words = st.text(st.characters(codec="utf-8"), max_size=20)
texts = st.one_of(
    st.builds("{}: {}".format, st.sampled_from(LABELS), st.sampled_from(VALUES)),
    st.sampled_from(LABELS),
    st.sampled_from(VALUES),
    words,
)


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An element around some content, sometimes never closed or closed as another."""
    return st.builds(
        lambda tag, attribute, content, end: f"<{tag}{attribute}>{content}" + (f"</{end or tag}>" if end != "" else ""),
        st.sampled_from(TAGS),
        st.sampled_from(ATTRIBUTES),
        inner.map(lambda parts: parts if isinstance(parts, str) else "".join(parts)),
        st.sampled_from((None, None, None, None, "", "p", "table")),
    )


fragments = st.recursive(
    st.one_of(texts, st.just("<br>")),
    lambda inner: element(st.lists(inner, min_size=1, max_size=5).map("".join)),
    max_leaves=40,
)
records = st.lists(
    st.tuples(st.sampled_from(("p", "li", "div", "h3", "td", "dt")), st.sampled_from(LABELS), texts),
    min_size=3,
    max_size=10,
).map(lambda rows: "".join(f"<{tag}><b>{label}:</b> {value}</{tag}>" for tag, label, value in rows))
pairs = st.lists(st.tuples(st.sampled_from(LABELS), texts), min_size=3, max_size=10)
tables = pairs.map(lambda rows: "<table>" + "".join(f"<tr><th>{a}</th><td>{b}</td></tr>" for a, b in rows) + "</table>")
definitions = pairs.map(lambda rows: "<dl>" + "".join(f"<dt>{a}<dd>{b}" for a, b in rows) + "</dl>")
lines = pairs.map(lambda rows: "<p>" + "<br>".join(f"{a}: {b}" for a, b in rows))
heads = st.tuples(
    st.lists(st.sampled_from(LABELS), min_size=2, max_size=5), st.lists(st.lists(texts, max_size=6), max_size=4)
).map(
    lambda both: (
        "<table><tr>"
        + "".join(f"<th>{label}" for label in both[0])
        + "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in both[1])
        + "</table>"
    )
)
documents = st.lists(st.one_of(fragments, records, tables, definitions, lines, heads), max_size=4).map("".join)
encodings = st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "windows-1251"))
bodies = st.one_of(
    st.builds(lambda text, name: text.encode(name, errors="replace"), documents, encodings),
    st.builds(lambda text, cut: text.encode()[cut:], documents, st.integers(0, 40)),
    st.binary(max_size=400),
    st.lists(texts, max_size=12).map(lambda parts: "\n".join(parts).encode()),
)
content_types = st.sampled_from(
    (None, "text/html; charset=utf-8", "text/plain", "text/html; charset=nonsense", "text/html")
)


@thorough
@given(bodies, content_types)
def test_any_bytes_make_a_page_whose_offsets_hold(body: bytes, content_type: str | None) -> None:
    page = read_page(body, URL, content_type)
    assert page.text == "\n".join(block.text for block in page.blocks)
    for block in page.blocks:
        assert block.text and page.text[block.start : block.end] == block.text
        for start, end, _ in (*block.runs, *block.hidden):
            assert block.start <= start <= end <= block.end
        for link in block.links:
            assert block.start <= link.start <= link.end <= block.end
    for link in page.links:
        assert 0 <= link.start <= link.end


@thorough
@given(bodies, content_types)
def test_any_page_is_parsed_and_every_offset_points_at_what_it_claims(body: bytes, content_type: str | None) -> None:
    page = read_page(body, URL, content_type)
    for site in (Site(), learn(count([page] * 3))):
        found = parse(page, SOURCE, site)
        assert found == parse(page, SOURCE, site)
        for listing in found:
            _points_at_what_it_claims(page, listing)
            assert record(listing)["fields"] is not None
            assert 0.0 <= listing.accounted <= 1.0


@thorough
@given(documents)
def test_no_letter_of_a_listing_is_lost(document: str) -> None:
    page = read_page(document.encode(), URL, "text/html; charset=utf-8")
    found = parse(page, SOURCE)
    if len(found) != 1 or found[0].part is not None:
        return
    assert _lost(page, found[0]) == ""


def _points_at_what_it_claims(page: Page, listing: Listing) -> None:
    for field in listing.fields:
        _field_holds(page, field)
    for text, claim in _claims(listing):
        assert _reads(page.text[claim.start : claim.end], text), claim
    for passage in listing.passages:
        assert 0 <= passage.start < passage.end <= len(page.text)
    for description in listing.descriptions:
        pieces = [page.text[p.start : p.end] for p in description.passages]
        assert "".join(description.text.split()) == "".join("".join(pieces).split())
    for problem in listing.problems:
        if problem.start is not None and problem.end is not None:
            assert problem.seen in page.text[problem.start : problem.end], problem


def _field_holds(page: Page, field: Field) -> None:
    assert page.text[field.label_start : field.label_end] == field.label
    assert field.value == "\n".join(line.text for line in field.lines)
    for line in field.lines:
        assert line.text and page.text[line.start : line.end] == line.text
    if field.lines:
        assert (field.start, field.end) == (field.lines[0].start, field.lines[-1].end)
    else:
        assert field.status == "blank" and field.start == field.end <= len(page.text)


def _reads(stretch: str, text: str) -> bool:
    """Whether a stretch of the page is the text: from line to line there may be more in between (the edges of a cell)."""
    lines = [re.escape(line) for line in text.split("\n")]
    return bool(re.fullmatch(r"\W*\n\W*".join(lines), stretch))


def _claims(listing: Listing) -> Iterator[tuple[str, Name | Term | Contact]]:
    """Everything that says where it stands, with what it says stands there."""
    values = listing.normalized
    alone = (values.country, values.region, values.organization_type, values.reach, values.law_enforcement_relations)
    terms = (*alone, *values.service_types, *values.languages, *values.areas_served)
    yield from ((term.text, term) for term in terms if term)
    yield from ((name.text, name) for name in values.names)
    yield from ((contact.value, contact) for contact in values.contacts)


def _lost(page: Page, listing: Listing) -> str:
    """The letters of the page's main area that are in no field, passage, heading, boilerplate or problem."""
    accounted = set[int]()
    for field in listing.fields:
        accounted.update(range(field.label_start, field.label_end))
        for line in field.lines:
            accounted.update(range(line.start, line.end))
    for passage in listing.passages:
        accounted.update(range(passage.start, passage.end))
    for problem in listing.problems:
        if problem.start is not None and problem.end is not None:
            accounted.update(range(problem.start, problem.end))
    lost = []
    for block in page.blocks:
        if (
            block.area != "main"
            or block.text in listing.headings
            or is_boilerplate(block, Site())
            or is_link_line(block)
        ):
            continue
        letters = [i for i in range(block.start, block.end) if page.text[i].isalpha() and i not in accounted]
        if letters:
            lost.append(page.text[letters[0] : letters[-1] + 1])
    return " | ".join(lost)
