"""A release that is held: what holds it back, and how it is published all the same. No flow runs here, and no Prefect."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from fetchers.archive import disk_errors, locked
from flows import bucket
from flows.exits import DONE, HELD, USAGE
from flows.workplace import Workplace
from releases import checks, release
from releases.describe import record_acceptance
from releases.findings import Finding
from releases.withheld import made_with
from sources import suppress
from sources.source import Source


def show_held(place: Workplace, name: str, as_json: bool) -> int:
    """Say what holds the source's release back; returns the exit code, HELD where something does."""
    source = place.source(name)
    staged = release.held(place.processed(name))
    errors = _errors(staged, source) if staged else []
    if as_json:
        _print(
            {"source": name, "held": str(staged) if staged else None, "findings": [asdict(found) for found in errors]}
        )
        return HELD if staged else DONE
    if staged is None:
        click.echo(f"{name}: no release is held.")
        return DONE
    click.echo(f"{name}: {staged} is held.")
    for found in errors:
        click.echo(f"HELD: {found.what} ({found.where}). {found.advice}")
    click.echo(f"`listings review {name} --held` shows it; `listings release {name} --accept REASON` publishes it.")
    return HELD


def accept_held(place: Workplace, name: str, reason: str, as_json: bool) -> int:
    """Publish the source's held release all the same (see `accept`), and tell of it; returns the exit code."""
    if not reason.strip():
        click.echo("Error: --accept: give a reason, in a few words: it is what people will read of it.", err=True)
        return USAGE
    published, found = accept(place, name, reason.strip())
    if as_json:
        _print({"source": name, "release": str(published), "reason": reason.strip(), "found": found})
    else:
        click.echo(f"Published: {published}")
    return DONE


def accept(place: Workplace, name: str, reason: str) -> tuple[Path, list[str]]:
    """Publish the source's held release, with the reason and with what held it in its data package.

    Returns the release, and what held it.

    FetchError where a run of the source is at work, ReleaseError where nothing is held, or where what is held still has what
    suppress.csv takes out.
    """
    # The templates are of no use to whoever only asks what is held.
    from reports.review import tell_acceptance

    source, folder = place.source(name), place.processed(name)
    with bucket.writing(place, name, review=True), locked(folder), disk_errors(folder):
        staged = release.held(folder)
        if staged is None:
            raise release.ReleaseError(f"{name}: no release is held in {folder}/. `listings refresh {name}` makes one.")
        if not made_with(staged, source.suppress):
            raise release.ReleaseError(
                f"{staged}: was made before {source.folder / suppress.FILE} was what it is now. `listings reparse {name}` makes "
                "it anew without what is taken out."
            )
        found = [f"{error.what} ({error.where})" for error in _errors(staged, source)]
        record_acceptance(staged, {"reason": reason, "found": found})
        tell_acceptance(staged, source.suppress)
        return release.publish(staged), found


def _errors(staged: Path, source: Source) -> list[Finding]:
    found = checks.check(staged, source, release.latest(staged.parent))
    return [finding for finding in found if finding.severity == "error"]


def _print(record: dict[str, Any]) -> None:
    click.echo(json.dumps(record, ensure_ascii=False))
