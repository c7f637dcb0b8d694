"""Which published release a command is about, and whether it may leave the house as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.exits import InputError
from flows.workplace import Workplace
from releases.release import latest, releases
from releases.withheld import made_with, withheld
from sources.suppress import FILE, load_takedowns


def named_release(folder: Path, name: str | None) -> Path:
    """The published release of that name below `folder`, by default the last one; InputError where there is none."""
    if name:
        published = {path.name: path for path in releases(folder)}
        if name not in published:
            raise InputError(f"{folder}/: there is no release {name}. There are: {', '.join(published) or 'none'}.")
        return published[name]
    last = latest(folder)
    if last is None:
        raise InputError(f"{folder}/: there is no release yet. Run `listings refresh {folder.name}` first.")
    return last


@contextmanager
def shown_release(place: Workplace, source: str, name: str | None) -> Iterator[Path]:
    """A published release of the source as it may be shown by now: without what its suppress.csv takes out.

    InputError where there is none, and for a combined one that was made before the suppress.csv of a part was what it is now.
    """
    release = named_release(place.processed(source), name)
    refuse_stale_parts(place, release)
    with withheld(release, source, load_takedowns(place.sources / source)) as shown:
        yield shown


def refuse_stale_parts(place: Workplace, release: Path) -> None:
    """InputError where the release is one of several directories, and still has what one of them takes out by now."""
    package = json.loads((release / "datapackage.json").read_bytes())
    for part in package.get("sources", []):
        if (of := part.get("source")) and not made_with(release, load_takedowns(place.sources / of), part):
            raise InputError(
                f"{release}: was combined before {place.sources / of / FILE} was what it is now. `listings combine` makes it "
                "anew without what is taken out."
            )
