"""What a directory costs that is a hundred times as large: memory of each process, and the share that orchestration has.

`python -m benchmarks.scale 20000 200000` takes an hour or so, and so is no part of `make bench`. The pages are small (1 KB), and
come from a WARC file, so that no server is measured; all else is a refresh as it is: archive, ledger, study, parse, merge, check,
review. Orchestration is the time of the flow in which none of its steps was at work.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.race import running_prefect
from fetchers.model import Exchange
from fetchers.warc import make_record

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TIMES, MEGABYTES = 1.2, 1000.0


def main() -> int:
    """Print a line for each number of pages, and whether the bounds hold; returns 1 where one does not."""
    if sys.argv[1] == "run":
        return _run(Path(sys.argv[2]), int(sys.argv[3]))
    peaks: dict[int, float] = {}
    share = 0.0
    for pages in sorted(map(int, sys.argv[1:])):
        told = _measured(pages)
        peaks[pages], share = max(told["peaks"].values()), told["orchestration"]
        each = ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in told["peaks"].items())
        print(f"{pages:,} pages: {told['seconds']:.0f} s, orchestration {share:.1%}; peak memory {each}", flush=True)
    fewest, most = min(peaks), max(peaks)
    print(f"memory at {most:,} pages against {fewest:,}: {peaks[most] / peaks[fewest]:.2f} times (at most {TIMES})")
    return int(peaks[most] > MEGABYTES or peaks[most] > TIMES * peaks[fewest] or share >= 0.05)


def _measured(pages: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, running_prefect(Path(folder) / "prefect") as api:
        place = Path(folder)
        (place / "sources" / "bench").mkdir(parents=True)
        (place / "sources" / "bench" / "source.yml").write_text(f"start: {place}/site.warc.gz\n", encoding="utf-8")
        _write(place / "site.warc.gz", pages)
        command = [sys.executable, "-m", "benchmarks.scale", "run", folder, "2"]
        run = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"PREFECT_API_URL": api}
        )
        told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        return told


def _write(path: Path, pages: int) -> None:
    """A WARC file of so many small pages, each of one listing."""
    with path.open("wb") as file:
        for number in range(pages):
            body = _page(number)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            made = Exchange(f"https://large.example/house/{number}", FIRST, b"", head.encode() + body)
            when = FIRST + timedelta(seconds=number)
            kind = "application/http; msgtype=response"
            file.write(make_record("response", made.response, kind, when, WARC_Target_URI=made.url).data)


def _page(number: int) -> bytes:
    return f"""<!doctype html><html lang="en"><title>House {number}</title><main><h1>House {number}</h1>
<p><strong>Country:</strong> Belgium</p><p><strong>Organisation name:</strong> House {number}</p>
<p><strong>Type of service:</strong> Advice / Shelter</p><p><strong>Tel:</strong> +32 2 555 01 {number % 100:02}</p>
<p>House {number} listens to everyone who comes, at any hour, and asks nobody for papers.</p></main>
<footer><p>Guide of houses</p></footer>""".encode()


class _Busy:
    """How long any step was at work, whichever thread waits for it."""

    def __init__(self) -> None:
        self._lock, self._at_work, self._since, self.seconds = threading.Lock(), 0, 0.0, 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            self._at_work += 1
            if self._at_work == 1:
                self._since = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                if not self._at_work:
                    self.seconds += time.perf_counter() - self._since


def _run(place: Path, workers: int) -> int:
    """Refresh in this process, and tell what it took."""
    import flows.refresh
    from flows import steps
    from flows.refresh import refresh
    from flows.run import prepare_prefect
    from flows.runners import task_runner

    prepare_prefect(debug=False)
    busy = _Busy()

    def watched(work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def run(*args: Any, **kwargs: Any) -> Any:
            with busy():
                return work(*args, **kwargs)

        return run

    for task in ("fetch", "study", "parse", "stage", "check", "report", "publish"):
        step = getattr(steps, task)
        step.fn = watched(step.fn)
    for module, name in ((steps, "cut"), (flows.refresh, "tally"), (flows.refresh, "learn")):
        setattr(module, name, watched(getattr(module, name)))
    peaks: dict[str, float] = {}
    watch = threading.Thread(target=_watch, args=(peaks,), daemon=True)
    watch.start()
    began = time.perf_counter()
    refresh.with_options(task_runner=task_runner(workers))(
        source="bench", sources=str(place / "sources"), data=str(place / "data"), workers=workers
    )
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "orchestration": 1 - busy.seconds / seconds, "peaks": peaks}))
    return 0


def _watch(peaks: dict[str, float]) -> None:
    """Note the largest resident size of this process and of each of its workers, in MB."""
    names: dict[int, str] = {os.getpid(): "flow"}
    while True:
        for pid in (os.getpid(), *_children(os.getpid())):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
                command = Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            if pid != os.getpid() and "spawn_main" not in command:
                continue
            name = names.setdefault(pid, f"worker {len(names)}")
            peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "0 0 kB")
            peaks[name] = int(peak.split()[1]) / 1000
        time.sleep(0.5)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
