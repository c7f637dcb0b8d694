"""`kill -9` while a release is made and published: what people load stays whole, and the next run succeeds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

POINTS = 20

_RUN = """
import os, shutil, signal, sys
from pathlib import Path
import pandas as pd
from releases.build import rows, write_part
from releases.release import latest, prune, publish, releases, stage
from reports.review import review
from tests.records import CRAWLED, LATER, listing, page, pages, published, renamed, source

home, points = Path(sys.argv[1]), int(sys.argv[2])
ready = home / "ready"
published(ready, pages(2))
after = [*pages(2), page(renamed(listing("new"), "Lighthouse"), offset=900)]
EVENTS = ("open", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree")

def release(folder, when):
    parts = folder / ".parts"
    shutil.rmtree(parts, ignore_errors=True)
    part = write_part(parts / "0", rows(after, source()))
    staged = stage(folder, [part], source(), when)
    review(staged, staged / "review")
    publish(staged)
    shutil.rmtree(parts)

def touches(folder, event, arguments):
    return event in EVENTS and any(str(folder) in os.fsdecode(a) for a in arguments if isinstance(a, (str, bytes, os.PathLike)))

def in_a_child(work, *arguments):
    child = os.fork()
    if not child:
        try:
            work(*arguments)
        except BaseException:
            import traceback; traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def counted(folder, when, out):
    count = 0
    def hook(event, arguments):
        nonlocal count
        count += touches(folder, event, arguments)
    sys.addaudithook(hook)
    release(folder, when)
    out.write_text(str(count))

def killed(folder, when, at):
    left = at
    def hook(event, arguments):
        nonlocal left
        if touches(folder, event, arguments):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    release(folder, when)

def loads(folder, counts):
    found = pd.read_parquet(folder / "latest" / "listings.parquet")
    assert len(found) in counts, len(found)
    for name in ("field", "page", "problem", "change", "timeline"):
        pd.read_parquet(folder / "latest" / f"{name}.parquet")

def settled(folder, when):
    release(folder, when)
    loads(folder, [3])
    assert sorted(path.name for path in folder.iterdir()) == sorted(["latest", *(r.name for r in releases(folder)), *parts])
    assert all(len(pd.read_parquet(r / "listings.parquet")) in (2, 3) for r in releases(folder))

parts = [path.name for path in ready.iterdir() if path.name.startswith("parts-")]
for turn, when in (("next", LATER), ("again", CRAWLED)):
    whole = shutil.copytree(ready, home / f"whole-{turn}", symlinks=True)
    assert in_a_child(counted, whole, when, home / "count") == 0
    total = int((home / "count").read_text())
    bytes_of = {p.name: p.read_bytes() for p in (whole / "latest").iterdir() if p.is_file()}
    half = points // 2
    for number in range(half):
        at = 1 + number * (total - 1) // (half - 1)
        folder = shutil.copytree(ready, home / f"{turn}-{number}", symlinks=True)
        assert in_a_child(killed, folder, when, at) == -signal.SIGKILL, (turn, at, total)
        assert in_a_child(loads, folder, [2, 3]) == 0, (turn, at, total)
        assert in_a_child(settled, folder, when) == 0, (turn, at, total)
        assert bytes_of == {p.name: p.read_bytes() for p in (folder / "latest").iterdir() if p.is_file()}, (turn, at)
        shutil.rmtree(folder)
        print(turn, at, total, flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are made by fork")
def test_latest_loads_and_the_next_run_succeeds_whenever_a_release_is_killed(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _RUN, str(tmp_path), str(POINTS)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    killed = [line.split() for line in done.stdout.splitlines()]
    assert len(killed) == POINTS
    # From the first thing that is written to the last: parts, tables, review, publication.
    for turn in ("next", "again"):
        points = [(int(at), int(total)) for name, at, total in killed if name == turn]
        assert points[0][0] == 1 and points[-1][0] == points[-1][1] > 60
