"""The same path from the archive, without network: a release made anew from the last finished crawl."""

from __future__ import annotations

from prefect import State, flow

from flows import bucket, steps
from flows.outcome import Outcome
from flows.refresh import release_crawl
from flows.workplace import Workplace


@flow(name="reparse", flow_run_name="reparse {source}", validate_parameters=False)
def reparse(
    source: str, sources: str = "sources", data: str = "data", workers: int | None = None
) -> Outcome | State[Outcome]:
    """Rebuild the release of a source from its archive: the same archive and version give the same bytes."""
    place = Workplace.at(sources, data)
    config = place.source(source)
    with bucket.writing(place, source, archive=True), steps.at_work(workers):
        return release_crawl(config, place, steps.open_archive(config, place), workers)
