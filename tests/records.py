"""Hand-made listings of fictional organisations, for tests of what comes after parsing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from parsers.model import (
    Address,
    Audience,
    Contact,
    ContactType,
    Description,
    Field,
    Listing,
    Name,
    Normalized,
    Passage,
    Problem,
    Status,
    Term,
)
from releases.build import ParsedPage, rows, write_part
from releases.release import publish, stage
from sources.source import Source

CRAWLED = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 9, 3, 4, 5, tzinfo=UTC)
SITE = "https://directory.example/"


def source(**changes: object) -> Source:
    values: dict[str, object] = {
        "name": "directory",
        "start": SITE,
        "title": "Directory of Examples",
        "license": "CC-BY-4.0",
        **changes,
    }
    return Source(**values)  # type: ignore[arg-type]


class Script:
    """A page's text as it is written, with the place of what was written last."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> tuple[int, int]:
        start = len(self.text)
        self.text += text + "\n"
        return start, start + len(text)


def listing(slug: str = "harbour", *, part: str | None = None, **changes: object) -> Listing:
    """A bilingual listing with one of everything: two audiences, a hidden e-mail, a blank label, a label nobody knows."""
    script = Script()
    passages: list[Passage] = []
    english = ["The Harbour House gives advice to families.", "It is open to everybody."]
    french = ["La Maison du Port conseille les familles.", "Elle est ouverte à tous."]
    for lang, paragraphs in (("en", english), ("fr", french)):
        passages += [Passage(*script.write(text), lang, 0.98) for text in paragraphs]
    fields: list[Field] = []

    def labelled(label: str, key: str | None, value: str, status: Status = "stated") -> int:
        label_start, label_end = script.write(label)
        start, end = script.write(value) if value else (label_end, label_end)
        fields.append(
            Field(label, key, value, status, f"html/body/p[{len(fields)}]", label_start, label_end, start, end)
        )
        return start

    def term(text: str, code: str | None, at: int) -> Term:
        return Term(text, code, at, at + len(text))

    country = term("Belgium", "BE", labelled("Country", "country", "Belgium"))
    region = term("Namur", "BE-WNA", labelled("Region", "region", "Namur"))
    at = labelled("Organization Name", "organization_name", "HH (Harbour House – Maison du Port)")
    names = (
        Name("HH", None, "acronym", at, at + 2),
        Name("Harbour House", "en", "name", at + 4, at + 17),
        Name("Maison du Port", "fr", "name", at + 20, at + 34),
    )
    at = labelled("Service Type", "service_type", "Counselling, Helpline")
    service_types = (term("Counselling", None, at), term("Helpline", None, at + 13))
    general = "Quai 1\n5000 Namur\nTel 081 555 01 00 ext. 012\nFax 081 555 01 01\nhello@harbour.example\nhttps://harbour.example/"
    at = labelled("Contact Details", "contact_details", general)

    def contact(
        audience: Audience, kind: ContactType, value: str, normalized: str | Address | None, status: Status = "stated"
    ) -> Contact:
        start = script.text.index(value, at)
        return Contact(audience, kind, value, normalized, start, start + len(value), status)

    contacts = [
        contact("general", "address", "Quai 1\n5000 Namur", Address("Quai 1", "5000", "Namur", None, "BE")),
        contact("general", "phone", "081 555 01 00 ext. 012", "+32815550100;ext=012"),
        contact("general", "fax", "081 555 01 01", "+32815550101"),
        contact("general", "email", "hello@harbour.example", "hello@harbour.example"),
        contact("general", "url", "https://harbour.example/", "https://harbour.example/"),
    ]
    at = labelled("For those Seeking Help", "contact_seeking_help", "Tel 081 555 01 02\n[email protected]")
    contacts += [
        contact("seeking_help", "phone", "081 555 01 02", "+32815550102"),
        contact("seeking_help", "email", "[email protected]", None, "redacted"),
    ]
    area = term("Province of Namur", None, labelled("Areas Served", "areas_served", "Province of Namur"))
    at = labelled("Languages", "languages", "French, English")
    languages = (term("French", "fr", at), term("English", "en", at + 8))
    kind = term("Charity", "ngo", labelled("Type of Organization", "organization_type", "Charity"))
    reach = term("Provincial", "regional", labelled("Reach", "reach", "Provincial"))
    labelled("Relations with Law Enforcement", "law_enforcement_relations", "", "blank")
    labelled("Mascot", None, "A heron")
    made = Listing(
        url=f"{SITE}{slug}/",
        file=None,
        title="Harbour House – Directory of Examples",
        part=part,
        page_languages=("en", "fr"),
        fields=tuple(fields),
        normalized=Normalized(
            country, region, names, service_types, kind, reach, languages, (area,), tuple(contacts), None
        ),
        passages=tuple(passages),
        descriptions=(
            Description("en", "\n".join(english), tuple(passages[:2])),
            Description("fr", "\n".join(french), tuple(passages[2:])),
        ),
        problems=(
            Problem("unknown-label", "Mascot", "Add the label to the vocabulary.", *_place(script.text, "Mascot")),
        ),
        accounted=0.95,
        text=script.text,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def renamed(made: Listing, name: str) -> Listing:
    """The same listing under another (English) name; its offsets are left as they are."""
    names = tuple(replace(old, text=name) if old.lang == "en" else old for old in made.normalized.names)
    return replace(made, normalized=replace(made.normalized, names=names))


def bare(slug: str = "bare", **changes: object) -> Listing:
    """A listing of which nothing is known but its page."""
    made = Listing(f"{SITE}{slug}/", None, None, None, (), (), Normalized(), (), (), text="Nothing here.")
    return replace(made, **changes)  # type: ignore[arg-type]


def page(*listings: Listing, url: str | None = None, offset: int = 0, **changes: object) -> ParsedPage:
    made = ParsedPage(
        url=url or (listings[0].url if listings else f"{SITE}empty/"),
        fetched_at=CRAWLED,
        warc_file="20261102T030405Z.warc.gz",
        warc_offset=offset,
        digest=f"sha1:{offset:032}",
        listings=listings,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def pages(count: int) -> list[ParsedPage]:
    """`count` different pages, each with one listing."""
    return [page(listing(f"org-{number}"), offset=number * 100) for number in range(count)]


def staged(
    folder: Path, captured: list[ParsedPage], crawled: datetime = CRAWLED, batch: int = 2, src: Source | None = None
) -> Path:
    """A release of these pages, staged in `folder` by way of parts of `batch` pages each."""
    src = src or source()
    parts = [
        write_part(folder / f"parts-{crawled:%d}" / str(start), rows(captured[start : start + batch], src))
        for start in range(0, len(captured), batch)
    ]
    return stage(folder, parts, src, crawled)


def published(folder: Path, captured: list[ParsedPage], crawled: datetime = CRAWLED) -> Path:
    return publish(staged(folder, captured, crawled))


def _place(text: str, found: str) -> tuple[int, int]:
    return text.index(found), text.index(found) + len(found)
