"""The review pages of 10,000 listings: how long they take to write, and to be seen in Chromium."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from reports.review import review
from tests.browsing import Watched, chromium
from tests.chromium import CHROMIUM
from tests.records import listing, page, renamed, staged

LISTINGS = 10_000
TRIES = 7


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [page(renamed(listing(f"org-{n}"), f"House Nº {n}"), offset=n) for n in range(LISTINGS)]
        release = staged(folder, made, batch=1000)
        started, before = time.perf_counter(), time.process_time()
        index = review(release, folder / "review")
        wall, cpu = time.perf_counter() - started, time.process_time() - before
        size = sum(path.stat().st_size for path in index.parent.rglob("*")) / 1e6
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"review of {LISTINGS} listings: {wall:.1f} s ({cpu:.1f} s CPU), {size:.0f} MB, peak memory {peak:.0f} MB"
        )
        if CHROMIUM is None:
            print("there is no Chromium: how fast the pages are seen was not measured")
            return
        with chromium() as browser:
            watched = Watched(browser.new_page())
            for what, path in (("a listing", next((index.parent / "listing").iterdir())), ("the overview", index)):
                seen = []
                for _ in range(TRIES):
                    watched.open(path)
                    seen.append(watched.painted())
                print(f"{what}: first view after {sorted(seen)[TRIES // 2]:.0f} ms (median of {TRIES})")
            shown = watched.open(index.parent / "listings.html")
            took = shown.evaluate(
                """() => { const box = document.getElementById("q"), start = performance.now();
                box.value = "maison namur 777"; box.dispatchEvent(new Event("input"));
                return performance.now() - start; }"""
            )
            print(f"search among {LISTINGS}: {took:.0f} ms")


if __name__ == "__main__":
    main()
