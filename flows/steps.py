"""The steps of a run as Prefect tasks: each named in the UI, each a thin call of the room that does the work."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from prefect import State, Task, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import TaskRun
from prefect.runtime import flow_run
from prefect.states import Failed

from fetchers.archive import cut_up, disk_errors, latest_crawl, locked, page_urls
from fetchers.crawl import crawl
from fetchers.model import Crawl, FetchError, UnreachableError
from flows import batches, progress, workers
from flows.batches import Batch, Parsed
from flows.outcome import NoListingsError, Outcome
from flows.outcome import told as told_of
from flows.readers import Reading
from flows.tally import Saved
from flows.workplace import Workplace
from parsers.site import SiteCounts
from releases import checks, release
from releases.checks import Finding
from reports.review import begin_review, review, write_listings, write_overview
from sources.source import Source

HELD = "Held"
"""The state of a run whose release is held, beside Prefect's own."""


def _may_answer_later(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), UnreachableError)


@task(name="fetch", task_run_name="fetch {source.name}", cache_policy=NO_CACHE, retry_condition_fn=_may_answer_later)
def fetch(source: Source, place: Workplace, limit: int | None, wanted: int | None = None) -> Crawl:
    """Fetch and archive the source's pages; goes on with a crawl that was cut short. `wanted` processes read them meanwhile."""
    batches.forget()
    last = release.latest(place.processed(source.name))
    known = release.listing_urls(last) if last else ()
    with progress.fetching() as told:
        return crawl(source, place.raw, limit=limit, known=known, progress=told, reader=Reading(wanted))


@task(name="open archive", task_run_name="open archive of {source.name}", cache_policy=NO_CACHE)
def open_archive(source: Source, place: Workplace) -> Crawl:
    """The last finished crawl of the source."""
    last = latest_crawl(place.raw, source.name)
    if last is None:
        raise FetchError(
            f"{source.name}: there is no finished crawl in {place.raw / source.name}/. "
            f"Run `listings refresh {source.name}` first: it fetches the pages."
        )
    return last


@contextmanager
def at_work(wanted: int | None) -> Iterator[None]:
    """For the length of a run there may be processes beside this one: `wanted`, or as many as there are cores."""
    try:
        with workers.at_work(wanted or os.cpu_count() or 1):
            yield
    finally:
        batches.forget()


def cut(place: Workplace, found: Crawl, wanted: int | None, folder: Path) -> list[Batch]:
    """The crawl's pages in batches, for `wanted` processes, or as many as fit; what the archive knows of each is in `folder`."""
    urls = page_urls(place.raw, found)
    count = workers.fitting(wanted, len(urls))
    if count > 1:
        batches.forget()
    made = batches.cut(urls, count)
    cuts = cut_up(place.raw, found, [batch.urls for batch in made], folder)
    return [replace(batch, cut=cut) for batch, cut in zip(made, cuts, strict=True)]


@task(name="study", task_run_name="study batch {batch.number}", cache_policy=NO_CACHE)
def study(place: Workplace, found: Crawl, batch: Batch, folder: Path) -> Saved:
    """First pass: what the pages of a batch share, in a file in `folder`."""
    return workers.run(f"Batch {batch.number}", batch.place, batches.study_to, place.raw, found, batch, folder)


@task(name="parse", task_run_name="parse batch {batch.number}", cache_policy=NO_CACHE)
def parse(place: Workplace, found: Crawl, source: Source, site: Path, batch: Batch, folder: Path) -> Parsed:
    """Second pass: the listings of a batch, as rows of all tables; what is known of the site is in the file `site`."""
    return workers.run(
        f"Batch {batch.number}", batch.place, batches.parse_with, place.raw, found, source, site, batch, folder
    )


@contextmanager
def workbench(place: Workplace, source: Source) -> Iterator[Path]:
    """A folder for the parts of a release, beside the releases, whose folder is this run's alone until the end.

    What a killed run has left there is cleared away. FetchError where another run of the source is at work.
    """
    folder = place.processed(source.name)
    parts = folder / ".parts"
    with locked(folder), disk_errors(folder):
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        try:
            yield parts
        finally:
            shutil.rmtree(parts, ignore_errors=True)


@task(name="stage", task_run_name="stage release of {source.name}", cache_policy=NO_CACHE)
@progress.staged
def stage(place: Workplace, source: Source, found: Crawl, counts: SiteCounts, parsed: Sequence[Parsed]) -> Path:
    """Merge the parts into a release beside the published ones; NoListingsError where there is no listing, nor ever was."""
    folder = place.processed(source.name)
    # With a release published it is for the gate to say what became of its listings.
    if not any(part.listings for part in parsed) and release.latest(folder) is None:
        raise NoListingsError(source.name, counts)
    return batches.stage(place.raw, folder, source, found, parsed)


@task(name="check", cache_policy=NO_CACHE)
@progress.staged
def check(place: Workplace, source: Source, staged: Path) -> list[Finding]:
    """What keeps the staged release from replacing the last one."""
    return checks.check(staged, source, release.latest(place.processed(source.name)))


@task(name="report", cache_policy=NO_CACHE)
@progress.staged
def report(source: Source, staged: Path, found: Crawl, findings: Sequence[Finding], count: int = 1) -> Path:
    """Write the review pages into the staged release, those of listings in `count` processes."""
    name = release.release_name(batches.crawl_time(found))
    earlier = [path for path in release.releases(staged.parent) if path.name < name]
    out, run = staged / "review", told_of(found, findings)
    if count == 1:
        return review(staged, out, earlier, run, source.suppress)
    begin_review(out)
    listings = [
        workers.begin("The review", place, write_listings, staged, out, earlier, source.suppress, (place, count))
        for place in range(count)
    ]
    first = write_overview(staged, out, earlier, run, source.suppress)
    for written in listings:
        written()
    return first


@task(name="publish", cache_policy=NO_CACHE)
@progress.staged
def publish(staged: Path) -> Path:
    """Let `latest` name the staged release."""
    return release.publish(staged)


def show_in_ui(done: Outcome) -> None:
    """Artifacts for Prefect's UI: the counts of the run, and its story with the way to the review pages."""
    # Prefect takes a-z, 0-9 and hyphens; a name in another script has none of these.
    key = re.sub(r"[^a-z0-9]+", "-", done.source.lower()).strip("-") or "source"
    create_table_artifact(
        table=[{"what": what, "count": count} for what, count in done.rows()],
        key=f"{key}-counts",
        description=f"{done.source}: crawl {done.crawl.name}",
    )
    create_markdown_artifact(markdown=done.story(), key=f"{key}-summary", description="what the run came to")


def concluded(done: Outcome) -> Outcome | State[Outcome]:
    """What the flow ends with: a held release is a state of its own name and a tag, so that it is seen among others.

    The state is of type Failed, though no step failed: what was to be published was not, and somebody has to look. `outcome_of`
    reads it.
    """
    if not done.held:
        return done
    return held(f"The release is held: {'; '.join(finding.what for finding in done.held)}", done)


def held(message: str, done: Outcome | None = None) -> State[Any]:
    """The state of the run that is at work where its release is held; tags the run."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run_id=UUID(flow_run.get_id()), tags=sorted({*flow_run.get_tags(), "held"}))
    return Failed(name=HELD, message=message, data=done)


def outcome_of(state: State[Any]) -> Outcome:
    """What a flow came to that ended in this state, held or not; raises what the flow raised."""
    result = state.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    return cast(Outcome, result)
