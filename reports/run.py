"""How a run went, for the review of the release that came of it: what no table of a release tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

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
    """Pages fetched (new or different), unchanged and failed; limits that cut the crawl short, in words; what checks found."""

    fetched: int
    unchanged: int
    failures: tuple[Failed, ...] = ()
    capped: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """Why pages failed, and how many each, the most frequent first."""
        counted = Counter(failure.kind for failure in self.failures)
        return sorted(counted.items(), key=lambda item: (-item[1], item[0]))

    @property
    def held(self) -> tuple[Finding, ...]:
        """What keeps the release from being published."""
        return tuple(finding for finding in self.findings if finding.severity == "error")
