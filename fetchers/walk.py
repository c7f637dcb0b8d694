"""The walk over a site: robots.txt, start, sitemaps, then every candidate; what an earlier run has stored is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from fetchers.cdxj import Entry
from fetchers.client import RETRIED, Client
from fetchers.discover import REDIRECT_LIMIT, Candidate, Caps, Frontier
from fetchers.ledger import Ledger
from fetchers.message import Message, UndecodableError
from fetchers.model import Exchange, Failure, FetchError, UnreachableError
from fetchers.robots import TOKEN, Robots, robots_tag, robots_url
from fetchers.sitemap import read_sitemap
from fetchers.urls import Scope, resolve
from fetchers.writer import Archive

SITEMAP_LIMIT = 500
"""How many sitemap files of a site are read."""

SILENCE_LIMIT = 5
"""After so many addresses in a row that got no answer (each asked several times), the crawl stops, to be resumed later."""

_SILENT = frozenset({"unreachable", "timeout", "broken", *(f"http-{status}" for status in RETRIED)})


class Walk:
    """One walk; `mirror` tells that the site is a copy, whose pages may call themselves by their first home's address."""

    def __init__(self, archive: Archive, ledger: Ledger, client: Client, concurrency: int, mirror: bool) -> None:
        self._archive, self._ledger, self._client = archive, ledger, client
        self._concurrency, self._mirror = concurrency, mirror
        self._robots: dict[str, Robots] = {}
        self._silent = 0

    def run(self, start: str, caps: Caps) -> tuple[str, ...]:
        """Walk from `start` to the end; what was capped, in words. FetchError where it cannot begin, or go on."""
        frontier = self._begin(start, caps)
        while len(frontier) and self._ledger.room != 0:
            room = self._ledger.room
            batch = frontier.take(self._concurrency if room is None else min(self._concurrency, room))
            for candidate, outcome in self._obtain([candidate for candidate in batch if self._permitted(candidate)]):
                self._take_in(frontier, candidate, outcome)
                self._ledger.report(candidate.url, len(frontier))
        limited = (f"the limit of pages: {len(frontier):,} addresses not asked",) if len(frontier) else ()
        return frontier.capped + limited

    def _begin(self, start: str, caps: Caps) -> Frontier:
        """Fetch the start and the sitemaps; what they name is the frontier."""
        outcome = self._follow(start, "", self._refusal)
        if isinstance(outcome, Failure):
            raise _no_start(start, outcome)
        url, entry = outcome
        frontier = Frontier(Scope.of(url), caps)
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
        self._client.delay = max(self._client.delay, self._rules(url).delay)
        if self._ledger.room != 0:
            self._read_sitemaps(frontier, url)
        frontier.add_page(Candidate(url), page, _directives(message))
        self._ledger.report(url, len(frontier))
        return frontier

    def _read_sitemaps(self, frontier: Frontier, url: str) -> None:
        """Take up what the sitemaps name: those of robots.txt, and the customary one."""
        guessed = urljoin(url, "/sitemap.xml")
        waiting, seen = [*self._rules(url).sitemaps, guessed], set[str]()
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
            outcome = self._follow(own, "M", lambda target: self._refusal(target) or _off_site(frontier.scope, target))
            if isinstance(outcome, Failure):
                self._ledger.fail(replace(outcome, url=own))
                continue
            where, entry = outcome
            if where != own and where in seen:
                continue
            seen.add(where)
            message = self._archive.message(entry)
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

    def _take_in(self, frontier: Frontier, candidate: Candidate, outcome: Entry | Failure) -> None:
        """What an answer brings: a page and its links, a redirect to follow, or a failure."""
        if isinstance(outcome, Failure):
            kind = outcome.kind
            self._ledger.fail(replace(outcome, linked_from=candidate.via))
        elif outcome.location and outcome.original is None:
            kind = "redirect"
            if failure := frontier.redirect(candidate, outcome.location):
                self._ledger.fail(failure)
        else:
            message = self._archive.message(outcome)
            kind = f"http-{message.status}"
            page = self._ledger.read(outcome, message)
            if page:
                frontier.add_page(candidate, page, _directives(message))
        self._silent = self._silent + 1 if kind in _SILENT else 0
        if self._silent >= SILENCE_LIMIT:
            raise UnreachableError(
                f"{candidate.url}: the server has not answered {self._silent} addresses in a row (last: {kind}). "
                "Run it again later: it goes on from what is archived."
            )

    def _follow(self, url: str, hops: str, refusal: Callable[[str], Failure | None]) -> tuple[str, Entry] | Failure:
        """Where a URL leads, through its redirects; `refusal` says of each address why it may not be asked."""
        chain: list[str] = []
        while True:
            if url in chain or len(chain) > REDIRECT_LIMIT:
                return Failure(chain[0], "redirect-loop", " -> ".join((*chain, url)))
            if refused := refusal(url):
                return refused
            candidate = Candidate(url, chain[-1] if chain else None, hops + "R" * len(chain))
            outcome = next(self._obtain([candidate]))[1]
            if isinstance(outcome, Failure):
                return outcome
            if not outcome.location or outcome.original is not None:
                return url, outcome
            chain.append(url)
            target = resolve(url, outcome.location)
            if target is None:
                return Failure(chain[0], "redirect-loop", f"redirects to {outcome.location!r}, which is no web address")
            url = target

    def _obtain(self, candidates: list[Candidate]) -> Iterator[tuple[Candidate, Entry | Failure]]:
        """The answer for each candidate, in their order: as held from an earlier run, or fetched and stored now.

        Requests run side by side where there are several; reading and writing the archive does not.
        """
        held = [self._archive.held(candidate.url) for candidate in candidates]
        asked = [
            (candidate.url, self._archive.validators(candidate.url))
            for candidate, entry in zip(candidates, held, strict=True)
            if entry is None
        ]
        answers: Iterator[Exchange | Failure]
        if len(asked) > 1:
            with ThreadPoolExecutor(len(asked)) as pool:
                answers = iter(list(pool.map(lambda ask: self._client.get(*ask), asked)))
        else:
            answers = (self._client.get(*ask) for ask in asked)
        for candidate, entry in zip(candidates, held, strict=True):
            if entry is not None:
                yield candidate, entry
                continue
            answer = next(answers)
            if isinstance(answer, Failure):
                yield candidate, answer
            else:
                yield candidate, self._archive.store(answer, candidate.via, candidate.hops)

    def _rules(self, url: str) -> Robots:
        """The robots.txt for a URL, fetched once; redirects lead where they lead (RFC 9309, section 2.3.1.2)."""
        place = robots_url(url)
        if place not in self._robots:
            outcome = self._follow(place, "P", lambda _: None)
            if isinstance(outcome, Failure):
                self._robots[place] = Robots(refused=outcome.detail)
            else:
                message = self._archive.message(outcome[1])
                try:
                    self._robots[place] = Robots.from_response(message.status, message.body())
                except UndecodableError as error:
                    self._robots[place] = Robots(refused=str(error))
        return self._robots[place]

    def _refusal(self, url: str) -> Failure | None:
        """Why robots.txt keeps us from a URL; None where it does not."""
        rules = self._rules(url)
        if rules.refused is not None:
            return Failure(url, "robots", f"{robots_url(url)} cannot be had: {rules.refused}")
        return None if rules.allows(url) else Failure(url, "robots", f"{robots_url(url)} forbids it to {TOKEN!r}")

    def _permitted(self, candidate: Candidate) -> bool:
        refused = self._refusal(candidate.url)
        if refused:
            self._ledger.fail(replace(refused, linked_from=candidate.via))
        return refused is None


def _no_start(start: str, failure: Failure) -> FetchError:
    """Why a crawl cannot begin, and what to do."""
    forbidden = failure.kind == "robots" and "forbids" in failure.detail
    if forbidden:
        advice = "Ask the site's owner for leave, or start where it is allowed."
    elif failure.kind == "robots":
        advice = "Without it nothing may be fetched (RFC 9309). Try again later."
    else:
        advice = "Check the address in a browser; if it is right, try again later."
    passing = failure.kind in _SILENT or (failure.kind == "robots" and not forbidden)
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
