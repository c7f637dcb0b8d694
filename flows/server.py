"""Prefect's server: the one that PREFECT_API_URL names, or one of our own for as long as something is run or served."""

from __future__ import annotations

import atexit
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flows.exits import InputError

_SECONDS_TO_START = 120
_SECONDS_BETWEEN_LOOKS = 0.1
_ADVICE = "Start one with `prefect server start`, name another, or unset PREFECT_API_URL: then one is started for you."


_LOG = "listings-server.log"
_LASTING = {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem"}
"""Whether a run is at work must be known to a server that is begun anew: in memory it would be forgotten."""
_SCHEDULING = (
    *("SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP"),
    *("FOREMAN", "REPOSSESSOR", "CLEANUP_RECONCILER"),
)
_PASSING = {"PREFECT_UI_ENABLED": "false"} | {
    f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _SCHEDULING
}
"""The server of a single run does nothing by itself that only schedules need, as the one that Prefect would start does not."""
_CHOICES = re.compile(r"^[^#\n]*(?:api_url|ephemeral_mode|\bapi\b)", re.IGNORECASE | re.MULTILINE)


def begin_server() -> Server | None:
    """Start a server for the rest of this process, where none is named; it comes up while Prefect is being imported.

    None where one is named, or where that is for Prefect to tell, which then starts its own.
    """
    if "prefect" in sys.modules or _may_be_named():
        return None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    server = Server("127.0.0.1", port, _prefect_home() / _LOG, _PASSING, own_session=False)
    server.begin()
    # Called after what Prefect registers later: until then it has something to tell.
    atexit.register(server.stop)
    os.environ["PREFECT_API_URL"] = server.url
    return server


def _may_be_named() -> bool:
    """Whether anything that Prefect reads its settings from says which server there is, or that none may be started."""
    if any(
        os.environ.get(key) for key in ("PREFECT_API_URL", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE", "PREFECT_PROFILE")
    ):
        return True
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or _prefect_home() / "profiles.toml")
    told = [_text(path) for path in (profiles, Path("prefect.toml"), Path(".env"))]
    project = _text(Path("pyproject.toml"))
    return any(map(_CHOICES.search, told)) or "tool.prefect" in project


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _prefect_home() -> Path:
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


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
    try:
        socket.create_server((own.host, own.port)).close()
    except OSError as error:
        where, why = f"{own.host}:{own.port}", os.strerror(error.errno or 0)
        raise InputError(
            f"{where}: a Prefect server cannot be started there ({why}). If one runs there, name it: "
            f"PREFECT_API_URL=http://{where}/api; else choose a port by PREFECT_SERVER_API_PORT."
        ) from error
    # In a session of its own: Ctrl-C in a terminal is for us, and the server must outlive what still talks to it.
    server = Server(own.host, own.port, PREFECT_HOME.value() / _LOG, _LASTING, own_session=True)
    with temporary_settings({PREFECT_API_URL: server.url}):
        try:
            server.begin()
            server.wait()
            server.keep()
            yield
        finally:
            server.stop()


def trouble() -> Exception | None:
    """Why the Prefect server that the settings name does not answer; None where it does."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.api_healthcheck()


class Server:
    """A Prefect server as a process of ours."""

    def __init__(self, host: str, port: int, log: Path, settings: Mapping[str, str], own_session: bool) -> None:
        self.url = f"http://{host}:{port}/api"
        self._host, self._port, self._log = host, port, log
        self._settings, self._own_session = settings, own_session
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def begin(self) -> None:
        """Start it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._begun()

    def wait(self) -> None:
        """Wait until it answers; InputError where it does not."""
        end = time.monotonic() + _SECONDS_TO_START
        while trouble():
            if self._process is None or self._process.poll() is not None or time.monotonic() > end:
                raise InputError(f"Prefect's server does not start. {self._log} says why.")
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def keep(self) -> None:
        """Begin it anew where it ends by itself."""
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
        env = {key: value for key, value in os.environ.items() if key != "PREFECT_API_URL"} | dict(self._settings)
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", self._host, "--port", str(self._port)]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=self._own_session)  # noqa: S603

    def _keep(self) -> None:
        pause = 1.0
        while self._process:
            began = time.monotonic()
            self._process.wait()
            pause = 1.0 if time.monotonic() - began > _SECONDS_TO_START else min(2 * pause, 60.0)
            if self._stopping.wait(pause):
                return
            self._process = self._begun()
