"""Tables made of other packages' data and of our vocabularies, kept as files: reading one takes a hundredth of making it.

The files lie in `vocabulary/made`; `python -m parsers.making` writes them. One that was made of anything else than what is there
now (another Babel, an edited vocabulary) is not used, and the table made anew: files can be old, but never wrong.
"""

from __future__ import annotations

import gzip
import json
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from zlib import crc32

VOCABULARY = Path(__file__).parent / "vocabulary"
FOLDER = VOCABULARY / "made"

Table = dict[str, str]
"""What a folded name, or a code, stands for: a code, or several with blanks between."""


def kept(name: str, vocabulary: str, make: Callable[[], Table]) -> Table:
    """The table of that name: from its file, else of `make`. `vocabulary` is the one of ours that it is made of."""
    found = read(name)
    return found["table"] if found.get("of") == made_of(vocabulary) else make()


def read(name: str) -> dict[str, Any]:
    """What the file of that name holds; nothing where it is not there or broken."""
    try:
        content = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    except (OSError, EOFError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def made_of(vocabulary: str) -> str:
    """What decides what is in a table: the data of Babel, pycountry and Unicode, and one of our vocabularies."""
    own = crc32((VOCABULARY / f"{vocabulary}.yml").read_bytes())
    return f"{_packages()}, Unicode {unicodedata.unidata_version}, {vocabulary} {own:08x}"


@cache
def _packages() -> str:
    return ", ".join(f"{name} {_version(name)}" for name in ("Babel", "pycountry"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
