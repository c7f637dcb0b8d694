"""The commands of the command line, each run as a user runs it: over real folders, real WARC files and real HTTP on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from fetchers.crawl import crawl
from fetchers.local import served
from fetchers.model import Crawl, Failure
from fetchers.robots import Robots
from flows.cli import main
from flows.exits import gravest
from flows.inspection import configuration_errors, robots_says
from flows.new import Label, Proposal, look, source_yml
from flows.outcome import Outcome
from flows.run import print_outcome
from flows.sample import Sample
from flows.schedule import check_cron, deployments
from flows.show import aligned
from flows.workplace import Workplace
from parsers.site import Site
from releases.checks import Finding
from sources.source import Pace, Source, SourceError, load_source
from tests.servers import html, serving

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ["refresh", "reparse", "parse", "split", "new", "check", "diff", "export", "review", "schedule"]
TOWNS = ["Ghent", "Bruges", "Ostend", "Mons", "Namur"]


def listings(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def listing_page(number: int, town: str, country: str = "Belgium") -> str:
    """A listing with labels that the vocabulary knows, and one that it cannot know."""
    return (
        f"<title>Harbour House {town} | Quayside Guide</title><main><h1>Harbour House {town}</h1>"
        f"<p>The house in {town} is open to everybody who comes off a ship and does not know where to go next.</p>"
        f"<p><strong>Country:</strong> {country}</p>"
        f"<p><strong>City:</strong> {town}</p>"
        f"<p><strong>Type of service:</strong> Night shelter; Advice</p>"
        f"<p><strong>Nearest beacon:</strong> Light number {number}</p>"
        f"<p><strong>Phone:</strong> +1 202 555 01{number:02d}</p></main>"
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory of five listings behind a front page, with robots.txt and a closed corner."""
    folder = tmp_path / "quayside"
    folder.mkdir()
    links = "".join(f'<li><a href="{town.lower()}.html">{town}</a></li>' for town in TOWNS)
    front = f'<title>Welcome | Quayside Guide</title><main><h1>Guide</h1><ul>{links}</ul><a href="private/">Staff</a></main>'
    (folder / "index.html").write_text(front, "utf-8")
    for number, town in enumerate(TOWNS):
        (folder / f"{town.lower()}.html").write_text(listing_page(number, town), "utf-8")
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n", "utf-8")
    return folder


@pytest.fixture
def sources(tmp_path: Path, site: Path) -> Path:
    """A folder of sources with one source: the site."""
    folder = tmp_path / "sources"
    write_source(folder, "quayside", start=str(site))
    return folder


def write_source(sources: Path, name: str, **values: Any) -> None:
    (sources / name).mkdir(parents=True)
    (sources / name / "source.yml").write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# The command line itself


