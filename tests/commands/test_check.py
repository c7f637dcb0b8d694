"""`listings check`: is a source fit to be refreshed?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fetchers.model import Failure
from fetchers.robots import Robots
from flows.inspection import configuration_errors, robots_says
from flows.sample import Sample
from parsers.site import Site
from sources.source import Pace, Source
from tests.commands.conftest import files_below, listings, write_source
from tests.servers import html, serving


def test_check_of_a_sound_source_changes_nothing(sources: Path, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    result = listings("--sources", sources, "--data", tmp_path / "data", "check")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "quayside"
    verdicts = [line.split()[:2] for line in lines[1:]]
    assert verdicts == [["ok", what] for what in ("configuration", "robots.txt", "page", "page", "page", "pages")]
    assert "closes 1 of the addresses met" in result.stdout
    assert "5 of 6 pages read like listings" in result.stdout
    assert files_below(tmp_path) == before
    assert not (tmp_path / "data").exists()


def test_check_of_all_sources_goes_on_past_those_that_are_unfit(sources: Path, site: Path) -> None:
    write_source(sources, "broken", strat="https://quayside.example/")
    result = listings("--sources", sources, "check")
    assert result.exit_code == 2
    assert f"failed  configuration  {sources / 'broken' / 'source.yml'}:1: unknown key `strat`" in result.stdout
    assert "5 of 6 pages" in result.stdout


def test_check_tells_a_start_that_robots_txt_closes(tmp_path: Path) -> None:
    closed = html("User-agent: listings\nDisallow: /guide/\n")
    with serving({"/robots.txt": closed, "/guide/": html("<h1>Guide</h1>")}) as running:
        write_source(tmp_path, "closed", start=f"{running.base}/guide/", pace={"delay": 0})
        result = listings("--sources", tmp_path, "check", "closed")
        assert running.paths == ["/robots.txt"]
    assert result.exit_code == 1
    assert f"{running.base}/robots.txt forbids it to 'listings'" in result.stdout


def test_check_fails_where_no_page_reads_like_a_listing(tmp_path: Path) -> None:
    with serving({"/": html("<main><h1>Tales</h1><p>Once upon a time.</p><a href=/gone>More</a></main>")}) as running:
        write_source(tmp_path, "tales", start=f"{running.base}/", pace={"delay": 0})
        result = listings("--sources", tmp_path, "check", "tales")
    assert result.exit_code == 1
    assert (
        "failed  pages          0 of 1 pages read like listings; addresses that gave none: http-404 1" in result.stdout
    )
    assert "there is none, or it is empty" in result.stdout


def test_check_without_sources_says_how_to_get_one(tmp_path: Path) -> None:
    result = listings("--sources", tmp_path, "check")
    assert result.exit_code == 2
    assert "listings new URL" in result.stderr


def test_check_of_an_unknown_source_names_the_nearest(sources: Path) -> None:
    result = listings("--sources", sources, "check", "quaysid")
    assert result.exit_code == 2
    assert "Did you mean quayside?" in result.output


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"languages": ("en", "zz")}, "'zz' is no language code"),
        ({"country": "Belgium"}, "'Belgium' is no country code"),
    ],
)
def test_configuration_that_nobody_understands(values: dict[str, Any], said: str) -> None:
    found = list(configuration_errors(Source("x", "https://quayside.example/", Path("x"), **values)))
    assert len(found) == 1
    assert said in found[0]
    assert "source.yml" in found[0]


def test_configuration_that_is_sound() -> None:
    source = Source(
        "x", "https://quayside.example/", languages=("pt-BR", "ary", "nl"), country="MA", labels={"Beacon": "other"}
    )
    assert list(configuration_errors(source)) == []


def test_what_robots_txt_says() -> None:
    rules = Robots("User-agent: *\nCrawl-delay: 7\nDisallow: /staff/\nSitemap: https://quayside.example/map.xml\n")
    closed = Failure("https://quayside.example/staff/", "robots", "")
    sample = Sample("https://quayside.example/", (), Site(), rules, (closed,), ())
    said = robots_says(rules, Source("x", sample.start, pace=Pace(delay=2.0)), sample)
    assert "crawl-delay 7 s (slower than pace.delay 2 s, and obeyed)" in said
    assert "sitemaps: https://quayside.example/map.xml" in said
    assert "closes 1 of the addresses met, first https://quayside.example/staff/" in said


def test_takedowns_that_name_a_listing_and_one_that_names_none(sources: Path) -> None:
    rows = [
        "http://quayside.localhost/ghent.html,phone,2026-05-03,a private number",
        "http://quayside.localhost/antwerp.html,,2026-05-03,gone",
    ]
    path = sources / "quayside" / "suppress.csv"
    path.write_text("listing,column,date,reason\n" + "\n".join(rows) + "\n", "utf-8")
    result = listings("--sources", sources, "check", "quayside")
    assert result.exit_code == 0, result.output
    assert (
        f"{path}: 2 rows, 1 of them name listings of these pages; no listing is what line 3 (listing) names"
        in result.stdout
    )
    path.write_text("listing,column\n", "utf-8")
    result = listings("--sources", sources, "check", "quayside")
    assert (result.exit_code, f"{path}:1: the header lacks date, reason" in result.stdout) == (2, True)
