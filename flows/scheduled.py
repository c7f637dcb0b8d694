"""A refresh that nobody watches: what a schedule, or the UI, starts. Its state says how the run ended.

Completed: published. Held (of type Failed and tagged `held`, as the run of `refresh` within it): a check holds the release back.
Failed: the message says why. Skipped (of type Cancelled): there was nothing to do. Cancelled: the run before was still at work
when this one came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import click
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.states import Cancelled, Completed, Failed
from prefect.types import DateTime
from pydantic import Field

from flows import steps
from flows.exits import explain
from flows.refresh import refresh
from flows.runners import task_runner

SKIPPED = "Skipped"
"""The name of a state, beside Prefect's own and `steps.HELD`."""

RETRY_AFTER = (300.0, 1200.0, 3600.0)
"""Seconds before each further try: a site that restarts is back in minutes, one that is repaired in an hour or two."""


@flow(name="scheduled", flow_run_name="{source} as scheduled")
def scheduled(
    source: str,
    sources: str = "sources",
    data: str = "data",
    limit: Annotated[int, Field(ge=1)] | None = None,
    workers: Annotated[int, Field(ge=1)] | None = None,
    retry_after: Sequence[Annotated[float, Field(ge=0)]] = RETRY_AFTER,
) -> State[Any]:
    """Refresh a source: as `listings refresh` does, and again after a while where its site does not answer.

    Args:
        source: Name of the source: its folder in `sources`.
        sources: Folder of the sources.
        data: Folder of the data.
        limit: Fetch at most so many pages.
        workers: Processes that parse; as many as fit where none are named.
        retry_after: Seconds to wait before each further try, where the site does not answer.

    """
    if already := _made_up():
        return _told(source, Cancelled(name=SKIPPED, message=already))
    run = refresh.with_options(task_runner=task_runner(workers))
    try:
        state = run(source, sources, data, limit, workers, retry_after=tuple(retry_after), return_state=True)
        done = steps.outcome_of(state)
    except Exception as error:
        _, text = explain(error)
        busy = type(error).__name__ == "BusyError"
        return _told(source, Cancelled(name=SKIPPED, message=text) if busy else Failed(message=text))
    if done.held:
        why = "; ".join(f"{finding.what} ({finding.where})" for finding in done.held)
        advice = f"What is published stays; see `listings review {source} --held`."
        return _told(source, steps.held(f"{why}. {advice}"))
    return _told(source, Completed(message=f"{done.listings} listings in {done.release}"))


def _made_up() -> str | None:
    """Whether this run was due before another of the same schedule began: several that were missed are made up by one."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if (
        run is None
        or not run.auto_scheduled
        or run.run_count > 1
        or not run.expected_start_time
        or not run.deployment_id
    ):
        return None
    # Not after now: of a clock that went back, the runs of its future would stop all others.
    began = FlowRunFilterStartTime(after_=run.expected_start_time, before_=DateTime.now(UTC))
    same = FlowRunFilterDeploymentId(any_=[run.deployment_id])
    # Those that were cancelled or skipped at once have a start too.
    types = [StateType.RUNNING, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED]
    worked = FlowRunFilterState(type=FlowRunFilterStateType(any_=types))
    with get_client(sync_client=True) as client:
        others = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(deployment_id=same, start_time=began, state=worked), limit=2
        )
    other = next((other for other in others if other.id != run.id), None)
    return (
        f"Due at {run.expected_start_time:%Y-%m-%d %H:%M:%S %Z} and missed: made up by {other.name!r}."
        if other
        else None
    )


def _told(source: str, state: State[Any]) -> State[Any]:
    """The state, told on the standard error of the process that serves, as its log."""
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {source}: {state.name}: {state.message}", err=True)
    return state