def test_without_a_command_the_help_is_printed_with_every_command_in_order() -> None:
    result = listings()
    assert result.exit_code == 0
    named = re.findall(r"^  (\w+)  +(\S.*)$", result.stdout, re.MULTILINE)
    assert [command for command, _ in named] == COMMANDS
    assert not [line for _, line in named if line.endswith("...")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_lines_of_a_terminal(command: str) -> None:
    result = listings(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}")
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, click; from flows.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "flows.cli" in loaded
    assert not loaded & {
        "prefect",
        "pandas",
        "pyarrow",
        "numpy",
        "rich",
        "requests",
        "selectolax",
        "phonenumbers",
        "babel",
    }


def test_commands_that_run_no_flow_never_load_prefect(sources: Path) -> None:
    code = (
        f"import sys; from flows.cli import main\n"
        f"try: main(['--sources', {str(sources)!r}, 'check'])\n"
        f"except SystemExit as end: print(end.code, 'prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([2, 3], 2), ([2, 1], 1)]
)
def test_failed_is_graver_than_bad_configuration_and_that_than_held(codes: list[int], code: int) -> None:
    assert gravest(codes) == code


# new


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


# check


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
        ({"schedule": "every monday"}, "is no cron expression"),
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


# review


def test_review_prints_where_the_pages_of_the_last_and_of_a_held_release_are(tmp_path: Path) -> None:
    folder = tmp_path / "processed" / "quayside"
    for name in ("20240101T000000Z", "20240108T000000Z", ".staging-20240115T000000Z"):
        (folder / name / "review").mkdir(parents=True)
        (folder / name / "review" / "index.html").write_text(name, "utf-8")
    (folder / "latest").symlink_to("20240108T000000Z", target_is_directory=True)
    last = listings("--data", tmp_path, "review", "quayside")
    held = listings("--data", tmp_path, "review", "quayside", "--held")
    assert (last.exit_code, held.exit_code) == (0, 0)
    assert Path(last.stdout.strip()).read_text("utf-8") == "20240108T000000Z"
    assert Path(held.stdout.strip()).read_text("utf-8") == ".staging-20240115T000000Z"


def test_review_says_what_is_missing(tmp_path: Path) -> None:
    none = listings("--data", tmp_path, "review", "quayside")
    assert (none.exit_code, "listings refresh quayside" in none.stderr) == (1, True)
    assert "no release is held" in listings("--data", tmp_path, "review", "quayside", "--held").stderr
    folder = tmp_path / "processed" / "quayside"
    (folder / "20240101T000000Z").mkdir(parents=True)
    (folder / "latest").symlink_to("20240101T000000Z", target_is_directory=True)
    bare = listings("--data", tmp_path, "review", "quayside")
    assert (bare.exit_code, "listings reparse quayside" in bare.stderr) == (1, True)


# The end of a run


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


# schedule


def test_a_wrong_schedule_names_the_file(sources: Path, site: Path) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * someday")
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 2
    assert f"{sources / 'weekly' / 'source.yml'}: `schedule`: '0 4 * * someday' is no cron expression" in result.stderr


@pytest.mark.parametrize("cron", ["61 * * * *", "* * * *", "0 0 4 * * 1", "", "@weekly"])
def test_what_is_no_cron_expression(cron: str) -> None:
    with pytest.raises(SourceError, match="no cron expression"):
        check_cron(Source("x", "https://quayside.example/", schedule=cron))


def test_an_extension_of_cron_that_prefect_does_not_have_names_the_file(tmp_path: Path) -> None:
    source = Source("x", "https://quayside.example/", tmp_path, schedule="0 4 LW * *")
    check_cron(source)
    with pytest.raises(SourceError, match=r"source\.yml: `schedule`: '0 4 LW \* \*' is no cron expression"):
        deployments(Workplace(tmp_path, tmp_path), [source])


def test_schedule_says_that_there_is_none(sources: Path) -> None:
    result = listings("--sources", sources, "schedule")
    assert result.exit_code == 0
    assert "no source has a schedule" in result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(arguments: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT)


def wait_for(condition: Callable[[], Any], process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"gave up waiting; the log says:\n{log.read_text('utf-8')}")


@pytest.fixture(scope="module")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server of its own on loopback; gives the environment that names it."""
    folder = tmp_path_factory.mktemp("prefect")
    api = f"http://127.0.0.1:{(port := free_port())}/api"
    environment = os.environ | {
        "PREFECT_HOME": str(folder),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
    }
    log = folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "prefect",
        "server",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ui",
    ]
    process = start(command, log, environment)

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"{api}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    try:
        wait_for(healthy, process, log)
        yield environment
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def test_schedules_are_served_as_deployments_until_interrupted(
    sources: Path, site: Path, tmp_path: Path, prefect_server: dict[str, str]
) -> None:
    write_source(sources, "weekly", start=str(site), schedule="0 4 * * 1", title="Quayside, weekly")
    data = tmp_path / "data"
    log = tmp_path / "schedule.log"
    code = "from flows.cli import main; main()"
    command = [sys.executable, "-c", code, "--sources", str(sources), "--data", str(data), "schedule"]
    process = start(command, log, prefect_server)
    try:
        found = wait_for(lambda: polled(prefect_server), process, log)
        assert [(one["name"], one["entrypoint"]) for one in found] == [("weekly", "flows.refresh.refresh")]
        assert found[0]["parameters"] == {"source": "weekly", "sources": str(sources), "data": str(data)}
        (schedule,) = found[0]["schedules"]
        assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("0 4 * * 1", "UTC")
        assert (schedule["active"], found[0]["paused"]) == (True, False)
    finally:
        process.send_signal(signal.SIGINT)
        code_at_end = process.wait(30)
    assert code_at_end == 0, log.read_text("utf-8")
    assert log.read_text("utf-8").splitlines()[0] == "weekly  0 4 * * 1 (UTC)"
    assert ask(prefect_server, "/deployments/filter")[0]["paused"]


def polled(environment: dict[str, str]) -> list[dict[str, Any]]:
    """The deployments whose runner has begun to ask for work."""
    return [one for one in ask(environment, "/deployments/filter") or [] if one["status"] == "READY"]


def ask(environment: dict[str, str], path: str) -> Any:
    request = urllib.request.Request(
        environment["PREFECT_API_URL"] + path, b"{}", {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
    except urllib.error.URLError:
        return None


def test_several_sources_go_on_past_one_that_fails(
    sources: Path, tmp_path: Path, prefect_server: dict[str, str]
) -> None:
    write_source(sources, "gone", start=str(tmp_path / "nowhere"))
    code = "from flows.cli import main; main()"
    command = [sys.executable, "-c", code, "--sources", str(sources), "--data", str(tmp_path / "data")]
    done = subprocess.run(
        [*command, "refresh", "--json"], cwd=ROOT, env=prefect_server, capture_output=True, text=True, timeout=120
    )
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(record["source"], record["listings"], record["held"]) for record in records] == [("quayside", 5, [])]
    assert "nowhere" in done.stderr
    assert done.returncode == 1
    review = listings("--data", tmp_path / "data", "review", "quayside")
    assert "<html" in Path(review.stdout.strip()).read_text("utf-8")
