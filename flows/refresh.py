"""READ FIRST: the whole path of a directory, from the web to a release.

fetch -> study -> parse and tabulate -> stage -> check -> report -> publish

Pages travel in batches, each one task; what a page is never depends on how they were cut, or on how many workers there are.
"""

from __future__ import annotations

from pathlib import Path

from prefect import State, flow

from fetchers.model import Crawl
from flows import progress, steps
from flows.outcome import Outcome, outcome
from flows.workplace import Workplace
from parsers.site import learn
from sources.source import Source


@flow(name="refresh", flow_run_name="refresh {source}", validate_parameters=False)
def refresh(
    source: str, sources: str = "sources", data: str = "data", limit: int | None = None
) -> Outcome | State[Outcome]:
    """Fetch the pages of a source, archive them, and release what they say; at most `limit` pages are fetched."""
    place = Workplace(Path(sources), Path(data))
    config = place.source(source)
    crawl = steps.fetch(config, place, limit)
    return release_crawl(config, place, crawl)


def release_crawl(config: Source, place: Workplace, crawl: Crawl) -> Outcome | State[Outcome]:
    """From the archive of a crawl to a release: published, or held where a check says so."""
    batches = steps.cut(place, crawl)
    with steps.workbench(place, config) as folder:
        studies = [steps.study.submit(place, crawl, batch) for batch in batches]
        counts = steps.add_up(progress.each("study", studies))
        site = learn(counts)

        parses = [steps.parse.submit(place, crawl, config, site, batch, folder) for batch in batches]
        parsed = progress.each("parse", parses)

        release = steps.stage(place, config, crawl, counts, parsed)
        findings = steps.check(place, config, release)
        steps.report(release, crawl, findings)
        if not any(finding.severity == "error" for finding in findings):
            release = steps.publish(release)

    done = outcome(config.name, crawl, release, parsed, findings)
    steps.show_in_ui(done)
    return steps.concluded(done)
