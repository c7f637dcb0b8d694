"""Where tasks run: in this process, on a pool of processes, or on a Dask cluster."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from flows.cluster import dask_runner


def task_runner(workers: int, dask: str | None = None) -> TaskRunner[Any]:
    """The runner for so many workers: one works in this process, which needs no pool and starts at once.

    Where the address of a Dask cluster is given, its workers are taken.
    """
    if dask:
        return dask_runner(dask)
    if workers == 1:
        return ThreadPoolTaskRunner(max_workers=1)
    return ProcessPoolTaskRunner(max_workers=workers)
