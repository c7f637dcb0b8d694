"""What a run came to: counts for people, and where the release is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fetchers.model import Crawl
from flows.batches import Parsed
from parsers.site import SiteCounts
from releases.bucket import made_as
from releases.checks import Finding
from reports.run import Failed, Run

_FAILURES = 20
"""Failures that a story tells of."""


class NoListingsError(Exception):
    """Pages were fetched, and none reads like a listing; says how many, and which labels came closest."""

    def __init__(self, source: str, counts: SiteCounts) -> None:
        closest = [f"{label!r} ({pages} pages)" for label, pages in _common(counts.labels)]
        super().__init__(
            f"{source}: no listing found among {counts.pages} pages. "
            + (f"Labels that came closest: {', '.join(closest)}. " if closest else "No label was seen on any. ")
            + "Start at the directory itself, or name its labels under `labels:` in source.yml "
            "(`listings parse URL` shows what one page gives)."
        )


def _common(labels: Counter[str]) -> list[tuple[str, int]]:
    return sorted(labels.items(), key=lambda item: (-item[1], item[0]))[:5]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run of one source, in numbers; `held` are the findings that keep the release from being published.

    `bucket` is where the data are, where that is object storage; `release` is its copy on this machine.
    """

    source: str
    crawl: Crawl
    release: Path
    listings: int
    fields: int
    languages: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    set_by_hand: Counter[str] = field(default_factory=Counter)
    held: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    bucket: str | None = None

    @property
    def load_line(self) -> str:
        """The one line that loads the release."""
        if self.bucket and not self.held:
            return f'pd.read_parquet("{self.bucket}/processed/{self.source}/{made_as(self.release)}/listings.parquet")'
        folder = self.release if self.held else self.release.parent / "latest"
        return f'pd.read_parquet("{folder / "listings.parquet"}")'

    def rows(self) -> list[tuple[str, str]]:
        """What a short table of the run shows."""
        crawl = self.crawl
        return [
            ("pages fetched", str(crawl.fetched)),
            ("pages unchanged", str(crawl.unchanged)),
            ("pages failed", str(crawl.failed) + _kinds(failure.kind for failure in crawl.failures)),
            *(
                (what, str(count))
                for what, count in (
                    ("pages moved", crawl.moved),
                    ("pages gone", crawl.gone),
                    ("pages kept", crawl.kept),
                )
                if count
            ),
            ("listings", str(self.listings)),
            ("fields", str(self.fields)),
            ("languages", _tally(self.languages) or "none"),
            ("problems", _total(self.problems)),
            *([("set by hand", _total(self.set_by_hand))] if self.set_by_hand else []),
            ("release", str(self.release)),
            ("review", str(self.review)),
        ]

    @property
    def review(self) -> Path:
        """The first of the review pages."""
        folder = self.release if self.held else self.release.parent / "latest"
        return folder / "review" / "index.html"

    def story(self) -> str:
        """The run in Markdown, for Prefect's UI."""
        lines = [f"# {_plain(self.source)}: {'held' if self.held else 'released'}", ""]
        found = (*self.held, *self.warnings)
        lines += [f"- **{_plain(each.what)}** ({_plain(each.where)}): {_plain(each.advice)}" for each in found]
        lines += ["", "| what | count |", "| --- | --- |"]
        lines += [f"| {what} | {_plain(count)} |" for what, count in self.rows()]
        failures = [f"- {failure.kind}: {_plain(failure.url)}" for failure in self.crawl.failures[:_FAILURES]]
        lines += ["", "## Pages that failed", "", *failures] if failures else []
        return "\n".join(lines) + "\n"

    def record(self) -> dict[str, Any]:
        """The run as one JSON object, nothing left out; keys and shapes are part of the command's interface."""
        crawl = self.crawl
        return {
            "source": self.source,
            "crawl": crawl.name,
            "pages_fetched": crawl.fetched,
            "pages_unchanged": crawl.unchanged,
            "pages_failed": crawl.failed,
            "pages_moved": crawl.moved,
            "pages_gone": crawl.gone,
            "pages_kept": crawl.kept,
            "failures": [asdict(failure) for failure in crawl.failures],
            "capped": list(crawl.capped),
            "listings": self.listings,
            "fields": self.fields,
            "languages": dict(sorted(self.languages.items())),
            "problems": dict(sorted(self.problems.items())),
            "set_by_hand": dict(sorted(self.set_by_hand.items())),
            "release": str(self.release),
            "held": [asdict(finding) for finding in self.held],
            "warnings": [asdict(finding) for finding in self.warnings],
        }


def _plain(text: str) -> str:
    """Text that stays text in Markdown, and in a cell of a table of it."""
    return " ".join("".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in text).split())


def _tally(counts: Counter[str]) -> str:
    return ", ".join(f"{what} {n}" for what, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _total(counts: Counter[str]) -> str:
    return f"{counts.total()}" + (f" ({_tally(counts)})" if counts else "")


def _kinds(kinds: Iterable[str]) -> str:
    counted = sorted(Counter(kinds).items())
    return f" ({', '.join(f'{kind} {n}' for kind, n in counted)})" if counted else ""


def outcome(
    source: str,
    crawl: Crawl,
    release: Path,
    parsed: Sequence[Parsed],
    findings: Sequence[Finding],
    bucket: str | None = None,
) -> Outcome:
    """The outcome of a run from the counts of its batches and what the checks found."""
    return Outcome(
        source=source,
        crawl=crawl,
        release=release,
        listings=sum(part.listings for part in parsed),
        fields=sum(part.fields for part in parsed),
        languages=sum((part.languages for part in parsed), Counter()),
        problems=sum((part.problems for part in parsed), Counter()),
        set_by_hand=sum((part.set_by_hand for part in parsed), Counter()),
        held=tuple(finding for finding in findings if finding.severity == "error"),
        warnings=tuple(finding for finding in findings if finding.severity == "warning"),
        bucket=bucket,
    )


def told(crawl: Crawl, findings: Sequence[Finding] = ()) -> Run:
    """A run as the review pages tell of it."""
    failures = tuple(Failed(f.url, f.kind, f.detail, f.linked_from) for f in crawl.failures)
    counts = (crawl.moved, crawl.kept, crawl.gone)
    return Run(crawl.fetched, crawl.unchanged, failures, crawl.capped, tuple(findings), *counts)
