"""`listings prune`: delete old releases, while no run of the source is at work."""

from __future__ import annotations

from pathlib import Path

from fetchers.archive import disk_errors, locked
from flows import bucket
from flows.exits import InputError
from flows.workplace import Workplace
from releases.release import prune as prune_releases
from releases.release import releases


def prune(place: Workplace, source: str, keep: int) -> list[Path]:
    """Delete the published releases of the source but for the newest `keep`; returns those deleted, oldest first.

    What `latest` names stays in any case, and so do releases that are held. InputError where there is no release at all,
    FetchError where a run of the source is at work.
    """
    folder = place.processed(source)
    with bucket.writing(place, source):
        if not releases(folder):
            raise InputError(f"{folder}/: there is no release. Run `listings refresh {source}` first.")
        with locked(folder), disk_errors(folder):
            return prune_releases(folder, keep)
