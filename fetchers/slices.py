"""What the archive knows of some pages of a crawl, in a file of its own: so no batch has to read the whole index.

A slice is a text file: a line of JSON with what the manifest says of its pages, then lines of CDXJ, those of a crawl under its
name.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fetchers.cdxj import Entry, read_lines
from fetchers.history import Known
from fetchers.shelf import index_lines, written

_BUFFERED = 20_000
"""Lines in memory before they are written."""

_CRAWL = "#"
"""What begins the line that names a crawl: no SURT does."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some pages: the addresses that redirect to each, its capture, and where they differ from it, identity and first date.

    `former` are the addresses that some of them had before.
    """

    pages: dict[str, tuple[str, ...]]
    entries: dict[str, Entry]
    identities: dict[str, str]
    first_seen: dict[str, str]
    former: dict[str, tuple[str, ...]]


def pages_of(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The last of the entries of each URL that lead to a page."""
    ordered = sorted(entries, key=lambda entry: written(entry.place))
    return {entry.url: entry for entry in ordered if entry.status == 200 or entry.original is not None}


def write_slices(
    folder: Path,
    name: str,
    pages: dict[str, tuple[str, ...]],
    known: Known,
    parts: Sequence[Sequence[str]],
    out: Path,
) -> list[Path]:
    """Write a slice of the crawl `name` for each of the parts, some of its pages each, to the folder `out`; their paths.

    `pages` and `known` are the manifest's. Indexes
    are read line by line, so that memory does not grow with them. FetchError where one is damaged.
    """
    paths = [out / f"{number:06d}.slice" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        about = [
            {url: of[url] for url in part if url in of}
            for of in (pages, known.identities, known.first_seen, known.former)
        ]
        path.write_text(json.dumps(about) + "\n", encoding="utf-8")
    part_of = {url: number for number, part in enumerate(parts) for url in part}
    for crawl in (name, *sorted(set(known.kept.values()))):
        buffered, count = defaultdict[int, list[str]](list), 0
        for url, line in index_lines(folder, crawl):
            if url in part_of and (crawl == name or known.kept.get(url) == crawl):
                buffered[part_of[url]].append(line)
                count += 1
            if count == _BUFFERED:
                _append(paths, crawl, buffered)
                count = 0
        _append(paths, crawl, buffered)
    return paths


def read_slice(path: Path) -> Slice:
    """A slice as it was written."""
    head, *lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    pages, identities, first_seen, former = json.loads(head)
    crawls: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith(_CRAWL):
            of_crawl = crawls.setdefault(line, [])
        else:
            of_crawl.append(line)
    entries: dict[str, Entry] = {}
    for of_one in crawls.values():
        entries |= pages_of(read_lines("".join(f"{line}\n" for line in of_one).encode()))
    pages, former = ({url: tuple(some) for url, some in of.items()} for of in (pages, former))
    return Slice(pages, entries, identities, first_seen, former)


def _append(paths: Sequence[Path], crawl: str, buffered: dict[int, list[str]]) -> None:
    for number, lines in buffered.items():
        with paths[number].open("a", encoding="utf-8") as file:
            file.writelines([f"{_CRAWL}{crawl}\n", *lines])
    buffered.clear()
