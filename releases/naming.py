"""Which listing a row of suppress.csv names: by id, or by an address that its page has or has had."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from parsers.site import page_key
from releases.blotting import Row
from releases.ids import child_id
from releases.values import kind_of
from sources.suppress import Takedown


def named(entry: Takedown) -> str:
    """What a row of suppress.csv takes out, without saying of whom."""
    return entry.column or "listing"


def told_by(entry: Takedown, listing: str) -> str:
    """The id of the row of `problem` that tells of a takedown: of the listing and of what the row says of it, not of its line."""
    return child_id(listing, "suppressed", entry.listing or "", entry.column or "")


def names(entry: Takedown, id_: str, urls: Iterable[str | None]) -> bool:
    """Whether a row of suppress.csv is for the listing of that id, whose page has these addresses."""
    if entry.listing is None:
        return True
    if entry.is_id:
        return entry.listing == id_
    return page_key(entry.listing) in {page_key(url) for url in urls if url}


def hides(entries: Iterable[Takedown], id_: str, urls: Iterable[str | None], column: str | None) -> bool:
    """Whether the entries keep a column of a listing, or (None) the whole of it, from being told of."""
    known = list(urls)
    found = [entry for entry in entries if names(entry, id_, known)]
    if any(entry.column is None for entry in found):
        return True
    kind = kind_of(column) if column else None
    return kind is not None and any(entry.column == kind for entry in found)


def addresses(page: Row) -> list[str]:
    """The addresses of a row of `page`: its own, and those that it had before."""
    return [page["url"], *(page.get("former_urls") or ())]


def listing_addresses(release: Path) -> dict[str, list[str]]:
    """All addresses of each listing of a release: what its page calls itself, where it was fetched, and where it was before."""
    known = pq.read_schema(release / "page.parquet").names
    columns = [name for name in ("id", "url", "former_urls") if name in known]
    pages = {row["id"]: addresses(row) for row in pq.read_table(release / "page.parquet", columns=columns).to_pylist()}
    listings = pq.read_table(release / "listings.parquet", columns=["id", "url", "page_id"]).to_pylist()
    return {row["id"]: [row["url"], *pages[row["page_id"]]] for row in listings}
