"""Mutated pages through the whole of parsing: `python -m benchmarks.fuzz` (`make fuzz`).

The recorded pages of the tests and of the example directory are cut, doubled, spliced, turned and given hostile pieces, at
bytes and at tags. None may raise, hang, or give a place whose text is not the text claimed. What fails is written to a folder,
with the command that shows it again.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.page import read_page
from parsers.record import record
from parsers.site import Site, count, learn
from sources.source import Source

ROOT = Path(__file__).parent.parent
URL = "https://fuzz.example/page"
SOURCE = Source("fuzz", "https://fuzz.example/", country="BE")
_BATCH = 200
_LONGEST = 200_000
_TYPES = (
    None,
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=iso-8859-1",
    "text/html; charset=utf-16",
    "text/plain",
)
_PIECES = (
    b"<table>", b"</table>", b"<tr><td>", b"<div>" * 40, b"</div>" * 40, b"<b>", b"<p>", b"<br>" * 20, b"<form>", b"<input>",
    b"<dl><dt>", b"<dd>", b"<h1>", b"<h2>", b"<li>", b"<a href='/x'>", b"<a href='mailto:a@x.example'>", b"<a href='tel:+32'>",
    b"<span style='display:none'>", b"<script>", b"<!--", b"-->", b"<![CDATA[", b"<svg>", b"<math>", b"<template>", b"<hr>",
    b"<script type='application/ld+json'>{\"@type\":\"NGO\"", b"<p itemscope itemtype='http://schema.org/NGO'>",
    b"&#0;", b"&#x10FFFF;", b"&nbsp;" * 30, b"\x00", b"\xff\xfe", b"\xe2\x80\xae", b"\xed\xa0\x80", b":", b": : :", b"?", b" - ",
    b"(" * 20, b"1 " * 40, b"02 555 01 11", b"a(at)x.example", b"Tel:", b"Contact:", b"Country: ", b"\n\n\n", b"\t", b";;;", b"/",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What came of some mutations: how many, the slowest and its seconds, and those that failed with what was wrong."""

    mutations: int
    slowest: float
    slowest_number: int
    failures: tuple[tuple[int, str], ...]


@cache
def pages() -> tuple[bytes, ...]:
    """The pages that are mutated, in the order of their paths."""
    found = sorted((ROOT / "tests" / "pages").rglob("*.*html")) + sorted((ROOT / "examples").rglob("*.html"))
    return tuple(path.read_bytes() for path in found if path.is_file())


@cache
def _site() -> Site:
    return learn(count(read_page(body, f"{URL}{n}") for n, body in enumerate(pages())))


def mutated(number: int, seed: int) -> tuple[bytes, str | None, Site | None]:
    """Mutation `number`: the page, the type that its server claims, and what is known of its site. The same every time."""
    chance = random.Random(f"{seed}/{number}")
    body = chance.choice(pages())
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 20))):
        body = _mutate(body, chance)[:_LONGEST]
    return body, chance.choice(_TYPES), _site() if chance.random() < 0.3 else None


