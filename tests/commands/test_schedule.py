"""`listings schedule`, with real Prefect servers: its own, and one that runs already."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from fetchers.archive import locked
from flows.schedule import deployments
from flows.workplace import Workplace
from releases.release import latest
from sources.schedule import ScheduleError, read_schedule
from tests.commands.conftest import listings, write_source
from tests.conftest import MAIN, environment, free_port
from tests.conftest import listings as run_listings
from tests.servers import Answer, serving
from tests.test_docs import blocks
from tests.test_errors import entry, guide

QUICK = {
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "false",
}


OUT_OF_ORDER = {"/": Answer(b"out of order", 503, headers={"Retry-After": "3600"})}


def test_a_wrong_schedule_names_file_and_line(sources: Path, site: Path) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * someday")
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 2
    assert (
        f"{sources / 'weekly' / 'source.yml'}:1: `schedule`: '0 4 * * someday' is no cron expression" in result.stderr
    )


def test_schedule_says_that_there_is_none(sources: Path) -> None:
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 0
    assert "no source has a schedule" in result.stdout


@st.composite
def _field(draw: st.DrawFn, low: int, high: int, names: str = "") -> str:
    one, two = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    forms = ["*", f"{one}", f"{two},{one}", f"*/{max(two, 1)}", *names.split()]
    if one < two:
        forms += [f"{one}-{two}", f"{one}-{two}/3"]
    return draw(st.sampled_from(forms))


CRON = st.tuples(
    _field(0, 59), _field(0, 23), _field(1, 31), _field(1, 12, "jan DEC"), _field(0, 6, "sun Fri MON-THU")
).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(CRON)
def test_prefect_reads_a_cron_expression_as_we_do(cron: str) -> None:
    croniter: Any = importlib.import_module("prefect._vendor.croniter").croniter

    now = datetime(2026, 11, 27, 12, 3, tzinfo=UTC)
    with suppress(ScheduleError):
        assert read_schedule(cron).cron == cron
        ours, theirs = CronSim(cron, now), croniter(cron, now)
        for due in islice(ours, 4):
            assert due == theirs.get_next(datetime), cron


def test_what_a_deployment_says(tmp_path: Path) -> None:
    write_source(tmp_path, "weekly", start="x.warc", schedule={"cron": "0 4 * * 1", "timezone": "Europe/Brussels"})
    write_source(tmp_path, "often", start="x.warc", schedule={"every": "12h"})
    place = Workplace(tmp_path, tmp_path / "data")
    often, weekly = deployments(place, [place.source("often"), place.source("weekly")])
    assert weekly.full_name == "scheduled/weekly" and weekly.entrypoint == "flows.scheduled.scheduled"
    assert weekly.tags == ["listings", "weekly"]
    assert weekly.parameters == {"source": "weekly", "sources": str(tmp_path), "data": str(tmp_path / "data")}
    asked = weekly._parameter_openapi_schema.properties
    assert {"source", "limit", "workers", "retry_after"} <= set(asked)
    assert asked["limit"]["description"] == "Fetch at most so many pages."
    assert weekly.schedules and often.schedules
    cron, interval = weekly.schedules[0].schedule, often.schedules[0].schedule
    assert (cron.cron, cron.timezone) == ("0 4 * * 1", "Europe/Brussels")  # type: ignore[union-attr]
    # Made anew, it is due at the same times.
    assert interval.anchor_date == datetime(2020, 1, 1, tzinfo=UTC)  # type: ignore[union-attr]


# --- without a server


def test_a_server_that_does_not_answer(sources: Path, site: Path, tmp_path: Path) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * 1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
    env = environment(tmp_path, PREFECT_API_URL=url)
    for command in (["schedule"], ["refresh", "quayside"]):
        ran = run_listings("--sources", sources, "--data", tmp_path / "data", *command, env=env)
        assert ran.returncode == 1
        assert f"Error: {url}: no Prefect server answers (" in ran.stderr and "unset PREFECT_API_URL" in ran.stderr
        assert "Traceback" not in ran.stderr
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken(sources: Path, site: Path, tmp_path: Path) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * 1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run_listings(
            "--sources", sources, "schedule", env=environment(tmp_path, PREFECT_SERVER_API_PORT=str(port))
        )
    assert ran.returncode == 1
    assert f"127.0.0.1:{port}: a Prefect server cannot be started there (Address already in use)" in ran.stderr
    assert f"PREFECT_API_URL=http://127.0.0.1:{port}/api" in ran.stderr and "Traceback" not in ran.stderr


# --- with one


class Gate:
    """A page that is not answered until it may be."""

    def __init__(self, number: int) -> None:
        self.asked, self.open = threading.Event(), threading.Event()
        self._body = entry(number).encode()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer like the other pages, in time."""
        self.asked.set()
        self.open.wait(120)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html; charset=utf-8")
        handler.send_header("Content-Length", str(len(self._body)))
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(self._body)


