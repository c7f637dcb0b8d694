"""What checks say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check found: `what` is wrong, `where` (table.column), and what to do. An error holds the release.

    `cause` is a short stable code of what is likely to have happened to the site ("renamed-label"), None where the check looks
    at the release alone.
    """

    severity: Literal["error", "warning"]
    what: str
    where: str
    advice: str
    cause: str | None = None
