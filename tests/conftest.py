"""Running the command line for real: each run a process of its own, against one Prefect server for all tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from fetchers.crawl import crawl
from flows.batches import rebuild
from flows.workplace import Workplace
from releases.release import publish
from releases.schema import HSDS
from tests.chromium import CHROMIUM, SKIPPED

ROOT = Path(__file__).resolve().parents[1]
MAIN = (sys.executable, "-c", "from flows.cli import main; main()")
_SECONDS_TO_START, _TRIES = 120, 3


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process: ours, but for what steers Prefect, `listings` or Python; `home` is Prefect's folder."""
    foreign = ("PREFECT_", "LISTINGS_", "PYTHONHASHSEED")
    ours = {k: v for k, v in os.environ.items() if not k.startswith(foreign) and not k.lower().endswith("_proxy")}
    return ours | {"PYTHONPATH": str(ROOT), "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", "COLUMNS": "200"} | more


def listings(*args: object, env: Mapping[str, str], timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run `listings ARGS` in a process of its own to its end; `env` is all of its environment (see `environment`)."""
    command = [*MAIN, *map(str, args)]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the Prefect of this test session keeps its files."""
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def prefect_server(prefect_home: Path) -> Iterator[str]:
    """A real Prefect server, one a session; its API's URL. Tests that use it are of the xdist group "prefect"."""
    log = prefect_home / "server.log"
    with ExitStack() as stack:
        # A port that is free now may be taken when the server comes to it: then another.
        for _ in range(_TRIES):
            port = free_port()
            server = stack.enter_context(_started(prefect_home, port, log))
            if _answers(url := f"http://127.0.0.1:{port}/api", server):
                yield url
                return
        pytest.fail(f"Prefect's server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def _started(home: Path, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = environment(home, PREFECT_SERVER_ANALYTICS_ENABLED="false", PREFECT_SERVER_UI_ENABLED="false")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("ab") as output, subprocess.Popen(command, env=env, stdout=output, stderr=output) as server:
        try:
            yield server
        finally:
            server.terminate()


def _answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    """Whether the server comes up."""
    end = time.monotonic() + _SECONDS_TO_START
    while server.poll() is None and time.monotonic() < end:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/health", timeout=5).ok:
                return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="session")
def with_server(prefect_home: Path, prefect_server: str) -> dict[str, str]:
    """The environment of a process that uses the session's server."""
    return environment(prefect_home, PREFECT_API_URL=prefect_server)


def refreshed(place: Workplace, name: str) -> None:
    """Crawl a source and publish its release in this process, by the real path but for Prefect."""
    source = place.source(name)
    publish(rebuild(place.raw, place.processed(source.name), source, crawl(source, place.raw)))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A workplace with the published release of the example directory, made by the real path but for Prefect.

    Tests that use it are of the xdist group "example", and leave it as it is.
    """
    place = Workplace(ROOT / "examples", tmp_path_factory.mktemp("workplace") / "data")
    refreshed(place, "directory")
    return place


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where it is read, that pages were not looked at in a browser."""
    if CHROMIUM is None and terminalreporter.stats.get("skipped"):
        terminalreporter.section("NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(SKIPPED, red=True, bold=True)


@pytest.fixture(scope="session")
def validators() -> dict[str, jsonschema.protocols.Validator]:
    """A validator for each table of the standard, of the standard's own JSON schemas."""
    schemas = {path.name: json.loads(path.read_bytes()) for path in sorted((HSDS / "schema").glob("*.json"))}
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema, default_specification=DRAFT202012)) for name, schema in schemas.items()
    )
    return {
        name.removesuffix(".json"): Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
        for name, schema in schemas.items()
    }
