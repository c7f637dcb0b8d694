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
from releases.release import publish, releases, stage
from tests.records import CRAWLED, LATER, listing, page, pages, published, renamed, source

home, points = Path(sys.argv[1]), int(sys.argv[2])
ready = home / "ready"
published(ready, pages(2))
after = [*pages(2), page(renamed(listing("new"), "Lighthouse"), offset=900)]
EVENTS = ("open", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree")

def whole_run(folder):
    publish(stage(folder, [part], source(), LATER))

def publication(folder):
    publish(Path(shutil.copytree(again, folder / again.name, dirs_exist_ok=True)))

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

def counted(work, folder, out):
    count = 0
    def hook(event, arguments):
        nonlocal count
        count += touches(folder, event, arguments)
    sys.addaudithook(hook)
    work(folder)
    out.write_text(str(count))

def killed(work, folder, at):
    left = at
    def hook(event, arguments):
        nonlocal left
        if touches(folder, event, arguments):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    work(folder)

def loads(folder, counts):
    found = pd.read_parquet(folder / "latest" / "listings.parquet")
    assert len(found) in counts, len(found)
    pd.read_parquet(folder / "latest" / "timeline.parquet")

def settled(work, folder):
    loads(folder, [2, 3])
    work(folder)
    loads(folder, [3])
    assert sorted(path.name for path in folder.iterdir()) == sorted(["latest", *(r.name for r in releases(folder)), *rest])
    assert all(len(pd.read_parquet(r / "listings.parquet")) in (2, 3) for r in releases(folder))

rest = [path.name for path in ready.iterdir() if path.name.startswith("parts-")]
part = write_part(home / "part", rows(after, source()))
again = stage(home / "again", [part], source(), CRAWLED)
half = points // 2
for turn, work in (("whole run", whole_run), ("publication", publication)):
    whole = shutil.copytree(ready, home / f"{turn} undisturbed", symlinks=True)
    assert in_a_child(counted, work, whole, home / "count") == 0
    total = int((home / "count").read_text())
    expected = {p.name: p.read_bytes() for p in (whole / "latest").iterdir() if p.is_file()}
    for number in range(half):
        at = 1 + number * (total - 1) // (half - 1)
        folder = shutil.copytree(ready, home / f"{turn} {number}", symlinks=True)
        assert in_a_child(killed, work, folder, at) == -signal.SIGKILL, (turn, at, total)
        assert in_a_child(settled, work, folder) == 0, (turn, at, total)
        assert expected == {p.name: p.read_bytes() for p in (folder / "latest").iterdir() if p.is_file()}, (turn, at)
        print(turn, at, total, sep="\\t", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are made by fork")
def test_latest_loads_and_the_next_run_succeeds_whenever_a_release_is_killed(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _RUN, str(tmp_path), str(POINTS)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    killed = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(killed) == POINTS
    # From the first thing that is written to the last: tables, publication; and once more where a release is replaced.
    for turn in ("whole run", "publication"):
        points = [(int(at), int(total)) for name, at, total in killed if name == turn]
        assert points[0][0] == 1 and points[-1][0] == points[-1][1] > 60
