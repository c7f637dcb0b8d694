"""Processes that read and parse batches, beside the one that runs the flow.

A batch always goes to the same process, which keeps the pages that it has read from the first pass to the second. Tasks only wait
for them, so that Prefect's own process pool (0.65 s a task) is not needed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PAGES_WORTH_A_PROCESS = 400
"""So many pages take as long as a process takes to start and to load its tables, a few times over (docs/decisions)."""


class WorkerError(Exception):
    """A worker process died more than once over the same batch; the message says what to do."""


def fitting(wanted: int | None, pages: int) -> int:
    """How many processes work on so many pages: as many as `wanted`, else as there are cores and work for."""
    return wanted or max(1, min(os.cpu_count() or 1, pages // PAGES_WORTH_A_PROCESS))


class Workers:
    """`count` processes, started when they are first needed; one is this process itself."""

    def __init__(self, count: int) -> None:
        self._pools: list[ProcessPoolExecutor | None] = [None] * (count if count > 1 else 0)
        self._lock = Lock()

    def run(self, number: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` gives for the batch `number`, done by its process.

        A batch whose process died (killed, out of memory) is tried once more; then WorkerError.
        """
        if not self._pools:
            with self._lock:
                return work(*args, **kwargs)
        place = number % len(self._pools)
        for attempt in (1, 2):
            try:
                return self._submit(place, work, *args, **kwargs).result()
            except BrokenProcessPool as error:
                self._drop(place)
                if attempt == 2:
                    raise WorkerError(
                        f"Batch {number}: its worker process was ended from outside, twice. Most often memory ran out: "
                        "use fewer workers (`--workers 1`), and run it again."
                    ) from error
        raise AssertionError  # for the type checker: the loop returns or raises

    def _submit(self, place: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._lock:
            pool = self._pools[place]
            if pool is None:
                # not forked: the process that runs the flow has threads
                context = multiprocessing.get_context("spawn")
                pool = ProcessPoolExecutor(
                    1, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
                )
                self._pools[place] = pool
            return pool.submit(work, *args, **kwargs)

    def _drop(self, place: int) -> None:
        with self._lock:
            if pool := self._pools[place]:
                pool.shutdown(wait=False, cancel_futures=True)
            self._pools[place] = None

    def stop(self) -> None:
        """End the processes."""
        for place in range(len(self._pools)):
            self._drop(place)


_here = Workers(1)
_current = _here


@contextmanager
def at_work(count: int) -> Iterator[None]:
    """For the length of a with block, `run` has so many processes."""
    global _current
    _current = Workers(count)
    try:
        yield
    finally:
        _current.stop()
        _current = _here


def run(number: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives for the batch `number`: done by its process, or where none are at work, in this one."""
    return _current.run(number, work, *args, **kwargs)
