"""A published release on object storage (or any other place that fsspec knows), for people to load from there.

Object storage has no links and renames nothing in one step; what it does in one step is to put one object. So a release goes
to a folder that no other release, nor the same one made anew, ever has, and once all of it is there, one small object,
`latest.json`, names that folder. Whoever reads `latest.json` first never sees half a release.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec

from releases.describe import sha256

POINTER = "latest.json"
_DIGITS = 12


def push(release: Path, to: str) -> str:
    """Copy the release folder to `to` (a URL or a path) and let its `latest.json` name it; returns where the release is.

    `latest.json` holds the release's `version`, and its `path` below `to`. What is there already is not sent again; copies of
    the same release that it supersedes are deleted, and so is what a push that was cut short has left; other releases stay.
    """
    files, root = fsspec.core.url_to_fs(to)
    made = f"{release.name}-{sha256(release / 'datapackage.json')[:_DIGITS]}"
    there = _sizes(files, f"{root}/{made}")
    for path in _files(release):
        name = path.relative_to(release).as_posix()
        if there.get(name) != path.stat().st_size:
            _put(files, path, f"{root}/{made}/{name}")
    pointer = json.dumps({"version": release.name, "path": made}, indent=1) + "\n"
    files.pipe_file(f"{root}/{POINTER}", pointer.encode())
    for folder in _folders(files, root):
        if folder.rpartition("-")[0] == release.name and folder != made:
            files.rm(f"{root}/{folder}", recursive=True)
    return f"{to.rstrip('/')}/{made}"


def pushed(to: str) -> str | None:
    """Where the release is that `latest.json` names in `to`; None where there is none."""
    files, root = fsspec.core.url_to_fs(to)
    try:
        told = json.loads(files.cat_file(f"{root}/{POINTER}"))
    except FileNotFoundError:
        return None
    return f"{to.rstrip('/')}/{told['path']}"


def _files(release: Path) -> Iterator[Path]:
    return iter(sorted(path for path in release.rglob("*") if path.is_file()))


def _put(files: Any, path: Path, to: str) -> None:
    files.makedirs(to.rpartition("/")[0], exist_ok=True)
    files.put_file(str(path), to)


def _sizes(files: Any, folder: str) -> dict[str, int]:
    """The size of each file below a folder, by its path there."""
    files.invalidate_cache()
    start = len(files._strip_protocol(folder)) + 1
    return {name[start:]: entry["size"] for name, entry in files.find(folder, detail=True).items()}


def _folders(files: Any, root: str) -> list[str]:
    files.invalidate_cache()
    return [
        entry["name"].rstrip("/").rpartition("/")[2]
        for entry in files.ls(root, detail=True)
        if entry["type"] == "directory"
    ]
