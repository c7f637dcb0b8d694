"""A WARC file made elsewhere as a source: its responses become a crawl, without network, with their own dates and URLs."""

from __future__ import annotations

from pathlib import Path

from fetchers.archive import open_file
from fetchers.model import Failure, FetchError
from fetchers.warc import DamagedError, read_records
from fetchers.writer import Archive


def copy_warc(path: Path, archive: Archive) -> list[Failure]:
    """Copy the responses of a WARC file (gzip or plain, 1.0 or 1.1) into the archive, and tell what could not be copied.

    What an interrupted run has copied already is passed over. FetchError where the file is missing or is no WARC file.
    """
    failures: list[Failure] = []
    copied = {(entry.url, entry.date) for entry in archive.entries.values()}
    count = 0
    try:
        stream = open_file(path)
    except OSError as error:
        raise FetchError(
            f"{path}: cannot be read ({error.strerror or error}). Mend `start` in source.yml: a URL, a folder or a .warc(.gz) file."
        ) from error
    with stream:
        try:
            for record in read_records(stream):
                count += 1
                if record.kind not in ("response", "revisit") or not record.url.startswith(("http:", "https:")):
                    continue
                where = f"{path.name}, byte {record.offset}"
                try:
                    if record.kind == "revisit":
                        if (record.field("WARC-Refers-To-Target-URI") or "").strip("<>") != record.url:
                            failures.append(
                                Failure(record.url, "damaged", f"{where}: repeats a record of another file")
                            )
                    elif (record.url, record.date) not in copied:
                        archive.copy(record)
                except ValueError as error:
                    failures.append(Failure(record.url, "damaged", f"{where}: {error}"))
        except DamagedError as error:
            if not count:
                raise FetchError(f"{path}: is no WARC file: {error}. Name a .warc or .warc.gz file.") from error
            failures.append(Failure(str(path), "damaged", f"{error}; what stands before it was read"))
    return failures
