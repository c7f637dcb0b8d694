"""`listings verify`: make a release anew from its archive and see whether the bytes are the same."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fetchers.archive import read_crawl
from fetchers.files import file_sha256
from flows.batches import rebuild
from flows.exits import InputError
from flows.published import named_release
from flows.workplace import Workplace
from releases.describe import acceptance, made_from, record_acceptance, sha256
from releases.ids import software_version
from sources.source import Source

State = Literal["same", "differs", "missing", "altered", "not compared"]

_ON_THE_ONE_BEFORE = (
    *("change.parquet", "metadata.parquet", "timeline.parquet"),
    *("codebook.md", "datapackage.json", "dataset.jsonld"),
)
"""The files that tell of the release before, or of files that do: without it they cannot be made anew."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of making a release anew.

    `files` has the state of each of its files: the same bytes; others; missing on one side; not those any more that its
    `datapackage.json` names; or not compared. `changed` says what it was made from and is not the same any more.
    """

    release: Path
    files: tuple[tuple[str, State], ...]
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether all that can be made anew has the same bytes, from the same archive."""
        return all(state in ("same", "not compared") for _, state in self.files)


def verify(place: Workplace, name: str, wanted: str | None) -> Verified:
    """Make a release of the source anew, in a folder of its own, from the archive files that it names; nothing else is changed.

    By default it is the last one published. InputError where there is none of that name, or it names no archive.
    """
    source = place.source(name)
    release = named_release(place.processed(name), wanted)
    package: dict[str, Any] = json.loads((release / "datapackage.json").read_bytes())
    if "archive" not in package:
        raise InputError(
            f"{release}: does not say which archive files it was made from. `listings reparse {name}` makes the last one anew."
        )
    changed = [*_other_archive(place.raw / name, package), *_other_sources(source, package)]
    before = package.get("previous")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        known = True
        if before and not _link(place.processed(name) / before["version"], before["hash"], folder):
            known = False
            changed.append(
                f"release {before['version']}, which it goes on from, is gone or was made anew: "
                f"{', '.join(_ON_THE_ONE_BEFORE)} cannot be compared"
            )
        made = rebuild(place.raw, folder, source, read_crawl(place.raw, name, package["archive"]["crawl"]))
        if accepted := acceptance(release):
            record_acceptance(made, accepted)
        files = tuple(_compare(release, made, package, () if known else _ON_THE_ONE_BEFORE))
    return Verified(release, files, tuple(changed))


def _compare(
    release: Path, made: Path, package: dict[str, Any], left_out: tuple[str, ...]
) -> Iterator[tuple[str, State]]:
    recorded = {resource["path"]: resource["hash"] for resource in package["resources"]}
    names = {path.name for folder in (release, made) for path in folder.iterdir() if path.is_file()}
    for name in sorted(names):
        ours, theirs = release / name, made / name
        if not ours.is_file() or not theirs.is_file():
            yield name, "missing"
            continue
        digest = sha256(ours)
        if f"sha256:{digest}" != recorded.get(name, f"sha256:{digest}"):
            yield name, "altered"
        elif name in left_out:
            yield name, "not compared"
        else:
            yield name, "same" if digest == sha256(theirs) else "differs"


def _other_archive(folder: Path, package: dict[str, Any]) -> Iterator[str]:
    for file in package["archive"]["files"]:
        path = folder / file["path"]
        if not path.is_file():
            raise InputError(f"{path}: is not there, and the release was made from it. Restore it from a backup.")
        if f"sha256:{file_sha256(path)}" != file["hash"]:
            yield f"{path} is not the file any more that the release was made from"


def _other_sources(source: Source, package: dict[str, Any]) -> Iterator[str]:
    now = made_from(source)
    for key in ("configuration", "lookups", "suppress", "parser"):
        then = package.get(key)
        if then != now.get(key):
            path = (then or now.get(key) or {})["path"]
            yield f"{source.folder / path} is not what it was"
    if package["software"] != (software := f"listings {software_version()}"):
        yield f"this is {software}, and it was made by {package['software']}"


def _link(before: Path, digest: str, folder: Path) -> bool:
    """Let the folder have the release before, where it is still what it was."""
    package = before / "datapackage.json"
    if not package.is_file() or f"sha256:{sha256(package)}" != digest:
        return False
    (folder / before.name).symlink_to(before.resolve(), target_is_directory=True)
    return True