@dataclass
class Served:
    """A `listings schedule` that runs, and what the server says of its runs."""

    api: str
    log: Path
    process: subprocess.Popen[bytes]

    def runs(self, *sources: str) -> list[dict[str, Any]]:
        """The runs of a source, or of all, by the time they were due; none while the server is away."""
        wanted = {"flow_runs": {"tags": {"all_": ["listings", *sources]}}, "sort": "EXPECTED_START_TIME_ASC"}
        with suppress(requests.RequestException):
            found: list[dict[str, Any]] = requests.post(f"{self.api}/flow_runs/filter", json=wanted, timeout=10).json()
            return found
        return []

    def named(self, source: str, *states: str) -> list[dict[str, Any]]:
        return [run for run in self.runs(source) if run["state_name"] in states]

    def deployment(self, source: str) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.api}/deployments/name/scheduled/{source}", timeout=10).json()
        return found

    def start(self, source: str, **parameters: Any) -> str:
        """Start a run by hand, as the UI does."""
        url = f"{self.api}/deployments/{self.deployment(source)['id']}/create_flow_run"
        asked = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        # SQLite may be locked for a while on a machine with much to do.
        while (answer := requests.post(url, json=asked, timeout=30)).status_code >= 500:
            time.sleep(0.5)
        return str(answer.json()["id"]) if answer.ok else answer.text

    def wait_for(self, condition: Callable[[], Any], seconds: float = 300) -> Any:
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            with suppress(requests.RequestException, KeyError):
                if found := condition():
                    return found
            time.sleep(0.1)
        states = [(run["tags"], run["expected_start_time"], run["state_name"]) for run in self.runs()]
        raise AssertionError(f"gave up waiting; {states}; the log says:\n{self.log.read_text('utf-8')}")

    def stop(self, by: signal.Signals) -> int:
        if by == signal.SIGKILL:
            os.killpg(self.process.pid, by)
        else:
            self.process.send_signal(by)
        return self.process.wait(60)


@contextmanager
def webhook() -> Iterator[tuple[str, list[str]]]:
    """A webhook on loopback: its address, and the texts that it was called with."""
    called: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", called
        server.shutdown()


def notify(api: str, url: str) -> None:
    """Have Prefect call a webhook, by the automation that the docs show."""
    from prefect.blocks.notifications import CustomWebhookNotificationBlock
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: api}):
        block = CustomWebhookNotificationBlock(
            name="hook", url=url, json_data={"text": "{{subject}} | {{body}}"}, headers={}, cookies={}
        )
        (shown,) = blocks("automation")
        automation = yaml.safe_load(shown.text)
        automation["actions"][0]["block_document_id"] = str(block.save("hook"))
    assert requests.post(f"{api}/automations/", json=automation, timeout=30).status_code == 201


