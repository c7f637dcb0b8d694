"""Processes that read and parse pages, beside the one that runs the flow.

A page always goes to the same process, which keeps it from the time when it is fetched to the last pass. Tasks only wait for
them, so that Prefect's own process pool (0.65 s a task) is not needed.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from threading import Lock
from typing import ParamSpec, TypeVar
from zlib import crc32

P = ParamSpec("P")
T = TypeVar("T")

PAGES_WORTH_A_PROCESS = 400
"""So many pages take as long as a process takes to start and to load its tables, a few times over (docs/decisions)."""


OBJECTS_A_COLLECTION = 50_000
"""New objects from one look for garbage to the next: a page leaves no cycles, and a look every 700 costs a tenth of the time."""


class WorkerError(Exception):
    """A worker process died more than once over the same batch; the message says what to do."""


def fitting(wanted: int | None, pages: int) -> int:
    """How many processes work on so many pages: as many as `wanted`, else as there are cores and work for."""
    return wanted or max(1, min(os.cpu_count() or 1, pages // PAGES_WORTH_A_PROCESS))


def place_of(url: str, count: int) -> int | None:
    """Which of so many processes has a page, from 0; None where that is this one."""
    return crc32(url.encode()) % count if count > 1 else None


class Workers:
    """At most `count` processes, started when they are first needed; where that is one, it is this process itself."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pools: list[ProcessPoolExecutor | None] = [None] * (count if count > 1 else 0)
        self._lock = Lock()

    def begin(
        self, what: str, place: int | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], T]:
        """Let the process at a place do `work`, None for this one (at once); what is returned waits for what it gives.

        Where the process dies (killed, out of memory) it is tried once more; then WorkerError, which says of `what`.
        """
        if not self._pools or place is None:
            with self._lock:
                done = work(*args, **kwargs)
            return lambda: done
        pool, future = self._submit(place, work, *args, **kwargs)

        def result() -> T:
            try:
                return future.result()
            except BrokenProcessPool:
                self._drop(place, pool)
            another, again = self._submit(place, work, *args, **kwargs)
            try:
                return again.result()
            except BrokenProcessPool as error:
                self._drop(place, another)
                raise WorkerError(
                    f"{what}: its worker process was ended from outside, twice. Most often memory ran out: "
                    "use fewer workers (`--workers 1`), and run it again."
                ) from error

        return result

    def _submit(
        self, place: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[ProcessPoolExecutor, Future[T]]:
        with self._lock:
            pool = self._pools[place]
            if pool is not None:
                with suppress(BrokenProcessPool):
                    return pool, pool.submit(work, *args, **kwargs)
                pool.shutdown(wait=False, cancel_futures=True)
                pool = None
            if pool is None:
                # not forked: the process that runs the flow has threads
                context = multiprocessing.get_context("spawn")
                pool = ProcessPoolExecutor(1, context, initializer=_begin_worker)
                self._pools[place] = pool
            return pool, pool.submit(work, *args, **kwargs)

    def start(self) -> None:
        """Start all processes now: they load what they need while this one does other things."""
        for place in range(len(self._pools)):
            self._submit(place, load)

    def _drop(self, place: int, pool: ProcessPoolExecutor | None) -> None:
        """Give up a pool, which may have another in its place by now."""
        with self._lock:
            if pool:
                pool.shutdown(wait=False, cancel_futures=True)
            if self._pools[place] is pool:
                self._pools[place] = None

    def stop(self) -> None:
        """End the processes."""
        for place, pool in enumerate(self._pools):
            self._drop(place, pool)


def _begin_worker() -> None:
    """What a worker process does first: an interrupt is for the process that runs the flow."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(OBJECTS_A_COLLECTION)
    # It has nothing to put away at its end, and to take down its tables piece by piece keeps the run waiting.
    atexit.register(os._exit, 0)


def load() -> None:
    """Read the code and the tables that the first page would be kept waiting for."""
    from flows import batches  # noqa: F401
    from parsers.evidence import model

    model()


_here = Workers(1)
_current = _here
_early: Workers | None = None


@contextmanager
def early(count: int) -> Iterator[None]:
    """Start so many processes now, for the first run in the with block that may have as many."""
    global _early
    _early = Workers(count)
    _early.start()
    try:
        yield
    finally:
        if _early:
            _early.stop()
        _early = None


@contextmanager
def at_work(count: int) -> Iterator[None]:
    """For the length of a with block, there may be so many processes."""
    global _current, _early
    if _early and _early.count == count:
        _current, _early = _early, None
    else:
        _current = Workers(count)
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_A_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        _current.stop()
        _current = _here


def allowed() -> int:
    """How many processes there may be."""
    return _current.count


def begin(what: str, place: int | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Callable[[], T]:
    """Let the process at a place do `work` (`Workers.begin`), or where none are at work, this one."""
    return _current.begin(what, place, work, *args, **kwargs)


def run(what: str, place: int | None, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives, done by the process at a place."""
    return begin(what, place, work, *args, **kwargs)()
