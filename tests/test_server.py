"""The server of a single run: it is there before Prefect is imported, unless another is named, and goes with the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT, environment, listings

BEGIN = "from flows.server import begin_server; server = begin_server()"
WAIT = """
import os, sys
print("prefect" in sys.modules, os.environ["PREFECT_API_URL"] == server.url)
server.wait()
import requests
print(requests.get(f"{server.url}/health", timeout=10).ok)
print(server.url)
"""
COMMENTED = '[profiles.local]\n# PREFECT_API_URL = "http://127.0.0.1:9/api"\n'
NAMED = [
    ("home/profiles.toml", 'active = "local"\n[profiles.local]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n'),
    ("prefect.toml", '[api]\nurl = "http://127.0.0.1:9/api"\n'),
    ("pyproject.toml", '[tool.prefect.api]\nurl = "http://127.0.0.1:9/api"\n'),
    (".env", "PREFECT_API_URL=http://127.0.0.1:9/api\n"),
]


def python(code: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    (folder / "home").mkdir(exist_ok=True)
    env = environment(folder / "home", **more)
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=True)


@pytest.mark.xdist_group("prefect")
def test_a_server_begins_before_prefect_and_goes_with_the_process(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "profiles.toml").write_text(COMMENTED, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'api'\n", encoding="utf-8")
    told = python(f"{BEGIN}\n{WAIT}", tmp_path).stdout.split()
    assert told[:3] == ["False", "True", "True"]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{told[3]}/health", timeout=10)


@pytest.mark.parametrize(("name", "text"), NAMED, ids=[name for name, _ in NAMED])
def test_none_begins_where_a_file_of_settings_names_one(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert python(f"{BEGIN}; print(server)", tmp_path).stdout == "None\n"


def test_none_begins_where_the_environment_names_one_or_forbids_it(tmp_path: Path) -> None:
    for key, value in (("PREFECT_API_URL", "http://127.0.0.1:9/api"), ("PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "false")):
        assert python(f"{BEGIN}; print(server)", tmp_path, **{key: value}).stdout == "None\n"


def test_one_that_cannot_start_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "sources" / "guide"
    folder.mkdir(parents=True)
    (folder / "source.yml").write_text("start: http://guide.example/\n", encoding="utf-8")
    nowhere = "sqlite+aiosqlite:////nowhere/at/all/prefect.db"
    env = environment(tmp_path / "home", PREFECT_API_DATABASE_CONNECTION_URL=nowhere)
    run = listings("--sources", tmp_path / "sources", "--data", tmp_path / "data", "refresh", "guide", env=env)
    assert run.returncode == 1
    assert (
        f"Error: Prefect's server does not start. {tmp_path / 'home' / 'listings-server.log'} says why." in run.stderr
    )
    assert "Traceback" not in run.stderr and not (tmp_path / "data").exists()


def test_root_names_no_server() -> None:
    """The settings of this repository leave the choice to who runs it: `make run` starts its own."""
    assert "tool.prefect" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
