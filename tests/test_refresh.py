"""Whole runs over real HTTP on loopback, into real WARC files, under a real Prefect server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pandas as pd
import polars as pl
import pytest
import requests

from fetchers.local import served
from releases.release import latest, releases
from releases.schema import tables
from tests.conftest import ROOT, environment, listings

EXAMPLES = ROOT / "examples"
FOLDER_SITE = "http://site.localhost/"
RECORDS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "tests" / "example.jsonl").read_text("utf-8").splitlines()
]

server = pytest.mark.xdist_group("prefect")


@dataclass(frozen=True)
class Ran:
    """A run's folder of sources, folder of data, and what it printed as JSON."""

    sources: Path
    data: Path
    told: list[dict[str, Any]]

    def release(self, source: str = "directory") -> Path:
        """The release that `latest` names."""
        found = latest(self.data / "processed" / source)
        assert found is not None
        return found

    def table(self, name: str, source: str = "directory") -> pd.DataFrame:
        """A table of the latest release."""
        return pd.read_parquet(self.release(source) / f"{name}.parquet")


def refreshed(sources: Path, data: Path, env: dict[str, str], *names: str) -> Ran:
    run = listings("--sources", sources, "--data", data, "refresh", "--json", *names, env=env)
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    return Ran(sources, data, [json.loads(line) for line in run.stdout.splitlines()])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, with_server: dict[str, str]) -> Ran:
    """The example directory, refreshed once from its folder."""
    return refreshed(EXAMPLES, tmp_path_factory.mktemp("data"), with_server | {"PYTHONHASHSEED": "0"}, "directory")


@pytest.fixture(scope="module")
def second(first: Ran, tmp_path_factory: pytest.TempPathFactory, with_server: dict[str, str]) -> Ran:
    """The same again; and as sources of their own its archive, and the folder behind a web server."""
    sources = tmp_path_factory.mktemp("sources")
    shutil.copytree(EXAMPLES / "directory", sources / "directory")
    archive = next((first.data / "raw" / "directory").glob("*.warc.gz"))
    write_source(sources / "warc", f"start: {json.dumps(str(archive))}\n", FOLDER_SITE)
    with served(EXAMPLES / "directory" / "site") as site:
        start = f"http://127.0.0.1:{site.port}/"
        write_source(sources / "web", f"start: {start}\npace: {{delay: 0, concurrency: 2}}\n", start)
        return refreshed(sources, first.data, with_server, "directory", "warc", "web")


def write_source(folder: Path, text: str, site: str) -> None:
    """A source with the example's lookups, whose pages stand at `site` there."""
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text(text, encoding="utf-8")
    lookups = (EXAMPLES / "directory" / "lookups.csv").read_text(encoding="utf-8")
    assert FOLDER_SITE in lookups
    (folder / "lookups.csv").write_text(lookups.replace(FOLDER_SITE, site), encoding="utf-8")


def file_of(url: str) -> str:
    path = urlsplit(url).path.removeprefix("/")
    return path + "index.html" if not path or path.endswith("/") else path


def found(table: pd.DataFrame) -> Counter[str]:
    """How many listings each page gave."""
    return Counter(map(file_of, table["url"]))


@server
def test_the_listings_of_the_example_are_found_each_once_and_no_other_page_is_one(first: Ran) -> None:
    table = first.table("listings")
    assert found(table) == Counter(record["file"] for record in RECORDS)
    assert table["id"].is_unique
    assert [(run["source"], run["listings"], run["held"]) for run in first.told] == [("directory", len(RECORDS), [])]
    pages = first.table("page")
    assert len(pages) == first.told[0]["pages_fetched"] > len({record["file"] for record in RECORDS})
    assert not pages["url"].str.contains("/members/").any(), "robots.txt forbids them"


@server
def test_every_table_loads_alike_with_pandas_polars_and_duckdb(first: Ran) -> None:
    for name in tables():
        path = first.release() / f"{name}.parquet"
        by_pandas, by_polars = pd.read_parquet(path), pl.read_parquet(path)
        by_duckdb = duckdb.read_parquet(str(path))
        assert list(by_pandas.columns) == by_polars.columns == by_duckdb.columns, name
        assert len(by_pandas) == len(by_polars) == len(by_duckdb), name
    file = str(first.release() / "listings.parquet")
    names = first.table("listings")["name"].tolist()
    assert names == pl.read_parquet(file)["name"].to_list()
    assert names == [name for (name,) in duckdb.read_parquet(file).project("name").fetchall()]
    assert any(not name.isascii() for name in names)


