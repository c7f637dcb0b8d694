"""Where tasks run: in threads of this process, which wait for the worker processes, or on a Dask cluster."""

from __future__ import annotations

import os
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.cluster import dask_runner


def task_runner(workers: int | None, dask: str | None = None) -> TaskRunner[Any]:
    """The runner for so many workers, None for as many as fit; with the address of a Dask cluster, its workers are taken."""
    if dask:
        return dask_runner(dask)
    return ThreadPoolTaskRunner(max_workers=workers or os.cpu_count() or 1)
