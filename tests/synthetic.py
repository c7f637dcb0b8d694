"""A fictional directory as a site: pages rendered from a template, edited as people edit them or damaged as sites get damaged,
and read by the project's own parser into the tables of a release."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from parsers.listing import parse
from parsers.page import read_page
from parsers.site import count, learn
from releases.build import ParsedPage, rows, write_part
from releases.release import release_name
from releases.schema import ORIGIN
from sources.source import Source

SITE = "https://directory.example/"
BEGAN = datetime(2026, 1, 5, 4, 0, 0, tzinfo=UTC)
SECTIONS = ("housing", "debt-advice", "family", "migration", "disability", "victim-support")
PLACES = ("Leeds", "York", "Hull", "Bath", "Derby", "Truro", "Exeter", "Lincoln", "Durham", "Oxford", "Wells", "Ely")
KINDS = ("Charity", "Association", "Foundation", "Government agency", "University", "Private company")
REACHES = ("Local", "Regional", "National", "International")
SERVICES = (
    "Counselling",
    "Helpline",
    "Legal advice",
    "Night shelter",
    "Training",
    "Mediation",
    "Home visits",
    "Peer group",
)
ALOFT = (
    "Harbour",
    "Lantern",
    "Meadow",
    "Bridge",
    "Willow",
    "Anchor",
    "Beacon",
    "Orchard",
    "Compass",
    "Heron",
    "Granite",
    "Maple",
)
ENDS = ("House", "Trust", "Circle", "Project", "Centre", "Network", "Forum", "Association", "Workshop", "Alliance")
WHO = ("families", "tenants", "young people", "neighbours", "newcomers", "carers", "older people", "students")
DOES = ("gives advice to", "opens its doors to", "works with", "finds homes for", "speaks for", "accompanies")
WHEN = (
    "every weekday",
    "on two evenings a week",
    "whenever they call",
    "after an interview",
    "in small groups",
    "at home",
)
QUI = (
    "les familles",
    "les locataires",
    "les jeunes",
    "les voisins",
    "les personnes âgées",
    "les étudiants",
    "les proches",
)
FAIT = ("conseille", "accueille", "accompagne", "écoute", "héberge", "défend")
QUAND = ("chaque jour ouvrable", "deux soirs par semaine", "après un entretien", "en petits groupes", "à domicile")


@dataclass(frozen=True)
class Org:
    """An organisation of the directory: its address there, and what its page prints, label by label."""

    path: str
    name: str
    fields: dict[str, str]
    texts: dict[str, list[str]]


@dataclass(frozen=True)
class Look:
    """How the site shows its pages: labels by other names, and what becomes of a page's HTML in the end."""

    labels: dict[str, str] = field(default_factory=dict)
    extra: str = ""
    page: Callable[[str, Org], str] = lambda html, org: html
    body: Callable[[bytes, Org], bytes] = lambda body, org: body


def organisation(rng: random.Random, number: int) -> Org:
    name = f"{rng.choice(ALOFT)} {rng.choice(ALOFT)} {rng.choice(ENDS)} {number}"
    slug = name.lower().replace(" ", "-")
    place = rng.choice(PLACES)
    contact = [f"Tel 020 7946 {number % 1000:04}", f"info@{slug}.example", f"https://{slug}.example/"]
    fields = {
        "Country": rng.choice(("United Kingdom", "United Kingdom", "United Kingdom", "Ireland")),
        "Region": place,
        "Service Type": ", ".join(rng.sample(SERVICES, rng.randint(1, 3))),
        "Contact Details": "\n".join(contact),
        "Languages": rng.choice(("English", "English, French", "English, Polish", "English, Arabic, Urdu")),
        "Type of Organization": rng.choice(KINDS),
        "Reachout Capacity": rng.choice(REACHES),
    }
    if rng.random() < 0.6:
        fields["Contact for those Seeking Help"] = f"Tel 020 7946 {(number * 7 + 500) % 1000:04}\nhelp@{slug}.example"
    if rng.random() < 0.3:
        fields["Mascot"] = f"A {rng.choice(ALOFT).lower()} called {rng.choice(ALOFT)}"
    french = name.split()[0]
    texts = {
        "en": [
            f"The {name} {rng.choice(DOES)} {rng.choice(WHO)} and {rng.choice(WHO)} in {place}, {rng.choice(WHEN)}.",
            f"Its {rng.randint(2, 40)} volunteers have been there for {rng.choice(WHO)} since {rng.randint(1950, 2020)}, and nobody has to pay.",
        ]
    }
    if rng.random() < 0.7:
        texts["fr"] = [
            f"La maison {french} {number} {rng.choice(FAIT)} {rng.choice(QUI)} et {rng.choice(QUI)} de la région, {rng.choice(QUAND)}.",
            f"Depuis {rng.randint(1950, 2020)}, ses {rng.randint(2, 40)} bénévoles sont là pour {rng.choice(QUI)}, et personne ne doit payer.",
        ]
    return Org(f"{SECTIONS[number % len(SECTIONS)]}/{slug}/", name, fields, texts)


