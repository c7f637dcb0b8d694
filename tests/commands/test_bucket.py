"""`listings --data s3://...`: data on object storage, from two machines."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import fsspec
import pandas as pd
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.conftest import listings
from tests.synthetic import Look, Org, directory, render
from tests.test_bucket import at, names, s3

__all__ = ["at", "s3"]
pytestmark = pytest.mark.xdist_group("prefect")


def written(site: Path, orgs: list[Org]) -> None:
    """The site of these organisations as a folder."""
    shutil.rmtree(site, ignore_errors=True)
    for org in orgs:
        (site / org.path).mkdir(parents=True)
        (site / org.path / "index.html").write_bytes(render(org, Look()))
    links = "".join(f"<li><a href='/{org.path}'>{org.name}</a></li>" for org in orgs)
    (site / "index.html").write_text(f"<!doctype html><title>Guide</title><main><ul>{links}</ul></main>", "utf-8")


@pytest.mark.long
def test_a_source_is_kept_from_two_machines(
    at: str, s3: dict[str, str], tmp_path: Path, with_server: dict[str, str]
) -> None:
    sources, site = tmp_path / "sources", tmp_path / "site"
    (sources / "guide").mkdir(parents=True)
    (sources / "guide" / "source.yml").write_text(f"start: {json.dumps(str(site))}\n", "utf-8")
    written(site, directory(9))

    def run(machine: str, *args: object) -> tuple[int, str]:
        cache = {"LISTINGS_CACHE": str(tmp_path / machine)}
        where = ("--sources", sources, "--data", at, *args)
        if args[0] == "refresh":
            done = listings(*where, env=with_server | s3 | cache)
            return done.returncode, done.stdout + done.stderr
        # What needs no Prefect runs here, with nothing in mind of what the bucket held before.
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        here = CliRunner().invoke(main, [str(arg) for arg in where], env=s3 | cache)
        return here.exit_code, here.output

    there = f"{at}/processed/guide"
    code, said = run("one", "refresh", "guide")
    assert code == 0, said
    assert len(names(there)) == 9
    line = next(line for line in said.splitlines() if "read_parquet" in line)
    assert len(eval(line.partition("= ")[2], {"pd": pd})) == 9
    # The other machine has nothing but what lies there, and makes the same of it.
    assert not (tmp_path / "two").exists()
    code, said = run("two", "verify", "guide")
    assert code == 0 and "made anew with the same bytes" in said, said
    written(site, directory(9)[:4])
    code, said = run("two", "refresh", "guide", "--json")
    assert code == 3 and '"cause": "lost-pages"' in said, said
    assert len(names(there)) == 9
    code, said = run("one", "release", "guide")
    assert code == 3 and "5 of 9 listings are gone" in said, said
    code, said = run("one", "release", "guide", "--accept", "five have closed")
    assert code == 0 and len(names(there)) == 4, said
    code, said = run("two", "diff", "guide")
    assert code == 0 and said.count("removed") == 5, said
    assert run("two", "prune", "guide", "--keep", "1")[0] == 0
    files, root = fsspec.core.url_to_fs(there)
    files.invalidate_cache()
    assert len([entry for entry in files.ls(root, detail=True) if entry["type"] == "directory"]) == 1
    code, said = run("three", "explain", "guide", directory(9)[0].name, "country")
    assert code == 0 and "Country" in said and "not there any more" not in said, said


def test_a_place_that_cannot_be_reached_says_so(
    tmp_path: Path, s3: dict[str, str], with_server: dict[str, str]
) -> None:
    env = with_server | s3 | {"LISTINGS_CACHE": str(tmp_path)}
    done = listings("--data", "s3://nobody-has-this/x", "diff", "guide", env=env)
    assert done.returncode == 1 and "s3://nobody-has-this/x: cannot be read or written" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
