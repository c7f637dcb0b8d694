"""Runs that are stopped or killed at any point: the next one goes on, and comes to what an undisturbed one comes to."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pandas as pd
import pytest

from releases.release import latest
from releases.schema import tables
from tests.conftest import MAIN
from tests.servers import Site, html, serving

pytestmark = pytest.mark.xdist_group("prefect")

ENTRIES = 12
HELD_BACK = "/entry/7"
STOPPED = 130
"""What a shell reports of a command that Ctrl-C ended (128 + SIGINT)."""

TIMES = {
    "page": ["fetched_at", "first_seen", "last_seen", "warc_file", "warc_offset"],
    "metadata": ["last_action_date"],
    "timeline": ["first_seen", "last_seen", "last_checked", "last_changed"],
}
"""What two runs may differ in: when they fetched, and where in the archive it lies."""

ALL_OF_THEM = """
import sys
from flows.cli import main
sources, *folders = sys.argv[1:]
sys.exit(max(main(["--sources", sources, "--data", data, "refresh", "guide"], standalone_mode=False) for data in folders))
"""


@dataclass(frozen=True)
class Case:
    """A way to be disturbed: the signal, and when it comes."""

    when: str
    with_: signal.Signals

    @property
    def name(self) -> str:
        """The folder of its data."""
        return f"{self.when}-{self.with_.name}"


CASES = [
    Case("fetch", signal.SIGINT),
    Case("fetch", signal.SIGKILL),
    Case("parse", signal.SIGINT),
    Case("stage", signal.SIGKILL),
]


class Slow:
    """A page that says when it is asked for, and is not answered until it may be."""

    def __init__(self) -> None:
        self.asked, self.may_go = threading.Event(), threading.Event()
        self.may_go.set()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer like the other pages, in time."""
        self.asked.set()
        self.may_go.wait(60)
        body = entry(7).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def entry(number: int) -> str:
    return f"""<!doctype html><html lang="en"><title>House {number}</title><main><h1>House {number}</h1>
<p><strong>Country:</strong> Belgium</p><p><strong>Organisation name:</strong> House {number}</p>
<p><strong>Type of service:</strong> Advice / Shelter</p><p><strong>Tel:</strong> +32 2 555 01 {number:02}</p>
<p>House {number} listens to everyone who comes, and asks nobody for papers.</p>
<p>La maison numéro {number} écoute toutes les personnes qui viennent, sans rendez-vous.</p></main>"""


@contextmanager
def site() -> Iterator[tuple[Site, Slow]]:
    """A directory of a few pages, one of which may be held back."""
    links = "".join(f'<li><a href="/entry/{n}">House {n}</a></li>' for n in range(ENTRIES))
    slow = Slow()
    with serving(
        {"/": html(f"<!doctype html><title>Guide</title><main><h1>Guide</h1><ul>{links}</ul></main>")}
    ) as site:
        site.answers |= {f"/entry/{n}": html(entry(n)) for n in range(ENTRIES)} | {HELD_BACK: slow}
        yield site, slow


