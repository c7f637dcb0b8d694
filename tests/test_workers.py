"""Processes that work on batches: each batch always in the same one, and a dead one costs a second try."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from flows import batches
from flows.batches import cut
from flows.workers import PAGES_WORTH_A_PROCESS, WorkerError, at_work, fitting, run


def die_once(marker: Path) -> int:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_one_worker_is_this_process() -> None:
    with at_work(1):
        assert run(0, os.getpid) == run(7, os.getpid) == os.getpid()
    assert run(0, os.getpid) == os.getpid()


def test_a_batch_goes_to_the_same_process_each_time() -> None:
    with at_work(2):
        first = [run(number, os.getpid) for number in range(4)]
        again = [run(number, os.getpid) for number in range(4)]
    assert first == again
    assert first[0] == first[2] != first[1] == first[3]
    assert os.getpid() not in first


def test_what_a_worker_raises_is_raised_here() -> None:
    with at_work(2), pytest.raises(ZeroDivisionError):
        run(0, divmod, 1, 0)


def test_a_killed_worker_costs_a_second_try(tmp_path: Path) -> None:
    with at_work(2):
        assert run(0, die_once, tmp_path / "killed") != os.getpid()
    assert (tmp_path / "killed").exists()


def test_a_batch_that_kills_every_worker_ends_the_run_and_says_what_to_do() -> None:
    with at_work(2):
        with pytest.raises(WorkerError, match=r"Batch 1: .*memory.*--workers 1"):
            run(1, die)
        assert run(0, abs, -3) == 3


def test_small_sources_are_not_worth_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert fitting(None, PAGES_WORTH_A_PROCESS) == 1
    assert fitting(None, 3 * PAGES_WORTH_A_PROCESS) == 3
    assert fitting(None, 1_000_000) == 8
    assert fitting(5, 10) == 5


@pytest.mark.parametrize("pages", [0, 1, 699, 700, 701, 2000, 20_001])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_batches_hold_every_page_once_and_as_much_for_each_worker(pages: int, count: int) -> None:
    urls = [f"http://a.example/{n}" for n in range(pages)]
    found = cut(urls, count)
    assert [url for batch in found for url in batch.urls] == urls
    assert [batch.number for batch in found] == list(range(len(found)))
    sizes = [len(batch.urls) for batch in found]
    assert max(sizes, default=0) <= batches.PAGES_A_BATCH
    shares = [sum(sizes[place::count]) for place in range(count)]
    assert max(shares) - min(shares) <= max(sizes, default=0)
