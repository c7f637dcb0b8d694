"""Run flows from the command line: Prefect made quiet and quick, progress shown, the outcome printed."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from flows.exits import DONE, HELD, explain, gravest
from flows.server import begin_server, check_named_server
from flows.show import aligned
from flows.workers import early, load
from flows.workplace import Workplace

if TYPE_CHECKING:
    from flows.outcome import Outcome

_FAILURES_SHOWN = 5
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FLOW_RUNS_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_TASK_RUNS_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}


def prepare_prefect(debug: bool) -> None:
    """Settings that Prefect reads when it is imported: no telemetry, its own log only when asked for.

    What the environment says already stays. A running server is used where PREFECT_API_URL names one; else Prefect starts
    its own for the time of the run.
    """
    for key, value in _QUIET.items():
        if not (debug and "LOGGING" in key):
            os.environ.setdefault(key, value)


def run_sources(
    what: str,
    names: Sequence[str],
    place: Workplace,
    workers: int | None,
    dask: str | None,
    as_json: bool,
    debug: bool,
    **parameters: Any,
) -> int:
    """Run the flow `what` for each source, one after the other; one that fails does not stop the others.

    Batches run on so many processes, or on the Dask cluster at an address.
    Prints each outcome and returns the exit code: the gravest of all (`flows.exits.gravest`).
    """
    prepare_prefect(debug)
    console = Console(stderr=True)
    server = begin_server()
    if server:
        console.print("prefect: starting a server for this run (PREFECT_API_URL names one that runs)", soft_wrap=True)
    # How many are worth it is known later, where that is not said.
    with early(workers if workers and not dask else 1):
        from flows import progress
        from flows.cluster import check_cluster
        from flows.refresh import refresh
        from flows.reparse import reparse
        from flows.runners import task_runner
        from flows.steps import outcome_of

        flow = (refresh if what == "refresh" else reparse).with_options(task_runner=task_runner(workers, dask))
        if server:
            load()
            server.wait()
        else:
            check_named_server()
        if dask:
            # Its workers have folders of their own that they work in.
            place = replace(place, sources=place.sources.resolve(), data=place.data.resolve())
            place.data.mkdir(parents=True, exist_ok=True)
            check_cluster(dask, place)
        codes: list[int] = []
        for name in names:
            try:
                with progress.shown(console):
                    folders = {"sources": str(place.sources), "data": place.data_at}
                    state = flow(source=name, **folders, workers=workers, **parameters, return_state=True)
                    done = outcome_of(state)
            except Exception as error:
                if debug:
                    raise
                code, text = explain(error)
                _let_go(error)
                click.echo(f"Error: {text}", err=True)
                codes.append(code)
                continue
            print_outcome(done, as_json)
            codes.append(HELD if done.held else DONE)
        return gravest(codes)


def _let_go(error: BaseException | None) -> None:
    """Empty the frames that an error came through: Prefect keeps it to the end, and a DuckDB held by one complains there."""
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def print_outcome(done: Outcome, as_json: bool) -> None:
    """The short table at the end of a run, what needs a look, and the one line that loads the release."""
    if as_json:
        click.echo(json.dumps(done.record(), ensure_ascii=False))
        return
    click.echo(done.source)
    for line in aligned(done.rows()):
        click.echo(f"  {line}")
    failures = done.crawl.failures
    if failures:
        click.echo("Pages that failed:")
        for line in aligned([(failure.kind, failure.url) for failure in failures[:_FAILURES_SHOWN]]):
            click.echo(f"  {line}")
    if len(failures) > _FAILURES_SHOWN:
        click.echo(f"  and {len(failures) - _FAILURES_SHOWN} more (--json names them all)")
    for finding in (*done.held, *done.warnings):
        click.echo(f"{'HELD' if finding in done.held else 'Note'}: {finding.what} ({finding.where}). {finding.advice}")
    if done.held:
        click.echo(
            f"What is published stays as it was; `listings review {done.source} --held` shows what is held back."
        )
    if done.crawl.capped:
        click.echo(f"Note: the crawl was cut short: {'; '.join(done.crawl.capped)}.")
    click.echo(f"\n  import pandas as pd\n  listings = {done.load_line}\n")
