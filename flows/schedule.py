"""The schedules of all sources, served as Prefect deployments from one process. Prefect is imported where it is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from cronsim import CronSim, CronSimError

from flows.exits import InputError
from flows.workplace import Workplace
from sources.source import Source, SourceError, find_sources

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment


def scheduled(place: Workplace) -> list[Source]:
    """The sources with a schedule, by name; SourceError where any source is unsound, or its schedule no cron expression."""
    sources = [place.source(name) for name in find_sources(place.sources)]
    for source in sources:
        check_cron(source)
    return [source for source in sources if source.schedule]


def check_cron(source: Source) -> None:
    """SourceError where a source's schedule is no cron expression of five fields, as cron(5) has them."""
    if source.schedule is None:
        return
    try:
        if len(source.schedule.split()) != 5:
            raise CronSimError("it has not five fields")
        CronSim(source.schedule, datetime.now(UTC))
    except CronSimError as error:
        raise _no_cron(source, str(error)) from error


def _no_cron(source: Source, why: str) -> SourceError:
    return SourceError(
        f"{source.folder / 'source.yml'}: `schedule`: {source.schedule!r} is no cron expression ({why}). "
        'Write minute, hour, day, month, weekday, in UTC: "0 4 * * 1" is Mondays at four.'
    )


def deployments(place: Workplace, sources: Sequence[Source]) -> list[RunnerDeployment]:
    """A deployment `refresh/<source>` for each source, in UTC; its folders are those of now, wherever it runs.

    SourceError where Prefect cannot read a schedule.
    """
    return [_deployment(place, source) for source in sources]


def _deployment(place: Workplace, source: Source) -> RunnerDeployment:
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.refresh import refresh

    folders = {"sources": str(place.sources.resolve()), "data": str(place.data.resolve())}
    try:
        deployment = refresh.to_deployment(
            name=source.name,
            schedule=Cron(source.schedule or "", timezone="UTC"),
            parameters={"source": source.name, **folders},
            description=f"{source.title or source.name}: {source.start}",
            # By module, not by file: the installed package is what runs.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
    except ValueError as error:
        # Some extensions of cron(5), as "LW", are none of Prefect's.
        raise _no_cron(source, str(error)) from error
    return cast("RunnerDeployment", deployment)


def serve(place: Workplace, sources: Sequence[Source]) -> None:
    """Register the deployments with the Prefect server and run what is due, until interrupted.

    InputError where PREFECT_API_URL names no server, or it does not answer: without one nothing would ever be due.
    """
    import prefect
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    advice = "Start one with `prefect server start`, and name it: PREFECT_API_URL=http://127.0.0.1:4200/api"
    if not PREFECT_API_URL.value():
        raise InputError(f"PREFECT_API_URL: names no Prefect server, and schedules need one. {advice}")
    with get_client(sync_client=True) as client:
        if error := client.api_healthcheck():
            raise InputError(f"{PREFECT_API_URL.value()}: no Prefect server answers ({error}). {advice}")
    # While it serves, Prefect itself takes an interruption for the end, and pauses the schedules; before, there is nothing to do.
    with contextlib.suppress(KeyboardInterrupt):
        prefect.serve(*deployments(place, sources), print_starting_message=False)