@contextmanager
def served(root: Path, env: Mapping[str, str], api: str) -> Iterator[Served]:
    log = root / "schedule.log"
    command = [*MAIN, "--sources", str(root / "sources"), "--data", str(root / "data"), "schedule"]
    with (
        log.open("ab") as output,
        subprocess.Popen(command, env=dict(env), stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            yield Served(api, log, process)
        finally:
            if process.poll() is None:
                process.terminate()


@pytest.mark.long
@pytest.mark.xdist_group("served")
def test_schedules_are_served_with_a_server_of_their_own(tmp_path: Path) -> None:
    """One that is due runs, the next is skipped meanwhile; the server is lost and comes again, and the schedule goes on.

    What was missed by then is made up once. Sources that are held or fail say so, also by the automation that the docs show, and stop
    nobody.
    """
    port = free_port()
    env = environment(tmp_path / "home", PREFECT_SERVER_API_PORT=str(port), **QUICK)
    gate = Gate(2)
    with (
        webhook() as (hook, called),
        serving(guide(1, 2, 3) | {"/2": gate}) as slow,
        serving(guide(1, 2)) as small,
        serving(OUT_OF_ORDER) as closed,
    ):
        sources = tmp_path / "sources"
        pace: dict[str, Any] = {"pace": {"delay": 0}}
        write_source(sources, "slow", start=f"{slow.base}/", schedule={"every": "6s"}, **pace)
        write_source(sources, "held", start=f"{small.base}/", schedule="0 4 29 2 *", expect={"listings": 40}, **pace)
        write_source(sources, "gone", start=f"{closed.base}/", schedule={"every": "30d"}, **pace)
        with served(tmp_path, env, f"http://127.0.0.1:{port}/api") as it:
            it.wait_for(gate.asked.is_set)
            (first,) = it.wait_for(lambda: it.named("slow", "Running"))
            notify(it.api, hook)
            held = it.start("held", workers=1)
            gone = it.start("gone", limit=3, retry_after=[0.1])
            assert "limit" in it.start("gone", limit=0), "parameters are checked"
            skipped = it.wait_for(lambda: it.named("slow", "Cancelled"))
            assert "concurrency limit" in skipped[0]["state"]["message"]
            assert it.wait_for(lambda: it.named("held", "Held"))[0]["id"] == held
            assert "2 listings, at least 40 expected" in it.named("held", "Held")[0]["state"]["message"]
            (failed,) = it.wait_for(lambda: it.named("gone", "Failed"))
            assert failed["id"] == gone and "out of order (http-503)" in failed["state"]["message"]
            assert closed.paths.count("/") == 2, "asked again"
            it.wait_for(lambda: len(called) == 2)
            held_first = sorted(called, reverse=True)
            assert held_first[0].startswith("held as scheduled: Held | 2 listings, at least 40 expected"), called
            assert held_first[1].startswith("gone as scheduled: Failed | "), called
            gate.open.set()
            it.wait_for(lambda: [run for run in it.named("slow", "Completed") if run["id"] == first["id"]])

            server = subprocess.run(
                ["pgrep", "-P", str(it.process.pid), "-f", "server start"], capture_output=True, text=True, check=True
            )
            os.kill(int(server.stdout), signal.SIGKILL)
            lost = datetime.now(UTC)
            it.wait_for(lambda: not it.runs("slow"))
            it.wait_for(lambda: it.runs("slow"))
            back = datetime.now(UTC)
            went_on = it.wait_for(
                lambda: [run for run in it.named("slow", "Completed") if run["expected_start_time"] > f"{back:%FT%T}"]
            )
            assert went_on
            missed = [r for r in it.runs("slow") if f"{lost:%FT%T}" < r["expected_start_time"] < f"{back:%FT%T}"]
            worked = [r for r in missed if r["state_name"] not in ("Cancelled", "Skipped")]
            assert len(worked) <= 1, [(r["state_name"], r["expected_start_time"]) for r in missed]
            assert it.stop(signal.SIGTERM) == 0
    log = it.log.read_text("utf-8")
    assert "Traceback" not in log and "RuntimeWarning" not in log, log
    assert log.splitlines()[0].startswith("gone  every 30 days")
    assert " held: Held: 2 listings, at least 40 expected" in log and " slow: Completed: 3 listings in " in log
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server has ended too"


@pytest.mark.long
@pytest.mark.xdist_group("prefect")
def test_a_run_that_was_cut_short_goes_on_when_schedules_are_served_again(
    tmp_path: Path, with_server: dict[str, str]
) -> None:
    api = with_server["PREFECT_API_URL"]
    gate = Gate(2)
    with serving(guide(1, 2, 3) | {"/2": gate}) as slow:
        write_source(tmp_path / "sources", "cut", start=f"{slow.base}/", schedule="0 4 * * 1", pace={"delay": 0})
        write_source(tmp_path / "sources", "retired", start=f"{slow.base}/", schedule="0 4 * * 1")
        with served(tmp_path, with_server | QUICK, api) as it:
            it.wait_for(lambda: it.deployment("cut")["status"] == "READY")
            one = it.start("cut")
            it.wait_for(gate.asked.is_set)
            it.stop(signal.SIGKILL)
        gate.open.set()
        (tmp_path / "sources" / "retired" / "source.yml").write_text(f"start: {slow.base}/\n", "utf-8")
        with served(tmp_path, with_server | QUICK, api) as it:
            (done,) = it.wait_for(lambda: it.named("cut", "Completed"))
            assert (done["id"], done["run_count"]) == (one, 2)
            assert "detail" in it.deployment("retired"), "a source without a schedule has no deployment any more"
            assert not it.deployment("cut")["paused"]
            with locked(tmp_path / "data" / "raw" / "cut"):
                it.start("cut")
                (skipped,) = it.wait_for(lambda: it.named("cut", "Skipped"))
            assert "another run of this source is at work" in skipped["state"]["message"]
            assert it.stop(signal.SIGINT) == 0
    assert slow.paths.count("/1") == 1, "what was fetched is not fetched again"
    assert latest(tmp_path / "data" / "processed" / "cut")
