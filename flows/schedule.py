"""The schedules of all sources, served as Prefect deployments from one process. Prefect is imported where it is needed."""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import click

from flows.workplace import Workplace
from sources.source import Source, find_sources

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Schedule as PrefectSchedule

TAG = "listings"
"""What all our deployments and their runs are tagged with, beside the name of the source."""

_SECONDS_BETWEEN_LOOKS = 2.0

_TRIES = 2
"""How often a run begins: one that is cut short again and again may be what kills its process."""


def scheduled(place: Workplace) -> list[Source]:
    """The sources with a schedule, by name; SourceError where any source is unsound."""
    sources = [place.source(name) for name in find_sources(place.sources)]
    return [source for source in sources if source.schedule]


def deployments(place: Workplace, sources: Sequence[Source]) -> list[RunnerDeployment]:
    """A deployment `scheduled/<source>` for each source; its folders are those of now, wherever it runs.

    A run that comes while another of the same source is at work is cancelled.
    """
    return [_deployment(place, source) for source in sources]


def _deployment(place: Workplace, source: Source) -> RunnerDeployment:
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    from flows.scheduled import scheduled as flow

    deployment = flow.to_deployment(
        name=source.name,
        schedule=_schedule(source),
        parameters={"source": source.name, **_folders(place)},
        description=f"{source.title or source.name}: {source.start}",
        tags=[TAG, source.name],
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=None
        ),
        # By module, not by file: the installed package is what runs.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return cast("RunnerDeployment", deployment)


def _schedule(source: Source) -> PrefectSchedule:
    from prefect.schedules import Cron, Interval

    when = source.schedule
    if when is None:
        raise ValueError(f"{source.name} has no schedule")
    # The slug keeps a schedule the same one when it is registered again.
    if when.cron:
        return Cron(when.cron, timezone=when.timezone, slug=source.name)
    began = datetime(2020, 1, 1, tzinfo=ZoneInfo(when.timezone))
    return Interval(when.every, anchor_date=began, timezone=when.timezone, slug=source.name)  # type: ignore[arg-type]


def _folders(place: Workplace) -> dict[str, str]:
    return {"sources": str(place.sources.resolve()), "data": place.bucket or str(place.data.resolve())}


def serve(place: Workplace, sources: Sequence[Source], debug: bool = False) -> None:
    """Register the deployments with a Prefect server and run what is due, until interrupted.

    The server is the one that PREFECT_API_URL names, or one of our own. Where it is away for a while, it is waited for. Schedules
    stay active when this ends: what was missed is made up once when they are served again. InputError where there is no server.
    """
    from flows.server import lasting_server, trouble

    # While it serves, Prefect itself takes an interruption for the end; before, there is nothing to do.
    with contextlib.suppress(KeyboardInterrupt), lasting_server():
        while True:
            settle(place, {source.name for source in sources})
            if _serve(deployments(place, sources), debug):
                return
            click.echo("Prefect's server does not answer. What is due waits until it does.")
            while trouble():
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            click.echo("Prefect's server answers again.")


def _serve(served: Sequence[RunnerDeployment], debug: bool) -> bool:
    """Serve until interrupted (True), or until the server is lost (False)."""
    import httpx
    import prefect

    try:
        with contextlib.ExitStack() as quiet:
            if not debug:
                # A traceback for each request that failed; what runs tell of themselves goes to standard error.
                quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
                # Prefect's own, when a signal ends it.
                warnings.filterwarnings("ignore", r"coroutine .* was never awaited", RuntimeWarning)
            prefect.serve(*served, print_starting_message=False, pause_on_shutdown=False)
    except (RuntimeError, httpx.HTTPError, ExceptionGroup) as error:
        if not _lost(error):
            raise
        return False
    return True


def _lost(error: BaseException) -> bool:
    """Whether an error is that of a server that did not answer."""
    import httpx

    if isinstance(error, ExceptionGroup):
        return all(map(_lost, error.exceptions))
    return isinstance(error, httpx.HTTPError) or "error threshold" in str(error)


def settle(place: Workplace, names: Collection[str]) -> None:
    """Put right what an earlier process left with the server.

    The deployments of sources of this workplace that have no schedule any more go; their runs stay in the history. A run that was
    cut short, as its process was killed or its server lost, is due again: it goes on from the archive. One that was cut short
    twice has crashed.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags

    with get_client(sync_client=True) as client:
        ours = client.read_deployments(deployment_filter=DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG])))
        for one in ours:
            if not _folders(place).items() <= one.parameters.items():
                continue
            if one.name not in names:
                client.delete_deployment(one.id)
            elif not _at_work(place, one.name):
                _resume(client, one)


def _at_work(place: Workplace, name: str) -> bool:
    """Whether a run of the source is at work on this machine, whoever started it."""
    from fetchers.archive import locked
    from fetchers.model import BusyError

    try:
        for folder in (place.raw / name, place.processed(name)):
            if folder.is_dir():
                with locked(folder):
                    pass
    except BusyError:
        return True
    return False


def _resume(client: SyncPrefectClient, deployment: DeploymentResponse) -> None:
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import AwaitingRetry, Crashed

    unfinished = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING, StateType.CANCELLING])
    runs = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]), state=FlowRunFilterState(type=unfinished)
        )
    )
    for run in runs:
        why = "The process that ran it has ended."
        again = run.run_count < _TRIES
        client.set_flow_run_state(run.id, AwaitingRetry(message=why) if again else Crashed(message=why), force=True)
    if limit := deployment.global_concurrency_limit:
        # The slot of a run that is gone would keep all others waiting.
        client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=0))
