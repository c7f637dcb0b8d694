"""Processes that work on pages: each page always in the same one, and a dead one costs a second try."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from flows import batches, workers
from flows.batches import cut
from flows.workers import PAGES_WORTH_A_PROCESS, WorkerError, at_work, begin, early, fitting, place_of, run


def die_once(marker: Path) -> int:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_one_worker_is_this_process() -> None:
    with at_work(1):
        assert run("it", 0, os.getpid) == run("it", 7, os.getpid) == os.getpid()
    assert run("it", 0, os.getpid) == os.getpid()
    with at_work(2):
        assert run("it", None, os.getpid) == os.getpid()


def test_a_place_is_the_same_process_each_time() -> None:
    with at_work(2):
        first = [run("it", place, os.getpid) for place in range(2)]
        again = [run("it", place, os.getpid) for place in range(2)]
    assert first == again
    assert len({*first, os.getpid()}) == 3


def test_a_page_has_one_place_from_fetching_to_parsing() -> None:
    urls = [f"http://a.example/{n}" for n in range(50)]
    assert all(place_of(url, 3) == batch.place for batch in cut(urls, 3) for url in batch.urls)
    assert {place_of(url, 3) for url in urls} == {0, 1, 2}
    assert {place_of(url, 1) for url in urls} == {None}


def test_what_a_worker_raises_is_raised_here() -> None:
    with at_work(2), pytest.raises(ZeroDivisionError):
        run("it", 0, divmod, 1, 0)


def test_a_killed_worker_costs_a_second_try(tmp_path: Path) -> None:
    with at_work(2):
        assert run("it", 0, die_once, tmp_path / "killed") != os.getpid()
    assert (tmp_path / "killed").exists()


def test_what_else_a_killed_worker_had_under_way_is_done_again(tmp_path: Path) -> None:
    with at_work(2):
        begun = [begin("it", 0, os.getpid), begin("it", 0, die_once, tmp_path / "killed"), begin("it", 0, abs, -3)]
        begun += [begin("it", 0, abs, -n) for n in range(5)]
        assert [result() for result in begun[2:]] == [3, 0, 1, 2, 3, 4]
        assert begun[1]() != os.getpid()


def test_a_batch_that_kills_every_worker_ends_the_run_and_says_what_to_do() -> None:
    with at_work(2):
        with pytest.raises(WorkerError, match=r"Batch 1: .*memory.*--workers 1"):
            run("Batch 1", 1, die)
        assert run("Batch 1", 1, abs, -3) == 3


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
    assert sorted(url for batch in found for url in batch.urls) == sorted(urls)
    assert [batch.number for batch in found] == list(range(len(found)))
    assert max((len(batch.urls) for batch in found), default=0) <= batches.PAGES_A_BATCH
    shares = Counter[int | None]()
    for batch in found:
        shares[batch.place] += len(batch.urls)
    assert pages < 600 or max(shares.values()) < 1.5 * min(shares.values())


def test_processes_that_were_started_early_are_taken_and_have_loaded_what_they_need() -> None:
    with early(2):
        taken = workers._early
        with at_work(2):
            assert workers._current is taken
            loaded = [run("it", place, eval, "sorted(__import__('sys').modules)") for place in range(2)]
    for modules in loaded:
        assert {"parsers.listing", "parsers.evidence", "releases.build"} <= set(modules)
        assert "prefect" not in modules


def test_processes_that_were_started_early_end_where_no_run_takes_them() -> None:
    with early(2):
        taken = workers._early
        assert taken
        with at_work(3):
            assert workers._current is not taken
    assert taken._pools == [None, None]
