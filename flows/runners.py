"""Where tasks run: in this process, or on a pool of processes."""

from __future__ import annotations

from typing import Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner


def task_runner(workers: int) -> TaskRunner[Any]:
    """The runner for so many workers: one works in this process, which needs no pool and starts at once."""
    if workers == 1:
        return ThreadPoolTaskRunner(max_workers=1)
    return ProcessPoolTaskRunner(max_workers=workers)
