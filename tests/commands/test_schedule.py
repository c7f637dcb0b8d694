"""`listings schedule`: the schedules of all sources, served with a real Prefect server."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.schedule import check_cron, deployments
from flows.workplace import Workplace
from sources.source import Source, SourceError
from tests.commands.conftest import listings, write_source
from tests.conftest import MAIN


def test_a_wrong_schedule_names_the_file(sources: Path, site: Path) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * someday")
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 2
    assert f"{sources / 'weekly' / 'source.yml'}: `schedule`: '0 4 * * someday' is no cron expression" in result.stderr


@pytest.mark.parametrize("cron", ["61 * * * *", "* * * *", "0 0 4 * * 1", "", "@weekly"])
def test_what_is_no_cron_expression(cron: str) -> None:
    with pytest.raises(SourceError, match="no cron expression"):
        check_cron(Source("x", "https://quayside.example/", schedule=cron))


def test_an_extension_of_cron_that_prefect_does_not_have_names_the_file(tmp_path: Path) -> None:
    source = Source("x", "https://quayside.example/", tmp_path, schedule="0 4 LW * *")
    check_cron(source)
    with pytest.raises(SourceError, match=r"source\.yml: `schedule`: '0 4 LW \* \*' is no cron expression"):
        deployments(Workplace(tmp_path, tmp_path), [source])


def test_schedule_says_that_there_is_none(sources: Path) -> None:
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 0
    assert "no source has a schedule" in result.stdout


def wait_for(
    condition: Callable[[], list[Any]], process: subprocess.Popen[bytes], log: Path, seconds: float = 90
) -> list[Any]:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"gave up waiting; the log says:\n{log.read_text('utf-8')}")


def deployed(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """The deployments that the server knows."""
    answer = requests.post(f"{environment['PREFECT_API_URL']}/deployments/filter", json={}, timeout=10)
    found: list[dict[str, Any]] = answer.json()
    return found


def polled(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """The deployments whose runner has begun to ask for work."""
    return [one for one in deployed(environment) if one["status"] == "READY"]


@pytest.mark.xdist_group("prefect")
def test_schedules_are_served_as_deployments_until_interrupted(
    sources: Path, site: Path, tmp_path: Path, with_server: dict[str, str]
) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * 1", title="Quayside, weekly")
    data = tmp_path / "data"
    log = tmp_path / "schedule.log"
    command = [*MAIN, "--sources", str(sources), "--data", str(data), "schedule"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=with_server, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            found = wait_for(lambda: polled(with_server), process, log)
        finally:
            process.send_signal(signal.SIGINT)
    assert [(one["name"], one["entrypoint"]) for one in found] == [("weekly", "flows.refresh.refresh")]
    assert found[0]["parameters"] == {"source": "weekly", "sources": str(sources), "data": str(data)}
    (schedule,) = found[0]["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 4 * * 1", "UTC")
    assert (schedule["active"], found[0]["paused"]) == (True, False)
    assert process.returncode == 0, log.read_text("utf-8")
    assert log.read_text("utf-8").splitlines()[0] == "weekly  0 4 * * 1 (UTC)"
    assert [one["paused"] for one in deployed(with_server)] == [True]
