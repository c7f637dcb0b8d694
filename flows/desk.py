"""What a reviewer can do about a release: correct, accept or suppress a value, release what is held, make it anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from fetchers.cdxj import Place
from fetchers.message import read_message
from fetchers.shelf import Reader
from flows.exits import InputError
from flows.held import accept
from flows.workplace import Workplace
from parsers.encoding import decode
from releases.changes import compare
from releases.release import held, latest
from reports.environment import visible
from reports.review import Pages, Served, published_before, read_run
from sources.byhand import write_row
from sources.lookups import FILE as LOOKUPS
from sources.lookups import load_lookups
from sources.suppress import FILE as SUPPRESS
from sources.suppress import load_takedowns

_MAIN = "import sys; from flows.cli import main; main()"


@dataclass
class Job:
    """A run of `listings reparse` that was started here, and the release as it was before."""

    process: subprocess.Popen[bytes]
    log: Path
    before: Path

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text("utf-8", errors="replace")


@dataclass
class Desk:
    """The review of one source, served: its pages, and what can be written. Writes only into the folder of the source."""

    place: Workplace
    source: str
    token: str
    of_held: bool = False
    job: Job | None = None
    _open: tuple[tuple[Path, int], Pages] | None = None
    _lock: Lock = field(default_factory=Lock)
    _writing: Lock = field(default_factory=Lock)

    def release(self) -> Path:
        """The release that is looked at: the one that is held, where that was asked for, as long as there is one."""
        folder = self.place.processed(self.source)
        found = (held(folder) if self.of_held else None) or latest(folder)
        if found is None:
            raise InputError(f"{folder}/: there is no release yet. Run `listings refresh {self.source}` first.")
        return found

    def page(self, name: str) -> str | None:
        """The page of that name, of the release as it is now; None where there is none."""
        with self._lock:
            return self._pages().page(name)

    def note(self, **values: Any) -> str:
        """A page that tells what was done, or not (see the template `note.html`)."""
        with self._lock:
            return self._pages().note(**values)

    def archived(self, listing: str) -> str:
        """The record that a listing was read from, as the archive has it: its fields, the response's head, and its text."""
        with self._lock:
            page = self._pages().page_row(listing)
        if page is None or page["warc_file"] is None:
            raise InputError(f"{self.release()}: there is no record of the listing {listing}.")
        reader = Reader(self.place.raw / self.source)
        try:
            record = reader.record(Place(page["warc_file"], page["warc_offset"]))
        finally:
            reader.close()
        message = read_message(record.block)
        head = message.head.decode("latin-1").splitlines()
        text, _, _ = decode(message.body(), message.header("Content-Type"))
        fields = [f"{name}: {value}" for name, value in record.fields]
        return "\n".join([*fields, "", *head, text])

    def correct(self, listing: str, column: str, printed: str, normal: str, everywhere: bool, reason: str) -> str:
        """Write to lookups.csv what a printed value means: on the listing's page, or on all. Returns the diff."""
        url = "" if everywhere else self._row(listing)["url"]
        cells = {"column": column, "printed": printed, "normal": normal, "url": url, "reason": _reason(reason)}
        _printable(**cells)
        header = ("column", "printed", "normal", "url", "reason")
        with self._writing:
            return write_row(self._folder() / LOOKUPS, header, cells, ("column", "printed", "url"), load_lookups)

    def suppress(self, listing: str, column: str, reason: str) -> str:
        """Write to suppress.csv that a listing, or a column of it, is taken out. Returns the diff."""
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        cells = {"listing": self._row(listing)["id"], "column": column, "date": today, "reason": _reason(reason)}
        _printable(**cells)
        header = ("listing", "column", "date", "reason")
        with self._writing:
            return write_row(self._folder() / SUPPRESS, header, cells, ("listing", "column"), load_takedowns)

    def publish(self, reason: str) -> Path:
        """Release what is held all the same; `reason` goes into its data package."""
        why = _reason(reason)
        with self._lock:
            self._close()
            return accept(self.place, self.source, why)[0]

    def reparse(self) -> None:
        """Start `listings reparse` in a process of its own, unless one runs."""
        with self._lock:
            if self.job and self.job.code is None:
                return
            kept = Path(tempfile.mkdtemp(prefix="listings-review-"))
            release = self.release()
            before = kept / release.name
            before.mkdir()
            for path in release.glob("*.parquet"):
                shutil.copy2(path, before / path.name)
            log = kept / "log"
            command = [
                sys.executable,
                "-c",
                _MAIN,
                "--sources",
                str(self.place.sources),
                "--data",
                self.place.data_at,
            ]
            with log.open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 - our own command
                    [*command, "reparse", self.source],
                    stdout=output,
                    stderr=output,
                    env=os.environ | {"COLUMNS": "100"},
                )
            self.job = Job(process, log, before)

    def effect(self) -> list[dict[str, Any]]:
        """What the last reparse changed, cell by cell, as rows of `change`."""
        if self.job is None or self.job.code is None:
            return []
        now = self.release()
        frame = compare(self.job.before, now).astype(object)
        rows: list[dict[str, Any]] = frame.where(frame.notna(), None).to_dict("records")  # type: ignore[assignment]
        return rows

    def close(self) -> None:
        """Let go of what is open, and of a reparse that still runs."""
        with self._lock:
            self._close()
        if self.job:
            if self.job.code is None:
                self.job.process.terminate()
                self.job.process.wait()
            shutil.rmtree(self.job.before.parent, ignore_errors=True)

    def _pages(self) -> Pages:
        release = self.release()
        state = (release, (release / "datapackage.json").stat().st_mtime_ns)
        if self._open is None or self._open[0] != state:
            self._close()
            is_held = release == held(release.parent)
            served = Served(self.token, is_held)
            takedowns = load_takedowns(self._folder())
            self._open = (
                state,
                Pages(release, published_before(release), read_run(release / "review"), served, takedowns),
            )
        return self._open[1]

    def _close(self) -> None:
        if self._open:
            self._open[1].close()
            self._open = None

    def _row(self, listing: str) -> dict[str, Any]:
        with self._lock:
            row = self._pages().listing_row(listing)
        if row is None:
            raise InputError(f"{self.release()}: there is no listing {listing}.")
        return row

    def _folder(self) -> Path:
        return self.place.sources / self.source


def _reason(text: str) -> str:
    if not text.strip():
        raise InputError("a reason is missing. Say why, for whoever looks after this source later.")
    return " ".join(text.split())


def _printable(**cells: str) -> None:
    """Refuse what a terminal or an editor that shows the file would obey."""
    for name, text in cells.items():
        if visible(" ".join(text.split())) != " ".join(text.split()):
            raise InputError(f"`{name}` has control characters: {visible(text)}. Leave them out.")
