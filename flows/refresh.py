"""READ FIRST: the whole path of a directory, from the web to a release.

fetch -> study -> parse and tabulate -> stage -> check -> report -> publish

Pages travel in batches, each one task; what a page is never depends on how they were cut, or on how many workers there are.
"""

from __future__ import annotations

from prefect import State, flow

from fetchers.model import Crawl
from flows import batches, bucket, progress, steps
from flows.outcome import Outcome, outcome
from flows.tally import tally
from flows.workplace import Workplace
from parsers.site import learn
from sources.source import Source


@flow(name="refresh", flow_run_name="refresh {source}", validate_parameters=False)
def refresh(
    source: str,
    sources: str = "sources",
    data: str = "data",
    limit: int | None = None,
    workers: int | None = None,
    retry_after: tuple[float, ...] = (),
) -> Outcome | State[Outcome]:
    """Fetch the pages of a source, archive them, and release what they say.

    At most `limit` pages are fetched; `workers` processes parse them, without it as many as fit. A site that does not answer is
    asked again after so many seconds each.
    """
    place = Workplace.at(sources, data)
    config = place.source(source)
    fetch = steps.fetch.with_options(retries=len(retry_after), retry_delay_seconds=list(retry_after))
    with bucket.writing(place, source, archive=True), steps.at_work(workers):
        crawl = fetch(config, place, limit, workers)
        return release_crawl(config, place, crawl, workers)


def release_crawl(
    config: Source, place: Workplace, crawl: Crawl, workers: int | None = None
) -> Outcome | State[Outcome]:
    """From the archive of a crawl to a release: published, or held where a check says so."""
    with steps.workbench(place, config) as folder:
        cut = steps.cut(place, crawl, workers, folder)
        studies = [steps.study.submit(place, crawl, batch, folder) for batch in cut]
        counts = tally(progress.each("study", studies))
        site = batches.save_site(learn(counts), folder / "site")

        parses = [steps.parse.submit(place, crawl, config, site, batch, folder) for batch in cut]
        parsed = progress.each("parse", parses)

        release = steps.stage(place, config, crawl, counts, parsed)
        findings = steps.check(place, config, release)
        steps.report(config, release, crawl, findings, count=1 + max((batch.place or 0 for batch in cut), default=0))
        if not any(finding.severity == "error" for finding in findings):
            release = steps.publish(release)

    done = outcome(config.name, crawl, release, parsed, findings, place.bucket)
    steps.show_in_ui(done)
    return steps.concluded(done)
