"""What a process keeps of the pages that it has read."""

from __future__ import annotations

from flows.kept import Kept
from parsers.page import read_page
from parsers.site import count


def test_a_page_is_taken_once_and_its_counts_as_often_as_they_are_asked_for() -> None:
    kept = Kept()
    page = read_page(b"<h1>Harbour House</h1><p>Tel: 030 23125 01", "https://directory.example/1")
    key = page.url, "sha1:A"
    kept.keep(key, page)
    kept.keep_counts(key, count([page]))
    assert (list(kept.pages), list(kept.counted)) == ([key], [key])
    assert kept.take(key) is page
    assert kept.take(key) is None
    assert kept.counts(key) == kept.counts(key) == count([page])
    kept.forget()
    assert kept.counts(key) is None


def test_counts_are_told_apart() -> None:
    kept = Kept()
    pages = [read_page(f"<h1>House {n}</h1>".encode(), f"https://directory.example/{n}") for n in range(5)]
    for page in pages:
        kept.keep_counts((page.url, "sha1:A"), count([page]))
    assert [kept.counts((page.url, "sha1:A")) for page in reversed(pages)] == [
        count([page]) for page in reversed(pages)
    ]


def test_there_is_room_for_so_much_and_for_more_when_some_is_taken() -> None:
    kept = Kept(room=5_000)
    pages = [read_page(b"<p>a line" * 8, f"https://directory.example/{n}") for n in range(4)]
    for page in pages:
        kept.keep((page.url, ""), page)
    first, *_ = there = list(kept.pages)
    assert 0 < len(there) < 4
    kept.take(first)
    kept.keep(("https://directory.example/later", ""), pages[-1])
    assert len(kept.pages) == len(there)
