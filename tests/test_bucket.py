"""Releases and archives on object storage: a real S3 API (moto's server, on loopback), and what readers see there at any time."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
import requests

from fetchers.copies import pull_archive, push_archive
from releases.bucket import made_as, pull, push, push_all, pushed
from releases.release import latest, prune, publish, releases
from tests.commands.conftest import listings
from tests.conftest import ROOT, free_port
from tests.records import CRAWLED, LATER, page, pages, published, renamed, staged

pytestmark = pytest.mark.xdist_group("s3")
HEADER = "listing,column,date,reason\n"


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    """The environment in which s3:// is a server of its own, with one bucket."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": url,
    }
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                try:
                    assert requests.put(f"{url}/bucket", timeout=5).ok
                    break
                except requests.ConnectionError:
                    assert server.poll() is None
                    time.sleep(0.1)
            yield environment
        finally:
            server.terminate()


@pytest.fixture
def at(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A folder of its own in the bucket."""
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    return f"s3://bucket/{re.sub(r'[^a-z0-9_]+', '-', request.node.name)}"


def names(where: str) -> list[str]:
    """The names that people load there, by the way that the documents tell."""
    files, root = fsspec.core.url_to_fs(where)
    folder = json.loads(files.cat_file(f"{root}/latest.json"))["path"]
    return list(pd.read_parquet(f"{where}/{folder}/listings.parquet")["name"])


def folders(where: str) -> list[str]:
    files, root = fsspec.core.url_to_fs(where)
    files.invalidate_cache()
    return sorted(name.rpartition("/")[2] for name in files.ls(root, detail=False) if not name.endswith(".json"))


def test_a_release_is_there_whole_and_the_next_takes_its_place(at: str, tmp_path: Path) -> None:
    assert pushed(at) is None
    first = published(tmp_path, pages(2))
    where = push(first, at)
    assert pushed(at) == where and len(names(at)) == 2
    files, root = fsspec.core.url_to_fs(where)
    copied = {name.removeprefix(f"{root}/"): files.cat_file(name) for name in files.find(root)}
    assert copied == {p.relative_to(first).as_posix(): p.read_bytes() for p in first.rglob("*") if p.is_file()}
    second = push(published(tmp_path, pages(3), LATER), at)
    assert pushed(at) == second and len(names(at)) == 3
    assert len(folders(at)) == 2


def test_a_release_made_anew_supersedes_itself_without_a_moment_between(at: str, tmp_path: Path) -> None:
    push(published(tmp_path, pages(2)), at)
    again = published(tmp_path, [page(renamed(found.listings[0], "Lighthouse")) for found in pages(1)])
    where = push(again, at)
    assert folders(at) == [where.rpartition("/")[2]] and names(at) == ["Lighthouse"]
    assert push(again, at) == where


_KILLED = """
import os, signal, sys
from pathlib import Path
from releases import bucket
left, put = int(sys.argv[3]), bucket.Bucket._put
def fragile(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    put(*arguments)
bucket.Bucket._put = fragile
if sys.argv[4] == "push":
    bucket.push(Path(sys.argv[1]), sys.argv[2])
else:
    bucket.push_all(Path(sys.argv[1]).parent, sys.argv[2], [])
"""


@pytest.mark.parametrize("what", ["push", "push_all"])
@pytest.mark.parametrize("files", [5, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 20))])
def test_killed_half_way_people_load_what_was_there_and_the_next_push_goes_on(
    at: str, tmp_path: Path, what: str, files: int
) -> None:
    push(published(tmp_path, pages(2)), at)
    new = published(tmp_path, pages(3), LATER)
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", _KILLED, str(new), at, str(files), what], env=env, check=False)
    assert ran.returncode == -signal.SIGKILL
    assert len(names(at)) == 2 and len(folders(at)) == (2 if files else 1)
    # Half a release is none, for whoever takes the whole place over.
    pull(at, tmp_path / "elsewhere")
    assert [path.name for path in releases(tmp_path / "elsewhere")] == [f"{CRAWLED:%Y%m%dT%H%M%SZ}"]
    if what == "push":
        push(new, at)
    else:
        push_all(tmp_path, at, [])
    assert len(names(at)) == 3 and len(folders(at)) == 2


def test_the_command_says_where_it_is_and_what_is_wrong(
    at: str, tmp_path: Path, s3: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "processed" / "directory"
    said = listings("--data", tmp_path / "data", "push", "directory", at)
    assert said.exit_code == 1 and "there is no release yet" in said.stderr
    published(folder, pages(2))
    said = listings("--data", tmp_path / "data", "push", "directory", at)
    assert (said.exit_code, said.stdout.strip()) == (0, pushed(at)), said.output
    (tmp_path / "sources" / "directory").mkdir(parents=True)
    takedowns = tmp_path / "sources" / "directory" / "suppress.csv"
    takedowns.write_text(f"{HEADER},phone,2026-05-03,asked for\n", "utf-8")
    said = listings("--sources", tmp_path / "sources", "--data", tmp_path / "data", "push", "directory", at)
    assert said.exit_code == 1 and "listings reparse directory" in said.stderr
    said = listings("--data", tmp_path / "data", "push", "directory", "s3://nobody-has-this/x")
    assert said.exit_code == 1 and "s3://nobody-has-this/x: cannot be read or written" in said.stderr
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    said = listings("--data", tmp_path / "data", "push", "directory", "s3://bucket-of-a-server-that-is-down/x")
    assert said.exit_code == 1 and "s3://bucket-of-a-server-that-is-down/x: cannot be read or written" in said.stderr
    assert "Traceback" not in said.stderr and said.stderr.count("\n") == 1
    said = listings("--data", tmp_path / "data", "push", "directory", "nothing://x")
    assert said.exit_code == 1 and "nothing://x" in said.stderr


def test_a_folder_will_do_as_well(tmp_path: Path) -> None:
    release = published(tmp_path / "data", pages(2))
    where = push(release, str(tmp_path / "public"))
    assert len(pd.read_parquet(f"{where}/listings.parquet")) == 2 and pushed(str(tmp_path / "public")) == where


# --- data that live there


def tree(folder: Path) -> dict[str, bytes]:
    """What is in a folder, but for locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.long
def test_two_machines_have_the_same_releases_by_turns(at: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert pull(at, one) == frozenset() and latest(one) is None
    published(one, pages(2))
    staged(one, pages(1), LATER)
    push_all(one, at, [])
    for parts in one.glob("parts-*"):
        shutil.rmtree(parts)
    known = pull(at, two)
    assert tree(two) == tree(one) and (two / "latest").readlink() == (one / "latest").readlink()
    # The other machine publishes what is held, makes a release more, and deletes the first.
    publish(two / f".staging-{LATER:%Y%m%dT%H%M%SZ}")
    third = published(two, pages(4), LATER + timedelta(1))
    prune(two, 2)
    push_all(two, at, known)
    assert len(names(at)) == 4 and len(folders(at)) == 2
    pull(at, one)
    assert latest(one) == one / third.name and [path.name for path in releases(one)] == [p.name for p in releases(two)]
    assert not list(one.glob(".staging-*"))


def test_what_came_meanwhile_stays(at: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    published(one, pages(2))
    known = pull(at, two)
    push_all(one, at, known)
    published(two, pages(3), LATER)
    push_all(two, at, known)
    assert len(names(at)) == 3 and len(folders(at)) == 2


def test_a_release_made_anew_takes_its_place_and_review_pages_come_when_they_are_asked_for(
    at: str, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    release = published(one, pages(2))
    (release / "review").mkdir()
    (release / "review" / "index.html").write_text("<p>Fine.", "utf-8")
    push_all(one, at, [])
    known = pull(at, two)
    assert not (two / release.name / "review").exists()
    pull(at, two, review=True)
    assert (two / release.name / "review" / "index.html").read_text("utf-8") == "<p>Fine."
    again = published(two, [page(renamed(found.listings[0], "Lighthouse")) for found in pages(1)])
    push_all(two, at, known)
    assert folders(at) == [made_as(again)] and names(at) == ["Lighthouse"]
    pull(at, one)
    assert tree(one / again.name) == tree(again)


def test_a_crawl_goes_on_on_another_machine(at: str, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    pull_archive(at, one)
    files = {"20260101000000.cdxj": b"index", "20260101000000.1.warc.gz": b"more", "20260101000000.warc.gz": b"first"}
    for name, body in {**files, "20260102000000.warc.gz.open": b"begun", ".lock": b""}.items():
        (one / name).write_bytes(body)
    push_archive(one, at)
    pull_archive(at, two)
    assert tree(two) == tree(one)
    with (two / "20260102000000.warc.gz.open").open("ab") as file:
        file.write(b", and gone on")
    pull_archive(at, two)
    assert (two / "20260102000000.warc.gz.open").read_bytes() == b"begun, and gone on", "what is longer counts"
    (two / "20260102000000.warc.gz.open").rename(two / "20260102000000.warc.gz")
    push_archive(two, at)
    pull_archive(at, one)
    assert tree(one) == tree(two) and not list(one.glob("*.open"))
    third = tmp_path / "three"
    pull_archive(at, third)
    assert tree(third) == tree(two)
