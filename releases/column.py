"""A column of a table: its name, meaning and type, and the kinds of columns that stand in many tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import pyarrow as pa

from parsers.model import Status

STATUSES: tuple[str, ...] = get_args(Status)
"""What can be known of a value (see `parsers.model.Status`)."""
TEXT = pa.string()
TEXTS = pa.list_(pa.string())
COUNT = pa.int64()
SHARE = pa.float64()
TIME = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: name, meaning, arrow type, and what must hold of its values.

    `hsds` is the column of the standard that holds the same ("address.city"), None where the standard has none. `references`
    is the column that a value must be found in. `format` is a format of JSON Schema (uuid, email, uri).
    """

    name: str
    description: str
    type: pa.DataType = TEXT
    required: bool = False
    hsds: str | None = None
    enum: tuple[str, ...] = ()
    references: str | None = None
    format: str | None = None

    def arrow(self) -> pa.Field:
        """The arrow field, with description and HSDS mapping in its metadata."""
        metadata = {"description": self.description} | ({"hsds": self.hsds} if self.hsds else {})
        return pa.field(self.name, self.type, metadata=metadata)


def id_column(what: str) -> Column:
    """The primary key of a table of ours."""
    return Column(
        "id", f"The identifier of the {what}: a UUIDv5, the same in every release.", required=True, format="uuid"
    )


def link_column(name: str, description: str, target: str, required: bool = False) -> Column:
    """A column whose values are keys of another table."""
    return Column(name, description, required=required, references=target, format="uuid")


def with_status(column: Column) -> tuple[Column, Column]:
    """A column and its `_status` beside it."""
    return column, status_column(column.name)


def status_column(name: str) -> Column:
    """What is known of a column, beside it."""
    description = (
        f"What is known of {name}: stated, blank (label printed, nothing after it), redacted (hidden), unparsed "
        "(stated, but without a normal form) or absent (the page has no such label)."
    )
    return Column(f"{name}_status", description, required=True, enum=STATUSES)
