"""`listings push`: the last published release to object storage."""

from __future__ import annotations

from flows.bucket import reaching
from flows.exits import InputError
from flows.published import named_release, refuse_stale_parts
from flows.workplace import Workplace
from releases.bucket import push as copy
from releases.withheld import made_with
from sources.suppress import load_takedowns


def push(place: Workplace, source: str, to: str) -> str:
    """Copy the last published release of the source to `to`, a URL that fsspec knows; returns where it is.

    InputError where there is none, where it still has what suppress.csv takes out, and where the place cannot be written to.
    """
    release = named_release(place.processed(source), None)
    refuse_stale_parts(place, release)
    takedowns = load_takedowns(place.sources / source)
    if not made_with(release, takedowns):
        raise InputError(
            f"{release}: was made before {place.sources / source / 'suppress.csv'} was what it is now. Run `listings reparse "
            f"{source}` first: it makes the release anew without what is taken out."
        )
    with reaching(to):
        return copy(release, to)
