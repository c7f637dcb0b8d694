"""What a crawl has come to: its pages, each once, and its failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from fetchers.archive import Manifest
from fetchers.cdxj import Entry, surt
from fetchers.history import Found, Known, look_back
from fetchers.message import Message, TooMuchError, UndecodableError
from fetchers.model import Failure, Progress
from fetchers.reading import Payload, Read, Reader, read_here
from fetchers.urls import clean_url, resolve, url_key
from fetchers.writer import Archive

LAG, LONG_LAG = 6, 32
"""How many pages may be under way in a reader while the next ones are obtained: on small sites, and on large ones."""

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})


@dataclass(frozen=True, slots=True)
class _Identity:
    """What tells two addresses of one page: the address it calls its own, and its main text."""

    canonical: str | None
    text: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    """A page whose reading has begun."""

    entry: Entry
    read: Callable[[], Read]


class Ledger:
    """Takes responses, says which are pages, and writes the manifest.

    `limit` is how many pages it wants, `reader` is who reads them.
    """

    def __init__(
        self,
        archive: Archive,
        limit: int | None,
        progress: Callable[[Progress], None] | None,
        reader: Reader = read_here,
    ) -> None:
        self._archive, self._limit, self._progress, self._reader = archive, limit, progress, reader
        self._pages: dict[str, _Identity] = {}
        self._failures: dict[str, Failure] = {}
        self._unlinked: set[str] = set()
        self._begun: set[str] = set()
        self._unchanged = 0

    @property
    def room(self) -> int | None:
        """How many pages more it takes; None without a limit."""
        return None if self._limit is None else max(0, self._limit - len(self._pages) - len(self._begun))

    def fail(self, failure: Failure) -> None:
        """Take down a failure; of several for one address the last."""
        self._failures[failure.url] = failure

    def answered(self, url: str) -> None:
        """Forget that an address failed: it has answered since."""
        self._failures.pop(url, None)

    def ask_again(self, url: str) -> None:
        """Note that an address is asked for no other reason than that an earlier crawl had a page there."""
        self._unlinked.add(url)

    def read(self, entry: Entry, message: Message) -> Read | None:
        """What is in the page that a response holds; None, and a failure taken down, where it holds none."""
        begun = self.begin(entry, message)
        return self.finish(begun) if begun else None

    def begin(self, entry: Entry, message: Message) -> Begun | None:
        """Begin to read the page that a response holds; None, and a failure taken down, where it holds none."""
        failure = _no_page(entry, message)
        if failure is None:
            try:
                body = message.body()
            except TooMuchError as error:
                failure = Failure(entry.url, "too-large", str(error), entry.via)
            except UndecodableError as error:
                failure = Failure(entry.url, "undecodable", str(error), entry.via)
        if failure is not None:
            self.fail(failure)
            return None
        if entry.url not in self._pages:
            self._begun.add(entry.url)
        return Begun(entry, self._reader(Payload(entry.url, message.digest, body, message.header("Content-Type"))))

    def finish(self, begun: Begun) -> Read | None:
        """What is in a page, once it is read; None, and a failure taken down, where it holds nothing."""
        entry, page = begun.entry, begun.read()
        self._begun.discard(entry.url)
        if page.vacant:
            self.fail(Failure(entry.url, *page.vacant, entry.via))
            return None
        canonical = clean_url(page.canonical) if page.canonical else None
        self._unchanged += self._archive.is_unchanged(entry) and entry.url not in self._pages
        self._pages[entry.url] = _Identity(url_key(canonical) if canonical else None, page.main)
        return page

    def report(self, url: str, queued: int) -> None:
        """Tell how far the crawl is."""
        if self._progress:
            same = self._unchanged
            self._progress(Progress(len(self._pages) - same, same, len(self._failures), queued, url))

    def manifest(self, capped: tuple[str, ...]) -> Manifest:
        """The account of the whole crawl."""
        duplicates = self._duplicates()
        kept = sorted(self._pages.keys() - duplicates.keys())
        aliases = self._aliases()
        self._fail_circles(self._leads())
        known = self._look_back(kept, duplicates, complete=not capped)
        return Manifest(
            pages={url: tuple(sorted(aliases[url])) for url in known.pages},
            duplicates=dict(sorted(duplicates.items())),
            failures=tuple(self._failures[url] for url in sorted(self._failures)),
            capped=capped,
            fetched=len(self._pages) - self._unchanged,
            unchanged=self._unchanged,
            resumed=self._archive.resumed,
            known=known,
        )

    def _look_back(self, pages: list[str], duplicates: dict[str, str], complete: bool) -> Known:
        """What became of the pages of earlier crawls."""
        redirects, spelled = self._leads(), {surt(url): url for url in reversed(pages)}

        def leads(url: str) -> str | None:
            target = _last(url, redirects)
            target = duplicates.get(target, target)
            return target if target in current else spelled.get(surt(target))

        def failure(url: str) -> Failure | None:
            return self._failures.get(url) or self._failures.get(_last(url, redirects))

        current, archive = frozenset(pages), self._archive
        found = Found(archive.name, current, leads, failure, self._unlinked, complete)
        return look_back(found, archive.last, archive.last_name or "", archive.last_capture)

    def _duplicates(self) -> dict[str, str]:
        """The pages that repeat another, and which: same bytes, or same main text under one canonical address.

        The canonical address alone proves nothing: sites name their front page, or a list's first page, on every other.
        """
        groups: dict[tuple[str, str | bytes], list[str]] = defaultdict(list)
        for url, identity in self._pages.items():
            groups["bytes", self._archive.entries[url].content_digest].append(url)
            if identity.canonical:
                groups[identity.canonical, identity.text].append(url)
        found: dict[str, str] = {}
        for (canonical, _), urls in sorted(groups.items()):
            best, *others = sorted(urls, key=lambda url: (url_key(url) != canonical, len(url), url))
            found |= {url: best for url in others if url not in found and found.get(best) != url}
        return {url: _last(url, found) for url in found}

    def _leads(self) -> dict[str, str]:
        """Where each address that redirects leads."""
        entries = self._archive.entries.items()
        return {url: resolve(url, entry.location) or "" for url, entry in entries if entry.location}

    def _fail_circles(self, leads: dict[str, str]) -> None:
        """Take down the circles of addresses that redirect to one another, each linked by itself: one failure a circle."""
        for start in sorted(leads):
            circle, url = [start], leads[start]
            while url in leads and url not in circle:
                circle.append(url)
                url = leads[url]
            if url == start and self._failures.keys().isdisjoint(circle):
                via = self._archive.entries[start].via
                self.fail(Failure(start, "redirect-loop", " -> ".join((*circle, start)), via))

    def _aliases(self) -> dict[str, list[str]]:
        """The addresses that redirect to each page."""
        leads, aliases = self._leads(), defaultdict[str, list[str]](list)
        for url in leads:
            aliases[_last(url, leads)].append(url)
        return aliases


def _last(url: str, leads: dict[str, str]) -> str:
    """Where a chain ends."""
    passed = {url}
    while (target := leads.get(url)) is not None and target not in passed:
        passed.add(target)
        url = target
    return url


def _no_page(entry: Entry, message: Message) -> Failure | None:
    """Why a response is no page; None where it is one."""

    def fail(kind: str, detail: str) -> Failure:
        return Failure(entry.url, kind, detail, entry.via)

    if message.status != 200:
        return fail(f"http-{message.status}", f"the server answered {message.status}")
    if entry.truncated == "length":
        return fail("too-large", "the response is larger than the limit; its head alone is archived")
    if message.mime in (None, *PAGE_TYPES) and not message.payload.strip():
        return fail("empty", "the server answered 200, and nothing in it")
    if message.mime is None:
        looks = message.payload[:1024].lstrip().startswith(b"<")
        return None if looks else fail("not-html", "no media type, and no markup")
    if message.mime not in PAGE_TYPES:
        return fail("not-html", f"its media type is {message.mime}")
    return None
