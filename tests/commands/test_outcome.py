"""What stands at the end of a run, and where its review pages are."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from fetchers.model import Crawl, Failure, Progress
from flows.outcome import Outcome
from flows.progress import crawled, shown
from flows.run import print_outcome
from flows.show import aligned
from releases.checks import Finding
from tests.commands.conftest import listings
from tests.conftest import listings as start


def test_review_prints_where_the_pages_of_the_last_and_of_a_held_release_are(tmp_path: Path) -> None:
    folder = tmp_path / "processed" / "quayside"
    for name in ("20240101T000000Z", "20240108T000000Z", ".staging-20240115T000000Z"):
        (folder / name / "review").mkdir(parents=True)
        (folder / name / "review" / "index.html").write_text(name, "utf-8")
        (folder / name / "datapackage.json").write_text("{}", "utf-8")
    (folder / "latest").symlink_to("20240108T000000Z", target_is_directory=True)
    last = listings("--data", tmp_path, "review", "quayside", "--pages")
    held = listings("--data", tmp_path, "review", "quayside", "--held", "--pages")
    assert (last.exit_code, held.exit_code) == (0, 0)
    assert Path(last.stdout.strip()).read_text("utf-8") == "20240108T000000Z"
    assert Path(held.stdout.strip()).read_text("utf-8") == ".staging-20240115T000000Z"


@pytest.mark.long
@pytest.mark.xdist_group("prefect")
def test_review_opens_what_a_run_of_all_sources_wrote(
    sources: Path, tmp_path: Path, with_server: dict[str, str]
) -> None:
    run = start("--sources", sources, "--data", tmp_path / "data", "refresh", "--json", env=with_server)
    assert (run.returncode, json.loads(run.stdout)["listings"]) == (0, 5), run.stderr
    review = listings("--data", tmp_path / "data", "review", "quayside", "--pages")
    assert Path(review.stdout.strip()).read_text("utf-8").startswith("<!DOCTYPE html>")


def test_review_says_what_is_missing(tmp_path: Path) -> None:
    none = listings("--data", tmp_path, "review", "quayside", "--pages")
    assert (none.exit_code, "listings refresh quayside" in none.stderr) == (1, True)
    assert "no release is held" in listings("--data", tmp_path, "review", "quayside", "--held", "--pages").stderr
    folder = tmp_path / "processed" / "quayside"
    (folder / "20240101T000000Z").mkdir(parents=True)
    (folder / "latest").symlink_to("20240101T000000Z", target_is_directory=True)
    bare = listings("--data", tmp_path, "review", "quayside", "--pages")
    assert (bare.exit_code, "listings reparse quayside" in bare.stderr) == (1, True)


def outcome(**changes: Any) -> Outcome:
    failures = tuple(Failure(f"https://quayside.example/{n}", f"http-{404 + 96 * (n % 2)}", "") for n in range(7))
    found = Crawl("quay", "20240101000000", (), 9, 8, 1, 7, failures, (), True, False)
    values: dict[str, Any] = {
        "source": "quay",
        "crawl": found,
        "release": Path("data/processed/quay/20240101T000000Z"),
        "listings": 5,
        "fields": 40,
        "languages": Counter({"en": 3, "fr": 4}),
        "problems": Counter({"unaccounted-text": 2}),
    }
    return Outcome(**values | changes)


def test_the_end_of_a_run_is_plain_aligned_and_names_the_first_failures(capsys: pytest.CaptureFixture[str]) -> None:
    print_outcome(outcome(), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "quay"
    assert "  pages fetched    8" in lines
    assert "  languages        fr 4, en 3" in lines
    at = lines.index("Pages that failed:")
    assert lines[at + 1 : at + 3] == [
        "  http-404  https://quayside.example/0",
        "  http-500  https://quayside.example/1",
    ]
    assert lines[at + 6] == "  and 2 more (--json names them all)"
    assert not [line for line in lines if line != line.rstrip()]


def test_the_end_of_a_held_run_says_why_and_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    held = Finding("error", "2 listings, at least 5 expected", "listings", "See `problem`.")
    print_outcome(outcome(held=(held,)), as_json=False)
    out = capsys.readouterr().out
    assert "HELD: 2 listings, at least 5 expected (listings). See `problem`." in out
    assert "`listings review quay --held`" in out


def test_the_end_of_a_run_as_json_leaves_nothing_out(capsys: pytest.CaptureFixture[str]) -> None:
    held = Finding("error", "no listing at all", "listings", "See `problem`.")
    print_outcome(outcome(held=(held,)), as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert (record["pages_fetched"], record["listings"], record["languages"]) == (8, 5, {"en": 3, "fr": 4})
    assert [failure["url"] for failure in record["failures"]] == [f"https://quayside.example/{n}" for n in range(7)]
    assert record["held"][0]["what"] == "no listing at all"


cells = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=12)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6))
@settings(deadline=None, derandomize=True)
def test_columns_begin_below_one_another_in_the_cells_of_a_terminal(rows: list[tuple[str, str, str]]) -> None:
    width = max(cell_len(first) for first, _, _ in rows)
    for row, line in zip(rows, aligned(rows), strict=True):
        assert line == line.rstrip()
        begin = row[0] + " " * (width - cell_len(row[0]) + 2)
        assert line.startswith((begin + row[1]).rstrip())


def test_a_story_tells_what_holds_a_release_and_where_its_pages_are() -> None:
    held = (Finding("error", "2 listings, at least 9 | expected", "listings", "See <b>`problem`</b>."),)
    told = outcome(held=held).story()
    assert told.startswith("# quay: held\n")
    assert "2 listings, at least 9 \\| expected" in told
    assert "<b>" not in told.replace("\\<b\\>", "")
    assert "| review |" in told
    assert told.count("- http-") == 7


def test_progress_on_a_terminal_has_hosts_rates_and_the_last_problem() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=200)
    with shown(console):
        for n in range(1, 5):
            failed = n // 2
            crawled(Progress(n - failed, 0, failed, 4 - n, f"https://{'ab'[n % 2]}.example/{n}"))
    text = output.getvalue()
    assert "4/4" in text
    assert "2 failed, the last: https://a.example/4" in text
    assert "a.example" in text
    assert "b.example" in text
    assert re.search(r"\d\.\d/s", text)


def test_progress_in_a_log_is_a_line_now_and_then() -> None:
    output = io.StringIO()
    with shown(Console(file=output, width=200)):
        for n in range(1, 100):
            crawled(Progress(n, 0, 0, 100 - n, f"https://a.example/{n}"))
    assert output.getvalue() == "fetch: 1 of 100  https://a.example/1\n"
