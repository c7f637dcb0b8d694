"""The addresses waiting to be asked: by host, and within it those first whose pattern is that of listings."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable

from fetchers.candidate import Candidate
from fetchers.shapes import host, shape


class Queue:
    """Candidates by host. Of those of one rank the first come is the first served; `rank` gives the rank of a pattern."""

    def __init__(self, rank: Callable[[str], int]) -> None:
        self._rank = rank
        self._count = 0
        self._hosts: dict[str, dict[int, list[tuple[int, Candidate]]]] = {}
        self._waiting: dict[str, dict[int, Candidate]] = defaultdict(dict)
        self._ranks: dict[str, int] = {}
        self._size: defaultdict[str, int] = defaultdict(int)

    def __len__(self) -> int:
        return sum(self._size.values())

    @property
    def hosts(self) -> list[str]:
        """The hosts for which any candidate waits, in the order in which they were met."""
        return [name for name in self._hosts if self._size[name]]

    def push(self, candidate: Candidate) -> None:
        """Add a candidate."""
        self._count += 1
        kind, name = shape(candidate.url), host(candidate.url)
        self._ranks.setdefault(kind, self._rank(kind))
        self._waiting[kind][self._count] = candidate
        self._size[name] += 1
        self._file(kind, self._count, candidate)

    def pop(self, name: str) -> Candidate | None:
        """The next candidate for a host; None where there is none."""
        for rank, heap in sorted(self._hosts.get(name, {}).items()):
            while heap:
                number, candidate = heapq.heappop(heap)
                kind = shape(candidate.url)
                # A candidate stands in a heap for each rank that its pattern has had; one that left is passed over.
                if self._ranks[kind] == rank and self._waiting[kind].pop(number, None) is not None:
                    self._size[name] -= 1
                    return candidate
        return None

    def learnt(self, kind: str) -> None:
        """Take into account that the rank of a pattern may have changed."""
        if kind in self._ranks and (rank := self._rank(kind)) != self._ranks[kind]:
            self._ranks[kind] = rank
            for number, candidate in self._waiting[kind].items():
                self._file(kind, number, candidate)

    def _file(self, kind: str, number: int, candidate: Candidate) -> None:
        heaps = self._hosts.setdefault(host(candidate.url), {})
        heapq.heappush(heaps.setdefault(self._ranks[kind], []), (number, candidate))
