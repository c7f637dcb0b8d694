"""Generated listings for the benchmarks of releases: fictional, bilingual, each different, as parsing would give them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from parsers.model import Address, Contact, Description, Field, Listing, Name, Normalized, Passage, Problem, Term
from releases.build import ParsedPage, rows, write_part
from sources.source import Source

CRAWLED = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 8, tzinfo=UTC)
SOURCE = Source("bench", "https://bench.example/", title="Bench", license="CC0-1.0")
BATCH = 700
_WORDS = "harbour lantern meadow bridge willow anchor beacon orchard compass heron granite maple river stone field tower".split()
_MOTS = (
    "maison port lanterne pré pont saule ancre phare verger boussole granit érable rivière pierre champ tour".split()
)
_CITIES = (("Namur", "BE", "BE-WNA"), ("Leeds", "GB", "GB-LDS"), ("Lyon", "FR", "FR-69"), ("Bern", "CH", "CH-BE"))
_KINDS = (("Charity", "ngo"), ("Public body", "government"), ("University", "academic"))


class _Script:
    """A page's text as it is written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.end = 0

    def write(self, text: str) -> tuple[int, int]:
        start = self.end
        self.lines.append(text)
        self.end += len(text) + 1
        return start, start + len(text)


def listing(number: int, edited: bool = False) -> Listing:
    """The listing of that number; `edited`: as it is after somebody has changed its telephone number and its text."""
    rng = random.Random(number)
    script = _Script()
    fields: list[Field] = []

    def labelled(label: str, key: str | None, value: str) -> int:
        label_start, label_end = script.write(label)
        start, end = script.write(value) if value else (label_end, label_end)
        status = "stated" if value else "blank"
        path = f"html/body/main/p[{len(fields)}]"
        fields.append(Field(label, key, value, status, path, label_start, label_end, start, end))  # type: ignore[arg-type]
        return start

    city, land, region = rng.choice(_CITIES)
    name = f"{rng.choice(_WORDS).title()} {rng.choice(_WORDS).title()} {number}"
    nom = f"{rng.choice(_MOTS).title()} {rng.choice(_MOTS)} {number}"
    phone = f"+3281555{number % 10000:04}{'1' if edited else ''}"
    at = labelled("Country", "country", land)
    country = Term(land, land, at, at + len(land))
    at = labelled("Region", "region", city)
    place = Term(city, region, at, at + len(city))
    at = labelled("Organization Name", "organization_name", f"{name} – {nom}")
    names = (
        Name(name, "en", "name", at, at + len(name)),
        Name(nom, "fr", "name", at + len(name) + 3, at + len(name) + 3 + len(nom)),
    )
    services = rng.sample(_WORDS, 2)
    at = labelled("Service Type", "service_type", ", ".join(services))
    kinds = (
        Term(services[0], None, at, at + len(services[0])),
        Term(services[1], None, at + len(services[0]) + 2, at + len(services[0]) + 2 + len(services[1])),
    )
    email, url = f"info@org-{number}.example", f"https://org-{number}.example/"
    street = f"Quai {number % 90 + 1}"
    at = labelled("Contact Details", "contact_details", f"{street}\n5000 {city}\n{phone}\n{email}\n{url}")
    address = f"{street}\n5000 {city}"
    contacts = [
        Contact("general", "address", address, Address(street, "5000", city, None, land), at, at + len(address))
    ]
    for kind, value in (("phone", phone), ("email", email), ("url", url)):
        at += len(contacts[-1].value) + 1
        contacts.append(Contact("general", kind, value, value, at, at + len(value)))  # type: ignore[arg-type]
    at = labelled("Languages", "languages", "French, English")
    languages = (Term("French", "fr", at, at + 6), Term("English", "en", at + 8, at + 15))
    printed, code = rng.choice(_KINDS)
    at = labelled("Type of Organization", "organization_type", printed)
    kind_of = Term(printed, code, at, at + len(printed))
    at = labelled("Reach", "reach", "Regional")
    labelled("Relations with Law Enforcement", "law_enforcement_relations", "")
    labelled("Mascot", None, f"A {rng.choice(_WORDS)}")
    passages: list[Passage] = []
    descriptions = []
    for lang, words in (("en", _WORDS), ("fr", _MOTS)):
        paragraphs = [" ".join(rng.choices(words, k=40)) + f" {number}." for _ in range(2)]
        if edited:
            paragraphs[0] += " And more."
        found = [Passage(*script.write(paragraph), lang, 0.98) for paragraph in paragraphs]
        passages += found
        descriptions.append(Description(lang, "\n".join(paragraphs), tuple(found)))
    reach = Term("Regional", "regional", at, at + 8)
    return Listing(
        url=f"https://bench.example/{number}/",
        file=None,
        title=name,
        part=None,
        page_languages=("en", "fr"),
        fields=tuple(fields),
        normalized=Normalized(country, place, names, kinds, kind_of, reach, languages, (), tuple(contacts)),
        passages=tuple(passages),
        descriptions=tuple(descriptions),
        problems=(Problem("unknown-label", "Mascot", "Add the label to the vocabulary."),),
        text="\n".join(script.lines),
    )


def parts(folder: Path, count: int, later: bool = False) -> list[Path]:
    """The parts of a release of so many listings; `later`: one in a hundred is gone, as many are new, and 3 % are edited."""
    crawled = LATER if later else CRAWLED
    numbers = [n + count if later and n % 100 == 7 else n for n in range(count)]
    made = []
    for batch, start in enumerate(range(0, count, BATCH)):
        captured = list(_pages(numbers[start : start + BATCH], crawled, later))
        made.append(write_part(folder / f"{batch:06}", rows(captured, SOURCE)))
    return made


def _pages(numbers: list[int], crawled: datetime, later: bool) -> Iterator[ParsedPage]:
    for number in numbers:
        made = listing(number, edited=later and number % 33 == 5)
        digest = f"sha1:{number:032}"
        yield ParsedPage(made.url, crawled, "20260101000000.warc.gz", number * 5000, digest, listings=(made,))
