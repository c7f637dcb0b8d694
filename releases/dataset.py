"""`dataset.jsonld`: the release for search engines of data sets, as a schema.org Dataset in JSON-LD.

What Google Dataset Search asks for (a name and a description of at least 50 characters) is always there; the rest is what
the source states and the release holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from releases.describe import citation, moment, sha256
from releases.ids import software_version
from releases.schema import tables
from sources.source import Source

FILE = "dataset.jsonld"
_PARQUET = "application/vnd.apache.parquet"


def write_dataset(release: Path, source: Source, name: str) -> None:
    """Write `dataset.jsonld` of a release whose tables are written."""
    title = source.title or source.name
    count = pq.read_metadata(release / "listings.parquet").num_rows
    crawled = f"{moment(name):%Y-%m-%dT%H:%M:%SZ}"
    spoken = pq.read_table(release / "listings.parquet", columns=["page_languages"])["page_languages"].to_pylist()
    dataset: dict[str, Any] = {
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "Dataset",
        "name": title,
        "description": (
            f"{count} listings of the directory {title}, as it was on {crawled[:10]}: organisations with their names, contacts, "
            "services, areas and languages, in one flat table and in those of the Human Services Data Specification 3.0. "
            "Every value can be followed back to the page that states it."
        ),
        "version": name,
        "dateCreated": crawled,
        "temporalCoverage": crawled[:10],
        "creditText": citation(source, name),
        "isAccessibleForFree": True,
        "inLanguage": sorted({language for languages in spoken for language in languages}),
        "measurementTechnique": f"listings {software_version()}",
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column.name, "description": column.description}
            for column in tables()["listings"].written(release)
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": table.name,
                "description": table.description,
                "contentUrl": f"{table.name}.parquet",
                "encodingFormat": _PARQUET,
                "sha256": sha256(release / f"{table.name}.parquet"),
            }
            for table in tables().values()
        ],
    }
    if source.license:
        dataset["license"] = source.license
    if source.kind == "url":
        dataset["isBasedOn"] = {"@type": "WebSite", "name": title, "url": source.start}
    text = json.dumps(dataset, ensure_ascii=False, indent=2) + "\n"
    (release / FILE).write_text(text, encoding="utf-8")
