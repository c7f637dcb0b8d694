"""A release that is held: what the command line says of it, and how it is published all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.workplace import Workplace
from releases.describe import acceptance
from releases.release import held, latest, publish
from tests.conftest import ROOT, listings, refreshed
from tests.records import LATER, pages, published, staged
from tests.synthetic import Look, directory, render

YML = "start: https://directory.example/\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A source with a release of ten listings, and a staged one of four: more is lost than a refresh loses."""
    (tmp_path / "sources" / "directory").mkdir(parents=True)
    (tmp_path / "sources" / "directory" / "source.yml").write_text(YML, encoding="utf-8")
    folder = tmp_path / "data" / "processed" / "directory"
    published(folder, pages(10))
    staged(folder, pages(4), LATER)
    return tmp_path


def run(place: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["--sources", str(place / "sources"), "--data", str(place / "data"), *args])


def test_what_holds_a_release_is_told_without_changing_anything(place: Path) -> None:
    folder = place / "data" / "processed" / "directory"
    ran = run(place, "release", "directory")
    assert ran.exit_code == 3, ran.output
    assert "6 of 10 listings are gone" in ran.output and "--accept REASON" in ran.output
    told = run(place, "release", "directory", "--json")
    assert told.exit_code == 3
    assert [found["cause"] for found in json.loads(told.stdout)["findings"]] == ["lost-pages"]
    assert held(folder) is not None
    assert len(json.loads((folder / "latest" / "datapackage.json").read_text())["resources"]) > 10


def test_an_accepted_release_is_published_with_the_reason_and_is_the_next_ones_measure(place: Path) -> None:
    folder = place / "data" / "processed" / "directory"
    ran = run(place, "release", "directory", "--accept", "six have merged into one")
    assert ran.exit_code == 0, ran.output
    now = latest(folder)
    assert now is not None and f"Published: {now}" in ran.output
    package = json.loads((now / "datapackage.json").read_bytes())
    assert package["accepted"]["reason"] == "six have merged into one"
    assert "6 of 10 listings are gone" in package["accepted"]["found"][0]
    assert package["version"] == now.name
    assert held(folder) is None
    next_one = staged(folder, pages(4), LATER.replace(day=16))
    assert run(place, "release", "directory").exit_code == 3, "a staged release counts as held until it is published"
    assert acceptance(publish(next_one)) is None


def test_a_release_made_again_keeps_why_it_was_accepted(place: Path) -> None:
    folder = place / "data" / "processed" / "directory"
    run(place, "release", "directory", "--accept", "they closed")
    again = publish(staged(folder, pages(4), LATER))
    assert (acceptance(again) or {})["reason"] == "they closed"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_has_to_be_given(place: Path, reason: str) -> None:
    assert run(place, "release", "directory", "--accept", reason).exit_code == 2
    assert held(place / "data" / "processed" / "directory") is not None


def test_where_nothing_is_held_it_says_so(place: Path) -> None:
    folder = place / "data" / "processed" / "directory"
    publish(staged(folder, pages(10), LATER))
    half = folder / ".staging-20261201T000000Z"
    half.mkdir()
    (half / "listings.parquet").write_bytes(b"half")
    assert run(place, "release", "directory").exit_code == 0
    ran = run(place, "release", "directory", "--accept", "why not")
    assert ran.exit_code == 1 and "no release is held" in ran.output
    assert half.is_dir()


def test_it_runs_without_prefect(place: Path) -> None:
    args = ["--sources", str(place / "sources"), "--data", str(place / "data"), "release", "directory"]
    code = f"import sys; from flows.cli import main\ntry: main({args!r})\nexcept SystemExit as e: print(e.code, 'prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "3 False"


@pytest.mark.long
@pytest.mark.xdist_group("prefect")
def test_a_refresh_after_which_a_label_has_another_name_is_held_with_everything_kept(
    tmp_path: Path, with_server: dict[str, str]
) -> None:
    site = tmp_path / "sources" / "directory" / "site"
    site.mkdir(parents=True)
    (site.parent / "source.yml").write_text("start: site\npace: {delay: 0, concurrency: 2}\n", encoding="utf-8")
    place = ("--sources", tmp_path / "sources", "--data", tmp_path / "data")
    folder = tmp_path / "data" / "processed" / "directory"
    orgs = directory(12)

    def shown(look: Look) -> None:
        links = "".join(f"<li><a href=/{org.path}>{org.name}</a></li>" for org in orgs)
        (site / "index.html").write_text(f"<title>Directory</title><main><ul>{links}</ul></main>", encoding="utf-8")
        for org in orgs:
            (site / org.path).mkdir(parents=True, exist_ok=True)
            (site / org.path / "index.html").write_bytes(render(org, look))

    shown(Look())
    refreshed(Workplace(tmp_path / "sources", tmp_path / "data"), "directory")
    before = latest(folder)
    shown(Look({"Reachout Capacity": "Compass"}))
    second = listings(*place, "refresh", "directory", env=with_server)
    assert second.returncode == 3, second.stderr
    assert (
        "HELD: 'Reachout Capacity' was on 100 % of pages and is on none; 'Compass' is on 100 %: renamed?"
        in second.stdout
    )
    assert latest(folder) == before and (staged_one := held(folder)) is not None
    assert (staged_one / "review" / "index.html").is_file()
    shown(Look(page=lambda *_: "<title>Members</title><main><h1>Welcome back</h1><p>Password</p></main>"))
    third = listings(*place, "refresh", "directory", env=with_server)
    assert third.returncode == 3, third.stderr
    assert "a login wall?" in third.stdout, third.stdout
    assert "Traceback" not in third.stderr
    assert latest(folder) == before
