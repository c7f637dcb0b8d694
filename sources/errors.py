"""The one error of this room."""

from __future__ import annotations


class SourceError(Exception):
    """A configuration that cannot be used; the message says what, where (file, line) and what to do."""