@server
def test_runs_tasks_and_artifacts_are_on_the_server(first: Ran, prefect_server: str) -> None:
    flows = asked(prefect_server, "flow_runs")
    runs = [run for run in flows if run["parameters"].get("data") == str(first.data)]
    assert runs and {run["name"] for run in runs} == {"refresh directory"}
    assert {run["state_type"] for run in runs} == {"COMPLETED"}
    run = min(runs, key=lambda run: str(run["created"]))
    tasks = [task for task in asked(prefect_server, "task_runs") if task["flow_run_id"] == run["id"]]
    names = {task["name"] for task in tasks}
    assert names >= {"fetch directory", "study batch 0", "parse batch 0", "stage release of directory"}
    assert {task["task_key"].split("-")[0] for task in tasks} >= {"check", "report", "publish"}
    artifacts = [a for a in asked(prefect_server, "artifacts") if a["flow_run_id"] == run["id"]]
    found = {artifact["key"]: artifact["data"] for artifact in artifacts}
    assert set(found) == {"fetch", "study", "parse", "directory-counts", "directory-summary"}
    counts = {row["what"]: row["count"] for row in json.loads(found["directory-counts"])}
    assert counts["listings"] == str(len(RECORDS))
    assert float(found["parse"]) == float(found["fetch"]) == 100
    assert found["directory-summary"].startswith("# directory: released")
    assert "/latest/review/index.html" in found["directory-summary"]


def asked(server: str, what: str) -> list[dict[str, Any]]:
    """All of one kind that the server knows."""
    answer = requests.post(f"{server}/{what}/filter", json={"limit": 200}, timeout=30)
    answer.raise_for_status()
    return list(answer.json())


IN_SMALL_BATCHES = """
import functools
from flows import batches
from flows.cli import main
batches.cut = functools.partial(batches.cut, size=8)
main()
"""


@server
def test_one_archive_gives_the_same_bytes_whatever_the_workers_batches_and_hash_seed(
    first: Ran, tmp_path: Path, with_server: dict[str, str]
) -> None:
    shutil.copytree(first.data / "raw", tmp_path / "raw")
    args = ["--sources", str(EXAMPLES), "--data", str(tmp_path), "reparse", "directory", "--workers", "2"]
    command, env = [sys.executable, "-c", IN_SMALL_BATCHES, *args], with_server | {"PYTHONHASHSEED": "1"}
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert run.returncode == 0, run.stderr
    assert "parse: 7 of 7  batches" in run.stderr
    release = latest(tmp_path / "processed" / "directory")
    assert release is not None and release.name == first.release().name
    made = [{p.name: p.read_bytes() for p in sorted(r.iterdir()) if p.is_file()} for r in (first.release(), release)]
    assert set(made[0]) >= {"listings.parquet", "datapackage.json", "codebook.md"}
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []


@server
def test_a_second_run_fetches_nothing_anew_and_releases_again_without_a_change(first: Ran, second: Ran) -> None:
    again = second.told[0]
    assert (again["pages_fetched"], again["pages_unchanged"]) == (0, first.told[0]["pages_fetched"])
    published = releases(first.data / "processed" / "directory")
    assert len(published) == 2 and second.release() == published[-1]
    diff = listings(
        "--sources", second.sources, "--data", second.data, "diff", "directory", env=environment(first.data)
    )
    assert diff.returncode == 0, diff.stderr
    assert diff.stdout == f"{published[0].name} -> {published[1].name}: 0 changes\n"
    assert not len(second.table("change"))


@server
@pytest.mark.parametrize("source", ["warc", "web"])
def test_a_warc_file_and_a_web_server_give_the_same_listings(first: Ran, second: Ran, source: str) -> None:
    folder, other = first.table("listings"), second.table("listings", source)
    assert found(other) == found(folder)
    own = {"id", "source", "url", "page_id", "record_id", "organization_id", "service_id"}
    columns = sorted(set(folder.columns) - {name for name in own if name in folder.columns})
    one, two = (
        table.assign(file=table["url"].map(file_of)).sort_values(["file", "name"], ignore_index=True)[columns]
        for table in (folder, other)
    )
    pd.testing.assert_frame_equal(one, two)


_WATCH = """
import atexit, os, socket
targets = set()
def watched(plain):
    def connect(self, address, *rest):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            targets.add(str(address[0]))
        return plain(self, address, *rest)
    return connect
def looked_up(host, *args, **more):
    targets.add(str(host))
    return resolve(host, *args, **more)
resolve, socket.getaddrinfo = socket.getaddrinfo, looked_up
socket.socket.connect = watched(socket.socket.connect)
socket.socket.connect_ex = watched(socket.socket.connect_ex)
def told():
    with open(os.path.join(os.environ["WATCHED"], str(os.getpid())), "w") as file:
        file.write("\\n".join(sorted(targets)))
atexit.register(told)
"""


def test_without_a_server_prefect_brings_its_own_and_nobody_is_told(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    watched, path = tmp_path / "watched", tmp_path / "path"
    watched.mkdir()
    path.mkdir()
    (path / "sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    env = environment(tmp_path / "home", WATCHED=str(watched))
    env |= {"PYTHONPATH": f"{path}:{ROOT}"}
    del env["DO_NOT_TRACK"]
    began = time.monotonic()
    ran = refreshed(EXAMPLES, tmp_path / "data", env, "directory")
    record_property("seconds", round(time.monotonic() - began, 1))
    assert ran.told[0]["listings"] == len(RECORDS)
    hosts = {host for file in watched.iterdir() for host in file.read_text().split("\n")} - {""}
    assert "127.0.0.1" in hosts, "the watch does not work"
    assert hosts <= {"127.0.0.1", "localhost", "::1", "0.0.0.0", "None"}
