"""What making, checking and comparing releases costs, with generated listings: each step in a process of its own, as one table.

`python -m benchmarks.releases` measures releases of 10,000 and of 100,000 listings (minutes); `--small` of a tenth of that. A
release is made of parts: tabulate and write them (what batches do), merge, describe. Times
are of the CPU (all threads), so that a busy machine measures the same.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.generate import CRAWLED, LATER, SOURCE, parts

STEPS = ("make", "check first", "make later", "check later", "diff")


def main() -> int:
    """Print the table, and whether each bound holds; returns 1 where one does not."""
    if len(sys.argv) == 4:
        return _step(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    small, large = (1_000, 10_000) if "--small" in sys.argv else (10_000, 100_000)
    print(f"{'step':14s} {'listings':>9s} {'seconds':>9s} {'MB':>7s}", flush=True)
    found: dict[tuple[str, int], tuple[float, float]] = {}
    for count in (small, large):
        with tempfile.TemporaryDirectory() as scratch:
            for step in STEPS:
                found[step, count] = seconds, peak = _measured(step, Path(scratch), count)
                print(f"{step:14s} {count:9d} {seconds:9.2f} {peak:7.0f}", flush=True)
    made = found["make", large][0]
    bounds = [
        ("time of a release, against one of a tenth", made / found["make", small][0], 10.5),
        ("memory of a release, in GB", found["make", large][1] / 1000, 1.5),
        ("memory of checking, in GB", found["check later", large][1] / 1000, 1.5),
        ("time of checking a first release, against making it", found["check first", large][0] / made, 1.0),
        (
            "time of checking a later one, against making it",
            found["check later", large][0] / found["make later", large][0],
            1.0,
        ),
        ("time of a diff, against making a release", found["diff", large][0] / made, 0.25),
    ]
    for what, value, most in bounds:
        print(f"{what:55s} {value:6.2f} of at most {most:5.2f}{'' if value <= most else '  MISSED'}")
    return int(any(value > most for _, value, most in bounds))


def _measured(step: str, scratch: Path, count: int) -> tuple[float, float]:
    """Seconds and peak memory (MB) of a step in a process of its own, without what it takes to import."""
    command = [sys.executable, "-m", "benchmarks.releases", step, str(scratch), str(count)]
    seconds, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(peak)


def _step(step: str, scratch: Path, count: int) -> int:
    from releases.changes import compare
    from releases.checks import check
    from releases.release import latest, publish, releases, stage

    folder = scratch / "releases"
    work: Callable[[], object]
    if step.startswith("make"):
        later = step == "make later"

        def work() -> object:
            made = parts(scratch / "parts", count, later)
            return stage(folder, made, SOURCE, LATER if later else CRAWLED)

    elif step == "diff":
        first, second = releases(folder)
        work = lambda: compare(first, second)  # noqa: E731
    else:
        (staged,) = folder.glob(".staging-*")
        work = lambda: check(staged, SOURCE, latest(folder))  # noqa: E731
    start = time.process_time()
    done = work()
    seconds = time.process_time() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    if step.startswith("make"):
        shutil.rmtree(scratch / "parts")
    elif step.startswith("check"):
        if done:
            print(done, file=sys.stderr)
            return 1
        publish(staged)
    return 0


if __name__ == "__main__":
    sys.exit(main())
