"""Prefect's server: the one that PREFECT_API_URL names, or one of our own for as long as something is served."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.exits import InputError

_SECONDS_TO_START = 120
_ADVICE = "Start one with `prefect server start`, name another, or unset PREFECT_API_URL: then one is started for you."


def check_named_server() -> None:
    """InputError where PREFECT_API_URL names a server that does not answer."""
    from prefect.settings import PREFECT_API_URL

    if (url := PREFECT_API_URL.value()) and (error := trouble()):
        raise InputError(f"{url}: no Prefect server answers ({error}). {_ADVICE}")


@contextmanager
def lasting_server() -> Iterator[None]:
    """A server for the `with` block: named by PREFECT_API_URL, which the block sees in any case.

    InputError where the one that PREFECT_API_URL names does not answer, or none can be started.
    """
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, get_current_settings, temporary_settings

    if PREFECT_API_URL.value():
        check_named_server()
        yield
        return
    own = get_current_settings().server.api
    server = _OwnServer(own.host, own.port, PREFECT_HOME.value() / "listings-server.log")
    with temporary_settings({PREFECT_API_URL: f"http://{own.host}:{own.port}/api"}):
        try:
            server.start()
            yield
        finally:
            server.stop()


def trouble() -> Exception | None:
    """Why the Prefect server that the settings name does not answer; None where it does."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.api_healthcheck()


class _OwnServer:
    """A Prefect server as a process of ours, begun anew where it ends by itself."""

    def __init__(self, host: str, port: int, log: Path) -> None:
        self._host, self._port, self._log = host, port, log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start it and wait until it answers."""
        try:
            socket.create_server((self._host, self._port)).close()
        except OSError as error:
            place, why = f"{self._host}:{self._port}", os.strerror(error.errno or 0)
            raise InputError(
                f"{place}: a Prefect server cannot be started there ({why}). If one runs there, name it: "
                f"PREFECT_API_URL=http://{place}/api; else choose a port by PREFECT_SERVER_API_PORT."
            ) from error
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._begun()
        end = time.monotonic() + _SECONDS_TO_START
        while trouble():
            if self._process.poll() is not None or time.monotonic() > end:
                raise InputError(f"Prefect's server does not start. {self._log} says why.")
            time.sleep(0.2)
        threading.Thread(target=self._keep, daemon=True).start()

    def stop(self) -> None:
        """Stop it, if it runs."""
        self._stopping.set()
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def _begun(self) -> subprocess.Popen[bytes]:
        # Whether a run is at work must be known to a server that is begun anew: in memory it would be forgotten.
        leases = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
        env = leases | {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"}
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", self._host, "--port", str(self._port)]
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C in a terminal is for us, and the server must outlive what still talks to it.
            return subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)  # noqa: S603

    def _keep(self) -> None:
        pause = 1.0
        while self._process:
            began = time.monotonic()
            self._process.wait()
            pause = 1.0 if time.monotonic() - began > _SECONDS_TO_START else min(2 * pause, 60.0)
            if self._stopping.wait(pause):
                return
            self._process = self._begun()
