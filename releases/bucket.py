"""Releases on object storage (or any other place that fsspec knows), and their working copy on this machine.

Object storage has no links and renames nothing in one step; what it does in one step is to put one object. So a release goes
to a folder that no other release, nor the same one made anew, ever has; its `datapackage.json` is put last: a folder with one
is whole; and once all of it is there, one small object, `latest.json`, is put that names the folder. Whoever reads
`latest.json` first never sees half a release.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from releases.describe import sha256
from releases.release import STAGING, latest, point, releases

POINTER = "latest.json"
_PACKAGE = "datapackage.json"
_REVIEW = "review"
_PULLED = ".pulled-"
_DIGITS = 12
_MADE = re.compile(rf"((?:{re.escape(STAGING)})?\d{{8}}T\d{{6}}Z)-[0-9a-f]{{{_DIGITS}}}")


@dataclass(slots=True)
class Bucket:
    """A folder of releases at `url`: what is there, and how it gets there.

    `there` has the files of each release by the name of its folder, with their sizes: also of those that are not whole.
    """

    url: str
    there: dict[str, dict[str, int]] = field(init=False)
    _files: Any = field(init=False)
    _root: str = field(init=False)

    def __post_init__(self) -> None:
        self._files, self._root = fsspec.core.url_to_fs(self.url)
        self._files.invalidate_cache()
        start = len(self._files._strip_protocol(self._root)) + 1
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for path, entry in self._files.find(self._root, detail=True).items():
            folder, _, name = path[start:].partition("/")
            if _MADE.fullmatch(folder) and name and ".." not in PurePosixPath(name).parts:
                found[folder][name] = entry["size"]
        self.there = dict(found)

    def latest(self) -> str | None:
        """The folder that `latest.json` names; None where there is none."""
        try:
            path: str = json.loads(self._files.cat_file(f"{self._root}/{POINTER}"))["path"]
        except FileNotFoundError:
            return None
        return path

    def whole(self) -> dict[str, str]:
        """The folder of each release that is whole, by the release's name: of several, the one of `latest`, else the newest."""
        named, found = self.latest(), {}
        for folder, files in sorted(self.there.items(), key=lambda item: (item[0] == named, self._put_at(item[0]))):
            if _PACKAGE in files:
                found[release_of(folder)] = folder
        return found

    def send(self, release: Path) -> str:
        """Put a release into its folder, the data package last; returns the folder's name. What is there is not sent again."""
        made = made_as(release)
        there = self.there.setdefault(made, {})
        paths = {path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()}
        for name in sorted(paths, key=lambda name: (name == _PACKAGE, name)):
            if there.get(name) != (size := paths[name].stat().st_size):
                self._put(paths[name], f"{self._root}/{made}/{name}")
                there[name] = size
        return made

    def point(self, made: str) -> None:
        """Let `latest.json` name the release of that folder: one object, put in one step."""
        pointer = json.dumps({"version": release_of(made), "path": made}, indent=1) + "\n"
        self._files.pipe_file(f"{self._root}/{POINTER}", pointer.encode())

    def remove(self, made: str) -> None:
        """Delete the folder of a release; the data package first, so that nobody takes the rest for one."""
        folder = f"{self._root}/{made}"
        if _PACKAGE in self.there.pop(made, {}):
            self._files.rm_file(f"{folder}/{_PACKAGE}")
        if self._files.exists(folder):
            self._files.rm(folder, recursive=True)

    def fetch(self, made: str, to: Path, review: bool = False) -> None:
        """Copy a release to the folder `to`, with or without its review pages."""
        for name in self.there[made]:
            if review or not name.startswith(f"{_REVIEW}/"):
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                self._files.get_file(f"{self._root}/{made}/{name}", str(to / name))

    def _put(self, path: Path, to: str) -> None:
        self._files.makedirs(to.rpartition("/")[0], exist_ok=True)
        self._files.put_file(str(path), to)

    def _put_at(self, made: str) -> str:
        if _PACKAGE not in self.there[made]:
            return ""
        return str(self._files.modified(f"{self._root}/{made}/{_PACKAGE}"))


def push(release: Path, to: str) -> str:
    """Copy the release folder to `to` (a URL or a path) and let its `latest.json` name it; returns where the release is.

    Copies of the same release that it supersedes are deleted, and so is what a push that was cut short has left; other releases
    stay.
    """
    bucket = Bucket(to)
    made = bucket.send(release)
    bucket.point(made)
    for folder in [folder for folder in bucket.there if release_of(folder) == release.name and folder != made]:
        bucket.remove(folder)
    return f"{to.rstrip('/')}/{made}"


def pushed(to: str) -> str | None:
    """Where the release is that `latest.json` names in `to`; None where there is none."""
    made = Bucket(to).latest()
    return f"{to.rstrip('/')}/{made}" if made else None


def pull(url: str, folder: Path, review: bool = False) -> frozenset[str]:
    """Make `folder` what is at `url`: the same releases, held ones too, and the same `latest`; returns the folders there.

    What is here and not there goes: it was published or deleted elsewhere since. Review pages come with `review`, those of the
    last release and of held ones.
    """
    bucket = Bucket(url)
    whole, named = bucket.whole(), bucket.latest()
    folder.mkdir(parents=True, exist_ok=True)
    for unfinished in folder.glob(f"{_PULLED}*"):
        shutil.rmtree(unfinished)
    for name, made in whole.items():
        with_review = review and (made == named or name.startswith(STAGING))
        _fetch(bucket, made, folder / name, with_review)
    for path in [*releases(folder), *folder.glob(f"{STAGING}*")]:
        if path.name not in whole:
            shutil.rmtree(path)
    if named and release_of(named) in whole:
        point(folder, release_of(named))
    else:
        (folder / "latest").unlink(missing_ok=True)
    return frozenset(bucket.there)


def push_all(folder: Path, url: str, known: Collection[str]) -> None:
    """Make what is at `url` what is in `folder`: new releases, then `latest`, then what is here no more goes there as well.

    `known` are the folders that were there when `folder` was made of them: what came since stays.
    """
    bucket = Bucket(url)
    held = [path.parent for path in folder.glob(f"{STAGING}*/{_PACKAGE}")]
    made = {path.name: _sent(bucket, path) for path in [*releases(folder), *held]}
    last = latest(folder)
    if last and bucket.latest() != made[last.name]:
        bucket.point(made[last.name])
    for gone in sorted(set(bucket.there) & set(known) - set(made.values())):
        bucket.remove(gone)


def made_as(release: Path) -> str:
    """The name of the folder that a release has on object storage: its own, and the hash of its data package."""
    return f"{release.name}-{sha256(release / _PACKAGE)[:_DIGITS]}"


def release_of(made: str) -> str:
    """The name of the release in the folder of that name."""
    return made.rpartition("-")[0]


def _sent(bucket: Bucket, release: Path) -> str:
    made = made_as(release)
    return made if _PACKAGE in bucket.there.get(made, {}) else bucket.send(release)


def _fetch(bucket: Bucket, made: str, release: Path, review: bool) -> None:
    """Have a release here as it is there; the same one is not fetched again."""
    here = (release / _PACKAGE).is_file() and made_as(release) == made
    if here and (not review or (release / _REVIEW).is_dir() or not _has_review(bucket.there[made])):
        return
    pulled = release.with_name(f"{_PULLED}{release.name}")
    bucket.fetch(made, pulled, review)
    if release.exists():
        shutil.rmtree(release)
    pulled.rename(release)


def _has_review(files: Mapping[str, int]) -> bool:
    return any(name.startswith(f"{_REVIEW}/") for name in files)
