"""`listings verify` and `listings prune`: a release is made anew with the same bytes, and old ones go."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fetchers.archive import latest_crawl, locked, read_crawl
from fetchers.crawl import crawl
from fetchers.model import FetchError
from flows.batches import rebuild
from flows.prune import prune
from flows.verify import verify
from flows.workplace import Workplace
from releases.release import latest, publish, releases
from tests.commands.conftest import listing_page, listings, write_source
from tests.conftest import ROOT

together = pytest.mark.xdist_group("verify")
TOWNS = ("Ghent", "Bruges", "Ostend")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A source of three listings that has been released twice; in between one has moved to another country."""
    tmp_path = tmp_path_factory.mktemp("made")
    folder = tmp_path / "quayside"
    folder.mkdir()
    links = "".join(f'<a href="{town}.html">{town}</a> ' for town in TOWNS)
    (folder / "index.html").write_text(f"<main><h1>Guide</h1><p>{links}</p></main>", "utf-8")
    write_source(tmp_path / "sources", "quayside", start=str(folder))
    at = Workplace(tmp_path / "sources", tmp_path / "data")
    for country in ("Belgium", "France"):
        for number, town in enumerate(TOWNS):
            (folder / f"{town}.html").write_text(
                listing_page(number, town, country if not number else "Belgium"), "utf-8"
            )
        released(at, crawls=True)
    return at


@pytest.fixture
def place(made: Workplace, tmp_path: Path) -> Workplace:
    """A copy of it."""
    shutil.copytree(made.sources, tmp_path / "sources")
    shutil.copytree(made.data, tmp_path / "data", symlinks=True)
    return Workplace(tmp_path / "sources", tmp_path / "data")


def released(at: Workplace, crawls: bool = False) -> Path:
    source = at.source("quayside")
    found = crawl(source, at.raw) if crawls else latest_crawl(at.raw, "quayside")
    assert found
    while (
        at.processed("quayside").exists()
        and crawls
        and _name(found.name) in map(_of, releases(at.processed("quayside")))
    ):
        found = crawl(source, at.raw)  # a release is named by the second
    return publish(rebuild(at.raw, at.processed("quayside"), source, found))


def _name(crawled: str) -> str:
    return crawled[:14]


def _of(release: Path) -> str:
    return release.name.replace("T", "").removesuffix("Z")


@together
def test_a_release_is_made_anew_with_the_same_bytes(place: Workplace) -> None:
    first, second = releases(place.processed("quayside"))
    for name in (None, first.name):
        found = verify(place, "quayside", name)
        assert found.same and found.changed == (), found
        assert {state for _, state in found.files} == {"same"}
    package = json.loads((second / "datapackage.json").read_bytes())
    # Two pages were found unchanged: the file of the first crawl holds them.
    assert len(package["archive"]["files"]) >= 2
    assert package["previous"]["version"] == first.name
    assert package["configuration"]["path"] == "source.yml"
    assert not list(place.processed("quayside").glob(".*staging*"))


@together
def test_what_differs_is_told_with_what_has_changed(place: Workplace) -> None:
    release = latest(place.processed("quayside"))
    assert release
    (place.sources / "quayside" / "lookups.csv").write_text("column,printed,normal\ncountry,Belgium,NL\n", "utf-8")
    said = listings("--sources", place.sources, "--data", place.data, "verify", "quayside")
    assert said.exit_code == 1
    assert "differs  listings.parquet" in said.stdout and "differs  service_area.parquet" not in said.stdout
    assert f"{place.sources / 'quayside' / 'lookups.csv'} is not what it was" in said.stdout
    (place.sources / "quayside" / "lookups.csv").unlink()
    told = json.loads(listings("--sources", place.sources, "--data", place.data, "verify", "quayside", "--json").stdout)
    assert told["same"] and told["files"]["listings.parquet"] == "same"
    with (release / "field.parquet").open("ab") as file:
        file.write(b"x")
    (release / "note.txt").touch()
    states = dict(verify(place, "quayside", None).files)
    assert (states["field.parquet"], states["note.txt"]) == ("altered", "missing")


