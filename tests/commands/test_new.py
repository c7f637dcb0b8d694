"""`listings new`: a directory nobody has described -> its source.yml."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fetchers.crawl import crawl
from fetchers.local import served
from flows.new import Label, Proposal, look, source_yml
from sources.source import Source, load_source
from tests.commands.conftest import TOWNS, files_below, listing_page, listings


def test_new_proposes_a_source_that_loads_and_says_what_each_label_was_taken_for(site: Path, tmp_path: Path) -> None:
    result = listings("--sources", tmp_path / "mine", "new", site, "--write", "quay")
    assert result.exit_code == 0, result.output
    source = load_source(tmp_path / "mine" / "quay")
    assert (source.title, source.start, source.languages, source.country) == (
        "Quayside Guide",
        str(site),
        ("en",),
        "BE",
    )
    rows = {line.split("  ")[0]: line.split() for line in result.stdout.splitlines()}
    assert rows["Country"][1:] == ["5", "5", "country", "Belgium"]
    assert rows["City"][1:4] == ["5", "5", "region"]
    assert rows["Nearest beacon"][2:5] == ["5", "5", "-"]
    assert "5 listings on 5 of 6 pages" in result.stdout
    assert "Note: addresses that gave no page: robots 1." in result.stdout


def test_what_new_suggests_as_comments_loads_once_it_is_uncommented(site: Path, tmp_path: Path) -> None:
    text = source_yml(look(str(site), 30))
    assert load_text(tmp_path / "as-is", text).labels == {}
    at = text.index("# labels:")
    uncommented = text[:at] + re.sub(r"^# ", "", text[at:], flags=re.MULTILINE)
    assert load_text(tmp_path / "edited", uncommented).labels == {"Nearest beacon": "other"}


def test_new_reads_a_site_over_http_at_its_own_pace(site: Path) -> None:
    for town in TOWNS[2:]:
        (site / f"{town.lower()}.html").unlink()
    with served(site) as running:
        began = time.monotonic()
        result = listings("new", f"http://127.0.0.1:{running.port}/", "--pages", "3")
    assert result.exit_code == 0, result.output
    assert f"start: http://127.0.0.1:{running.port}/" in result.stdout
    assert "2 listings on 2 of 3 pages" in result.stdout
    assert time.monotonic() - began >= 4  # robots.txt, start, sitemap, two pages: a second apart


def test_new_reads_a_warc_file(site: Path, tmp_path: Path) -> None:
    found = crawl(Source("quayside", str(site)), tmp_path / "raw")
    result = listings("new", found.files[0], "--pages", "4")
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(result.stdout.split("\nlabel")[0])["start"] == str(found.files[0])
    assert "of 4 pages" in result.stdout
    assert "Note: there is more" in result.stdout


def test_new_never_overwrites_a_source(site: Path, sources: Path) -> None:
    before = files_below(sources)
    result = listings("--sources", sources, "new", site, "--write", "quayside")
    assert result.exit_code == 2
    assert f"{sources / 'quayside' / 'source.yml'}: is there already" in result.stderr
    assert files_below(sources) == before


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", ".hidden", "two words"])
def test_new_takes_no_name_that_is_no_folder(site: Path, tmp_path: Path, name: str) -> None:
    result = listings("--sources", tmp_path / "sources", "new", site, "--write", name)
    assert (result.exit_code, (tmp_path / "sources").exists()) == (2, False)
    assert "is no name for a source" in result.stderr


def test_new_says_that_a_path_leads_nowhere(tmp_path: Path) -> None:
    result = listings("new", "www.quayside.example")
    assert result.exit_code == 1
    assert "A web address begins with https://" in result.stderr


def test_new_writes_nothing_where_no_page_reads_like_a_listing(tmp_path: Path) -> None:
    folder = tmp_path / "tales"
    folder.mkdir()
    (folder / "index.html").write_text("<main><h1>Tales</h1><p>Once upon a time there was a lamp.</p></main>", "utf-8")
    result = listings("--sources", tmp_path / "sources", "new", folder, "--write", "tales")
    assert result.exit_code == 1
    assert "no page reads like a listing" in result.stderr
    assert not (tmp_path / "sources").exists()


def test_new_proposes_a_country_only_where_all_agree(site: Path) -> None:
    (site / "mons.html").write_text(listing_page(3, "Lille", country="France"), "utf-8")
    assert look(str(site), 30).country is None


def load_text(folder: Path, text: str) -> Source:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.yml").write_text(text, "utf-8")
    return load_source(folder)


words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@given(title=st.none() | words, label=words, example=words, country=st.sampled_from([None, "NO", "BE"]))
@settings(deadline=None, derandomize=True, max_examples=80)
def test_a_proposal_is_yaml_whatever_a_site_prints(
    title: str | None, label: str, example: str, country: str | None
) -> None:
    title = " ".join(title.split()) if title else None
    proposal = Proposal(
        start="https://quayside.example/?a=1#x: y",
        title=title,
        languages=("en", "no"),
        rare=("fr",),
        country=country,
        labels=(Label(label, 3, 3, None, example),),
        pages=3,
        listing_pages=3,
        listings=3,
        failures=Counter(),
        capped=(),
        errors=(),
    )
    values = yaml.safe_load(source_yml(proposal))
    expected = {"title": title or None, "start": proposal.start, "languages": ["en", "no"], "country": country}
    assert values == {key: value for key, value in expected.items() if value}
