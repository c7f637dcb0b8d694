"""One address, one answer: as robots.txt allows, as an earlier run has stored it, or from its server and into the archive."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from fetchers.candidate import Candidate
from fetchers.cdxj import Entry
from fetchers.client import Client
from fetchers.message import UndecodableError
from fetchers.model import Exchange, Failure, FetchError
from fetchers.robots import TOKEN, Robots, robots_url
from fetchers.shelf import now
from fetchers.urls import resolve
from fetchers.writer import Archive

ROBOTS_AGE = timedelta(days=1)
"""How long a robots.txt is relied upon before it is read again (RFC 9309, section 2.4)."""

Ask = Callable[[], Exchange | Failure]
"""A request to be made, on any thread."""


class Asker:
    """Gets answers; all but the requests themselves is for one thread. `redirects` is how many of them in a row are followed."""

    def __init__(self, archive: Archive, client: Client, redirects: int) -> None:
        self._archive, self._client, self._redirects = archive, client, redirects
        self._robots: dict[str, tuple[Robots, float]] = {}

    def held(self, candidate: Candidate) -> Entry | None:
        """The answer that an earlier run of this crawl has stored; a robots.txt of yesterday is none."""
        entry = self._archive.held(candidate.url)
        old = entry is not None and candidate.hops.startswith("P") and now() - entry.date >= ROBOTS_AGE
        return None if old else entry

    def request(self, candidate: Candidate, retries: int | None = None) -> Ask:
        """The request for a candidate, conditional where the crawl before has its page."""
        validators = self._archive.validators(candidate.url)
        return lambda: self._client.get(candidate.url, validators, retries)

    def keep(self, candidate: Candidate, answer: Exchange | Failure) -> Entry | Failure:
        """Store an answer; a failure is none."""
        if isinstance(answer, Failure):
            return answer
        return self._archive.store(answer, candidate.via, candidate.hops)

    def obtain(self, candidate: Candidate) -> Entry | Failure:
        """The answer for a candidate: as held, or fetched and stored now."""
        return self.held(candidate) or self.keep(candidate, self.request(candidate)())

    def follow(self, url: str, hops: str, refusal: Callable[[str], Failure | None]) -> tuple[str, Entry] | Failure:
        """Where a URL leads, through its redirects; `refusal` says of each address why it may not be asked."""
        chain: list[str] = []
        while True:
            if url in chain or len(chain) > self._redirects:
                return Failure(chain[0], "redirect-loop", " -> ".join((*chain, url)))
            if refused := refusal(url):
                return refused
            outcome = self.obtain(Candidate(url, chain[-1] if chain else None, hops + "R" * len(chain)))
            if isinstance(outcome, Failure):
                return outcome
            if not outcome.location or outcome.original is not None:
                return url, outcome
            chain.append(url)
            target = resolve(url, outcome.location)
            if target is None:
                return Failure(chain[0], "off-site", f"redirects to {outcome.location!r}, which is no web address")
            url = target

    def answers(self, url: str) -> bool:
        """Whether a server answers at all, asked once for a page that it has; the answer is stored like any other."""
        candidate = Candidate(url)
        entry = self.keep(candidate, self.request(candidate, retries=0)())
        return isinstance(entry, Entry) and entry.status < 500 and entry.status != 429

    def rules(self, url: str) -> Robots:
        """The robots.txt for a URL; redirects lead where they lead (RFC 9309, section 2.3.1.2).

        It is read again after a day. FetchError where it cannot be had then: the crawl goes on when it can.
        """
        place = robots_url(url)
        known = self._robots.get(place)
        if known and time.monotonic() - known[1] < ROBOTS_AGE.total_seconds():
            return known[0]
        rules = self._read_rules(place)
        if known and known[0].refused is None and rules.refused is not None:
            raise FetchError(
                f"{place}: cannot be had any more: {rules.refused}. Run it again later: it goes on from what is archived."
            )
        self._client.slow_down(url, rules.delay)
        self._robots[place] = rules, time.monotonic()
        return rules

    def refusal(self, url: str) -> Failure | None:
        """Why robots.txt keeps us from a URL; None where it does not."""
        rules = self.rules(url)
        if rules.refused is not None:
            return Failure(url, rules.kind, f"{robots_url(url)} cannot be had: {rules.refused}")
        return None if rules.allows(url) else Failure(url, "robots", f"{robots_url(url)} forbids it to {TOKEN!r}")

    def _read_rules(self, place: str) -> Robots:
        outcome = self.follow(place, "P", lambda _: None)
        if isinstance(outcome, Failure):
            return Robots(refused=outcome.detail, kind=outcome.kind)
        message = self._archive.message(outcome[1])
        try:
            return Robots.from_response(message.status, message.body())
        except UndecodableError as error:
            return Robots(refused=str(error))
