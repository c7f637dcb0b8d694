"""`prefect.yaml`: the same deployments on a work pool, run by a real worker."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from releases.release import latest
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("prefect")


@pytest.mark.long
def test_a_worker_runs_what_prefect_yaml_deploys(tmp_path: Path, with_server: dict[str, str]) -> None:
    env = with_server | {"LISTINGS_HOME": str(tmp_path)}

    def prefect(*arguments: str) -> str:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    prefect("work-pool", "create", "listings", "--type", "process")
    prefect("deploy", "--all")
    api = with_server["PREFECT_API_URL"]
    deployed = requests.get(f"{api}/deployments/name/scheduled/directory", timeout=10).json()
    assert deployed["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert deployed["global_concurrency_limit"]["limit"] == 1
    (schedule,) = deployed["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 4 * * 1", "Europe/Brussels")
    run = requests.post(f"{api}/deployments/{deployed['id']}/create_flow_run", json={}, timeout=10).json()
    prefect("worker", "start", "--pool", "listings", "--run-once", "--name", "one")
    state = requests.get(f"{api}/flow_runs/{run['id']}", timeout=10).json()["state"]
    assert (state["name"], state["message"].split(" in ")[0]) == ("Completed", "34 listings"), state
    assert latest(tmp_path / "data" / "processed" / "directory")
