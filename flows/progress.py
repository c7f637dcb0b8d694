"""How far a run is: progress bars on a terminal, plain lines in a log, a progress artifact in Prefect's UI.

One display a process, as there is one terminal. Lines in a log come at most every few seconds, so that they stay readable.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from fetchers.model import Progress as Crawled

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_SECONDS_BETWEEN_LINES = 5.0


class Future(Protocol[T_co]):
    """What a submitted task gives."""

    def result(self) -> T_co:
        """Wait for the task; raises what it raised."""
        ...


class _Rate(ProgressColumn):
    """Pieces a second, over the last seconds."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")


class _Display:
    def __init__(self, console: Console) -> None:
        self.console = console
        self._bars: dict[str, int] = {}
        self._said: dict[str, float] = {}
        self._hosts: Counter[str] = Counter()
        self._failed, self._problem = 0, ""
        self._progress: Progress | None = None
        if console.is_terminal:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                _Rate(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                console=console,
            )

    def start(self) -> None:
        if self._progress:
            self._progress.start()

    def stop(self) -> None:
        if self._progress:
            self._progress.stop()

    def fetched(self, state: Crawled) -> None:
        """The crawl as a whole, with its last problem; and each host, where there are several."""
        done = state.fetched + state.unchanged + state.failed
        if state.failed > self._failed:
            self._failed, self._problem = state.failed, state.url
        self._hosts[urlsplit(state.url).netloc] += 1
        problem = f"{state.failed} failed, the last: {self._problem}" if state.failed else ""
        if self._progress:
            self.update("fetch", done, done + state.queued, problem)
            if len(self._hosts) > 1:
                for host, count in self._hosts.items():
                    self.update(f"  {host}", count, None)
        else:
            self.update("fetch", done, done + state.queued, "  ".join(filter(None, (problem, state.url))))

    def begin(self, step: str) -> None:
        """A step that has no parts to count: a line of its own on a terminal, none in a log."""
        if self._progress:
            self.update(step, 0, None)

    def end(self, step: str) -> None:
        if self._progress:
            self.update(step, 1, 1)

    def update(self, step: str, done: int, total: int | None, note: str = "") -> None:
        if self._progress:
            if step not in self._bars:
                self._bars[step] = self._progress.add_task(step, total=total, note="")
            self._progress.update(self._bars[step], completed=done, total=total, note=note[-60:])  # type: ignore[arg-type]
            return
        now = time.monotonic()
        last = self._said.get(step, -_SECONDS_BETWEEN_LINES)
        if (total is not None and done >= total) or now - last >= _SECONDS_BETWEEN_LINES:
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


@contextmanager
def fetching() -> Iterator[Callable[[Crawled], None]]:
    """Give what is to be told how far fetching is: it is shown here, and now and then in Prefect's UI."""
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact = create_progress_artifact(0.0, key="fetch", description="fetch: begins")
    lost = False
    said = time.monotonic()

    def tell(share: float, text: str) -> None:
        nonlocal lost, said
        try:
            update_progress_artifact(artifact, progress=100 * share, description=text)  # type: ignore[arg-type]
        except Exception:
            # A server that is away for a while ends no crawl.
            lost = True
        said = time.monotonic()

    def told(state: Crawled) -> None:
        crawled(state)
        if not lost and time.monotonic() - said >= _SECONDS_BETWEEN_LINES:
            done = state.fetched + state.unchanged + state.failed
            tell(
                done / max(done + state.queued, 1),
                f"fetch: {done} of {done + state.queued}, {state.failed} failed. Last: {state.url}",
            )

    yield told
    if not lost:
        tell(1.0, "fetch: done")


def crawled(state: Crawled) -> None:
    """Tell how far fetching is, here."""
    if _display:
        _display.fetched(state)


def staged(step: Callable[P, T]) -> Callable[P, T]:
    """A step of a run that is shown on a terminal while it is at work, under its own name."""

    @wraps(step)
    def shown(*args: P.args, **kwargs: P.kwargs) -> T:
        if _display:
            _display.begin(step.__name__)
        done = step(*args, **kwargs)
        if _display:
            _display.end(step.__name__)
        return done

    return shown


def each(step: str, futures: Sequence[Future[T_co]]) -> list[T_co]:
    """The results of some tasks of a flow in order, told one by one, here and in Prefect's UI."""
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    artifact = create_progress_artifact(0.0, key=step, description=f"{step}: {len(futures)} batches")
    results = []
    for n, future in enumerate(futures, 1):
        results.append(future.result())
        update_progress_artifact(artifact, progress=100 * n / len(futures))  # type: ignore[arg-type]
        if _display:
            _display.update(step, n, len(futures), "batches")
    return results
