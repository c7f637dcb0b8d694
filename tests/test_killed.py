"""`kill -9` while a release is made and published: what people load stays whole, and the next run succeeds."""

from __future__ import annotations

import json
import os
import signal
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


_REPARSE = """
import json, os, random, signal, shutil, sys, time
from pathlib import Path
import pandas as pd
from fetchers.archive import latest_crawl, page_urls
from fetchers.crawl import crawl
from flows import batches, steps
from flows.workplace import Workplace
from parsers.site import learn
from releases.release import latest, releases
from tests.synthetic import Look, directory, render

home, points = Path(sys.argv[1]), int(sys.argv[2])
PHASES = ("parts", "release", "checks", "review", "publication")
site = home / "site"
for org in directory(9):
    (site / org.path).mkdir(parents=True)
    (site / org.path / "index.html").write_bytes(render(org, Look()))
links = "".join(f"<li><a href='/{org.path}'>{org.name}</a></li>" for org in directory(9))
(site / "index.html").write_text(f"<!doctype html><title>Guide</title><main><ul>{links}</ul></main>", "utf-8")
(home / "sources" / "guide").mkdir(parents=True)
(home / "sources" / "guide" / "source.yml").write_text(f"start: {json.dumps(str(site))}\\n", "utf-8")

def reparse(place, tell=lambda phase: None):
    source = place.source("guide")
    found = latest_crawl(place.raw, "guide")
    with steps.workbench(place, source) as folder:
        tell("parts")
        cut = batches.cut(page_urls(place.raw, found), size=3)
        counts = batches.add_up(batches.study(place.raw, found, batch) for batch in cut)
        parsed = [batches.parse_batch(place.raw, found, source, learn(counts), batch, folder) for batch in cut]
        tell("release")
        staged = steps.stage.fn(place, source, found, counts, parsed)
        tell("checks")
        findings = steps.check.fn(place, source, staged)
        assert not [finding for finding in findings if finding.severity == "error"], findings
        tell("review")
        steps.report.fn(source, staged, found, findings)
        tell("publication")
        steps.publish.fn(staged)

def child(place):
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        try:
            reparse(place, lambda phase: os.write(writing, f"{phase} ".encode()))
        except BaseException:
            import traceback; traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    return pid, reading

def phases(reading):
    word = b""
    while letter := os.read(reading, 1):
        word += letter
        if letter == b" ":
            yield word.decode().strip()
            word = b""

def copied(name):
    place = Workplace(home / "sources", home / name)
    shutil.copytree(home / "ready", place.data, symlinks=True)
    return place

def bytes_of(place):
    release = latest(place.processed("guide"))
    return {p.relative_to(release).as_posix(): p.read_bytes() for p in release.rglob("*") if p.is_file()}

def loads(place):
    release = place.processed("guide") / "latest"
    reaches = set(pd.read_parquet(release / "listings.parquet")["reach"].dropna())
    names = [resource["path"] for resource in json.loads((release / "datapackage.json").read_bytes())["resources"]]
    assert all(pd.read_parquet(release / name) is not None for name in names)
    assert (release / "review" / "index.html").is_file()
    return reaches

ready = Workplace(home / "sources", home / "ready")
crawl(ready.source("guide"), ready.raw)
reparse(ready)
before = loads(ready)
row = "reach,Local,regional\\n"
(home / "sources" / "guide" / "lookups.csv").write_text(f"column,printed,normal\\n{row}", "utf-8")
whole = copied("undisturbed")
pid, reading = child(whole)
began, last = {}, time.monotonic()
for phase in phases(reading):
    began[phase] = time.monotonic()
ended = time.monotonic()
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and tuple(began) == PHASES
starts = [*began.values(), ended]
lasts = {phase: starts[n + 1] - starts[n] for n, phase in enumerate(PHASES)}
expected, after = bytes_of(whole), loads(whole)
assert after != before
rng = random.Random()
for number in range(points):
    wanted = PHASES[number % len(PHASES)]
    for attempt in range(20):
        place = copied(f"{number}-{attempt}")
        pid, reading = child(place)
        for phase in phases(reading):
            if phase == wanted:
                time.sleep(rng.random() * lasts[wanted] / (1 + attempt))
                break
        os.kill(pid, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(reading)
        assert ended in (0, -signal.SIGKILL)
        if ended:
            break
    left = sorted(path.name for path in place.processed("guide").iterdir())
    assert loads(place) in (before, after), (number, wanted)
    pid, reading = child(place)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, (number, wanted)
    os.close(reading)
    assert bytes_of(place) == expected, (number, wanted)
    rest = sorted(path.name for path in place.processed("guide").iterdir())
    assert rest == sorted([".lock", "latest", *(release.name for release in releases(place.processed("guide")))]), rest
    print(json.dumps([wanted, ended, left]), flush=True)
    shutil.rmtree(place.data)
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are made by fork")
def test_a_reparse_is_killed_at_random_moments_from_its_first_part_to_its_publication(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _REPARSE, str(tmp_path), str(POINTS)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    killed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(killed) == POINTS and {code for _, code, _ in killed} == {-signal.SIGKILL}
    at = {phase: [left for name, _, left in killed if name == phase] for phase, _, _ in killed}
    assert len(at) == 5
    # What is left shows that they were killed where they were meant to be.
    assert all(".parts" in left for left in at["parts"])
    assert all(
        any(name.startswith(".staging-") for name in left) for phase in ("checks", "review") for left in at[phase]
    )
