"""Which addresses of a site to fetch: each once, in an order that the pages alone decide.

No network here: pages go in, candidates come out. Which of the pages are listings, the parsers say later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fetchers.candidate import Candidate
from fetchers.model import Failure
from fetchers.queue import Queue
from fetchers.reading import Read
from fetchers.shapes import Shapes, shape
from fetchers.urls import Scope, clean_url, is_page_url, query_shape, resolve, url_key


@dataclass(frozen=True, slots=True)
class Caps:
    """Where discovery ends, whatever a site offers.

    `pages` bounds the addresses in all, `depth` the links from the start, of which turning the pages of a list is none: that
    is bounded by `steps`. `single_parameter` and `parameters` bound how often one path is asked with other values of its one
    parameter, or of its several; `barren` after how many pages in a row without anything new a pattern of addresses is given
    up; `redirects` how many are followed in a row.
    """

    pages: int = 50_000
    depth: int = 20
    steps: int = 1_000
    single_parameter: int = 20_000
    parameters: int = 2_000
    barren: int = 50
    redirects: int = 10


_MET = 1 << 16
"""How many links are remembered that bring nothing more: every page of a site links to the same ones."""


class Frontier:
    """The addresses known and not yet fetched: by host, those first whose pattern has brought listings. `start` leads here."""

    def __init__(self, scope: Scope, caps: Caps = Caps(), start: str = "") -> None:
        self.caps, self.start = caps, start
        self._scope = scope
        self._met: set[str] = set()
        self._shapes = Shapes(caps.barren)
        self._queue = Queue(self._shapes.rank)
        self._seen: set[str] = set()
        self._aliases: set[str] = set()
        self._parameters: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._capped: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def scope(self) -> Scope:
        """Which addresses it takes."""
        return self._scope

    @scope.setter
    def scope(self, scope: Scope) -> None:
        self._scope = scope
        self._met.clear()

    @property
    def hosts(self) -> list[str]:
        """The hosts that have an address here, in the order in which they were met."""
        return self._queue.hosts

    @property
    def capped(self) -> tuple[str, ...]:
        """Which caps left addresses out, and how many."""
        return tuple(f"{reason}: {count:,} left out" for reason, count in sorted(self._capped.items()))

    def next(self, host: str) -> Candidate | None:
        """The next candidate of a host; those since found to be another's alias are passed over, and what brings nothing new."""
        while candidate := self._queue.pop(host):
            kind = shape(candidate.url)
            if candidate.chain or url_key(candidate.url) not in self._aliases:
                if not self._shapes.is_barren(kind):
                    return candidate
                self._cap(f"addresses like {kind} bring nothing new")
        return None

    def retry(self, candidate: Candidate) -> None:
        """Take up a candidate again."""
        self._queue.push(candidate)

    def seen(self, url: str) -> None:
        """Take an address as known: it was fetched, or answers for one that was."""
        self._seen.add(url_key(url))

    def add(self, href: str, via: Candidate | None, hop: str) -> str | None:
        """Take up an address, if it may be a page in scope and is new; its pattern, where it was taken up."""
        if href in self._met:
            return None
        if len(self._met) > _MET:
            self._met.clear()
        self._met.add(href)
        found = _address(self._scope, href)
        if found is None or found[1] in self._seen:
            return None
        url, key = found
        self._seen.add(key)
        turned = via is not None and _turns(via.url, url)
        candidate = Candidate(
            url=url,
            via=via.url if via else None,
            hops=(via.hops if via else "") + hop,
            depth=0 if via is None else via.depth + (not turned),
            steps=0 if via is None else via.steps + turned,
        )
        if not self._allowed(candidate):
            return None
        self._queue.push(candidate)
        return shape(url)

    def again(self, url: str) -> bool:
        """Take up the address of a page that an earlier crawl had; whether this one has not met it in any spelling."""
        own = self.scope.within(url)
        if own is None or url_key(own) in self._seen:
            return False
        self._seen.add(url_key(own))
        self._queue.push(Candidate(own, hops="K"))
        return True

    def add_page(self, candidate: Candidate, page: Read, robots: Iterable[str] = ()) -> None:
        """Take up what a page links to, in its order; learn of its address whether to ask for more of the kind.

        `robots` are directives that came beside it (X-Robots-Tag).
        """
        for href in page.aliases:
            if alias := clean_url(href):
                self._aliases.add(url_key(self.scope.on_site(alias) or alias))
        led_to = {self.add(page.canonical, candidate, "L")} if page.canonical else set()
        if not {*page.robots, *robots} & {"nofollow", "none"}:
            led_to |= {self.add(href, candidate, "L") for href in page.links if href not in self._met}
        kind = shape(page.url)
        self._shapes.note(page, led_on=bool(led_to - {None, kind}))
        self._queue.learnt(kind)

    def redirect(self, candidate: Candidate, location: str) -> Failure | None:
        """Take up where an address redirects to; a Failure where that leads nowhere."""
        chain = (*candidate.chain, candidate.url)

        def fail(kind: str, why: str) -> Failure:
            return Failure(chain[0], kind, f"{why}: {' -> '.join((*chain, location))}", candidate.via)

        cleaned = resolve(candidate.url, location)
        target = self.scope.within(cleaned) if cleaned else None
        if target is None or not is_page_url(target):
            return fail("off-site", "redirects to where no page of this directory is")
        if cleaned in chain or len(chain) > self.caps.redirects:
            return fail("redirect-loop", f"redirects in a circle, or more than {self.caps.redirects} times")
        # A site may redirect between two spellings that are one to us (a slash, a scheme): the target is then still to fetch.
        if url_key(target) not in self._seen or target in chain:
            self._seen.add(url_key(target))
            via, hops = candidate.url, f"{candidate.hops}R"
            self._queue.push(Candidate(target, via, hops, candidate.depth, candidate.steps, chain))
        return None

    def _allowed(self, candidate: Candidate) -> bool:
        caps = self.caps
        if len(self._seen) > caps.pages:
            return self._cap(f"more than {caps.pages:,} addresses")
        if candidate.depth > caps.depth:
            return self._cap(f"more than {caps.depth} links from the start")
        if candidate.steps > caps.steps:
            return self._cap(f"more than {caps.steps:,} pages of one list")
        path, names = pattern = query_shape(candidate.url)
        if names:
            self._parameters[pattern] += 1
            if self._parameters[pattern] > (caps.parameters if len(names) > 1 else caps.single_parameter):
                return self._cap(f"{path}?{'=&'.join(names)}= in too many combinations")
        return True

    def _cap(self, reason: str) -> bool:
        self._capped[reason] += 1
        return False


def _address(scope: Scope, href: str) -> tuple[str, str] | None:
    """An address that may be a page in scope, as it is fetched, and its key."""
    cleaned = clean_url(href)
    url = scope.within(cleaned) if cleaned else None
    return None if url is None or not is_page_url(url) else (url, url_key(url))


def _turns(url: str, to: str) -> bool:
    """Whether a link turns the page of a list: the two addresses differ in their numbers only."""
    return re.sub(r"\d+", "0", url) == re.sub(r"\d+", "0", to)
