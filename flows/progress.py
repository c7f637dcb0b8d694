"""How far a run is: progress bars on a terminal, plain lines in a log.

One display a process, as there is one terminal. Lines in a log come at most every few seconds, so that they stay readable.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from fetchers.model import Progress as Crawled

T_co = TypeVar("T_co", covariant=True)
_SECONDS_BETWEEN_LINES = 5.0


class Future(Protocol[T_co]):
    """What a submitted task gives."""

    def result(self) -> T_co:
        """Wait for the task; raises what it raised."""
        ...


class _Display:
    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: dict[str, int] = {}
        self._said: dict[str, float] = {}
        self._progress: Progress | None = None
        if console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._progress = Progress(*columns, TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=console)

    def start(self) -> None:
        if self._progress:
            self._progress.start()

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def update(self, step: str, done: int, total: int, note: str = "") -> None:
        if self._progress:
            if step not in self._bars:
                self._bars[step] = self._progress.add_task(step, total=total, note="")
            self._progress.update(self._bars[step], completed=done, total=total, note=note[-60:])  # type: ignore[arg-type]
            return
        now = time.monotonic()
        if done >= total or now - self._said.get(step, -_SECONDS_BETWEEN_LINES) >= _SECONDS_BETWEEN_LINES:
            self._said[step] = now
            self.console.print(
                f"{step}: {done} of {total}{f'  {note}' if note else ''}", highlight=False, soft_wrap=True
            )


_display: _Display | None = None


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Show the progress of what runs in the `with` block on `console`."""
    global _display
    _display = _Display(console)
    _display.start()
    try:
        yield
    finally:
        _display.stop()
        _display = None


def crawled(state: Crawled) -> None:
    """Tell how far fetching is."""
    if _display:
        done = state.fetched + state.unchanged + state.failed
        note = f"{state.failed} failed  {state.url}" if state.failed else state.url
        _display.update("fetch", done, done + state.queued, note)


def each(step: str, futures: Sequence[Future[T_co]]) -> list[T_co]:
    """The results of some tasks in order, told one by one."""
    results = []
    for n, future in enumerate(futures, 1):
        results.append(future.result())
        if _display:
            _display.update(step, n, len(futures), "batches")
    return results
