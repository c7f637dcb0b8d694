"""How well and how fast text is split by language: `python -m benchmarks.languages SHARED`.

SHARED holds `languages/*.jsonl`: {"text", "type", "spans": [[start, end, lang], ...]} a line. For each type of document:
accuracy is the share of the letters in gold spans that carry the right language; a boundary is the first letter after a
change of language, and only an exact hit counts; false splits is the share of the documents with a boundary too many.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import langdetect

from parsers.languages import split, split_each

Figures = tuple[str, str, str, str]
"""What was measured, and three columns of figures, as printed."""

_FILES = ("dev.jsonl", "dev_hard.jsonl", "dev_seed.jsonl")
_TURN, _TURN_SENTENCES = 128, 80
"""So many texts are split, then so many sentences given to langdetect, in turns."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text in several languages, and the places whose language is known."""

    text: str
    type: str
    spans: tuple[tuple[int, int, str], ...]


def documents(path: Path) -> list[Document]:
    """The documents in a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Document(row["text"], row["type"], tuple((start, end, lang) for start, end, lang in row["spans"]))
        for row in rows
    ]


def accuracy(pages: Iterable[Document]) -> list[Figures]:
    """Per type of document: accuracy, boundary F1, false splits, in per cent."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for page in pages:
        truth = _letters(page.text, page.spans)
        guess = _letters(page.text, [(passage.start, passage.end, passage.lang) for passage in split(page.text)])
        places = sorted(truth)
        right = _boundaries(places, [truth[place] for place in places])
        put = _boundaries(places, [guess.get(place, "") for place in places])
        counts[page.type] += Counter(
            documents=1,
            letters=len(places),
            right=sum(truth[place] == guess.get(place) for place in places),
            hit=len(right & put),
            boundaries=len(right) + len(put),
            false=bool(put - right),
        )
    return [
        (
            kind,
            f"{100 * row['right'] / row['letters']:.2f}",
            f"{200 * row['hit'] / row['boundaries']:.1f}" if row["boundaries"] else "-",
            f"{100 * row['false'] / row['documents']:.1f}",
        )
        for kind, row in sorted(counts.items())
    ]


def speed(path: Path) -> list[Figures]:
    """Characters a second of ours, of `langdetect.detect` called sentence by sentence, and how many times that is.

    Each row is measured in a process of its own, so that every word is met for the first time, but for the last row.
    """
    ways = {"a file of texts": (split_file, 1), "text by text": (split_alone, 1), "the same again": (split_alone, 2)}
    rows = []
    for name, (way, rounds) in ways.items():
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            ours, theirs = fresh.submit(timed, path, way, rounds).result()
        rows.append((name, f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.1f}"))
    return rows


def split_file(texts: list[str]) -> None:
    """As `listings split --jsonl` does it."""
    for _ in split_each(texts):
        pass


def split_alone(texts: list[str]) -> None:
    """As whoever has one text at a time does it."""
    for text in texts:
        split(text)


def timed(path: Path, way: Callable[[list[str]], None], rounds: int) -> tuple[float, float]:
    """Characters a second of the last of some `rounds` over the documents in `path`, and those of langdetect.

    Both have read their tables before, and take turns, for a machine is not equally fast all the time.
    """
    pages = documents(path)
    sentences = [page.text[start:end] for page in pages for start, end, _ in page.spans]
    way(["a first word"])
    langdetect.detect("a first word")
    texts = [page.text for page in pages]
    for _ in range(rounds - 1):
        way(texts)
    ours = theirs = 0.0
    sentence = 0
    for first in range(0, len(texts), _TURN):
        begin = time.process_time()
        way(texts[first : first + _TURN])
        middle = time.process_time()
        for text in sentences[sentence : sentence + _TURN_SENTENCES]:
            try:
                langdetect.detect(text)
            except langdetect.LangDetectException:
                # A sentence without letters.
                continue
        sentence += _TURN_SENTENCES
        ours += middle - begin
        theirs += time.process_time() - middle
    read = sum(map(len, sentences[:sentence]))
    return sum(map(len, texts)) / ours, read / theirs


_LOADING = """
import resource, time
begin = time.process_time()
from parsers.languages import split
split("a first word")
print(time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def loading() -> str:
    """Seconds of computing, and megabytes of memory at most, until a fresh process has split its first words."""
    done = subprocess.run([sys.executable, "-c", _LOADING], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return f"loading: {seconds:.2f} s, {megabytes:.0f} MB in all"


def figures(shared: Path) -> list[Figures]:
    """All of it: a row a type of document, then three for speed."""
    measured = speed(shared / "languages" / _FILES[0])
    return accuracy([page for name in _FILES for page in documents(shared / "languages" / name)]) + measured


def _letters(text: str, spans: Iterable[tuple[int, int, str]]) -> dict[int, str]:
    return {place: lang for start, end, lang in spans for place in range(start, end) if text[place].isalpha()}


def _boundaries(places: list[int], languages: list[str]) -> set[int]:
    return {places[n] for n in range(1, len(places)) if languages[n] != languages[n - 1]}


def main(shared: Path) -> None:
    """Print the table."""
    # First, for a process has at least the memory of the one that starts it.
    print(loading())
    print(f"{'type':20s} {'accuracy':>10s} {'boundary F1':>11s} {'false splits':>12s}")
    for row in figures(shared):
        if row[0] == "a file of texts":
            print(f"\n{'characters a second':20s} {'split':>10s} {'langdetect':>11s} {'times':>12s}")
        print(f"{row[0]:20s} {row[1]:>10s} {row[2]:>11s} {row[3]:>12s}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
