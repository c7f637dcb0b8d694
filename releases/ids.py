"""Identifiers that stay the same from release to release: UUIDv5 (RFC 9562) of what a thing is, not of what is written there."""

from __future__ import annotations

from functools import cache, lru_cache
from hashlib import sha1
from importlib.metadata import PackageNotFoundError, version
from uuid import NAMESPACE_URL, UUID, uuid5

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:listings:source")


# The two bits of the variant (RFC 9562, section 4.1) in a hexadecimal digit.
_VARIANT = {f"{n:x}": f"{8 | (n & 3):x}" for n in range(16)}


@lru_cache(maxsize=1024)
def source_id(source: str) -> str:
    """The identifier of the source of that name."""
    return str(uuid5(_NAMESPACE, source))


def page_id(source: str, url: str) -> str:
    """The identifier of the page fetched from `url`."""
    return child_id(source_id(source), "page", url)


def listing_id(source: str, url: str, part: str | None, repeat: int = 0) -> str:
    """The identifier of a listing: of its page's canonical URL, and of its `part` on a page that has several.

    `repeat` counts the listings of the same page that have the same part, from 0.
    """
    marks = [url, *([] if part is None else [part]), *([str(repeat)] if repeat else [])]
    return child_id(source_id(source), "listing", *marks)


def child_id(parent: str, role: str, *marks: str | int) -> str:
    """The identifier of what belongs to `parent`: of its role there, and its position or another mark that tells it apart."""
    # uuid5(UUID(parent), name) without objects between: a page has a hundred of them
    name = "\n".join([role, *map(str, marks)])
    x = sha1(_namespace(parent) + name.encode(), usedforsecurity=False).hexdigest()
    return f"{x[:8]}-{x[8:12]}-5{x[13:16]}-{_VARIANT[x[16]]}{x[17:20]}-{x[20:32]}"


@lru_cache(maxsize=1024)
def _namespace(parent: str) -> bytes:
    """A parent has many children one after the other."""
    return UUID(parent).bytes


@cache
def software_version() -> str:
    """The version of `listings` that runs; "0+source" where it runs from a source tree without being installed."""
    try:
        return version("listings")
    except PackageNotFoundError:
        return "0+source"
