"""Where tasks run: in threads of this process, which wait for the worker processes."""

from __future__ import annotations

import os
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner


def task_runner(workers: int | None) -> TaskRunner[Any]:
    """The runner for so many workers, None for as many as fit."""
    return ThreadPoolTaskRunner(max_workers=workers or os.cpu_count() or 1)
