"""Site-specific parsers: finding the one of a source, and reading its pages with it."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from parsers.model import Field, Page, Problem
from parsers.page import read_page
from sources.source import Source, SourceError

OWN_FILE = "parser.py"
_SITES = Path(__file__).parent / "sites"


@dataclass(frozen=True, slots=True)
class SiteParser:
    """The `fields` of a module, the module's file, its path as a release names it, and its SHA-256 in hex."""

    fields: Callable[[Any], Any]
    file: Path
    path: str
    sha256: str


def find_parser(source: Source) -> SiteParser | None:
    """The site-specific parser of a source, or None: most have none, and need none.

    It is `parsers/sites/<source>.py` (what no module's name may hold is an underscore there), or `parser.py` in the source's
    folder where that lies elsewhere. SourceError where there are both, or it cannot be imported, or has no `fields`.
    """
    # What a command makes up for pages at hand has no folder, and is nobody's source.
    return None if source.folder == Path() else _find(source.name, source.folder)


@cache
def _find(name: str, folder: Path) -> SiteParser | None:
    module = re.sub(r"\W", "_", name)
    shared, own = _SITES / f"{module}.py", folder / OWN_FILE
    has_shared = shared.is_file() and not name.startswith("__")
    if has_shared and own.is_file():
        raise SourceError(f"{own}: {shared} is a parser of this source, too. Leave one out.")
    if has_shared:
        return _loaded(
            shared, f"parsers/sites/{shared.name}", lambda: importlib.import_module(f"parsers.sites.{module}")
        )
    return _loaded(own, OWN_FILE, lambda: _from_file(own, f"parser_of_{module}")) if own.is_file() else None


def _from_file(file: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _loaded(file: Path, path: str, load: Callable[[], ModuleType]) -> SiteParser:
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        fields = getattr(load(), "fields", None)
    except Exception as error:
        where = f"{file}:{_line(error, file)}"
        raise SourceError(f"{where}: cannot be imported ({type(error).__name__}: {error}). Mend it.") from error
    if not callable(fields):
        raise SourceError(
            f"{file}: has no function `fields`. Write `def fields(soup)`, which gives the fields of a page."
        )
    return SiteParser(fields, file, path, digest)


def _line(error: Exception, file: Path) -> int:
    """The line of the file at which an error came up, 1 where it tells of none."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return next((line for line in reversed(lines) if line), 1)


def read_source_page(
    source: Source, body: bytes, url: str, content_type: str | None = None, file: str | None = None
) -> Page:
    """Read a page as `parsers.page.read_page` does, with the fields that the source's own parser finds on it."""
    return with_own_fields(source, read_page(body, url, content_type, file), body, content_type)


def with_own_fields(source: Source, page: Page, body: bytes, content_type: str | None = None) -> Page:
    """A page with the fields that the source's own parser finds on it; `body` and `content_type` as for `read_page`.

    Where that parser breaks, or claims what is not printed, the page has a problem instead and is read like any other.
    """
    parser = find_parser(source)
    if parser is None or page.plain or not page.blocks:
        return page
    from parsers.encoding import decode
    from parsers.placing import page_soup

    try:
        soup = page_soup(decode(body, content_type)[0], page, source.labels)
        fields = tuple(_sound(given, page) for given in parser.fields(soup))
    except Exception as error:
        advice = (
            f"The parser of {source.name} broke at {parser.path}:{_line(error, parser.file)}; the page was read without it. "
            "Mend the parser: the page may have changed."
        )
        problem = Problem("site-parser-error", f"{type(error).__name__}: {error}", advice)
        return replace(page, problems=(*page.problems, problem))
    return replace(page, fields=tuple(sorted(fields, key=lambda given: (given.label_start, given.start))))


def _sound(given: object, page: Page) -> Field:
    """What the parser gave, if it is a field whose texts stand on the page where it says."""
    if not isinstance(given, Field):
        raise TypeError(f"fields() gave {type(given).__name__}, not a field: use parsers.placing.field")
    named = given.label_start == given.label_end
    sound = (named or page.text[given.label_start : given.label_end] == given.label) and all(
        page.text[line.start : line.end] == line.text for line in given.lines
    )
    if not sound:
        raise ValueError(f"field {given.label!r}: its text is not at its place: use parsers.placing.field")
    return given
