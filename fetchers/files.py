"""The files that a crawl's pages lie in, so that a release can say what it was made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fetchers.archive import crawl_places
from fetchers.model import Crawl
from fetchers.shelf import open_file, warc_names

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A WARC file of a source's folder: its name, and the SHA-256 of its bytes in hex."""

    name: str
    sha256: str


def crawl_files(raw: Path, crawl: Crawl) -> list[ArchiveFile]:
    """The crawl's own files, and those of earlier crawls that hold pages which it found unchanged or kept; sorted by name.

    FetchError where the crawl's files are damaged; OSError where one of the others is gone.
    """
    folder = raw / crawl.source
    names = {*warc_names(folder, crawl.name), *(place.filename for place in crawl_places(raw, crawl))}
    return [ArchiveFile(name, file_sha256(folder / name)) for name in sorted(names)]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file of the archive, in hex."""
    digest = hashlib.sha256()
    with open_file(path) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
