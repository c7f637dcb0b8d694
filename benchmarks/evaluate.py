"""`make evaluate`: every accuracy figure that the shared sets give, as one table.

The sets are no part of the project: the folder that holds them is `../shared`, or what LISTINGS_SHARED names. Each figure
comes from the set's own scorer over the output of the command that a user would type.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import refreshes
from parsers.emails import decode_cfemail

Row = tuple[str, str, str]
LISTINGS = (sys.executable, "-c", "from flows.cli import main; main()")


def main() -> int:
    """Print the table; 0 also where there is nothing to evaluate on, which is said."""
    shared = Path(os.environ.get("LISTINGS_SHARED", "../shared"))
    if not (shared / "tools").is_dir():
        print(f"{shared}: no shared sets here, nothing to evaluate (LISTINGS_SHARED names another folder)")
        return 0
    print(f"{'set':18s} {'row':50s} figure")
    with tempfile.TemporaryDirectory() as scratch:
        for name, row, figure in _rows(shared, Path(scratch)):
            print(f"{name:18s} {row:50s} {figure}", flush=True)
    return 0


def _rows(shared: Path, scratch: Path) -> Iterator[Row]:
    yield from _seed(shared, scratch)
    yield from _listings("wp", shared, shared / "pages/wp/gold.jsonl", [shared / "pages/wp/pages"], scratch)
    yield from refreshes.rows(shared / "pages/wp", scratch)
    for folder in ("openie", "contact"):
        yield from _fields(shared, shared / "pages" / folder, scratch)
    yield _emails(shared)
    for name in ("dev", "dev_hard", "dev_seed"):
        yield from _languages(shared, shared / f"languages/{name}.jsonl", scratch)


def _seed(shared: Path, scratch: Path) -> Iterator[Row]:
    gold = scratch / "seed.jsonl"
    gold.write_text(" ".join((shared / "seed/expected.json").read_text(encoding="utf-8").split("\n")), encoding="utf-8")
    yield from _listings("seed", shared, gold, [shared / "seed/bps-bpv.txt"], scratch)


def _listings(name: str, shared: Path, gold: Path, inputs: list[Path], scratch: Path) -> Iterator[Row]:
    out = _parse(inputs, scratch / f"{name}-out.jsonl")
    for line in _score(shared, "score_listings.py", gold, out):
        found = re.match(r"(.+?)\s+F1 (\S+)\s+P (\S+)\s+R (\S+)", line)
        if found:
            yield name, found[1], f"F1 {found[2]}  P {found[3]}  R {found[4]}"
        elif line.startswith("mean"):
            yield name, "mean", line.split()[1]


def _fields(shared: Path, folder: Path, scratch: Path) -> Iterator[Row]:
    out = _parse([folder], scratch / f"{folder.name}-out.jsonl")
    for line in _score(shared, "score_fields.py", folder, out):
        found = re.match(r"(\S+)\s+(F1 .+?)\s+right", line)
        if found:
            yield folder.name, found[1], found[2]


def _emails(shared: Path) -> Row:
    vectors = json.loads((shared / "emails/cfemail_vectors.json").read_text(encoding="utf-8"))
    right = sum(decode_cfemail(vector["hex"]) == vector["expected"] for vector in vectors)
    return "emails", "addresses that Cloudflare hides", f"{right} of {len(vectors)}"


def _languages(shared: Path, gold: Path, scratch: Path) -> Iterator[Row]:
    out = scratch / "passages.jsonl"
    with out.open("wb") as stream:
        subprocess.run([*LISTINGS, "split", "--jsonl", str(gold)], stdout=stream, check=True)
    for line in _score(shared, "score_languages.py", gold, out)[1:]:
        kind, _, accuracy, boundary, false = line.split()
        yield "languages", kind, f"accuracy {accuracy} %  boundary F1 {boundary}  false splits {false}"


def _parse(inputs: list[Path], out: Path) -> Path:
    with out.open("wb") as stream:
        subprocess.run([*LISTINGS, "parse", "--jsonl", *map(str, inputs)], stdout=stream, check=True)
    return out


def _score(shared: Path, tool: str, gold: Path, out: Path) -> list[str]:
    command = [sys.executable, str(shared / "tools" / tool), str(gold), str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
