"""Hosts side by side, each at its own pace: a lane a host, with as many requests under way in it as the source allows."""

from __future__ import annotations

import concurrent.futures
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from fetchers.asking import Asker
from fetchers.candidate import Candidate
from fetchers.cdxj import Entry
from fetchers.discover import Frontier
from fetchers.model import Exchange, Failure

_THREADS = 64

Answer = Exchange | Failure | Entry
"""What a candidate got: from its server, or as it is archived."""


def side_by_side(
    frontier: Frontier,
    asker: Asker,
    concurrency: int,
    permitted: Callable[[Candidate], bool],
    room: Callable[[], int | None],
    retries: int | None = None,
) -> Iterator[tuple[Candidate, Entry | Failure]]:
    """What the frontier's candidates get, until it is empty; more may be added to it between two answers.

    Within a lane the answers come in the order in which they were asked for, so that a site's pages alone decide the order of
    a crawl. `room` tells how many pages more are wanted.
    """
    lanes: dict[str, deque[tuple[Candidate, Answer | Future[Exchange | Failure]]]] = {}
    pool = ThreadPoolExecutor(max(_THREADS, concurrency))
    try:
        while True:
            alone = concurrency == 1 and len({*frontier.hosts, *(name for name in lanes if lanes[name])}) == 1
            for name in frontier.hosts:
                lane = lanes.setdefault(name, deque())
                while len(lane) < concurrency and _wanted(room(), sum(map(len, lanes.values()))):
                    candidate = frontier.next(name)
                    if candidate is None:
                        break
                    if not permitted(candidate):
                        continue
                    if held := asker.held(candidate):
                        lane.append((candidate, held))
                        continue
                    request = asker.request(candidate, retries)
                    lane.append((candidate, request() if alone else pool.submit(request)))
            if not any(lanes.values()):
                return
            candidate, answer = lanes[_first_answered(lanes)].popleft()
            answer = answer.result() if isinstance(answer, Future) else answer
            yield candidate, answer if isinstance(answer, Entry) else asker.keep(candidate, answer)
    finally:
        pool.shutdown(cancel_futures=True)


def _wanted(room: int | None, under_way: int) -> bool:
    return room is None or under_way < room


def _first_answered(lanes: dict[str, deque[tuple[Candidate, Answer | Future[Exchange | Failure]]]]) -> str:
    """The lane whose first candidate has its answer; waits for one."""
    waiting: dict[Future[Exchange | Failure], str] = {}
    for name, lane in lanes.items():
        if lane:
            answer = lane[0][1]
            if not isinstance(answer, Future):
                return name
            waiting[answer] = name
    done = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED).done
    return next(name for answer, name in waiting.items() if answer in done)
