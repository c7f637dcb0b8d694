"""Who reads pages while the next ones are fetched: worker processes, as soon as there is work enough for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fetchers.reading import Payload, Read
from flows import batches, workers

_TOGETHER = 4
"""How many pages go to a process at a time, where many are under way: to hand one over takes as long as to store it."""


@dataclass(slots=True)
class _Group:
    """Pages for one process."""

    place: int | None
    payloads: list[Payload] = field(default_factory=list)
    result: Callable[[], list[Read]] | None = None
    reads: list[Read] | None = None

    def begin(self) -> Callable[[], list[Read]]:
        if self.result is None:
            what = f"The page {self.payloads[0].url}, or one after it"
            self.result = workers.begin(what, self.place, batches.look_at, self.payloads)
            self.payloads = []
        return self.result

    def read(self, number: int) -> Read:
        if self.reads is None:
            self.reads = self.begin()()
        return self.reads[number]


class Reading:
    """Reads pages for a crawl; `wanted` is the number of processes, None for as many as fit."""

    def __init__(self, wanted: int | None) -> None:
        self._wanted, self._begun, self._under_way = wanted, 0, 0
        self._groups: dict[int | None, _Group] = {}

    def __call__(self, payload: Payload) -> Callable[[], Read]:
        """Begin to read a page."""
        self._begun += 1
        self._under_way += 1
        count = min(workers.allowed(), workers.fitting(self._wanted, self._begun))
        place = workers.place_of(payload.url, count)
        group = self._groups.setdefault(place, _Group(place))
        number = len(group.payloads)
        group.payloads.append(payload)
        # Each process has a group to read, and another to come, before any of them waits for one to be full.
        if place is None or self._under_way <= 2 * _TOGETHER * count or number + 1 == _TOGETHER:
            del self._groups[place]
            group.begin()

        def read() -> Read:
            self._under_way -= 1
            if self._groups.get(place) is group:
                del self._groups[place]
            return group.read(number)

        return read
