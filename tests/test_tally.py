"""Counts of batches that lie in files: added up, they teach what all counts in memory teach."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.batches import add_up
from flows.tally import save, tally
from parsers.page import read_page
from parsers.site import SiteCounts, count, learn


def counts(numbers: range, listings: bool) -> SiteCounts:
    """Pages of a section: with labels that vary and lines that recur, each also with a line of its own."""
    labels = "Country Town Telephone Languages Mascot Motto".split()

    def page(n: int) -> str:
        own = "".join(f"<p><b>{label}:</b> {label} {n * 7 % 23}</p>" for label in labels[: 6 if n % 3 else 2])
        return f"<main><h1>House {n}</h1>{own if listings else ''}<p>Only {n}</p><p>Shared by {n % 2}</p><p>Rare {n % 60}</p></main>"

    return count(read_page(page(n).encode(), f"http://guide.example/{n}") for n in numbers)


@pytest.mark.parametrize("listings", [1, 3, 0])
@pytest.mark.parametrize("size", [5, 40, 400])
def test_the_same_is_learnt(tmp_path: Path, listings: int, size: int) -> None:
    made = [
        counts(range(at, min(at + size, 200)), listings=at % (listings * size) == 0 if listings else False)
        for at in range(0, 200, size)
    ]
    found = tally([save(one, tmp_path / str(number)) for number, one in enumerate(made)])
    assert learn(found) == learn(add_up(made))
    assert found.pages == 200
    # of batches of a few pages, every text has its share of some
    assert size != 40 or len(found.texts) < 100 or not listings


def test_of_one_batch_nothing_is_left_out(tmp_path: Path) -> None:
    made = counts(range(10), listings=True)
    assert tally([save(made, tmp_path / "one")]) == made