def directory(size: int, seed: int = 0) -> list[Org]:
    rng = random.Random(seed)
    return [organisation(rng, number) for number in range(size)]


def churned(orgs: Sequence[Org], rng: random.Random, numbers: Sequence[int]) -> list[Org]:
    """The directory some weeks later: some are gone, some new, some have edited a field, a name or their text."""
    kept = [org for org in orgs if rng.random() > 0.03]
    kept = [_edited(org, rng) if rng.random() < 0.1 else org for org in kept]
    return kept + [organisation(rng, number) for number in numbers]


def _edited(org: Org, rng: random.Random) -> Org:
    fresh = organisation(rng, rng.randrange(1000))
    what = rng.randrange(4)
    if what == 0:
        label = rng.choice(sorted(org.fields))
        return replace(org, fields={k: v for k, v in org.fields.items() if k != label})
    if what == 1:
        label = rng.choice(sorted(org.fields))
        return replace(org, fields=org.fields | {label: fresh.fields.get(label, org.fields[label])})
    if what == 2:
        return replace(org, texts={"en": fresh.texts["en"], **({"fr": org.texts["fr"]} if "fr" in org.texts else {})})
    return replace(org, name=f"{org.name} and Friends")


def render(org: Org, look: Look) -> bytes:
    lines = [f"<p><strong>{look.labels.get('Organization Name', 'Organization Name')}:</strong> {org.name}</p>"]
    for label, value in org.fields.items():
        text = value.replace("\n", "<br>")
        lines.append(f"<p><strong>{look.labels.get(label, label)}:</strong> {text}</p>")
    lines += [f"<p>{text}</p>" for texts in org.texts.values() for text in texts]
    html = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{org.name} – Directory</title></head><body>"
        f"<nav><a href=/>Home</a> <a href=/about/>About</a> <a href=/login/>Log in</a></nav><main><h1>{org.name}</h1>"
        f"{''.join(lines)}{look.extra}</main><footer>Directory of Examples</footer></body></html>"
    )
    return look.body(look.page(html, org).encode(), org)


ABOUT = b"<!DOCTYPE html><html lang=en><title>About</title><main><h1>About</h1><p>This directory has been kept since 1998.</p></main>"


def source(**changes: object) -> Source:
    return replace(Source(name="directory", start=SITE, languages=("en", "fr")), **changes)  # type: ignore[arg-type]


def released(
    folder: Path,
    week: int,
    orgs: Sequence[Org],
    look: Look | None = None,
    others: Mapping[str, bytes] = MappingProxyType({}),
    gone: Iterable[str] = (),
) -> Path:
    """The tables that a crawl of that week gives, in a folder named like a release.

    `others` are pages beside those of the organisations, by path; `gone` the paths of pages that were there once.
    """
    crawled = BEGAN + timedelta(weeks=week)
    look = look or Look()
    bodies = {f"{SITE}{org.path}": render(org, look) for org in orgs} | {f"{SITE}about/": ABOUT}
    bodies |= {f"{SITE}{path}": body for path, body in others.items()}
    once = {body: url for url, body in sorted(bodies.items(), reverse=True)}  # a crawl keeps one of several copies
    pages = [read_page(body, url, "text/html") for body, url in sorted(once.items(), key=lambda item: item[1])]
    site = learn(count(pages))
    parsed = [
        ParsedPage(page.url, crawled, listings=tuple(parse(page, source(), site)), title=page.title, text=page.text)
        for page in pages
    ]
    parsed += [ParsedPage(f"{SITE}{path}", crawled, state="gone") for path in gone]
    made = {name: table.drop_columns([ORIGIN]) for name, table in rows(parsed, source()).items()}
    return write_part(folder / release_name(crawled), made)
