"""Some hundred of the mutations that `make fuzz` makes a hundred thousand of."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import broken, mutated, run
from parsers.listing import parse
from parsers.model import Page
from parsers.page import read_page
from sources.source import Source


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_mutated_pages_are_read(first: int) -> None:
    assert run(first, first + 50, 1, 60).failures == ()


def test_a_mutation_is_the_same_every_time() -> None:
    assert [mutated(n, 3)[:2] for n in range(5)] == [mutated(n, 3)[:2] for n in range(5)]
    assert len({mutated(n, 3)[0] for n in range(20)}) > 15


def test_what_does_not_hold_is_found() -> None:
    page = read_page(
        b"<main><p><b>Country:</b> Ghana</p><p><b>Reach:</b> Local</p><p><b>Languages:</b> Twi</p></main>", "u"
    )
    listings = parse(page, Source("x", "u"))
    assert listings
    assert list(broken(page, listings)) == []
    moved = Page(url="u", text=" " + page.text, blocks=page.blocks)
    assert list(broken(moved, []))
