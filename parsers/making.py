"""`python -m parsers.making`: write the files of `parsers.made` anew, after a vocabulary, Babel or pycountry changed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import yaml

from parsers import hours, places, terms
from parsers.made import FOLDER, VOCABULARY, made_of


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each file, and what it has to hold."""
    yield "vocabularies", {path.stem: _vocabulary(path.read_bytes()) for path in sorted(VOCABULARY.glob("*.yml"))}
    for module in (hours, places, terms):
        for name, (vocabulary, make) in module.TABLES.items():
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


if __name__ == "__main__":
    main()
