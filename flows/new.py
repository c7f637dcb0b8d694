"""A directory nobody has described yet -> its proposed `source.yml`, and the labels that its pages print."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from fetchers.model import Progress
from flows.exits import InputError
from flows.sample import Sample, take_sample
from parsers.folding import fold
from parsers.listing import parse
from parsers.model import Field, Listing
from sources.source import KEYS, Source, SourceError

_TITLE_PARTS = re.compile(r"\s+[-–—|·•:«»]\s+|\s*\|\s*")
_RARE_LANGUAGE = 0.05
_LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Label:
    """A label as printed most often, in how many listings and on how many pages; `key` is what it is taken for there, most often.

    `example` is the first value that is not blank, on one line.
    """

    text: str
    listings: int
    pages: int
    key: str | None
    example: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a look at a directory found.

    `languages` are those of the listings, the most frequent first, `rare` those of fewer than one in twenty. `country` is
    what all listings that name one agree on, and at least half name. `labels` are sorted by how many listings print them;
    where no page reads like a listing they are those that came closest. `listing_pages` of `pages` hold `listings`.
    """

    start: str
    title: str | None
    languages: tuple[str, ...]
    rare: tuple[str, ...]
    country: str | None
    labels: tuple[Label, ...]
    pages: int
    listing_pages: int
    listings: int
    failures: Counter[str]
    capped: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def unknown(self) -> tuple[Label, ...]:
        """The labels that recur and that no vocabulary knows."""
        return tuple(label for label in self.labels if label.key is None and label.listings > 1)


def look(start: str, pages: int, progress: Callable[[Progress], None] | None = None) -> Proposal:
    """Look at a directory: at most so many pages from a URL, a local folder or a WARC file.

    InputError where a path leads nowhere, FetchError where the start cannot be had.
    """
    source = Source(name="new", start=start)
    if source.kind != "url":
        path = Path(start)
        if not path.exists():
            raise InputError(f"{start}: is no file or folder here. A web address begins with https:// or http://.")
        source = replace(source, start=str(path.resolve()))
    return propose(source, take_sample(source, pages, progress))


def propose(source: Source, sample: Sample) -> Proposal:
    """What a sample of a directory says of it. Pure."""
    listings = sample.listings
    found = Counter(language for listing in listings for language in listing.page_languages)
    languages = [language for language, _ in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
    frequent = [language for language in languages if found[language] >= _RARE_LANGUAGE * len(listings)]
    return Proposal(
        start=source.start,
        title=_site_title(sample),
        languages=tuple(frequent),
        rare=tuple(language for language in languages if language not in frequent),
        country=_country(listings),
        labels=_labels(listings or _closest(source, sample)),
        pages=len(sample.pages),
        listing_pages=sum(bool(sampled.listings) for sampled in sample.pages),
        listings=len(listings),
        failures=Counter(failure.kind for failure in sample.failures),
        capped=sample.capped,
        errors=tuple(f"{sampled.page.url}: {sampled.error}" for sampled in sample.pages if sampled.error),
    )


def source_yml(proposal: Proposal) -> str:
    """The proposed `source.yml`; what a person has to decide stands in it as comments."""
    lines = [_entry("title", proposal.title)] if proposal.title else []
    lines.append(_entry("start", proposal.start))
    lines.append("# contact: who runs this refresh, for the site's owner to write to (goes into the User-Agent)")
    if proposal.languages:
        lines.append(_entry("languages", list(proposal.languages)))
    if proposal.rare:
        lines.append(f"# seen seldom: {', '.join(proposal.rare)}")
    if proposal.country:
        lines.append(_entry("country", proposal.country))
    if proposal.unknown:
        lines += [
            "# Labels that recur, and that no vocabulary knows. Say what they are, or leave them: they are kept as printed.",
            f"# Keys: {', '.join(KEYS)}",
            "# labels:",
        ]
        lines += [
            f"#   {_quoted(label.text)}: other  # {label.listings} times, as {_quoted(label.example)}"
            for label in proposal.unknown
        ]
    return "\n".join(lines) + "\n"


def new_folder(sources: Path, name: str) -> Path:
    """The folder of a source that is not there yet; SourceError where there is one, or the name is no folder's name."""
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise SourceError(f"{name}: is no name for a source. Take letters, digits, hyphens, dots and underscores.")
    folder = sources / name
    if (folder / "source.yml").exists():
        raise _taken(folder)
    return folder


def write_source(folder: Path, text: str) -> Path:
    """Write a new source.yml; SourceError where there is one: it is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "source.yml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise _taken(folder) from None
    return path


def _taken(folder: Path) -> SourceError:
    return SourceError(
        f"{folder / 'source.yml'}: is there already, and is not overwritten. Take another name, or edit it."
    )


def _entry(key: str, value: str | list[str]) -> str:
    text = str(yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000))
    return f"{key}: {text.removesuffix('...' + chr(10)).rstrip()}"


def _quoted(text: str) -> str:
    """A text as a YAML double-quoted scalar on one line."""
    return json.dumps("".join(c if c.isprintable() else " " for c in text), ensure_ascii=False)


def _closest(source: Source, sample: Sample) -> list[Listing]:
    """What the pages give when any label is enough."""
    site = replace(sample.site, fewest_keys=0)
    return [listing for sampled in sample.pages if not sampled.error for listing in parse(sampled.page, source, site)]


def _labels(listings: Sequence[Listing]) -> tuple[Label, ...]:
    printed: dict[str, list[tuple[int, str, Field]]] = defaultdict(list)
    for number, listing in enumerate(listings):
        for field in listing.fields:
            if field.status != "absent":
                printed[fold(field.label)].append((number, listing.url, field))
    labels = []
    for places in printed.values():
        values = (" ".join(field.value.split()) for _, _, field in places)
        labels.append(
            Label(
                text=_most_common(" ".join(field.label.split()) for _, _, field in places) or "",
                listings=len({number for number, _, _ in places}),
                pages=len({url for _, url, _ in places}),
                key=_most_common(field.key for _, _, field in places),
                example=_shortened(next(filter(None, values), "")),
            )
        )
    return tuple(sorted(labels, key=lambda label: (-label.listings, label.text)))


def _most_common(items: Any) -> str | None:
    counted: Counter[str | None] = Counter(items)
    return min(counted, key=lambda item: (-counted[item], item or ""))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1].rstrip() + "…"


def _country(listings: Sequence[Listing]) -> str | None:
    codes = [listing.normalized.country.code for listing in listings if listing.normalized.country]
    stated = [code for code in codes if code]
    return stated[0] if len(set(stated)) == 1 and 2 * len(stated) >= len(listings) else None


def _site_title(sample: Sample) -> str | None:
    """The part that most pages' titles share ("... | Name of the site"), else what the start calls itself."""
    titles = [" ".join(sampled.page.title.split()) for sampled in sample.pages if sampled.page.title]
    shared = Counter(part for title in titles for part in {part for part in _TITLE_PARTS.split(title) if part})
    enough = max(3, len(titles) / 2)
    common = [part for part, count in shared.items() if count >= enough]
    if common:
        return min(common, key=lambda part: (-shared[part], -len(part), part))
    start = next((sampled.page for sampled in sample.pages if sampled.page.url == sample.start), None)
    title = (start.title or start.heading) if start else None
    return " ".join(title.split()) if title else None
