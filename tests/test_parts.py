"""Several listings on a page: found by their repetition in whatever markup, and told from the parts of one organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from parsers.listing import parse
from parsers.model import Address, Listing
from parsers.page import read_page
from sources.source import Source

URL = "http://guide.example/leeds/"
SOURCE = Source(name="guide", start=URL, country="GB")


class Org(NamedTuple):
    name: str
    street: str
    town: str
    phone: str
    email: str


ORGS = (
    Org("Ash House Trust", "12 Ring Road", "Leeds LS1 4AB", "0113 496 0101", "desk@ash-house.example"),
    Org("Birch Reading Desk", "3 Kirk Lane", "York YO1 7HH", "01632 960102", "read@birchdesk.example"),
    Org("Cedar Night Line", "77 Mill Street", "Hull HU1 2AA", "01632 960103", "night@cedarline.example"),
    Org("Dogwood Bicycle Kitchen", "5 Canal Bank", "Leeds LS2 8JT", "0113 496 0104", "spoke@dogwood.example"),
)


def mailto(o: Org) -> str:
    return f'<a href="mailto:{o.email}">{o.email}</a>'


def labelled(o: Org, tag: str = "p") -> str:
    return f"<{tag}>Address: {o.street}, {o.town}</{tag}><{tag}>Telephone: {o.phone}</{tag}><{tag}>E-mail: {o.email}</{tag}>"


def bare(o: Org, tag: str = "p") -> str:
    return f"<{tag}>{o.street}</{tag}<{tag}>{o.town}</{tag}><{tag}>{o.phone}</{tag}><{tag}>{mailto(o)}</{tag}>".replace(
        f"</{tag}<", f"</{tag}><"
    )


def dl(o: Org) -> str:
    return f"<dl><dt>Address</dt><dd>{o.street}<br>{o.town}</dd><dt>Phone</dt><dd>{o.phone}</dd><dt>E-mail</dt><dd>{o.email}</dd></dl>"


def joined(piece: Callable[[Org], str], between: str = "") -> Callable[[], str]:
    return lambda: between.join(map(piece, ORGS))


def row(o: Org, cell: str = "td") -> str:
    return f"<tr><{cell}>{o.name}</{cell}><td>{o.street}<br>{o.town}</td><td>{o.phone}</td><td>{o.email}</td></tr>"


HEAD = "<tr><th>Name</th><th>Address</th><th>Phone</th><th>E-mail</th></tr>"

MARKUPS: dict[str, Callable[[], str]] = {
    "card-h3": joined(lambda o: f'<div class="card"><h3>{o.name}</h3>{labelled(o)}</div>'),
    "card-strong": joined(lambda o: f'<div class="card"><p><strong>{o.name}</strong></p>{labelled(o)}</div>'),
    "card-title-class": joined(lambda o: f'<div class="card"><div class="title">{o.name}</div>{labelled(o, "div")}</div>'),
    "card-eyebrow": joined(lambda o: f'<div class="card"><span>Advice</span><h3>{o.name}</h3>{labelled(o)}</div>'),
    "card-rows-flex": joined(
        lambda o: f'<div class="row"><div class="c1">{o.name}</div><div class="c2">{o.street}, {o.town}</div>'
        f'<div class="c3">{o.phone}</div><div class="c4">{o.email}</div></div>'
    ),
    "article": joined(lambda o: f"<article><header><h2>{o.name}</h2></header>{labelled(o)}</article>"),
    "li-strong-br": lambda: "<ul>" + joined(
        lambda o: f"<li><strong>{o.name}</strong><br>{o.street}<br>{o.town}<br>Tel: {o.phone}<br>{o.email}</li>"
    )() + "</ul>",
    "li-one-line": lambda: "<ul>" + joined(
        lambda o: f"<li><b>{o.name}</b>, {o.street}, {o.town}, Tel. {o.phone}, {o.email}</li>"
    )() + "</ul>",
    "li-one-line-bare": lambda: "<ul>" + joined(
        lambda o: f"<li>{o.name}, {o.street}, {o.town}, {o.phone}, {o.email}</li>"
    )() + "</ul>",
    "headings": joined(lambda o: f"<h3>{o.name}</h3>{labelled(o)}"),
    "headings-bare": joined(lambda o: f"<h3>{o.name}</h3>{bare(o)}"),
    "headings-one-paragraph": joined(
        lambda o: f"<h3>{o.name}</h3><p>{o.street}<br>{o.town}<br>Tel: {o.phone}<br>E-mail: {o.email}</p>"
    ),
    "headings-dl": joined(lambda o: f"<h3>{o.name}</h3>{dl(o)}"),
    "bold-paragraphs": joined(lambda o: f"<p><b>{o.name}</b></p>{labelled(o)}"),
    "bold-br": joined(lambda o: f"<p><b>{o.name}</b><br>{o.street}<br>{o.town}<br>Phone: {o.phone}<br>E-mail: {o.email}</p>"),
    "paragraph-each": joined(lambda o: f"<p>{o.name}<br>{o.street}<br>{o.town}<br>{o.phone}<br>{o.email}</p>"),
    "hr-bold": joined(
        lambda o: f"<p><b>{o.name}</b></p><p>{o.street}, {o.town}</p><p>Tel: {o.phone}</p><p>{o.email}</p>", "<hr>"
    ),
    "hr-plain": joined(
        lambda o: f"<p>{o.name}</p><p>{o.street}, {o.town}</p><p>Tel: {o.phone}</p><p>E-mail: {o.email}</p>", "<hr>"
    ),
    "dl-each": joined(
        lambda o: f"<dl><dt>Name</dt><dd>{o.name}</dd><dt>Address</dt><dd>{o.street}, {o.town}</dd>"
        f"<dt>Phone</dt><dd>{o.phone}</dd><dt>E-mail</dt><dd>{o.email}</dd></dl>"
    ),
    "dl-one": lambda: "<dl>" + joined(
        lambda o: f"<dt>{o.name}</dt><dd>{o.street}</dd><dd>{o.town}</dd><dd>Tel: {o.phone}</dd><dd>E-mail: {o.email}</dd>"
    )() + "</dl>",
    "dl-one-br": lambda: "<dl>" + joined(
        lambda o: f"<dt>{o.name}</dt><dd>{o.street}<br>{o.town}<br>Tel: {o.phone}<br>{o.email}</dd>"
    )() + "</dl>",
    "dl-nested": lambda: "<dl>" + joined(lambda o: f"<dt>{o.name}</dt><dd>{dl(o)}</dd>")() + "</dl>",
    "table": lambda: f"<table>{HEAD}{joined(row)()}</table>",
    "table-thead": lambda: f"<table><thead>{HEAD}</thead><tbody>{joined(row)()}</tbody></table>",
    "table-th-scope": lambda: f"<table>{HEAD}{joined(lambda o: row(o, 'th'))()}</table>",
    "table-no-th": lambda: f"<table>{HEAD.replace('th>', 'td>')}{joined(row)()}</table>",
    "table-caption": lambda: f"<table><caption>Groups in the county</caption>{HEAD}{joined(row)()}</table>",
    "table-two-row-head": lambda: "<table><tr><th rowspan=2>Name</th><th rowspan=2>Address</th><th colspan=2>Contact</th></tr>"
    f"<tr><th>Phone</th><th>E-mail</th></tr>{joined(row)()}</table>",
    "table-website-link": lambda: f"<table>{HEAD}" + joined(
        lambda o: row(o).replace(o.name, f'<a href="http://{o.email.split("@")[1]}/">{o.name}</a>', 1)
    )() + "</table>",
    "table-rowspan-group": lambda: "<table><tr><th>Area</th><th>Name</th><th>Phone</th><th>E-mail</th></tr>" + "".join(
        f"<tr>{'<td rowspan=2>North</td>' if n % 2 == 0 else ''}<td>{o.name}</td><td>{o.phone}</td><td>{o.email}</td></tr>"
        for n, o in enumerate(ORGS)
    ) + "</table>",
    "table-no-head": lambda: f"<table>{joined(row)()}</table>",
    "table-head-organisation-unknown": lambda: f"<table>{HEAD.replace('Name', 'Who')}{joined(row)()}</table>",
    "table-each": joined(
        lambda o: f"<table><tr><th>Name</th><td>{o.name}</td></tr><tr><th>Address</th><td>{o.street}, {o.town}</td></tr>"
        f"<tr><th>Phone</th><td>{o.phone}</td></tr><tr><th>E-mail</th><td>{o.email}</td></tr></table>"
    ),
    "table-each-named-above": joined(
        lambda o: f"<h4>{o.name}</h4><table><tr><th>Address</th><td>{o.street}, {o.town}</td></tr>"
        f"<tr><th>Phone</th><td>{o.phone}</td></tr><tr><th>E-mail</th><td>{o.email}</td></tr></table>"
    ),
    "table-each-named-in-first-row": joined(
        lambda o: f"<table><tr><th colspan=2>{o.name}</th></tr><tr><td>Address</td><td>{o.street}, {o.town}</td></tr>"
        f"<tr><td>Phone</td><td>{o.phone}</td></tr><tr><td>E-mail</td><td>{o.email}</td></tr></table>"
    ),
    "layout-table-cells": lambda: "<table><tr>" + "</tr><tr>".join(
        f"<td><b>{a.name}</b><br>{a.street}<br>{a.town}<br>Tel: {a.phone}<br>{a.email}</td>"
        f"<td><b>{b.name}</b><br>{b.street}<br>{b.town}<br>Tel: {b.phone}<br>{b.email}</td>"
        for a, b in (ORGS[:2], ORGS[2:])
    ) + "</tr></table>",
    "details-summary": joined(lambda o: f"<details><summary>{o.name}</summary>{labelled(o)}</details>"),
    "accordion": joined(
        lambda o: f'<div class="acc"><h4 class="acc-head"><span>{o.name}</span></h4><div class="acc-body">{labelled(o)}</div></div>'
    ),
    "grouped-by-town": lambda: "<h2>West</h2>" + "".join(
        f"<div class=card><h3>{o.name}</h3>{labelled(o)}</div>" for o in ORGS[:2]
    ) + "<h2>East</h2>" + "".join(f"<div class=card><h3>{o.name}</h3>{labelled(o)}</div>" for o in ORGS[2:]),
    "grouped-sections": lambda: "".join(
        f"<section><h2>{area}</h2>" + "".join(f"<h3>{o.name}</h3>{labelled(o)}" for o in some) + "</section>"
        for area, some in (("West", ORGS[:3]), ("East", ORGS[3:]))
    ),
    "name-label-lines": joined(lambda o: f"<p>Name: {o.name}<br>Address: {o.street}, {o.town}<br>Tel: {o.phone}<br>E-mail: {o.email}</p>"),
    "name-website-link": joined(
        lambda o: f'<div class="card"><h3><a href="http://{o.email.split("@")[1]}/">{o.name}</a></h3>{labelled(o)}</div>'
    ),
    "name-anchor-link": joined(
        lambda o: f'<div class="card" id="{o.name[:3].lower()}"><h3><a href="#{o.name[:3].lower()}">{o.name}</a></h3>{labelled(o)}</div>'
    ),
}  # fmt: skip


def read(html: str, content_type: str = "text/html", source: Source = SOURCE) -> list[Listing]:
    return parse(read_page(html.encode(), URL, content_type), source)


def reached(listing: Listing) -> set[tuple[str, str]]:
    """What a listing can be reached by, without marks that vary."""
    found = set()
    for contact in listing.normalized.contacts:
        if isinstance(contact.normalized, Address):
            found.add(("address", contact.normalized.street or ""))
        elif contact.type in ("phone", "email"):
            found.add((contact.type, contact.normalized or ""))
    return found


def contacts_of(o: Org) -> set[tuple[str, str]]:
    return {("phone", "+44" + o.phone[1:].replace(" ", "")), ("email", o.email), ("address", o.street)}


@pytest.mark.parametrize("markup", sorted(MARKUPS))
def test_each_organisation_of_a_page_is_a_listing(markup: str) -> None:
    page = f"<title>Leeds - Guide</title><main><h1>Who helps in Leeds</h1><p>These groups answer to anybody who asks them.</p>{MARKUPS[markup]()}</main>"
    found = read(page)
    assert [[name.text for name in listing.normalized.names] for listing in found] == [[o.name] for o in ORGS]
    for listing, org in zip(found, ORGS, strict=True):
        wanted = contacts_of(org) - ({("address", org.street)} if markup == "table-rowspan-group" else set())
        assert reached(listing) == wanted
        assert not [problem for problem in listing.problems if problem.kind == "unaccounted-text"]


PLAIN = {
    "paragraphs": "\n\n".join(f"{o.name}\n{o.street}\n{o.town}\nTel: {o.phone}\n{o.email}" for o in ORGS),
    "labels": "\n\n".join(f"Name: {o.name}\nAddress: {o.street}, {o.town}\nTel: {o.phone}\nE-mail: {o.email}" for o in ORGS),
    "line-each": "\n".join(f"{o.name}, {o.street}, {o.town}, Tel {o.phone}, {o.email}" for o in ORGS),
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(PLAIN))
def test_each_organisation_of_a_text_file_is_a_listing(form: str) -> None:
    found = read(f"Who helps in Leeds\n\n{PLAIN[form]}\n", "text/plain")
    assert [[name.text for name in listing.normalized.names] for listing in found] == [[o.name] for o in ORGS]
    assert [reached(listing) for listing in found] == [contacts_of(o) for o in ORGS]


OFFICES = (
    Org("Leeds", "12 Ring Road", "Leeds LS1 4AB", "0113 496 0101", "leeds@ash-house.example"),
    Org("York", "3 Kirk Lane", "York YO1 7HH", "01632 960102", "york@ash-house.example"),
    Org("Hull", "77 Mill Street", "Hull HU1 2AA", "01632 960103", "hull@ash-house.example"),
)
ABOUT = (
    "<h1>Ash House Trust</h1><p>Ash House listens to people who have nobody to talk to at night.</p>"
    "<p><b>Type of service:</b> Counselling</p><p><b>Languages:</b> English, Polish</p><p><b>Reach:</b> Regional</p>"
)
OFFICE_HEAD = "<tr><th>Office</th><th>Address</th><th>Phone</th><th>E-mail</th></tr>"
SEVERAL_OFFICES: dict[str, str] = {
    "headings": ABOUT + "".join(f"<h3>{o.name}</h3>{labelled(o)}" for o in OFFICES),
    "headings-named-office": ABOUT + "".join(f"<h3>{o.name} office</h3>{labelled(o)}" for o in OFFICES),
    "bold": ABOUT + "".join(f"<p><b>{o.name} office</b></p>{labelled(o)}" for o in OFFICES),
    "cards-under-a-heading": ABOUT + "<h2>Our offices</h2>" + "".join(
        f"<div class=card><h3>{o.name}</h3>{labelled(o)}</div>" for o in OFFICES
    ),
    "dl-each": ABOUT + "".join(f"<h3>{o.name}</h3>{dl(o)}" for o in OFFICES),
    "table": ABOUT + f"<table>{OFFICE_HEAD}{''.join(map(row, OFFICES))}</table>",
    "table-name": ABOUT + f"<table>{HEAD}{''.join(map(row, OFFICES))}</table>",
    "facts-behind": ABOUT.partition("<p><b>")[0] + "".join(f"<h3>{o.name}</h3>{labelled(o)}" for o in OFFICES)
    + "<h2>Languages</h2><p>English, Polish</p><h2>Type of service</h2><p>Counselling</p>",
}  # fmt: skip


@pytest.mark.parametrize("markup", sorted(SEVERAL_OFFICES))
def test_an_organisation_with_several_offices_is_one_listing_with_all_their_contacts(markup: str) -> None:
    (listing,) = read(f"<main>{SEVERAL_OFFICES[markup]}</main>")
    assert listing.part is None
    assert [name.text for name in listing.normalized.names] == ["Ash House Trust"]
    assert reached(listing) == {contact for office in OFFICES for contact in contacts_of(office)}


NO_SEVERAL: dict[str, str] = {
    "offices of which nothing else is said": "<h1>Ash House Trust</h1>"
    + "".join(f"<h3>{o.name}</h3>{labelled(o)}" for o in OFFICES),
    "offices called after the organisation": "<h1>Ash House Trust</h1>"
    + "".join(f"<h3>Ash House Trust {o.name}</h3>{labelled(o)}" for o in OFFICES),
    "departments": "<h1>Ash House Trust</h1>"
    + "".join(
        f"<h3>{name}</h3><p>Phone: {o.phone}</p><p>E-mail: {o.email}</p>"
        for name, o in zip(("General enquiries", "Press office", "Donations"), OFFICES, strict=True)
    ),
    "staff in a table": ABOUT
    + "<h2>Staff</h2><table><tr><th>Name</th><th>Role</th><th>Phone</th></tr><tr><td>Ada Fictive</td><td>Director</td>"
    "<td>01632 960111</td></tr><tr><td>Bo Fictive</td><td>Nurse</td><td>01632 960112</td></tr></table>",
    "staff as cards": ABOUT
    + "<h2>Our team</h2>"
    + "".join(
        f"<div class=card><h3>{n} Fictive</h3><p>Phone: 01632 96011{k}</p><p>E-mail: {n}@ash.example</p></div>"
        for k, n in enumerate(("Ada", "Bo", "Cy"))
    ),
    "hours": ABOUT
    + "<table><tr><th>Day</th><th>Hours</th></tr><tr><td>Monday</td><td>9:00-17:00</td></tr><tr><td>Tuesday</td><td>9:00-12:00</td></tr></table>",
    "services": ABOUT
    + "<table><tr><th>Service</th><th>Phone</th></tr><tr><td>Night line</td><td>01632 960111</td></tr><tr><td>Day room</td><td>01632 960112</td></tr></table>",
    "two languages": "<h1>Ash House Trust</h1><h2>English summary</h2><p>Phone: 0113 496 0101</p><p>Languages: English</p>"
    "<h2>Résumé français</h2><p>Téléphone: 0113 496 0101</p><p>Langues: anglais</p>",
}  # fmt: skip


@pytest.mark.parametrize("page", sorted(NO_SEVERAL))
def test_parts_of_one_organisation_are_no_listings(page: str) -> None:
    found = read(f"<main>{NO_SEVERAL[page]}</main>")
    assert [(listing.part, [name.text for name in listing.normalized.names]) for listing in found] == [
        (None, ["Ash House Trust"])
    ]


def teaser(o: Org, n: int) -> str:
    return f'<div class="card"><h3><a href="/groups/{n}/">{o.name}</a></h3><p>{o.town}</p><p>Phone: {o.phone}</p></div>'


POINTERS: dict[str, str] = {
    "cards": "".join(teaser(o, n) for n, o in enumerate(ORGS)),
    "cards with a link line": "".join(
        f'<div class="card"><h3>{o.name}</h3><p>Phone: {o.phone}</p><p>{o.town}</p><p><a href="/groups/{n}/">Details</a></p></div>'
        for n, o in enumerate(ORGS)
    ),
    "items": "<ul>" + "".join(
        f'<li><a href="/groups/{n}/">{o.name}</a>, {o.town}, {o.phone}</li>' for n, o in enumerate(ORGS)
    ) + "</ul>",
    "rows": f"<table>{HEAD}" + "".join(
        row(o).replace(o.name, f'<a href="/groups/{n}/">{o.name}</a>', 1) for n, o in enumerate(ORGS)
    ) + "</table>",
}  # fmt: skip


@pytest.mark.parametrize("markup", sorted(POINTERS))
def test_what_leads_to_a_page_of_the_site_is_no_listing_although_that_page_is_not_given(markup: str) -> None:
    assert read(f"<main><h1>Who helps in Leeds</h1>{POINTERS[markup]}</main>") == []


@pytest.mark.parametrize("markup", sorted(POINTERS))
def test_what_leads_to_others_below_a_listing_is_none_of_its_own(markup: str) -> None:
    html = f"<main>{ABOUT}{labelled(OFFICES[0])}<h2>Nearby</h2>{POINTERS[markup]}</main>"
    (listing,) = read(html)
    assert reached(listing) == contacts_of(OFFICES[0])
    assert listing.accounted == 1.0


def test_an_anchor_names_a_listing_before_its_link_and_its_name() -> None:
    def card(name: str, anchor: str, link: str, n: int) -> str:
        return f"<div{anchor}><h3>{name}</h3><p>Phone: 01632 96020{n}</p><p>Languages: English</p><p>Hours: {n}</p><p>City: York</p>{link}</div>"

    html = (
        card("Ash", ' id="ash"', '<p><a href="/more/?x=1">More on Ash House and its people</a></p>', 1)
        + card("Birch", "", '<p>Read <a href="/more/?x=2">more</a> on them</p>', 2)
        + card("Cedar", "", '<p>See <a href="/terms/">our terms</a></p>', 3)
        + card("Dogwood", "", '<p>See <a href="/terms/">our terms</a></p>', 4)
    )
    found = read(f"<main><h1>Leeds</h1>{html}</main>")
    assert [listing.part for listing in found] == ["#ash", "http://guide.example/more/?x=2", "Cedar", "Dogwood"]


def test_an_anchor_that_only_counts_names_no_listing() -> None:
    html = "".join(f'<div id="card-{n}"><h3>{o.name}</h3>{labelled(o)}</div>' for n, o in enumerate(ORGS))
    assert [listing.part for listing in read(f"<main>{html}</main>")] == [o.name for o in ORGS]
    html = "".join(
        f'<div id="org-{n}"><h3>{o.name}</h3>{labelled(o)}</div>' for n, o in zip((17, 4, 52, 23), ORGS, strict=True)
    )
    assert [listing.part for listing in read(f"<main>{html}</main>")] == ["#org-17", "#org-4", "#org-52", "#org-23"]


def test_an_anchor_of_a_heading_or_before_it_names_the_listing() -> None:
    html = "".join(f'<h3 id="{o.name[:3]}">{o.name}</h3>{labelled(o)}' for o in ORGS)
    assert [listing.part for listing in read(f"<main>{html}</main>")] == [f"#{o.name[:3]}" for o in ORGS]
    html = "".join(f'<a name="{o.name[:3]}"></a><h3>{o.name}</h3>{labelled(o)}' for o in ORGS)
    assert [listing.part for listing in read(f"<main>{html}</main>")] == [f"#{o.name[:3]}" for o in ORGS]


def test_a_hundred_organisations_are_a_hundred_listings() -> None:
    orgs = [Org(f"House of the {n}th Lamp", f"{n} Ring Road", f"Leeds LS{n % 9 + 1} 4AB", f"01632 960{n:03}", f"h{n}@lamp{n}.example") for n in range(100)]  # fmt: skip
    for markup in (
        lambda o: f"<h3>{o.name}</h3>{bare(o)}",
        lambda o: f"<p><b>{o.name}</b><br>{o.street}<br>{o.town}<br>Tel. {o.phone}<br>{mailto(o)}</p>",
    ):
        found = read("<main><h1>All</h1>" + "".join(map(markup, orgs)) + "</main>")
        assert [reached(listing) for listing in found] == [contacts_of(o) for o in orgs]


def test_a_label_that_nobody_knows_is_a_field_where_all_cards_have_it() -> None:
    html = "".join(
        f"<div><h3>{o.name}</h3>{bare(o)}<p>Bring along: {thing}</p></div>"
        for o, thing in zip(ORGS, ("a cup", "a book", "a torch", "a tyre"), strict=True)
    )
    found = read(f"<main>{html}</main>")
    assert [[f.value for f in listing.fields if f.label == "Bring along"] for listing in found] == [
        ["a cup"], ["a book"], ["a torch"], ["a tyre"]
    ]  # fmt: skip


def test_the_accounted_share_is_that_of_the_page() -> None:
    cards = "".join(f"<div class=card><h3>{o.name}</h3>{labelled(o)}</div>" for o in ORGS)
    found = read(f"<main><h1>All</h1>{cards}</main>")
    assert {listing.accounted for listing in found} == {1.0}
    found = read(f"<main><h1>All</h1>{cards}<div>Zqx wvu</div></main>")
    letters = sum(map(str.isalpha, found[0].text))
    assert {listing.accounted for listing in found} == {1.0 - 6 / letters}
    assert [p.seen for p in found[0].problems if p.kind == "outside-listings"] == ["Zqx wvu"]
