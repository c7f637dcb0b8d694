"""Every table and column of a release, once: parquet schemas, codebook and data package all read them here.

The tables of the Human Services Data Specification 3.0 (Open Referral; its own files lie in `hsds/`) take type, meaning,
constraints and keys from the standard; here stands only which of their columns a listing can fill. Columns that never hold
anything are left out: the standard does not require them. The other tables are ours: the standard has no place for provenance.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from releases.column import Column
from releases.columns import OURS
from releases.combine.columns import COMBINED, COMBINED_LISTINGS, SOURCE

HSDS = Path(__file__).parent / "hsds"
ORIGIN = "_origin"
"""The column of part tables that says which capture of which listing a row was made from; merging uses it and leaves it out."""

_FILLED = {
    "organization": "id name alternate_name description email website",
    "service": "id organization_id name description email status",
    "location": "id location_type organization_id",
    "address": "id location_id address_1 city region state_province postal_code country address_type",
    "service_at_location": "id service_id location_id",
    "phone": "id location_id service_id organization_id contact_id number extension type description",
    "contact": "id organization_id service_id email",
    "language": "id service_id name code",
    "service_area": "id service_id name",
    "attribute": "id link_id taxonomy_term_id link_type link_entity value",
    "taxonomy": "id name description",
    "taxonomy_term": "id code name description taxonomy_id",
    "organization_identifier": "id organization_id identifier_type identifier",
    "metadata": "id resource_id resource_type last_action_date last_action_type field_name previous_value replacement_value "
    "updated_by",
}
SHARED = ("taxonomy", "taxonomy_term")
"""Tables whose rows belong to no single listing: several parts may bring the same row."""

_ARROW = {"string": pa.string(), "number": pa.int64(), "date": pa.date32()}
_LANG = "<lang>"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its columns in order, primary key `id`. `hsds` tells the standard's tables from ours.

    `within` is the column that the key and every reference stand in, in a dataset of several directories. A column named
    `..._<lang>` stands for one column per language that occurs.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    hsds: bool = False
    primary_key: str = "id"
    within: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return (self.within, self.primary_key) if self.within else (self.primary_key,)

    def expand(self, present: Iterable[str] = ()) -> tuple[Column, ...]:
        """The columns with each `<lang>` column written out for the languages found in the names `present`, sorted."""
        names = set(present)
        columns: list[Column] = []
        for column in self.columns:
            if _LANG not in column.name:
                columns.append(column)
                continue
            stem = column.name.removesuffix(_LANG)
            fixed = {known.name for known in self.columns}
            for name in sorted(n for n in names if n.startswith(stem) and n not in fixed):
                tag = name.removeprefix(stem).replace("_", "-")
                columns.append(replace(column, name=name, description=column.description.replace(_LANG, tag)))
        return tuple(columns)

    def written(self, release: Path) -> tuple[Column, ...]:
        """The columns that the table has in the release folder, in the schema's order; an older release may lack some."""
        names = pq.read_schema(release / f"{self.name}.parquet").names
        return tuple(column for column in self.expand(names) if column.name in names)

    def arrow(self, present: Iterable[str] = ()) -> pa.Schema:
        """The arrow schema, with each column's description (and HSDS mapping) in its field metadata."""
        return pa.schema(
            [column.arrow() for column in self.expand(present)], metadata={"description": self.description}
        )


def language_column(stem: str, lang: str) -> str:
    """The name of the column for `stem` in the language `lang`: a BCP 47 tag, lower case, with underscores."""
    return f"{stem}_{re.sub(r'[^a-z0-9]+', '_', lang.lower())}"


@cache
def tables() -> dict[str, Table]:
    """All tables of a release by name: ours first, then those of HSDS, in the order they are documented."""
    standard = {
        resource["name"]: resource for resource in json.loads((HSDS / "datapackage.json").read_bytes())["resources"]
    }
    ours = [Table(name, description, columns) for name, description, columns in OURS]
    hsds = [_from_standard(standard[name], columns.split()) for name, columns in _FILLED.items()]
    return {table.name: table for table in [*ours, *hsds]}


@cache
def combined_tables() -> dict[str, Table]:
    """All tables of a dataset of several directories: those of a release, with the source in every key, and what links them."""
    made = {}
    for table in tables().values():
        columns = [column for column in table.columns if column.name != SOURCE.name]
        columns = [SOURCE, *columns, *(COMBINED_LISTINGS if table.name == "listings" else ())]
        made[table.name] = replace(table, columns=tuple(columns), within=SOURCE.name)
    ours = {name: Table(name, description, columns, within=SOURCE.name) for name, description, columns in COMBINED}
    return made | ours


def tables_in(release: Path) -> dict[str, Table]:
    """The tables of the release in that folder, of one directory or of several."""
    return combined_tables() if (release / f"{COMBINED[0][0]}.parquet").is_file() else tables()


def _from_standard(resource: dict[str, Any], names: list[str]) -> Table:
    fields = {entry["name"]: entry for entry in resource["schema"]["fields"]}
    keys = {
        key["fields"]: f"{key['reference']['resource']}.{key['reference']['fields']}"
        for key in resource["schema"].get("foreignKeys", [])
    }
    columns = []
    for name in names:
        entry = fields[name]
        constraints = entry.get("constraints", {})
        columns.append(
            Column(
                name,
                entry["description"],
                _ARROW[entry["type"]],
                required=constraints.get("required", False),
                hsds=f"{resource['name']}.{name}",
                enum=tuple(constraints.get("enum", ())),
                references=keys.get(name),
                format=entry.get("format"),
            )
        )
    return Table(resource["name"], resource["description"], tuple(columns), hsds=True)
