"""What the pages of a site teach about one another: which of them are listings, and what is the site's own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from parsers.listing import parse
from parsers.model import Listing
from parsers.page import read_page
from parsers.site import count, learn
from sources.source import Source

BASE = "http://guide.example"
NAMES = ("Ash House", "Birch Desk", "Cedar Line", "Dogwood Café", "Elder Bus", "Fir Club")
SOURCE = Source(name="guide", start=BASE)


def detail(n: int, extra: str = "") -> str:
    return (
        f"<h1>{NAMES[n]}</h1>{extra}<p>A place for people number {n} who need somebody to talk to in the evening.</p>"
        f"<p><b>Country:</b> Ghana</p><p><b>City:</b> Town {n}</p><p><b>Telephone:</b> 030 276 000{n}</p>"
        f"<p><b>Languages:</b> English</p>"
    )


def read(pages: Mapping[str, str]) -> dict[str, list[Listing]]:
    """The listings of each page of a site, read together."""
    found = {path: read_page(f"<main>{html}</main>".encode(), BASE + path) for path, html in pages.items()}
    site = learn(count(found.values()))
    return {path: parse(page, SOURCE, site) for path, page in found.items()}


def details(extra: str = "") -> dict[str, str]:
    return {f"/{n}/": detail(n, extra) for n in range(len(NAMES))}


def row(n: int) -> str:
    return f'<tr><td><a href="/{n}/">{NAMES[n]}</a></td><td>Town {n}</td><td>030 276 000{n}</td></tr>'


def card(n: int) -> str:
    return f'<div><h3><a href="/{n}/">{NAMES[n]}</a></h3><p>City: Town {n}</p><p>Telephone: 030 276 000{n}</p></div>'


HEAD = "<tr><th>Name</th><th>City</th><th>Telephone</th></tr>"


@pytest.mark.parametrize(
    "index",
    [
        f"<table>{HEAD}{''.join(map(row, range(6)))}</table>",
        f"<table>{HEAD}{row(2)}</table>",
        f"<table>{HEAD}{''.join(map(row, range(6)))}<tr><td><a href='?p=1'>1</a> <a href='?p=2'>2</a></td></tr></table>",
        f"<h1>All</h1>{''.join(map(card, range(6)))}",
        f"<h1>All</h1>{card(1)}",
        "<h1>All</h1>" + "".join(f'<h3><a href="/{n}/">{NAMES[n]}</a></h3><p>City: Town {n}</p>' for n in range(6)),
    ],
)
def test_what_points_to_a_listing_is_none(index: str) -> None:
    found = read({**details(), "/": index})
    assert found.pop("/") == []
    assert [len(listings) for listings in found.values()] == [1] * 6


def test_rows_without_pages_of_their_own_are_listings() -> None:
    found = read({**details(), "/small/": f"<table>{HEAD}<tr><td>Gorse</td><td>Hove</td><td>030 276 0011</td></tr>"
                  "<tr><td>Hazel</td><td>Ilam</td><td>030 276 0012</td></tr></table>"})  # fmt: skip
    assert [listing.part for listing in found["/small/"]] == ["Gorse", "Hazel"]


def test_related_listings_below_a_listing_are_not_part_of_it() -> None:
    found = read({f"/{n}/": detail(n) + "<h2>See also</h2>" + card((n + 1) % 6) for n in range(6)})
    for n in range(6):
        (listing,) = found[f"/{n}/"]
        assert [contact.value for contact in listing.normalized.contacts] == [f"030 276 000{n}"]


def test_the_operators_contact_is_nobodys() -> None:
    box = "<div><b>City Hall</b><br>Phone: 030 276 9999<br>E-mail: hall@guide.example</div>"
    found = read({**details(box), "/news/": f"{box}<p>The library is closed on Monday.</p>"})
    assert found["/news/"] == []
    for n in range(6):
        (listing,) = found[f"/{n}/"]
        assert [contact.value for contact in listing.normalized.contacts] == [f"030 276 000{n}"]


def test_a_heading_of_sentences_is_no_label_although_it_recurs() -> None:
    def page(n: int) -> str:
        about = f"<h2>How it works</h2><p>Somebody listens to whoever comes through door number {n} of the house.</p>"
        return detail(n).replace("<p>A place for people", f"{about}<p>A place for people")

    found = read({f"/{n}/": page(n) for n in range(6)})
    for n in range(6):
        (listing,) = found[f"/{n}/"]
        assert "How it works" not in [field.label for field in listing.fields]
        assert f"door number {n}" in listing.descriptions[0].text


def test_a_line_that_every_page_prints_is_no_description() -> None:
    found = read(details("<p>Entered by the editors of the guide on a rainy day in autumn.</p>"))
    assert all("rainy" not in description.text for (one,) in found.values() for description in one.descriptions)


def test_the_name_is_no_part_of_the_street() -> None:
    html = "<h1>Ash House</h1><p><b>Address:</b><br>Ash House<br>12 Ring Road<br>London SE1 0AA</p><p><b>City:</b> London</p>"
    (listing,) = parse(read_page(f"<main>{html}</main>".encode(), BASE), SOURCE)
    (contact,) = listing.normalized.contacts
    assert contact.value == "12 Ring Road\nLondon SE1 0AA"
    assert listing.normalized.country and listing.normalized.country.code == "GB"


def test_further_names_stand_beside_the_name() -> None:
    html = "<h1>Ash House Trust</h1><p><b>Acronym:</b> AHT</p><p><b>City:</b> Hove</p><p><b>Country:</b> Ghana</p>"
    (listing,) = parse(read_page(f"<main>{html}</main>".encode(), BASE), SOURCE)
    assert [(name.text, name.kind) for name in listing.normalized.names] == [
        ("Ash House Trust", "name"),
        ("AHT", "acronym"),
    ]


def test_facts_in_a_sidebar_are_the_listings_and_what_recurs_there_is_not() -> None:
    def page(n: int) -> str:
        own = f"<p><b>Telephone:</b> 030 276 000{n}</p><p><b>City:</b> Town {n}</p>"
        site = "<p>Phone: 030 276 9999</p><p>E-mail: hall@guide.example</p>"
        return (
            f"<h1>{NAMES[n]}</h1><p>{'A place for people who need somebody to talk to in the evening. ' * 3}</p>"
            f"<p><b>Country:</b> Ghana</p><p><b>Languages:</b> English</p><aside>{own}{site}</aside>"
        )

    found = read({f"/{n}/": page(n) for n in range(6)})
    for n in range(6):
        (listing,) = found[f"/{n}/"]
        assert [contact.value for contact in listing.normalized.contacts] == [f"030 276 000{n}"]
        assert listing.normalized.region and listing.normalized.region.text == f"Town {n}"


def test_a_sidebar_without_facts_of_its_own_is_not_read() -> None:
    html = f"<main>{detail(0)}</main><aside><p>City: Hove is our town of the month</p></aside>"
    (listing,) = parse(read_page(html.encode(), BASE), SOURCE)
    assert [field.value for field in listing.fields if field.label == "City"] == ["Town 0"]


def test_what_stands_between_the_listings_of_a_page_is_told() -> None:
    rows = (
        "<tr><td>Gorse</td><td>Hove</td><td>030 276 0011</td></tr><tr><td></td><td>Ilam</td><td>030 276 0012</td></tr>"
    )
    more = "<tr><td>Western groups</td></tr><tr><td>Hazel</td><td>Ryde</td><td>030 276 0013</td></tr>"
    page = read_page(
        f"<main><p>Three groups without a house.</p><table>{HEAD}{rows}{more}</table></main>".encode(), BASE
    )
    first, second = parse(page, SOURCE)
    outside = [problem.seen for problem in first.problems if problem.kind == "outside-listings"]
    assert (first.part, second.part) == ("Gorse", "Hazel")
    assert outside == ["Three groups without a house.", "Ilam\n030 276 0012\nWestern groups"]
