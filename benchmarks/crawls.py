"""Part of `make bench`: what fetching costs over a site of 5,000 pages on loopback, and what killing a run costs.

The client is measured against bare `requests` on the same pages, round by round in turn, since the machine does other things too.
Memory is the largest resident size of a process that does nothing but the crawl. The site is served by a process of its own.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import requests

from fetchers.client import Client
from fetchers.crawl import crawl
from fetchers.model import Exchange
from releases.release import latest
from releases.schema import tables
from sources.source import Pace, Source

PAGES = 5_000
ROUNDS = 7
SAMPLE = 600
KILLS = 10
SMALL = 120
"""How many pages the site has whose runs are killed."""

TIMES = {
    "page": ["fetched_at", "first_seen", "last_seen", "warc_file", "warc_offset"],
    "timeline": ["first_seen", "last_seen", "last_checked", "last_changed"],
    "metadata": ["last_action_date"],
}
"""What two releases of one site may differ in: times of fetching, and places in the archive."""


def rows() -> Iterator[tuple[str, str]]:
    """What was measured, and the figure."""
    with serving(PAGES) as base:
        bare, ours = _client(base)
        yield "requests alone, ms a page", f"{1000 * bare:.3f}"
        yield "our client, ms a page", f"{1000 * ours:.3f} ({100 * (ours / bare - 1):+.0f} %)"
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks.crawls", base], capture_output=True, text=True, check=True
        )
        pages, seconds, megabytes = child.stdout.split()
        yield f"a crawl of {int(pages):,} pages, ms a page", f"{1000 * float(seconds) / int(pages):.2f}"
        yield "its memory", f"{megabytes} MB"
    yield f"killed at {KILLS} moments, tables that differ", _kills()


def _client(base: str) -> tuple[float, float]:
    """Seconds a page of bare requests and of our client: medians of rounds."""
    urls = [f"{base}/entry/{n}" for n in range(SAMPLE)]
    bare, ours = [], []
    with requests.Session() as session, Client(delay=0.0, private=["127.0.0.1"]) as client:
        session.trust_env = False
        for _ in range(ROUNDS):
            bare.append(_seconds(lambda url: session.get(url, timeout=30).content, urls))
            ours.append(_seconds(lambda url: _answered(client, url), urls))
    return statistics.median(bare), statistics.median(ours)


def _answered(client: Client, url: str) -> None:
    if not isinstance(client.get(url), Exchange):
        raise SystemExit(f"{url}: no answer")


def _seconds(get: Callable[[str], object], urls: Sequence[str]) -> float:
    begin = time.perf_counter()
    for url in urls:
        get(url)
    return (time.perf_counter() - begin) / len(urls)


def _crawl(base: str) -> None:
    """Crawl the site, and say how many pages it has, the seconds it took and the megabytes."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = crawl(Source("bench", f"{base}/", pace=Pace(0.0)), Path(folder))
    seconds = time.perf_counter() - begin
    print(found.pages, f"{seconds:.1f}", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000)


def _kills() -> str:
    """Kill runs of a small site at random moments, each going on from the last; what the release then differs in."""
    moments = random.Random(2309)
    with tempfile.TemporaryDirectory() as folder, serving(SMALL) as base:
        root = Path(folder)
        source = root / "sources" / "guide"
        source.mkdir(parents=True)
        (source / "source.yml").write_text(f"start: {base}/\npace: {{delay: 0.01}}\n", encoding="utf-8")
        begin = time.monotonic()
        _run(root, "undisturbed")
        whole = time.monotonic() - begin
        for _ in range(KILLS):
            _run(root, "killed", moments.uniform(0.1, 1.0) * whole)
        _run(root, "killed")
        releases = [latest(root / name / "processed" / "guide") for name in ("undisturbed", "killed")]
        if None in releases:
            return "no release"
        different = [
            name for name in tables() if not _alike(*(release / f"{name}.parquet" for release in releases if release))
        ]
        return ", ".join(different) or "none"


def _run(root: Path, name: str, seconds: float | None = None) -> None:
    """Refresh into a folder of that name; after so many seconds it is killed."""
    command = [sys.executable, "-c", "from flows.cli import main; main()"]
    command += ["--sources", str(root / "sources"), "--data", str(root / name), "refresh", "guide"]
    env = os.environ | {"PREFECT_HOME": str(root / "prefect")}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            _, error = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return
        if process.returncode:
            raise SystemExit(error.decode())


def _alike(one: Path, other: Path) -> bool:
    left, right = (
        pd.read_parquet(path).drop(columns=TIMES.get(path.stem, []), errors="ignore") for path in (one, other)
    )
    return left.equals(right)


@contextmanager
def serving(pages: int) -> Iterator[str]:
    """A directory of so many pages, served by another process for the length of a with block; its address."""
    command = [sys.executable, "-m", "benchmarks.crawls", "serve", str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def _serve(pages: int) -> None:
    bodies = {f"/entry/{n}": _entry(n) for n in range(pages)}
    lists = range(0, pages, 50)
    for page, first in enumerate(lists):
        links = "".join(f'<li><a href="/entry/{n}">House {n}</a></li>' for n in range(first, min(first + 50, pages)))
        following = f'<a rel="next" href="/list/{page + 1}">next</a>' if first + 50 < pages else ""
        bodies[f"/list/{page}"] = (
            f"<!doctype html><title>List {page}</title><main><ul>{links}</ul>{following}</main>".encode()
        )
    bodies["/"] = bodies["/list/0"].replace(b"List 0", b"Guide")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Stay silent: clients are killed on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def _entry(number: int) -> bytes:
    story = f"House {number} listens to everyone who comes, at any hour, and asks nobody for papers. " * 20
    return f"""<!doctype html><html lang="en"><title>House {number}</title><main><h1>House {number}</h1>
<p><strong>Country:</strong> Belgium</p><p><strong>Organisation name:</strong> House {number}</p>
<p><strong>Type of service:</strong> Advice / Shelter</p><p><strong>Tel:</strong> +32 2 555 01 {number % 100:02}</p>
<p>{story}</p><p>La maison numéro {number} écoute toutes les personnes qui viennent, sans rendez-vous.</p></main>
<footer><p>Guide of houses</p><a href="/">Home</a></footer>""".encode()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(int(sys.argv[2]))
    else:
        _crawl(sys.argv[1])