def disturb(case: Case, sources: Path, root: Path, env: dict[str, str], slow: Slow) -> subprocess.CompletedProcess[str]:
    """Run until the moment has come, then send the signal."""
    data = root / case.name
    processed = data / "processed" / "guide"
    moments: dict[str, Callable[[], bool]] = {
        "fetch": slow.asked.is_set,
        "parse": lambda: (processed / ".parts").exists(),
        "stage": lambda: any(processed.glob(".staging-*")),
    }
    slow.asked.clear()
    if case.when == "fetch":
        slow.may_go.clear()
    command = [*MAIN, "--sources", str(sources), "--data", str(data), "refresh", "guide"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            _await(moments[case.when], process)
            process.send_signal(case.with_)
            if case.with_ == signal.SIGKILL:
                process.wait(60)
            slow.may_go.set()
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
            slow.may_go.set()
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _await(come: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not come():
        assert process.poll() is None, "it ended before it was disturbed"
        assert time.monotonic() < end, "the moment never came"
        time.sleep(0.0005)


@dataclass(frozen=True)
class Disturbed:
    """What came of each case: the run that was disturbed, and the files it left; and the paths that the next runs asked for."""

    root: Path
    stopped: dict[str, subprocess.CompletedProcess[str]]
    left: dict[str, list[str]]
    asked_again: list[str]


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory, with_server: dict[str, str]) -> Disturbed:
    """Each case disturbed once; then one run more for each, and for one that nobody disturbed."""
    root = tmp_path_factory.mktemp("disturbed")
    stopped: dict[str, subprocess.CompletedProcess[str]] = {}
    left: dict[str, list[str]] = {}
    with site() as (guide, slow):
        source = root / "sources" / "guide"
        source.mkdir(parents=True)
        (source / "source.yml").write_text(f"start: {guide.base}/\npace: {{delay: 0}}\n", encoding="utf-8")
        for case in CASES:
            stopped[case.name] = disturb(case, source.parent, root, with_server, slow)
            left[case.name] = sorted(p.name for p in (root / case.name).rglob("*"))
        folders = [str(root / name) for name in [*(case.name for case in CASES), "undisturbed"]]
        command = [sys.executable, "-c", ALL_OF_THEM, str(source.parent), *folders]
        before = len(guide.seen)
        done = subprocess.run(command, env=with_server, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr
        return Disturbed(root, stopped, left, guide.paths[before:])


named = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@named
def test_it_ends_at_once_and_says_what_to_do(disturbed: Disturbed, case: Case) -> None:
    stopped = disturbed.stopped[case.name]
    assert "Traceback" not in stopped.stderr, stopped.stderr
    assert latest(disturbed.root / case.name / "processed" / "guide") is not None
    if case.with_ == signal.SIGKILL:
        assert stopped.returncode == -signal.SIGKILL
        return
    assert stopped.returncode == STOPPED, stopped.stderr
    assert "Stopped. What was fetched is archived; the next run goes on from there." in stopped.stderr
    assert "listings = " not in stopped.stdout


@named
def test_the_next_run_comes_to_what_an_undisturbed_one_comes_to(disturbed: Disturbed, case: Case) -> None:
    one, other = (latest(disturbed.root / name / "processed" / "guide") for name in ("undisturbed", case.name))
    assert one is not None and other is not None
    for name in tables():
        expected, got = (
            pd.read_parquet(release / f"{name}.parquet").drop(columns=TIMES.get(name, [])) for release in (one, other)
        )
        pd.testing.assert_frame_equal(got, expected, obj=name)
    assert len(pd.read_parquet(other / "listings.parquet")) == ENTRIES


@named
def test_nothing_half_made_is_left_behind(disturbed: Disturbed, case: Case) -> None:
    data = disturbed.root / case.name
    before = disturbed.left[case.name]
    if case.when == "fetch":
        assert any(name.endswith(".open") for name in before)
    elif case.with_ == signal.SIGKILL:
        assert any(name.startswith((".parts", ".staging-")) for name in before)
    after = {path.name for path in data.rglob("*")}
    assert not [name for name in after if name.startswith((".parts", ".staging-", ".replaced-", ".latest-", ".sort-"))]
    assert not [name for name in after if name.endswith((".open", ".part"))]


def test_what_was_fetched_is_not_fetched_again(disturbed: Disturbed) -> None:
    """Those stopped while they fetched ask for the rest only; the others ask once more, and nothing has changed."""
    assert Counter(disturbed.asked_again)["/entry/0"] == len([case for case in CASES if case.when != "fetch"]) + 1
    for name in ("fetch-SIGINT", "fetch-SIGKILL"):
        crawls = list((disturbed.root / name / "raw" / "guide").glob("*.warc.gz"))
        assert len(crawls) == 1
        page = pd.read_parquet(disturbed.root / name / "processed" / "guide" / "latest" / "page.parquet")
        assert page["url"].is_unique and len(page) == ENTRIES + 1
