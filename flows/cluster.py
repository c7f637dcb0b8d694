"""A Dask cluster as the place where batches run. Its workers must be like this process, and see the same folders."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import logging
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.exits import InputError
from flows.workplace import Workplace

if TYPE_CHECKING:
    from prefect.task_runners import TaskRunner

_ROOMS = ("flows", "reports", "releases", "fetchers", "parsers", "sources")
_SECONDS_TO_CONNECT = 10
_SHOWN = 3


def dask_runner(address: str) -> TaskRunner[Any]:
    """The task runner for the cluster at an address."""
    from prefect_dask.task_runners import DaskTaskRunner

    return DaskTaskRunner(address=address)


def check_cluster(address: str, place: Workplace) -> None:
    """InputError unless a cluster answers at the address, with workers that give the same bytes and see the same folders.

    The same version of this package, of Python and of every package that it asks for gives the same bytes. Workers that join
    later are not looked at.
    """
    try:
        import distributed
        import prefect_dask  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"--dask: {error.name} is not installed. Install `listings[dask]`, here and on the workers."
        ) from error
    # What went wrong is told below, in a line.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client: Any = distributed.Client(  # type: ignore[no-untyped-call]
            address, timeout=_SECONDS_TO_CONNECT, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"{address}: no Dask scheduler answers ({error}). Start one with `dask scheduler`, or mend the address: "
            "tcp://host:8786."
        ) from error
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise InputError(f"{address}: the cluster has no worker. Start some: `dask worker {address}`.")
        for worker, answer in sorted(client.run(versions, on_error="return").items()):
            _compare(worker, answer)
        folders = [str(place.data), str(place.sources)]
        for worker, missing in sorted(client.run(_missing, folders).items()):
            if missing:
                raise InputError(
                    f"{worker}: this worker does not see {missing[0]}. Put it on a file system that all workers share."
                )


def versions() -> dict[str, str]:
    """What a release is made from, but for source and archive: this package's own code, Python, and the packages asked for."""
    code = hashlib.sha256()
    for room in _ROOMS:
        spec = importlib.util.find_spec(room)
        for folder in sorted(spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).rglob("*")):
                if path.suffix in (".py", ".yml", ".json"):
                    code.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    found = {"listings": code.hexdigest()[:12], "python": platform.python_version()}
    asked = importlib.metadata.requires("listings") or []
    names = {re.split(r"[^\w.-]", requirement)[0] for requirement in asked if "extra ==" not in requirement}
    for name in sorted(names | {"dask", "distributed", "prefect-dask"}):
        found[name] = importlib.metadata.version(name)
    return found


def _missing(folders: list[str]) -> list[str]:
    return [folder for folder in folders if not Path(folder).is_dir()]


def _compare(worker: str, answer: dict[str, str] | Exception) -> None:
    if isinstance(answer, Exception):
        raise InputError(
            f"{worker}: this worker cannot run listings ({answer}). Install there what is installed here, with the extra `dask`."
        ) from answer
    ours = versions()
    other = [f"{name} {answer.get(name, 'none')}, here {ours[name]}" for name in ours if answer.get(name) != ours[name]]
    if other:
        more = f"; and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        raise InputError(
            f"{worker}: this worker has other versions: {'; '.join(other[:_SHOWN])}{more}. "
            "The release would depend on where a page was read: install the same everywhere."
        )
