"""Several directories as one dataset: staged, checked and published like any release. No flow runs here, and no Prefect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import pyarrow.parquet as pq

from fetchers.archive import disk_errors, locked
from flows import bucket
from flows.exits import DONE, HELD, InputError
from flows.workplace import Workplace
from releases import checks, release
from releases.combine.combine import combine, latest_of
from releases.combine.crosswalk import Crosswalk, load_crosswalk
from releases.withheld import withheld
from sources.source import Source, find_sources
from sources.suppress import load_takedowns

_SHOWN = 5


def combine_sources(place: Workplace, names: Sequence[str], name: str, crosswalk: Path | None, as_json: bool) -> int:
    """Combine the latest releases of the sources `names` into the dataset `name`; returns the exit code.

    What their suppress.csv take out by now is not in it.
    """
    if len(set(names)) < 2:
        raise InputError("Name two sources at least: one is a dataset already.")
    if name in find_sources(place.sources):
        raise InputError(f"--name {name}: is a source of its own in {place.sources}/. Choose another name.")
    if Path(name).name != name or name.startswith("."):
        raise InputError(f"--name {name}: must be the plain name of a folder.")
    for source in names:
        with bucket.reading(place, source):
            pass
    chosen = latest_of({source: release.latest(place.processed(source)) for source in names})
    found = crosswalk or place.sources / "crosswalk.yml"
    walk = load_crosswalk(found) if crosswalk or found.is_file() else Crosswalk()
    folder = place.processed(name)
    with bucket.writing(place, name), locked(folder), disk_errors(folder), ExitStack() as stack:
        takedowns = {source: load_takedowns(place.sources / source) for source in chosen}
        shown = {s: stack.enter_context(withheld(path, s, takedowns[s])) for s, path in chosen.items()}
        staged = combine(
            folder, name, shown, walk, {s: found.sha256 for s, found in takedowns.items() if found.entries}
        )
        errors = [error for error in checks.check(staged, Source(name, ".")) if error.severity == "error"]
        made = staged if errors else release.publish(staged)
    terms = pq.read_table(
        made / "crosswalk.parquet", columns=["source", "kind", "term", "code", "listings"]
    ).to_pylist()
    unmapped = sorted((row for row in terms if row["code"] is None), key=lambda row: (-row["listings"], row["term"]))
    counts = {table: pq.read_metadata(made / f"{table}.parquet").num_rows for table in ("listings", "same_as")}
    if as_json:
        said = {"release": str(made), "sources": sorted(chosen), **counts, "terms": len(terms), "unmapped": unmapped}
        click.echo(json.dumps(said | {"held": [error.what for error in errors]}, ensure_ascii=False))
        return HELD if errors else DONE
    click.echo(
        f"{name}: {counts['listings']} listings of {', '.join(sorted(chosen))}; {counts['same_as']} pairs are the same"
    )
    click.echo(
        f"  {len(terms) - len(unmapped)} of {len(terms)} terms are in the crosswalk"
        + ("" if walk.name else f" ({found}: there is none)")
    )
    for row in unmapped[:_SHOWN]:
        click.echo(f"  unmapped  {row['kind']}: {row['term']} ({row['source']}, {row['listings']} listings)")
    if len(unmapped) > _SHOWN:
        click.echo(f"  and {len(unmapped) - _SHOWN} more (`problem` and --json have all)")
    for error in errors:
        click.echo(f"HELD: {error.what} ({error.where}). {error.advice}")
    click.echo(f"  release   {made}")
    return HELD if errors else DONE
