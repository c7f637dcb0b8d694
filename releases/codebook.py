"""The codebook of every release, from its schema: `python -m releases.codebook > docs/tables.md`.

The `codebook.md` within a release says the same of that release's own columns, with fill rates and examples.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pyarrow as pa

from parsers.folding import load_vocabulary
from releases.column import STATUSES, Column
from releases.schema import Table, tables

_OPENING = """\
# Tables

<!-- Made by `python -m releases.codebook > docs/tables.md` from releases/schema.py. Change it there. -->

A release holds one parquet file for each table below. Open `listings` first. The other tables say where its values come from
(`page`, `field`, `text`), what a person should look at (`problem`), what changed (`change`), and hold the same facts in the form
of a standard (marked HSDS).

- *Type* is the type in the parquet file. *Required* columns are never null.
- A column `name_<lang>` stands for one column for each language that occurs: `name_en`, `name_fr`, `name_zh_tw`.
- Beside a value that may be missing stands its status. `stated`: printed on the page. `blank`: the label is printed, and nothing
  after it. `redacted`: hidden on the page. `unparsed`: printed, but no normal form was found; `field` has it verbatim, `problem`
  says why. `absent`: the page has no such label.
- Offsets (`start`, `end`) count characters from 0 in `page.text`; `end` is the place after the last one.
- Every table is sorted by its key, `id`. Ids are UUIDs of version 5 (RFC 9562), the same in every release.
- Tables marked HSDS follow the Human Services Data Specification 3.0 (Open Referral, CC BY-SA 4.0), with the standard's own
  descriptions; columns of the standard that a listing cannot fill are left out.
- The codes of closed lists stand at the end of this page.
- Where HSDS requires a value that a page does not state, a rule fills it, and a row of `problem` of kind `assumed` says so, with
  the rule.
"""


def codebook() -> str:
    """Every table and column of a release in Markdown: type, meaning, and what holds of the values."""
    chapters = (line for table in tables().values() for line in _chapter(table))
    return "\n".join([_OPENING, *chapters, *_closed_lists()])


def _chapter(table: Table) -> Iterator[str]:
    yield f"## {table.name}{' (HSDS)' if table.hsds else ''}"
    yield ""
    yield _one_line(table.description)
    yield ""
    yield "| column | type | meaning |"
    yield "| --- | --- | --- |"
    for column in table.columns:
        yield f"| `{column.name}` | {_type(column.type)} | {_meaning(column, table.hsds)} |"
    yield ""


def _closed_lists() -> Iterator[str]:
    yield "## Closed lists"
    yield ""
    yield "| column | codes |"
    yield "| --- | --- |"
    for name in ("organization_type", "reach"):
        yield f"| `listings.{name}` | {', '.join(f'`{code}`' for code in load_vocabulary('terms')[name])} |"
    yield ""


def _meaning(column: Column, hsds: bool) -> str:
    subject = column.name.removesuffix("_status")
    if column.enum == STATUSES and subject != column.name:
        return f"Status of `{subject}`. Required."
    said = [_one_line(column.description)]
    if column.required:
        said.append("Required.")
    if column.enum:
        said.append(f"One of {', '.join(f'`{value}`' for value in column.enum)}.")
    if column.references:
        said.append(f"Refers to `{column.references}`.")
    if column.hsds and not hsds:
        said.append(f"HSDS: `{column.hsds}`.")
    return " ".join(said)


def _type(kind: pa.DataType) -> str:
    return f"list of {kind.value_type}" if pa.types.is_list(kind) else str(kind)


def _one_line(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<lang>", "`<lang>`").split())


if __name__ == "__main__":
    sys.stdout.write(codebook())
