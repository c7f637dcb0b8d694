"""`make bench`: how long each stage takes a page, as one table, all rows measured in the same run on one core.

The pages are the listings of the bundled example directory, over and over under other addresses; nothing is fetched. Absolute
times are those of the machine: compare rows, and runs on one machine. What fetching costs stands below (`benchmarks.crawls`).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from benchmarks import crawls
from parsers.listing import parse
from parsers.page import read_page
from parsers.site import count, learn
from releases.build import ParsedPage, rows, write_part
from releases.release import stage
from sources.source import Source, load_source

PAGES = 700
ROUNDS = 3
EXAMPLE = Path(__file__).parent.parent / "examples" / "directory"
CRAWLED = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    """Print the table: median of a few rounds, milliseconds a page and pages a second."""
    source = load_source(EXAMPLE)
    bodies = _bodies()
    pages = [read_page(body, url) for url, body in bodies]
    site = learn(count(pages))
    listings = [(page, tuple(parse(page, source, site))) for page in pages]
    parsed = [ParsedPage(url=page.url, fetched_at=CRAWLED, listings=found) for page, found in listings]
    with tempfile.TemporaryDirectory() as scratch:
        part = write_part(Path(scratch) / "part", rows(parsed, source))
        stages: list[tuple[str, Callable[[], object]]] = [
            ("lexbor alone", lambda: _each(LexborHTMLParser, (body for _, body in bodies))),
            ("page to lines", lambda: [read_page(body, url) for url, body in bodies]),
            ("study the site", lambda: learn(count(pages))),
            ("parse", lambda: [parse(page, source, site) for page in pages]),
            ("tabulate and write", lambda: write_part(Path(scratch) / "again", rows(parsed, source))),
            ("merge and stage", lambda: stage(Path(scratch) / "releases", [part], _plain(source), CRAWLED)),
        ]
        print(f"{'stage':20s} {'ms a page':>10s} {'pages a second':>15s}   ({PAGES} pages, {ROUNDS} rounds)")
        for name, run in stages:
            seconds = statistics.median(_seconds(run) for _ in range(ROUNDS))
            print(f"{name:20s} {1000 * seconds / PAGES:10.3f} {PAGES / seconds:15.0f}", flush=True)
    print()
    for name, figure in crawls.rows():
        print(f"{name:44s} {figure}", flush=True)
    return 0


def _bodies() -> list[tuple[str, bytes]]:
    """The pages of the example that are listings, as often as it takes."""
    source = Source(name="bench", start="")
    found = [file.read_bytes() for file in sorted((EXAMPLE / "site").rglob("*.html"))]
    found = [body for body in found if parse(read_page(body, "http://bench.example/"), source)]
    return [(f"http://bench.example/{n}/", found[n % len(found)]) for n in range(PAGES)]


def _plain(source: Source) -> Source:
    return replace(source, name="bench")


def _each(make: Callable[[bytes], object], bodies: Iterable[bytes]) -> None:
    for body in bodies:
        make(body)


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
