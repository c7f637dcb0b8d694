"""Refreshes of a directory as a real server sent it, on loopback: what is found, what is asked, what is told as changed.

Part of `make evaluate`. The set brings its own server (`serve.py`); its requests are noted with their time.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from protego import Protego

Row = tuple[str, str, str]
LISTINGS = (sys.executable, "-c", "from flows.cli import main; main()")
DELAY = 0.05
"""The delay asked for, in seconds: enough to be measured."""


IN_A_ROW = 10
"""Over so many requests their pace is measured: a single one may be late on a busy machine, and the next one then looks early."""


@dataclass(frozen=True)
class Request:
    """A request as the server saw it: when it came (monotonic seconds), its path, status and bytes of the body."""

    at: float
    path: str
    status: int
    size: int


def rows(folder: Path, scratch: Path) -> Iterator[Row]:
    """The figures of the set in `folder`; what is fetched and released goes to `scratch`."""
    gold = [json.loads(line) for line in (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    for validators in ("all", "recorded"):
        data = scratch / validators
        with serving(folder, validators) as (base, seen):
            _source(scratch, base)
            port = urlsplit(base).port or 0
            yield from _first(validators, folder, data, scratch, gold, seen)
            seen.clear()
            told = _refresh(scratch, data)
            yield _row(
                validators, "again: pages fetched, unchanged", f"{told['pages_fetched']}, {told['pages_unchanged']}"
            )
            loaded = [request.path for request in _pages(seen) if request.status == 200]
            yield _row(validators, "again: pages loaded anew", str(len(loaded)))
            yield _row(validators, "again: changes", _changes(data))
        with serving(folder, validators, folder / "v2", port) as (_, seen):
            _refresh(scratch, data)
            yield _row(validators, "after the edits: changes", _changes(data))
            yield _row(
                validators, "after the edits: listings that kept their id", _kept(data, folder / "v2" / "gold.jsonl")
            )


def _first(
    validators: str, folder: Path, data: Path, scratch: Path, gold: list[dict[str, Any]], seen: list[Request]
) -> Iterator[Row]:
    _refresh(scratch, data)
    found = Counter(urlsplit(url).path for url in _table(data, "listings")["url"])
    right = {urlsplit(listing["url"]).path for listing in gold}
    once = sum(found[path] == 1 for path in right)
    yield _row(
        validators,
        "listings found once, other pages as listings",
        f"{once} of {len(right)}, {len(found.keys() - right)}",
    )
    rules = Protego.parse(next((folder / "other").glob("robots*")).read_text(encoding="utf-8"))
    closed = [request.path for request in seen if not rules.can_fetch(request.path, "listings")]
    yield _row(validators, "requests, of them closed by robots.txt", f"{len(seen)}, {len(closed)}")
    repeated = sum(count - 1 for count in Counter(request.path for request in seen).values())
    yield _row(validators, "requests repeated", str(repeated))
    times = sorted(request.at for request in seen)
    shortest = min(last - first for first, last in zip(times, times[IN_A_ROW:], strict=False))
    yield _row(validators, f"least time a request, of {IN_A_ROW} (delay {DELAY:g} s)", f"{shortest / IN_A_ROW:.3f} s")


@contextlib.contextmanager
def serving(
    folder: Path, validators: str, overlay: Path | None = None, port: int = 0
) -> Iterator[tuple[str, list[Request]]]:
    """The set's own server for the length of a with block: its address, and the requests that it sees."""
    spec = importlib.util.spec_from_file_location("serve", folder / "serve.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    seen: list[Request] = []
    server = module.Replay(folder, port, validators, None, overlay)
    answer = module.Handler.answer

    def timed(handler: Any) -> None:
        handler.began = time.monotonic()
        answer(handler)

    module.Handler.answer = timed
    server.note = lambda handler, status, size: seen.append(Request(handler.began, handler.path, status, size))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.base_url, seen
    finally:
        server.shutdown()
        server.server_close()


def _source(scratch: Path, base: str) -> None:
    folder = scratch / "sources" / "wp"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.yml").write_text(f"start: {base}/\npace: {{delay: {DELAY}}}\n", encoding="utf-8")


def _refresh(scratch: Path, data: Path) -> dict[str, Any]:
    command = [*LISTINGS, "--sources", str(scratch / "sources"), "--data", str(data), "refresh", "wp", "--json"]
    env = os.environ | {"PREFECT_HOME": str(scratch / "prefect")}
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def _table(data: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(data / "processed" / "wp" / "latest" / f"{name}.parquet")


def _changes(data: Path) -> str:
    """How many listings are told as changed, moved, removed and added."""
    table = _table(data, "change")
    kinds = {kind: table[table["change"] == kind]["listing_id"].nunique() for kind in sorted(set(table["change"]))}
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "none"


def _kept(data: Path, gold: Path) -> str:
    """How many listings have the id that their first address had, of those that were there before."""
    folder = data / "processed" / "wp"
    first = pd.read_parquet(sorted(folder.glob("*T*Z"))[0] / "listings.parquet")
    before = {urlsplit(url).path.strip("/"): key for url, key in zip(first["url"], first["id"], strict=True)}
    now = _table(data, "listings")
    after = {urlsplit(url).path.strip("/"): key for url, key in zip(now["url"], now["id"], strict=True)}
    names = {}
    for line in gold.read_text(encoding="utf-8").splitlines():
        listing = json.loads(line)
        if listing["change"] != "new":
            names[listing["slug"]] = listing["change"].partition("renamed from ")[2] or listing["slug"]
    kept = sum(after.get(slug) == before.get(was) is not None for slug, was in names.items())
    return f"{kept} of {len(names)}"


def _pages(seen: list[Request]) -> list[Request]:
    return [request for request in seen if not request.path.endswith((".txt", ".xml"))]


def _row(validators: str, what: str, figure: str) -> Row:
    return f"wp, {validators}", what, figure
