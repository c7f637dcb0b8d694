"""`python -m parsers.making`: write the files of `parsers.made` anew, after a vocabulary or a package with data changed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import yaml

from parsers import hours, labels, meanings, ngrams, places, terms
from parsers.made import FOLDER, VOCABULARY, made_of

TABLES = {name: table for module in (hours, labels, meanings, places, terms) for name, table in module.TABLES.items()}
"""All tables, each with the vocabulary that it is made of, and how."""


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each file, and what it has to hold."""
    yield "vocabularies", {path.stem: _vocabulary(path.read_bytes()) for path in sorted(VOCABULARY.glob("*.yml"))}
    for name, (vocabulary, make) in TABLES.items():
        yield name, {"of": made_of(vocabulary), "table": make()}


def _vocabulary(source: bytes) -> dict[str, Any]:
    content = yaml.safe_load(source)
    same = json.loads(json.dumps(content)) == content
    return {"of": crc32(source), "content": content} if same else {}


def main() -> None:
    """Write all files: the same content gives the same bytes."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in contents():
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    arrays: Any = ngrams.make()
    np.savez(ngrams.FILE, **arrays)


if __name__ == "__main__":
    main()
