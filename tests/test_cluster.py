"""`--dask`: the same flow on a real cluster of two worker processes, over TCP on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import distributed
import fsspec
import pytest

from fetchers.copies import push_archive
from fetchers.crawl import crawl
from flows.cluster import check_cluster, versions
from flows.exits import InputError
from flows.workplace import Workplace
from releases.bucket import pushed
from releases.release import latest
from sources.source import load_source
from tests.conftest import ROOT, environment, free_port
from tests.test_bucket import at, s3
from tests.test_errors import entry

__all__ = ["at", "s3"]
pytestmark = pytest.mark.xdist_group("prefect")  # one server for both

PAGES = 12
SMALL_BATCHES = "import flows.batches as b; b.cut.__defaults__ = (1, 3); from flows.cli import main; main()"
"""`listings`, with batches so small that a few pages make several."""

DEADLY_ONCE = """
import os, signal
from pathlib import Path

def fields(soup):
    done = Path(__file__).with_name("killed")
    if "House 7" in soup.get_text() and not done.exists():
        done.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return []
"""
"""A source's own parser that kills the process that parses, as a kernel without memory does, the first time that it comes to a page."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A source with a finished crawl."""
    root = tmp_path_factory.mktemp("cluster")
    folder = root / "sources" / "guide"
    (folder / "pages").mkdir(parents=True)
    for n in range(PAGES):
        (folder / "pages" / f"{n}.html").write_text(entry(n), encoding="utf-8")
    (folder / "source.yml").write_text("start: pages\n", encoding="utf-8")
    (folder / "parser.py").write_text(DEADLY_ONCE, encoding="utf-8")
    found = Workplace(root / "sources", root / "data")
    crawl(load_source(folder), found.raw)
    return found


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, with_server: dict[str, str]) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process with a nanny that starts it anew."""
    folder = tmp_path_factory.mktemp("dask")
    with ExitStack() as stack:
        yield started(stack, folder, with_server, ROOT)


def started(stack: ExitStack, folder: Path, env: dict[str, str], code: Path, workers: int = 2) -> str:
    """Start a scheduler and workers that import this project from `code`; returns the scheduler's address."""
    address = f"tcp://127.0.0.1:{free_port()}"
    env = env | {"PYTHONPATH": str(code), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
    commands = [
        ["dask_scheduler", "--host", address, "--no-dashboard", "--no-show"],
        ["dask_worker", address, "--nworkers", str(workers), "--nthreads", "1", "--no-dashboard"],
    ]
    log = stack.enter_context((folder / "dask.log").open("wb"))
    for module, *arguments in commands:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
        stack.callback(process.wait, 60)
        stack.callback(process.terminate)
    with distributed.Client(address, timeout=60) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(workers, timeout=60)
    return address


def release_files(place: Workplace) -> dict[str, bytes]:
    release = latest(place.processed("guide"))
    assert release is not None
    return {str(path.relative_to(release)): path.read_bytes() for path in sorted(release.rglob("*")) if path.is_file()}


def reparse(place: Workplace, env: dict[str, str], *options: str) -> dict[str, Any]:
    command = [sys.executable, "-c", SMALL_BATCHES, "--sources", str(place.sources), "--data", place.data_at]
    done = subprocess.run(
        [*command, "reparse", "guide", "--json", *options],
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.long
def test_a_cluster_gives_the_bytes_that_one_machine_gives_also_where_a_worker_is_killed(
    place: Workplace, cluster: str, with_server: dict[str, str]
) -> None:
    told = reparse(place, with_server, "--dask", cluster)
    assert (place.sources / "guide" / "killed").exists(), "a worker was killed"
    assert told["listings"] == PAGES
    on_cluster = release_files(place)
    shutil.rmtree(place.processed("guide"))
    assert reparse(place, with_server, "--workers", "1")["listings"] == PAGES
    assert release_files(place) == on_cluster


@pytest.mark.long
def test_archive_and_releases_may_lie_in_a_bucket(
    place: Workplace, cluster: str, s3: dict[str, str], at: str, with_server: dict[str, str], tmp_path: Path
) -> None:
    push_archive(place.raw / "guide", f"{at}/raw/guide")
    env = with_server | s3 | {"LISTINGS_CACHE": str(tmp_path / "copies")}
    there = Workplace(place.sources, tmp_path / "unused", at)
    assert reparse(there, env, "--dask", cluster)["listings"] == PAGES
    files, root = fsspec.core.url_to_fs(pushed(f"{at}/processed/guide"))
    in_bucket = {path.removeprefix(f"{root}/"): files.cat_file(path) for path in files.find(root)}
    assert reparse(place, with_server, "--workers", "1")["listings"] == PAGES
    assert release_files(place) == in_bucket


def test_a_sound_cluster_is_one(place: Workplace, cluster: str) -> None:
    check_cluster(cluster, place)


def test_workers_that_see_other_folders_are_told(place: Workplace, cluster: str, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"^tcp://127\.0\.0\.1:\d+: this worker does not see .*nowhere\. Put it on a file"
    ):
        check_cluster(cluster, Workplace(place.sources, tmp_path / "nowhere"))


def test_workers_of_another_version_are_told(place: Workplace, tmp_path: Path) -> None:
    """A word more in a vocabulary is another version."""
    code = tmp_path / "code"
    for room in ("flows", "reports", "releases", "fetchers", "parsers", "sources"):
        shutil.copytree(ROOT / room, code / room, ignore=shutil.ignore_patterns("__pycache__"))
    with (code / "parsers" / "vocabulary" / "no_labels.yml").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    with ExitStack() as stack:
        address = started(stack, tmp_path, environment(tmp_path), code, workers=1)
        with pytest.raises(
            InputError, match=rf"other versions: listings \w+, here {versions()['listings']}\. The release"
        ):
            check_cluster(address, place)


def test_a_cluster_that_is_not_there(place: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(InputError, match=rf"^{address}: no Dask scheduler answers .*`dask scheduler`"):
        check_cluster(address, place)
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        check_cluster("carrier-pigeon://loft", place)