@together
def test_an_archive_that_is_not_what_it_was_is_named(place: Workplace) -> None:
    archives = sorted((place.raw / "quayside").glob("*.warc.gz"))
    with archives[0].open("ab") as file:
        file.write(b"\x1f\x8b")
    found = verify(place, "quayside", None)
    assert [str(archives[0]) in what for what in found.changed] == [True]
    archives[0].unlink()
    said = listings("--sources", place.sources, "--data", place.data, "verify", "quayside")
    assert said.exit_code == 1 and f"{archives[0]}: is not there" in said.stderr
    assert "There are: " in listings("--sources", place.sources, "--data", place.data, "verify", "quayside", "x").stderr


@together
def test_old_releases_go_and_the_others_still_load_and_verify(place: Workplace) -> None:
    folder = place.processed("quayside")
    first, second = releases(folder)
    third = released(place, crawls=True)
    held = shutil.copytree(third, folder / ".staging-29990101T000000Z")
    said = listings("--sources", place.sources, "--data", place.data, "prune", "quayside", "--keep", "2")
    assert (said.exit_code, said.stdout) == (0, f"deleted {first}\n"), said.output
    assert releases(folder) == [second, third] and latest(folder) == third and Path(held).is_dir()
    found = verify(place, "quayside", second.name)
    assert found.same and first.name in found.changed[0]
    states = dict(found.files)
    assert (states["listings.parquet"], states["change.parquet"]) == ("same", "not compared")
    assert verify(place, "quayside", None).changed == ()
    # What `latest` names stays, though it is not the newest.
    (folder / "latest").unlink()
    (folder / "latest").symlink_to(second.name)
    assert prune(place, "quayside", 1) == []
    with locked(folder), pytest.raises(FetchError, match="another run of this source is at work"):
        prune(place, "quayside", 1)
    assert "there is no release" in listings("--data", place.data, "prune", "nowhere", "--keep", "1").stderr


_LATER = """
import datetime, functools, sys, time
from pathlib import Path
from flows import batches
from flows.workplace import Workplace
from fetchers import archive, shelf
real, ahead, seconds = datetime.datetime, datetime.timedelta(days=400), time.time
class Kind(type):
    def __instancecheck__(cls, value):
        return isinstance(value, real)
class Later(real, metaclass=Kind):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + ahead
for name, module in list(sys.modules.items()):  # every clock of ours; compiled libraries do not take another class
    if name.partition(".")[0] in ("flows", "releases", "fetchers", "parsers", "sources"):
        vars(module).update({key: Later for key, value in vars(module).items() if value is real})
time.time = lambda: seconds() + ahead.total_seconds()
assert shelf.now() > real.now(datetime.timezone.utc) + ahead / 2
batches.cut = functools.partial(batches.cut, size=1)
place = Workplace(Path(sys.argv[1]), Path(sys.argv[2]))
found = archive.latest_crawl(place.raw, "quayside")
print(batches.rebuild(place.raw, Path("elsewhere"), place.source("quayside"), found), end="")
"""


@together
def test_on_another_day_in_another_folder_and_in_other_batches_the_bytes_are_the_same(
    place: Workplace, tmp_path: Path
) -> None:
    moved = tmp_path / "moved away"
    shutil.copytree(place.data / "raw", moved / "data" / "raw")
    shutil.copytree(place.sources, moved / "sources")
    first, second = releases(place.processed("quayside"))
    shutil.copytree(first, moved / "elsewhere" / first.name)
    env = os.environ | {"PYTHONPATH": str(ROOT), "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", _LATER, str(moved / "sources"), str(moved / "data")]
    made = subprocess.run(command, cwd=moved, env=env, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    release = moved / made.stdout
    assert {p.name: p.read_bytes() for p in second.iterdir()} == {p.name: p.read_bytes() for p in release.iterdir()}


@together
def test_a_crawl_is_read_by_the_name_that_the_release_gives(place: Workplace) -> None:
    for release in releases(place.processed("quayside")):
        name = json.loads((release / "datapackage.json").read_bytes())["archive"]["crawl"]
        assert read_crawl(place.raw, "quayside", name).finished and _of(release) == _name(name)
