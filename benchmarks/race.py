"""`make bench`, second part: `listings` against its peer over the same generated pages, both sides in turn.

What stands in a row was measured in one run on one machine, as medians of the rounds; `LISTINGS_BENCH_PAGES` and
`LISTINGS_BENCH_ROUNDS` set how many pages and rounds. Beside the seconds that went by stand those of all processors: on a machine
that does other things too, these are the ones to compare. Far more pages than that: `benchmarks.scale`.
"""

from __future__ import annotations

import functools
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import requests
from selectolax.lexbor import LexborHTMLParser

from benchmarks import peer
from benchmarks.pages import page
from benchmarks.server import serving
from parsers.listing import parse
from parsers.page import read_page
from parsers.site import count, learn
from releases.build import ParsedPage, rows, write_part
from sources.source import Source

PAGES = int(os.environ.get("LISTINGS_BENCH_PAGES", "2000"))
ROUNDS = int(os.environ.get("LISTINGS_BENCH_ROUNDS", "3"))
STAGED = min(PAGES, 400)
SOURCE = Source(name="bench", start="")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
_BIN = Path(sys.executable).parent


def main() -> int:
    """Print both tables."""
    bodies = [(f"http://bench.example/listing/{n}/", page(n, PAGES)) for n in range(STAGED)]
    with tempfile.TemporaryDirectory() as scratch:
        _stages(bodies, Path(scratch))
        _whole(Path(scratch))
        _commands(Path(scratch), bodies[0][1])
    return 0


def _stages(bodies: list[tuple[str, bytes]], scratch: Path) -> None:
    sides: dict[str, Callable[[], object]] = {
        "listings": lambda: _ours(bodies, scratch / "part"),
        "lexbor alone": lambda: [LexborHTMLParser(body) for _, body in bodies],
        "peer, bs4": lambda: peer.write([peer.read_bs4(body, url) for url, body in bodies], scratch / "bs4.parquet"),
        "peer, parsel": lambda: peer.write(
            [peer.read_parsel(body, url) for url, body in bodies], scratch / "parsel.parquet"
        ),
    }
    _ours(bodies[:20], scratch / "warm")
    took = _in_turn(sides, time.process_time)
    print(f"parse, fields, languages, values, tables; one core, {STAGED} pages of {len(bodies[0][1]) // 1000} KB")
    for name, seconds in took.items():
        print(
            f"  {name:28s} {1000 * seconds / STAGED:8.2f} ms a page {seconds / took['listings']:8.2f} times ours",
            flush=True,
        )


def _ours(bodies: list[tuple[str, bytes]], part: Path) -> None:
    pages = [read_page(body, url) for url, body in bodies]
    site = learn(count(pages))
    parsed = [ParsedPage(url=p.url, fetched_at=WHEN, listings=tuple(parse(p, SOURCE, site))) for p in pages]
    write_part(part, rows(parsed, SOURCE))


def _whole(scratch: Path) -> None:
    with serving(PAGES) as start:
        sides: dict[str, Callable[[], object]] = {
            **{
                f"listings, {label}": _refresh(scratch / f"{workers}", start, workers, {})
                for workers, label in ((1, "one worker"), (2, "two workers"))
            },
            "listings, cold server": _refresh(scratch / "cold", start, 2, {"PREFECT_API_URL": ""}),
            "peer, bs4": _peer("bs4", start, scratch),
            "peer, parsel": _peer("parsel", start, scratch),
            # after the refreshes: it takes the archive that one of them has left
            **{
                f"listings reparse, {label}": _run(scratch / "1", "data0", "reparse", workers)
                for workers, label in ((1, "one worker"), (2, "two workers"))
            },
        }
        with running_prefect(scratch / "prefect") as api:
            os.environ["PREFECT_API_URL"] = api
            took = _both(sides)
    print(f"the whole process over {PAGES} pages served on loopback, no delay")
    for name, (seconds, cpu) in took.items():
        versus = "".join(f"  {took[f'peer, {p}'][0] / seconds:5.2f} x {p}" for p in ("bs4", "parsel"))
        versus = "" if "reparse" in name else versus
        print(f"  {name:30s} {seconds:8.1f} s ({cpu:6.1f} s CPU) {PAGES / seconds:6.0f} pages/s{versus}", flush=True)
    for what in ("listings", "listings reparse"):
        one, two = (took[f"{what}, {label}"][0] for label in ("one worker", "two workers"))
        print(f"  {what}: two workers are {one / two:.2f} times as fast as one", flush=True)


def _commands(scratch: Path, body: bytes) -> None:
    """Commands that a person waits for, as whole processes."""
    file = scratch / "page.html"
    file.write_bytes(body)
    sides: dict[str, Callable[[], object]] = {
        f"listings {' '.join(args[:1])}": functools.partial(
            subprocess.run, [str(_BIN / "listings"), *args], check=True, capture_output=True
        )
        for args in (("--help",), ("parse", str(file)))
    }
    for name, (seconds, cpu) in _both(sides, rounds=7).items():
        print(f"  {name:30s} {seconds:8.2f} s ({cpu:6.2f} s CPU)", flush=True)


def _refresh(folder: Path, start: str, workers: int, env: dict[str, str]) -> Callable[[], object]:
    source = folder / "sources" / "bench"
    source.mkdir(parents=True)
    (source / "source.yml").write_text(f"start: {start}\npace: {{delay: 0}}\n", encoding="utf-8")
    numbers = iter(range(1000))
    return lambda: _run(folder, f"data{next(numbers)}", "refresh", workers, env)()


def _run(folder: Path, data: str, what: str, workers: int, env: Mapping[str, str] = {}) -> Callable[[], object]:
    command = [str(_BIN / "listings"), "--sources", str(folder / "sources"), "--data", str(folder / data)]
    command += [what, "bench", "--workers", str(workers)]
    return lambda: subprocess.run(command, check=True, capture_output=True, env={**os.environ, **env})


def _peer(reader: str, start: str, scratch: Path) -> Callable[[], object]:
    command = [sys.executable, "-m", "benchmarks.peer", reader, start, str(scratch / f"{reader}.parquet")]
    return lambda: subprocess.run(command, check=True, capture_output=True)


@contextmanager
def running_prefect(home: Path) -> Iterator[str]:
    """A Prefect server of its own; yields its API's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    api = f"http://127.0.0.1:{port}/api"
    command = [str(_BIN / "prefect"), "server", "start", "--port", str(port), "--no-ui"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            while True:
                try:
                    if requests.get(f"{api}/health", timeout=2).ok:
                        break
                except requests.ConnectionError:
                    time.sleep(0.5)
            yield api
        finally:
            server.terminate()


def _both(sides: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """The medians of seconds that went by, and of processor seconds of the processes that a side started."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            start, before = time.perf_counter(), _children_cpu()
            run()
            took[name].append((time.perf_counter() - start, _children_cpu() - before))
    return {name: tuple(map(statistics.median, zip(*both, strict=True))) for name, both in took.items()}


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _in_turn(sides: dict[str, Callable[[], object]], clock: Callable[[], float]) -> dict[str, float]:
    """The median of the rounds a side took, each round running every side once."""
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            start = clock()
            run()
            took[name].append(clock() - start)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


if __name__ == "__main__":
    sys.exit(main())
