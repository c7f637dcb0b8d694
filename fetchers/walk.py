"""The walk over a site: robots.txt, start, sitemaps, feeds, then the rest; what an earlier run has stored is not asked again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from fetchers.asking import Asker
from fetchers.candidate import Candidate
from fetchers.cdxj import Entry
from fetchers.discover import Caps, Frontier
from fetchers.lanes import side_by_side
from fetchers.ledger import LAG, LONG_LAG, Begun, Ledger
from fetchers.message import Message, UndecodableError
from fetchers.model import PASSING, RETRIED, Failure, FetchError, UnreachableError
from fetchers.reading import Read
from fetchers.robots import robots_tag, robots_url
from fetchers.shapes import host
from fetchers.sitemap import read_feed, read_sitemap
from fetchers.urls import Scope, resolve
from fetchers.writer import Archive

SITEMAP_LIMIT = 500
"""How many sitemap files of a site are read."""

FEED_LIMIT = 5
"""How many of the feeds that the start names are read."""

_LAGGING, _LAGGING_LONG = 100, 400
"""So many addresses wait before a reader may lag behind, and far behind: what a small site brings first is not put off."""

SILENCE_LIMIT = 5
"""After so many addresses of a host in a row without an answer (each asked several times), it is asked whether it is there."""

_Reading = tuple[Candidate, Begun, set[str]]
"""A page that is being read: how it was found, and what came beside it."""


class Walk:
    """One walk; `mirror` tells that the site is a copy, whose pages may call themselves by their first home's address."""

    def __init__(self, archive: Archive, ledger: Ledger, asker: Asker, concurrency: int, mirror: bool) -> None:
        self._archive, self._ledger, self._asker = archive, ledger, asker
        self._concurrency, self._mirror = concurrency, mirror
        self._silent: Counter[str] = Counter()
        self._failed: list[Candidate] = []

    def run(self, start: str, also: Sequence[str], caps: Caps, known: Collection[str]) -> tuple[str, ...]:
        """Walk from `start` to the end; what was capped, in words. FetchError where it cannot begin, or go on.

        `also` are addresses below which pages belong to the directory, too. Of the addresses `known`, those that the last crawl
        had and nothing links to any more are asked for at the end, and once more those that did not answer.
        """
        frontier = self._begin(start, also, caps)
        self._walk(frontier)
        for candidate in self._failed:
            frontier.retry(candidate)
        self._walk(frontier, last=True)
        if self._ledger.room is None:
            for url in sorted(self._archive.last.pages):
                if url in known and frontier.again(url):
                    self._ledger.ask_again(url)
            self._walk(frontier, last=True)
        limited = (f"the limit of pages: {len(frontier):,} addresses not asked",) if len(frontier) else ()
        return frontier.capped + limited

    def _walk(self, frontier: Frontier, last: bool = False) -> None:
        """Fetch what the frontier has, and what comes of it; `last` tells that what fails is not tried again."""
        retries = 0 if last else None
        room = self._room
        reading: deque[_Reading] = deque()
        while True:
            for candidate, outcome in side_by_side(
                frontier, self._asker, self._concurrency, self._permitted, room, retries
            ):
                kind = self._take_in(frontier, candidate, outcome, reading)
                # How many depends on the pages alone, whoever reads them: so does the order of the crawl.
                while len(reading) > self._lag(len(frontier)):
                    self._take_up(frontier, reading.popleft())
                self._ledger.report(candidate.url, len(frontier))
                if not last:
                    self._listen(frontier, candidate, kind)
            if not reading:
                return
            while reading:
                self._take_up(frontier, reading.popleft())

    def _room(self) -> int | None:
        return self._ledger.room

    def _lag(self, waiting: int) -> int:
        """How many pages may be under way; with a limit few, since what they teach decides on what the rest is spent."""
        if waiting >= _LAGGING_LONG and self._ledger.room is None:
            return LONG_LAG
        return LAG if waiting >= _LAGGING else 0

    def _begin(self, start: str, also: Sequence[str], caps: Caps) -> Frontier:
        """Fetch the start, the sitemaps and the feeds; what they name is the frontier."""
        outcome = self._asker.follow(start, "", self._asker.refusal)
        if isinstance(outcome, Failure):
            raise _no_start(start, outcome)
        url, entry = outcome
        frontier = Frontier(Scope.of(url, also), caps, url)
        frontier.seen(start)
        frontier.seen(url)
        message = self._archive.message(entry)
        page = self._ledger.read(entry, message)
        if page is None and message.status in RETRIED:
            raise UnreachableError(f"{url}: the site is out of order (http-{message.status}). Run it again later.")
        if page is None:
            raise FetchError(
                f"{url}: the start is no page ({message.status}, {message.mime}). Mend `start` in source.yml."
            )
        origin = _origin(page.canonical) if self._mirror and page.canonical else None
        if origin:
            frontier.scope = frontier.scope.also(origin)
        if self._ledger.room != 0:
            self._read_sitemaps(frontier, url)
            for other in {host(other): other for other in also if host(other) != host(url)}.values():
                if self._asker.rules(other).refused is None:
                    self._read_sitemaps(frontier, other)
            self._read_feeds(frontier, page)
        frontier.add_page(Candidate(url), page, _directives(message))
        for other in also:
            frontier.add(other, None, "L")
        self._ledger.report(url, len(frontier))
        return frontier

    def _read_sitemaps(self, frontier: Frontier, url: str) -> None:
        """Take up what the sitemaps name: those of robots.txt, and the customary one."""
        guessed = urljoin(url, "/sitemap.xml")
        waiting, seen = [*self._asker.rules(url).sitemaps, guessed], set[str]()
        while waiting and len(seen) < SITEMAP_LIMIT:
            named = waiting.pop(0)
            cleaned = resolve(url, named)
            own = frontier.scope.on_site(cleaned) if cleaned else None
            if own is None:
                self._ledger.fail(Failure(named, "off-site", "a sitemap of another site", robots_url(url)))
                continue
            if own in seen:
                continue
            seen.add(own)
            found = self._read_beside(frontier, own, "M")
            if found is None:
                continue
            where, entry, message = found
            if where != own and where in seen:
                continue
            seen.add(where)
            if message.status != 200:
                if own != guessed:
                    self._ledger.fail(Failure(own, f"http-{message.status}", "a sitemap that is not there", entry.via))
                continue
            try:
                sitemap = read_sitemap(message.body())
            except UndecodableError as error:
                self._ledger.fail(Failure(own, "undecodable", f"a sitemap: {error}", entry.via))
                continue
            if sitemap.damage and own != guessed:
                self._ledger.fail(
                    Failure(own, "undecodable", f"a sitemap, not well-formed: {sitemap.damage}", entry.via)
                )
            for page in sitemap.pages:
                frontier.add(page, None, "M")
            waiting += sitemap.sitemaps

    def _read_feeds(self, frontier: Frontier, page: Read) -> None:
        """Take up what the feeds of the start tell of; one that cannot be had is no loss."""
        for named in page.feeds[:FEED_LIMIT]:
            cleaned = resolve(page.url, named)
            own = frontier.scope.on_site(cleaned) if cleaned else None
            found = self._read_beside(frontier, own, "F") if own else None
            if found and found[2].status == 200:
                try:
                    body = found[2].body()
                except UndecodableError:
                    continue
                for address in read_feed(body):
                    frontier.add(urljoin(found[0], address), None, "F")

    def _read_beside(self, frontier: Frontier, url: str, hop: str) -> tuple[str, Entry, Message] | None:
        """A file that names pages: where it is, and what was answered; None, and a failure taken down, where it cannot be had."""
        outcome = self._asker.follow(
            url, hop, lambda target: self._asker.refusal(target) or _off_site(frontier.scope, target)
        )
        if isinstance(outcome, Failure):
            self._ledger.fail(replace(outcome, url=url))
            return None
        return *outcome, self._archive.message(outcome[1])

    def _take_in(
        self, frontier: Frontier, candidate: Candidate, outcome: Entry | Failure, reading: deque[_Reading]
    ) -> str:
        """What an answer brings: a page to be read, a redirect to follow, or a failure; its kind in a word."""
        if isinstance(outcome, Failure):
            self._ledger.fail(replace(outcome, linked_from=candidate.via))
            return outcome.kind
        self._ledger.answered(candidate.url)
        if outcome.location and outcome.original is None:
            if failure := frontier.redirect(candidate, outcome.location):
                self._ledger.fail(failure)
            return "redirect"
        message = self._archive.message(outcome)
        if begun := self._ledger.begin(outcome, message):
            reading.append((candidate, begun, _directives(message)))
        return f"http-{message.status}"

    def _take_up(self, frontier: Frontier, reading: _Reading) -> None:
        """The links of a page, once it is read."""
        candidate, begun, directives = reading
        if page := self._ledger.finish(begun):
            frontier.add_page(candidate, page, directives)

    def _listen(self, frontier: Frontier, candidate: Candidate, kind: str) -> None:
        """Whether a host that falls silent still answers at all; FetchError where it does not."""
        name = host(candidate.url)
        if kind not in PASSING:
            self._silent[name] = 0
            return
        self._failed.append(candidate)
        self._silent[name] += 1
        if self._silent[name] < SILENCE_LIMIT:
            return
        if name == host(frontier.start) and not self._asker.answers(frontier.start):
            raise UnreachableError(
                f"{candidate.url}: the server has not answered {self._silent[name]} addresses in a row (last: {kind}). "
                "Run it again later: it goes on from what is archived."
            )
        self._silent[name] = 0

    def _permitted(self, candidate: Candidate) -> bool:
        refused = self._asker.refusal(candidate.url)
        if refused:
            self._ledger.fail(replace(refused, linked_from=candidate.via))
        return refused is None


def _no_start(start: str, failure: Failure) -> FetchError:
    """Why a crawl cannot begin, and what to do."""
    if failure.kind == "robots":
        advice = "Ask the site's owner for leave, or start where it is allowed."
    elif "robots.txt cannot be had" in failure.detail:
        advice = "Without it nothing may be fetched (RFC 9309). Try again later."
    else:
        advice = "Check the address in a browser; if it is right, try again later."
    passing = failure.kind in PASSING or "robots.txt cannot be had" in failure.detail
    return (UnreachableError if passing else FetchError)(
        f"{start}: cannot be fetched ({failure.kind}: {failure.detail}). {advice}"
    )


def _off_site(scope: Scope, url: str) -> Failure | None:
    return None if scope.on_site(url) else Failure(url, "off-site", "redirects to another site")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _directives(message: Message) -> set[str]:
    """What the X-Robots-Tag headers of a response ask of us."""
    values = (value for name, value in message.headers if name.lower() == "x-robots-tag")
    return {directive for value in values for directive in robots_tag(value)}
