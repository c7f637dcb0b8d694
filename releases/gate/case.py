"""The losses of a release on their way to their causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from releases.gate.traits import Comparison, Key, Loss
from sources.source import Source

_ACCOUNTED = 0.8
"""A loss comes of a cause where this share of the listings that it befell are among those that the cause befell."""


@dataclass(slots=True)
class Case:
    """Losses that are too many to be chance, on their way to their causes."""

    comparison: Comparison
    source: Source
    open: dict[Key, Loss]
    _lost: dict[Key, set[str]] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[Loss]:
        """The losses of these kinds that have no cause yet, the largest first."""
        return sorted((x for x in self.open.values() if x.kind in kinds), key=lambda x: (-x.lost, x.key))

    def lost(self, key: Key) -> set[str]:
        """The ids of the listings that lost a trait."""
        if key not in self._lost:
            self._lost[key] = self.comparison.lost(key)
        return self._lost[key]

    def settle(self, losses: Sequence[Loss]) -> None:
        """These have their cause."""
        for loss in losses:
            self.open.pop(loss.key, None)

    def settle_within(self, ids: set[str], losses: Sequence[Loss] | None = None) -> None:
        """Of these losses, or of all, those have their cause that befell few listings but the ones of `ids`."""
        for loss in list(self.open.values()) if losses is None else losses:
            lost = self.lost(loss.key)
            if len(lost & ids) >= _ACCOUNTED * len(lost):
                self.open.pop(loss.key, None)

    def accept(self) -> str:
        """What to do where the site did change."""
        return f"If that is how the directory is now: `listings release {self.source.name} --accept REASON`."


def percent(part: int, whole: int) -> str:
    """A share for people: whole per cent, and never 0 % or 100 % where it is neither."""
    share = 100 * part / whole if whole else 0.0
    return f"{min(max(round(share), 1), 99) if 0 < part < whole else round(share)} %"
