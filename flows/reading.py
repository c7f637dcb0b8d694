"""What `listings parse` is given -> listings: files, folders, WARC files and URLs, the pages of one site read together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.site import count, learn
from parsers.site_parsers import read_source_page
from sources.source import Source

_PAGES = (".html", ".htm", ".xhtml", ".txt")
_WARC = (".warc", ".warc.gz")


@dataclass(frozen=True, slots=True)
class Reading:
    """One listing of a page, or why an input gave none."""

    listing: Listing | None = None
    error: str | None = None


def read_listings(inputs: Sequence[str], source: Source) -> Iterator[Reading]:
    """The listings of all inputs, in order, as pages of a source. A page that does not read like a listing gives its labels.

    Pages are of one site when they are of one host, or lie in one folder. What cannot be read does not stop the others.
    """
    pages: list[Page] = []
    for name in inputs:
        try:
            pages += _pages(name, source)
        except Exception as error:
            yield Reading(error=f"{name}: {getattr(error, 'strerror', None) or error}")
    pages = _at_home(pages)
    sites: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        sites[_site(page)].append(page)
    known = {key: replace(learn(count(group)), fewest_keys=0) for key, group in sites.items()}
    for page in pages:
        for problem in page.problems:
            if problem.kind in ("not-text", "site-parser-error"):
                yield Reading(error=f"{page.file}: {problem.seen}: {problem.advice}")
        try:
            listings = parse(page, source, known[_site(page)])
        except Exception as error:
            says = f"broke the parser ({type(error).__name__}: {error}). Please report it with the page."
            yield Reading(error=f"{page.file}: {says}")
            continue
        for listing in listings:
            yield Reading(listing)


def _at_home(pages: Sequence[Page]) -> list[Page]:
    """Pages that were saved from the web, at the addresses that they call their own: links lead from one to another there.

    An address that several claim (some sites name their front page on all) is none.
    """
    claimed = Counter(page.canonical for page in pages)
    saved = {c for c, n in claimed.items() if c and n == 1}
    return [
        replace(page, url=page.canonical) if page.canonical in saved and page.url.startswith("file:") else page
        for page in pages
    ]


def _site(page: Page) -> str:
    parts = urlsplit(page.url)
    return parts.netloc or str(Path(page.file or "").parent)


def _pages(name: str, source: Source) -> Iterator[Page]:
    path = Path(name)
    if urlsplit(name).scheme in ("http", "https"):
        from fetchers.crawl import fetch_page

        fetched = fetch_page(name)
        yield read_source_page(source, fetched.body, fetched.url, fetched.content_type, name)
    elif name.endswith(_WARC):
        from fetchers.foreign import read_warc

        for page in read_warc(path):
            yield read_source_page(source, page.body, page.url, page.content_type, page.url)
    elif path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in _PAGES and p.is_file())
        if not files:
            raise ValueError(f"no page in this folder (looked for {', '.join(_PAGES)})")
        for file in files:
            yield _page(file, source)
    else:
        yield _page(path, source)


def _page(path: Path, source: Source) -> Page:
    return read_source_page(source, path.read_bytes(), path.resolve().as_uri(), None, str(path))
