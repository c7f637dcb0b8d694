"""`--data URL`: data on object storage, worked on in a copy on this machine.

DuckDB, WARC files and links want a file system. So what a command needs is copied here first, only what is new, and what it made
is copied back when it ends: the archive first, then releases, then the one object that names the last of them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fetchers.archive import locked
from fetchers.copies import pull_archive, push_archive
from fetchers.model import BusyError
from flows.exits import InputError
from flows.workplace import Workplace
from releases.bucket import pull, push_all

_CREDENTIALS = (
    "See to the address, to the network and to your credentials there, and run it again: it goes on from what is there."
)


@contextmanager
def reading(place: Workplace, source: str, archive: bool = False, review: bool = False) -> Iterator[None]:
    """What a command reads of a source: its releases, with `archive` and `review` also these.

    Where a run of this machine is at work on it, it is as that has it so far. InputError where the place cannot be read.
    """
    if place.bucket:
        with suppress(BusyError), _held(place, source), reaching(place.bucket):
            _pull(place, place.bucket, source, archive, review)
    yield


@contextmanager
def writing(place: Workplace, source: str, archive: bool = False, review: bool = False) -> Iterator[None]:
    """What a command changes of a source: copied here, and copied back at the end; of a run that fails, what it has archived.

    BusyError where another command of this machine has it, InputError where the place cannot be read or written.
    """
    if not place.bucket:
        yield
        return
    with _held(place, source):
        with reaching(place.bucket):
            known = _pull(place, place.bucket, source, archive, review)
        try:
            yield
        finally:
            if archive:
                with reaching(place.bucket):
                    push_archive(place.raw / source, f"{place.bucket}/raw/{source}")
        with reaching(place.bucket):
            push_all(place.processed(source), f"{place.bucket}/processed/{source}", known)


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """What goes wrong at `url`, as an InputError that says what to do."""
    try:
        yield
    except ImportError as error:
        raise InputError(f"{url}: {error}. For s3:// install it by `pip install 'listings[s3]'`.") from error
    except Exception as error:
        # The errors of botocore, and of other stores' libraries, are of classes of their own.
        foreign = type(error).__module__.partition(".")[0] not in ("builtins", "fetchers", "releases", "flows")
        if not foreign and not isinstance(error, OSError | ValueError):
            raise
        raise InputError(
            f"{url}: cannot be read or written ({error or type(error).__name__}). {_CREDENTIALS}"
        ) from error


def copy_of(url: str) -> Path:
    """The folder of this machine that data at `url` are worked on in: below LISTINGS_CACHE, else the user's cache."""
    cache = os.environ.get("LISTINGS_CACHE")
    root = Path(cache) if cache else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "listings"
    slug = re.sub(r"[^A-Za-z0-9]+", "-", url.partition("://")[2]).strip("-")[:40]
    return root / f"{slug}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"


def _pull(place: Workplace, bucket: str, source: str, archive: bool, review: bool) -> frozenset[str]:
    if archive:
        pull_archive(f"{bucket}/raw/{source}", place.raw / source)
    return pull(f"{bucket}/processed/{source}", place.processed(source), review)


@contextmanager
def _held(place: Workplace, source: str) -> Iterator[None]:
    with locked(place.data / ".copying" / source):
        yield
