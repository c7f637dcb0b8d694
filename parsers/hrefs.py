"""Addresses as pages write them -> whole ones (RFC 3986, section 5)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

# Addresses that joining with any base leaves as they are (RFC 3986, section 5.2.2), which most are; and those that it only puts
# behind the base's scheme and authority.
_ABSOLUTE = re.compile(
    r"https?://[\w.-]+(?::\d+)?(?:/[\w./~%+@,=&-]*)?(?:\?[\w./~%+@,=&-]+)?(?:#[\w./-]+)?|(?:mailto|tel):(?!//).*",
    re.ASCII | re.S,
)
_ROOTED = re.compile(r"(?:/[\w~%+@,=&-][\w.~%+@,=&-]*)*/?(?:\?[\w./~%+@,=&-]+)?(?:#[\w./-]+)?", re.ASCII)


def absolute(base: str, href: str | None) -> str | None:
    """The address that `href` stands for on a page with this base; None where it stands for none."""
    href = href.strip() if href else ""
    if not href or _ABSOLUTE.fullmatch(href):
        return href or None
    if href[0] == "/" and (root := origin_of(base)) and _ROOTED.fullmatch(href):
        return root + href
    try:
        return urljoin(base, href)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def origin_of(base: str) -> str | None:
    """The scheme and authority of an address of the web; None of any other."""
    try:
        parts = urlsplit(base)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else None


def is_fixed(href: str, origin: str | None) -> bool:
    """Whether an address is the same on all pages of an origin."""
    return not href or bool(_ABSOLUTE.fullmatch(href) or (origin and href[0] == "/" and _ROOTED.fullmatch(href)))