def _mutate(body: bytes, chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    piece = body[start:end]
    match chance.randrange(9):
        case 0:
            return body[:start] + body[end:]
        case 1:
            return body[:end] + piece * chance.choice((1, 2, 10)) + body[end:]
        case 2:
            return body[:start]
        case 3:
            turned = bytearray(body)
            for _ in range(min(len(turned), chance.randrange(1, 20))):
                turned[chance.randrange(len(turned))] = chance.randrange(256)
            return bytes(turned)
        case 4:
            other = chance.choice(pages())
            a, b = _span(other, chance)
            return body[:start] + other[a:b] + body[end:]
        case 5:
            return body[:start] + chance.choice(_PIECES) * chance.choice((1, 1, 3, 50)) + body[start:]
        case 6:
            a, b = _span(body, chance)
            return body[:start] + body[a:b] + body[end:]
        case 7:
            return body.replace(
                chance.choice((b"<", b">", b"p", b"<td", b"</", b"\n", b":")), chance.choice((b"", b" ", b"<b>")), 9
            )
        case _:
            return body[:start] + piece.swapcase() + body[end:]


def _span(body: bytes, chance: random.Random) -> tuple[int, int]:
    """A stretch of a page: of bytes, or from one tag to another."""
    if not body:
        return 0, 0
    start = chance.randrange(len(body))
    end = min(len(body), start + int(chance.paretovariate(0.7)))
    if chance.random() < 0.5:
        start = max(0, body.rfind(b"<", 0, start + 1))
        end = body.find(b">", end) + 1 or len(body)
    return start, max(start, end)


def broken(page: Page, listings: Sequence[Listing]) -> Iterator[str]:
    """What does not hold of a page that was read."""
    for block in page.blocks:
        if page.text[block.start : block.end] != block.text:
            yield f"block at {block.start}"
    for listing in listings:
        json.dumps(record(listing))
        if not 0 <= listing.accounted <= 1:
            yield f"accounted {listing.accounted}"
        for field in listing.fields:
            if listing.text[field.label_start : field.label_end] != field.label:
                yield f"label {field.label!r}"
            if any(listing.text[line.start : line.end] != line.text for line in field.lines):
                yield f"value of {field.label!r}"
        last = 0
        for passage in listing.passages:
            if not last <= passage.start < passage.end <= len(listing.text):
                yield f"passage at {passage.start}"
            last = passage.start
        places = [(p.start, p.end) for p in listing.problems if p.start is not None and p.end is not None]
        places += [(contact.start, contact.end) for contact in listing.normalized.contacts]
        if any(not 0 <= a <= b <= len(listing.text) for a, b in places):
            yield "a place outside the text"


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run(first: int, last: int, seed: int, limit: float) -> Result:
    """Mutations `first` to `last`; each may take `limit` seconds."""
    failures: list[tuple[int, str]] = []
    slowest, slowest_number = 0.0, first
    for number in range(first, last):
        body, kind, site = mutated(number, seed)
        start = time.perf_counter()
        try:
            with _at_most(limit):
                page = read_page(body, URL, kind)
                failures += [(number, what) for what in broken(page, parse(page, SOURCE, site))]
        except Exception as error:  # whatever it is, it is what is looked for
            failures.append((number, f"{type(error).__name__}: {error}"))
        taken = time.perf_counter() - start
        if taken > slowest:
            slowest, slowest_number = taken, number
    return Result(last - first, slowest, slowest_number, tuple(failures))


@click.command()
@click.option("--mutations", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--first", default=0, help="The number of the first mutation: --first 17 --mutations 1 shows one again.")
@click.option("--limit", default=20.0, show_default=True, help="Seconds that a page may take.")
@click.option("--workers", default=os.cpu_count() or 1, show_default=True)
@click.option("--failures", default=Path("data/fuzz"), show_default=True, type=click.Path(path_type=Path))
def main(mutations: int, seed: int, first: int, limit: float, workers: int, failures: Path) -> None:
    """Parse mutated pages; exit code 1 where one raises, hangs, or claims what is not there."""
    started = time.perf_counter()
    starts = range(first, first + mutations, _BATCH)
    ends = [min(start + _BATCH, first + mutations) for start in starts]
    with ProcessPoolExecutor(workers) as pool:
        results = list(pool.map(run, starts, ends, [seed] * len(ends), [limit] * len(ends)))
    seconds = time.perf_counter() - started
    found = [failure for result in results for failure in result.failures]
    slowest = max(results, key=lambda result: result.slowest)
    for number, what in found:
        failures.mkdir(parents=True, exist_ok=True)
        (failures / f"{seed}-{number}.html").write_bytes(mutated(number, seed)[0])
        click.echo(f"{number:>8}  {what}  (python -m benchmarks.fuzz --seed {seed} --first {number} --mutations 1)")
    click.echo(f"{'mutations':<12}{sum(result.mutations for result in results):>10}")
    click.echo(f"{'seconds':<12}{seconds:>10.0f}")
    click.echo(f"{'a second':<12}{mutations / seconds:>10.0f}")
    click.echo(f"{'slowest':<12}{slowest.slowest:>9.2f}s  (mutation {slowest.slowest_number})")
    click.echo(f"{'failures':<12}{len(found):>10}")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
