"""How a run went, for the review of the release that came of it: what no table of a release tells."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from releases.checks import Finding


@dataclass(frozen=True, slots=True)
class Failed:
    """An address that gave no page: a short stable code of why, what was seen, and the page that names it."""

    url: str
    kind: str
    detail: str
    linked_from: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Pages fetched (new or different), unchanged and failed; limits that cut the crawl short, in words; what checks found.

    Of the pages of the crawl before, `moved` have another address, `kept` did not answer and stand as they were,
    `gone` are no more.
    """

    fetched: int
    unchanged: int
    failures: tuple[Failed, ...] = ()
    capped: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    moved: int = 0
    kept: int = 0
    gone: int = 0

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Why pages failed, and how many each, the most frequent first."""
        counted = Counter(failure.kind for failure in self.failures)
        return sorted(counted.items(), key=lambda item: (-item[1], item[0]))

    @property
    def held(self) -> tuple[Finding, ...]:
        """What keeps the release from being published."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What needs a look and holds nothing back."""
        return tuple(finding for finding in self.findings if finding.severity != "error")


_FILE = "run.json"


def write_run(folder: Path, run: Run | None) -> None:
    """Keep a run beside the review that tells of it; nothing where it is not known."""
    if run:
        (folder / _FILE).write_text(json.dumps(asdict(run), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_run(folder: Path) -> Run | None:
    """The run that is kept in a review's folder; None where there is none."""
    path = folder / _FILE
    if not path.is_file():
        return None
    kept = json.loads(path.read_bytes())
    failures = tuple(Failed(**failure) for failure in kept["failures"])
    findings = tuple(Finding(**finding) for finding in kept["findings"])
    counts = (kept["moved"], kept["kept"], kept["gone"])
    return Run(kept["fetched"], kept["unchanged"], failures, tuple(kept["capped"]), findings, *counts)
