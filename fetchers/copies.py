"""The archive of a source on object storage, and its working copy on this machine: files that are only ever added to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fsspec

from fetchers.shelf import INDEX, OPEN, WARC

_ARCHIVE = re.compile(rf"[\w.-]+(?:{re.escape(WARC)}|{re.escape(INDEX)})(?:{re.escape(OPEN)})?")


def pull_archive(url: str, folder: Path) -> None:
    """Have in `folder` every file of the archive at `url`; what is here already, and what only is here, stays.

    Of a crawl that is not finished, the longer copy counts; one that was finished elsewhere goes on nowhere.
    """
    files, root = fsspec.core.url_to_fs(url)
    folder.mkdir(parents=True, exist_ok=True)
    there = _sizes(files, root)
    for name, size in sorted(there.items(), key=lambda item: _in_order(item[0])):
        here = folder / name
        length = here.stat().st_size if here.exists() else -1
        if length != size and not (name.endswith(OPEN) and length > size):
            beside = folder / f"{name}.part"
            files.get_file(f"{root}/{name}", str(beside))
            beside.replace(here)
    for name in there:
        if not name.endswith(OPEN):
            (folder / f"{name}{OPEN}").unlink(missing_ok=True)


def push_archive(folder: Path, url: str) -> None:
    """Put what is new in `folder` to `url`: of each crawl the first file last, which says that it is finished."""
    files, root = fsspec.core.url_to_fs(url)
    there = _sizes(files, root)
    here = {path.name: path for path in folder.glob("*") if _ARCHIVE.fullmatch(path.name)}
    for name in sorted(here, key=_in_order):
        if there.get(name) != here[name].stat().st_size:
            files.makedirs(root, exist_ok=True)
            files.put_file(str(here[name]), f"{root}/{name}")
    for name in there:
        if name.endswith(OPEN) and name.removesuffix(OPEN) in here:
            files.rm_file(f"{root}/{name}")


def _in_order(name: str) -> tuple[str, bool, str]:
    """The files of a crawl one after the other; the first WARC file, which makes it a finished one, last."""
    crawl = name.partition(".")[0]
    return crawl, name == f"{crawl}{WARC}", name


def _sizes(files: Any, root: str) -> dict[str, int]:
    files.invalidate_cache()
    if not files.exists(root):
        return {}
    found = {entry["name"].rstrip("/").rpartition("/")[2]: entry["size"] for entry in files.ls(root, detail=True)}
    return {name: size for name, size in found.items() if _ARCHIVE.fullmatch(name)}
