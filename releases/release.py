"""A release: staged beside the others, then published in one atomic step.

Layout of `folder` (`data/processed/<source>`): a folder per release, named by crawl time; `latest`, a relative link to
the one last published; `.staging-<release>`, a release in the making, or held for a look because a check failed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from releases.changes import write_changes
from releases.dataset import write_dataset
from releases.describe import Archive, acceptance, record_acceptance, write_codebook, write_datapackage
from releases.merge import merge
from releases.timeline import write_timeline
from sources.source import Source

STAGING, _REPLACED, _DISCARDED, _RESTORED = ".staging-", ".replaced-", ".discarded-", ".restored-"
_NAME = re.compile(r"\d{8}T\d{6}Z")


class ReleaseError(Exception):
    """A release that cannot be staged or published; the message says what, where and what to do."""


def release_name(crawled_at: datetime) -> str:
    """The name of the release of a crawl: its start in UTC, ISO 8601 basic format. A naive time is taken for UTC."""
    moment = crawled_at.replace(tzinfo=UTC) if crawled_at.tzinfo is None else crawled_at.astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%SZ}"


def stage(
    folder: Path, parts: Sequence[Path], source: Source, crawled_at: datetime, archive: Archive | None = None
) -> Path:
    """Make a release of the parts (see `releases.build.write_part`) beside the published ones; returns its staging folder.

    Written are a parquet file a table, `datapackage.json`, `codebook.md` and `dataset.jsonld`. `crawled_at` is the archive's,
    never the clock's; `archive` says which files it was. The same parts, in any order and however cut, give the same bytes;
    `change` and `timeline` go on from the published release before this one.
    """
    name = release_name(crawled_at)
    staged = staging(folder, name)
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    merge(parts, staged)
    before = previous(folder, name)
    write_changes(staged, name, before, source.suppress.entries)
    write_timeline(staged, name, before, source.suppress.entries)
    write_codebook(staged, source, name)
    write_datapackage(staged, source, name, archive, before)
    write_dataset(staged, source, name)
    return staged


def staging(folder: Path, name: str) -> Path:
    """Where the release of that name lies until it is published."""
    return folder / f"{STAGING}{name}"


def publish(staged: Path) -> Path:
    """Make a staged release the one that `latest` names; returns its folder.

    Atomic: whenever it is cut short, `latest` loads, and the next publication puts right what was left. A release of the
    same name is replaced, and why that one was accepted stays on record; meanwhile `latest`, where it names that one, goes by
    way of a copy (hard links). Other staged releases are superseded by it, and go.
    """
    folder = staged.parent
    name = staged.name.removeprefix(STAGING)
    if not staged.name.startswith(STAGING) or not (staged / "datapackage.json").is_file():
        raise ReleaseError(f"{staged}: is not a staged release. Stage it first (`listings reparse`), then publish.")
    _sync(staged)
    _restore(folder)
    target = folder / name
    if target.exists() and (accepted := acceptance(target)) and not acceptance(staged):
        record_acceptance(staged, accepted)
    if target.exists():
        if latest(folder) == target:
            point(folder, _copy(target, folder / f"{_REPLACED}{name}").name)
        target.rename(folder / f"{_DISCARDED}{name}")
    staged.rename(target)
    point(folder, name)
    _restore(folder)
    for superseded in folder.glob(f"{STAGING}*"):
        shutil.rmtree(superseded)
    return target


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete the published releases but for the newest `keep`, and for what `latest` names; returns those deleted, oldest first.

    Each goes in one step: cut short, it leaves no half of a release. The caller sees to it that nobody publishes meanwhile.
    """
    _restore(folder)
    old = [path for path in releases(folder)[:-keep] if path != latest(folder)]
    for release in old:
        release.rename(folder / f"{_DISCARDED}{release.name}")
    _restore(folder)
    return old


def latest(folder: Path) -> Path | None:
    """The release last published in `folder`; None where there is none."""
    link = folder / "latest"
    return folder / link.readlink() if link.is_symlink() and link.is_dir() else None


def listing_urls(release: Path) -> frozenset[str]:
    """The addresses of the pages that a release has listings of."""
    urls = pq.read_table(release / "listings.parquet", columns=["url"]).column("url")
    return frozenset(urls.to_pylist())


def held(folder: Path) -> Path | None:
    """The newest release in `folder` that is staged, whole and not published; None where there is none."""
    return max((path.parent for path in folder.glob(f"{STAGING}*/datapackage.json")), default=None)


def releases(folder: Path) -> list[Path]:
    """The published releases in `folder`, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir())


def previous(folder: Path, name: str) -> Path | None:
    """The published release before that of the name `name`; None where there is none."""
    return max((path for path in releases(folder) if path.name < name), default=None)


def _restore(folder: Path) -> None:
    """Clear away what publications leave behind; where one was cut short, put back the release it was replacing."""
    for unfinished in (*folder.glob(f"{_DISCARDED}*"), *folder.glob(f"{_RESTORED}*")):
        shutil.rmtree(unfinished)
    for copy in sorted(folder.glob(f"{_REPLACED}*")):
        name = copy.name.removeprefix(_REPLACED)
        if not (folder / name).exists():
            _copy(copy, folder / f"{_RESTORED}{name}").rename(folder / name)
        if latest(folder) == copy:
            point(folder, name)
        shutil.rmtree(copy)


def _copy(release: Path, to: Path) -> Path:
    return Path(shutil.copytree(release, to, copy_function=_link))


def _link(file: str, to: str) -> None:
    """A hard link, or a copy where the file system has none."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


def point(folder: Path, name: str) -> None:
    """Let `latest` in `folder` name that release: a new link takes the old one's place in one step."""
    link = folder / ".latest"
    link.unlink(missing_ok=True)
    link.symlink_to(name, target_is_directory=True)
    link.replace(folder / "latest")


def _sync(staged: Path) -> None:
    """See that tables and package are on the disk before a name points to them; a review can be made again."""
    for path in sorted(staged.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
