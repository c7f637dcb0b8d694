"""Who reads what was fetched, and what is kept of it until the last pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fetchers.archive import page_urls
from fetchers.reading import Payload, look
from flows import batches, workers
from flows.kept import Kept
from flows.readers import Reading
from parsers.page import read_page
from parsers.site import count
from tests.crawling import directory, run
from tests.servers import serving

PAGES = [
    Payload(
        f"http://guide.example/house/{n}/",
        f"sha1:{n}",
        f'<main><h1>House {n}</h1><p><b>City:</b> Town {n}</p><a href="/house/{n + 1}/">next</a></main>'.encode(),
        "text/html; charset=utf-8",
    )
    for n in range(60)
]


@pytest.mark.parametrize("count", [1, 2])
def test_pages_are_read_as_they_are_wherever_that_is_done(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    groups: list[int] = []
    begin = workers.begin

    def counted(what: str, place: int | None, work: Callable[..., Any], payloads: list[Payload]) -> Callable[[], Any]:
        groups.append(len(payloads))
        return begin(what, place, work, payloads)

    monkeypatch.setattr(workers, "begin", counted)
    with workers.at_work(count):
        reader = Reading(count)
        begun = [reader(page) for page in PAGES]
        read = [result() for result in begun]
        again = [reader(page) for page in PAGES[:3]]
        assert [result() for result in again] == read[:3]
    batches.forget()
    assert read == [look(page)[0] for page in PAGES]
    # Handed over one by one while few are under way, then several together.
    assert sum(groups) == len(PAGES) + 3
    assert groups[:8] == [1] * 8
    assert max(groups) == (1 if count == 1 else 4)


def test_a_page_that_is_asked_for_waits_for_no_other() -> None:
    with workers.at_work(2):
        reader = Reading(2)
        begun = [reader(page) for page in PAGES[:30]]
        assert begun[-1]() == look(PAGES[29])[0]
        assert [result().url for result in begun[:-1]] == [page.url for page in PAGES[:29]]


def test_what_was_read_stays_until_it_is_taken_and_only_as_much_as_there_is_room_for() -> None:
    pages = [read_page(page.body, page.url, page.content_type) for page in PAGES]
    kept = Kept(room=20_000)
    for payload, page in zip(PAGES, pages, strict=True):
        kept.keep((payload.url, payload.digest), page)
        kept.keep_counts((payload.url, payload.digest), count([page]))
    assert 5 < len(kept.pages) < 40
    assert len(kept.counted) == len(PAGES)
    first, last = (PAGES[0].url, PAGES[0].digest), (PAGES[-1].url, PAGES[-1].digest)
    assert kept.take(last) is None
    assert kept.take(first) is pages[0]
    assert kept.take(first) is None
    kept.keep(last, pages[-1])
    assert kept.take(last) is pages[-1]
    assert kept.counts(last) == count([pages[-1]])
    assert kept.counts(first) == count([pages[0]])
    assert kept.counts(("http://guide.example/", "sha1:0")) is None
    kept.forget()
    assert not kept.pages and not kept.counted
    assert kept.counts(first) is None


def test_a_page_counted_while_it_was_fetched_is_not_read_for_the_first_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_kept", Kept(room=0))
    with serving() as site:
        directory(site)
        found = run(site, tmp_path, reader=Reading(1))
    batch = batches.Batch(0, tuple(page_urls(tmp_path, found)))
    monkeypatch.setattr(batches, "_read_page", lambda _: pytest.fail("it is read again"))
    counts = batches.study(tmp_path, found, batch)
    monkeypatch.undo()
    assert counts == batches.study(tmp_path, found, batch)
    assert counts.pages == len(batch.urls) > 3
    batches.forget()
