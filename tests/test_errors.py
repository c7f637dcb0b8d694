"""What goes wrong: told in a line with what, where and what to do, with its exit code, and nothing else is harmed by it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import requests

from fetchers.archive import page_urls
from fetchers.crawl import crawl
from flows import batches
from flows.workplace import Workplace
from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.site import Site, SiteCounts, count
from releases.release import held, latest, releases
from sources.source import Pace, Source
from tests.conftest import MAIN, environment, listings, refreshed
from tests.servers import Answer, html, serving

DONE, FAILED, USAGE, HELD = 0, 1, 2, 3

server = pytest.mark.xdist_group("prefect")


def entry(number: int) -> str:
    return f"""<!doctype html><html lang="en"><title>House {number}</title><main><h1>House {number}</h1>
<p><strong>Country:</strong> Belgium</p><p><strong>Organisation name:</strong> House {number}</p>
<p><strong>Type of service:</strong> Advice / Shelter</p><p><strong>Tel:</strong> +32 2 555 01 {number:02}</p></main>"""


def index(*paths: str) -> Answer:
    links = "".join(f'<li><a href="{path}">{path}</a></li>' for path in paths)
    return html(f"<!doctype html><title>Guide</title><main><h1>Guide</h1><ul>{links}</ul></main>")


def guide(*numbers: int) -> dict[str, Answer]:
    """A site of some listings."""
    return {"/": index(*(f"/{n}" for n in numbers))} | {f"/{n}": html(entry(n)) for n in numbers}


def write(root: Path, name: str, text: str) -> Path:
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.yml").write_text(text, encoding="utf-8")
    return folder


def start(base: str, more: str = "") -> str:
    return f"start: {base}/\npace: {{delay: 0}}\n{more}"


# --- configuration: nothing runs

WEB = "start: http://guide.example/\n"
BAD = [
    # source.yml, arguments, what is told
    (
        WEB,
        ["refresh", "gudie"],
        "gudie: no such source in {root}/ (a source is a folder with a source.yml). Did you mean guide?",
    ),
    (WEB, ["reparse", "gudie"], "Did you mean guide?"),
    (f"{WEB}title: [a\nb: c\n", ["refresh", "guide"], "{root}/guide/source.yml:3: is not YAML: "),
    (
        f"{WEB}\ntitel: a\n",
        ["refresh", "guide"],
        "{root}/guide/source.yml:3: unknown key `titel`. Did you mean `title`?",
    ),
    (
        f"{WEB}pace:\n  delay: soon\n",
        ["refresh", "guide"],
        "guide/source.yml:3: `pace.delay` must be seconds, at least 0",
    ),
    (WEB, ["refresh", "guide", "--limit", "0"], "--limit"),
    (WEB, ["refresh", "guide", "--workers", "many"], "--workers"),
    (WEB, ["refersh", "guide"], "refersh"),
]


@pytest.mark.parametrize(
    ("text", "args", "told"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_usage_and_configuration(tmp_path: Path, text: str, args: list[str], told: str) -> None:
    root, data = tmp_path / "sources", tmp_path / "data"
    write(root, "guide", text)
    run = listings("--sources", root, "--data", data, *args, env=environment(tmp_path))
    assert run.returncode == USAGE
    assert told.format(root=root) in run.stderr
    assert run.stdout == "" and "Traceback" not in run.stderr
    assert not data.exists()


# --- runs: one command for many sources, each in a trouble of its own


@dataclass(frozen=True)
class Ran:
    """What a command told, and where its data is."""

    code: int
    out: list[dict[str, object]]
    err: str
    err_alone: str
    data: Path
    bases: dict[str, str]

    def error(self, source: str) -> str:
        """The one error line that names the source, or the address of its site."""
        lines = (self.err + self.err_alone).splitlines()
        (found,) = (
            line
            for line in lines
            if line.startswith((f"Error: {source}:", *(f"Error: {self.bases[source]}{end}" for end in (":", "/:"))))
        )
        return found.removeprefix("Error: ")

    def table(self, name: str, source: str) -> pd.DataFrame:
        """A table of the source's latest release."""
        release = latest(self.data / "processed" / source)
        assert release is not None
        return pd.read_parquet(release / f"{name}.parquet")


BINARY = Answer(
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type /Catalog>> endobj\n", headers={"Content-Type": "text/html"}
)
UNDECODABLE = Answer(
    b"\xef\xbb\xbf" + entry(8).replace("Advice", "Advice \x1a").encode().replace(b"\x1a", b"\xff\x81\xc3("),
    headers={"Content-Type": "text/html; charset=utf-8"},
)
ODD = {
    **guide(1, 2, 3),
    "/": index("/1", "/2", "/3", "/8", "/report", "/gone", "/crash", "/picture"),
    "/8": UNDECODABLE,
    "/report": BINARY,
    "/crash": Answer(b"out of order", 501),
    "/picture": Answer(b"\x89PNG\r\n", headers={"Content-Type": "image/png"}),
}
NEWS = {
    "/": index("/a", "/b"),
    "/a": html(
        "<title>Fair</title><main><h1>Fair</h1><p><b>Opening hours:</b> ten to four</p><p>Come and see.</p></main>"
    ),
    "/b": html("<title>Walk</title><main><h1>Walk</h1><p>Bring boots and a friend, and be there in time.</p></main>"),
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, with_server: dict[str, str]) -> Iterator[Ran]:
    """Refresh of all sources of a folder; the last of them is sound, and its name no plain word."""
    root = tmp_path_factory.mktemp("troubles")
    sources, data = root / "sources", root / "data"
    sites = {
        "closed": {"/robots.txt": Answer(b"User-agent: *\nDisallow: /\n", headers={"Content-Type": "text/plain"})},
        "news": NEWS,
        "shrunk": guide(1, 2, 3),
        "Süd_1": ODD,
    }
    with ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        bases = {name: stack.enter_context(serving(answers)).base for name, answers in sites.items()} | {
            "nobody": nobody
        }
        # Asking a host again and again takes its time: meanwhile the others.
        write(root / "alone", "nobody", start(bases.pop("nobody")))
        alone = [*MAIN, "--sources", str(root / "alone"), "--data", str(data), "refresh", "nobody"]
        asking = stack.enter_context(subprocess.Popen(alone, env=with_server, stderr=subprocess.PIPE, text=True))
        for name, base in bases.items():
            write(sources, name, start(base, "expect: {listings: 40}\n" if name == "shrunk" else ""))
        write(sources, "broken", "start: http://guide.example/\ntitle: [a\n")
        write(sources, "folder", f"start: {json.dumps(str(root / 'nowhere'))}\n")
        bases |= {"broken": f"{sources}/broken/source.yml", "folder": str(root / "nowhere")}
        run = listings("--sources", sources, "--data", data, "refresh", "--json", env=with_server)
        _, told = asking.communicate(timeout=120)
        assert asking.returncode == FAILED
        out = [json.loads(line) for line in run.stdout.splitlines()]
        yield Ran(run.returncode, out, run.stderr, told, data, bases | {"nobody": nobody})


@server
def test_one_source_that_fails_does_not_stop_the_others(ran: Ran) -> None:
    assert [told["source"] for told in ran.out] == ["Süd_1", "shrunk"]
    assert ran.code == FAILED
    assert len(re.findall(r"^Error: ", ran.err, re.M)) == 4
    assert "Traceback" not in ran.err


@server
def test_a_host_that_does_not_answer(ran: Ran) -> None:
    error = ran.error("nobody")
    assert "cannot be fetched" in error and "refused" in error and error.endswith("later.")


@server
def test_a_site_that_robots_txt_closes(ran: Ran) -> None:
    error = ran.error("closed")
    assert f"{ran.bases['closed']}/robots.txt forbids it to 'listings'" in error
    assert not list((ran.data / "raw" / "closed").glob("*.warc.gz*"))


@server
def test_a_site_without_listings_says_how_many_pages_were_seen_and_what_came_closest(ran: Ran) -> None:
    error = ran.error("news")
    assert error.startswith("news: no listing found among 3 pages. ")
    assert "opening hours" in error.lower() and "`labels:` in source.yml" in error
    assert latest(ran.data / "processed" / "news") is None


@server
def test_a_folder_that_is_not_there(ran: Ran) -> None:
    error = ran.error("folder")
    assert "cannot be read as a folder (No such file or directory). Mend `start` in source.yml" in error


@server
def test_a_broken_configuration_among_others(ran: Ran) -> None:
    assert f"Error: {ran.bases['broken']}:3: is not YAML" in ran.err


@server
def test_a_release_below_what_is_expected_is_held(ran: Ran) -> None:
    (told,) = (told for told in ran.out if told["source"] == "shrunk")
    assert "3 listings, at least 40 expected" in json.dumps(told["held"])
    assert latest(ran.data / "processed" / "shrunk") is None
    staged = Path(str(told["release"]))
    assert len(pd.read_parquet(staged / "listings.parquet")) == 3
    assert (staged / "review" / "index.html").is_file()


@server
def test_pages_that_cannot_be_read_are_told_and_the_run_goes_on(ran: Ran) -> None:
    found = ran.table("listings", "Süd_1")
    base = ran.bases["Süd_1"]
    assert set(found["url"]) == {f"{base}/{n}" for n in (1, 2, 3, 8)}
    problems = ran.table("problem", "Süd_1")
    kinds = {(row.url, row.kind) for row in problems.itertuples()}
    assert (f"{base}/8", "undecodable-bytes") in kinds and (f"{base}/report", "not-text") in kinds
    assert problems["advice"].str.len().min() > 0
    (told,) = (told for told in ran.out if told["source"] == "Süd_1")
    assert {failure["url"].removeprefix(base): failure["kind"] for failure in told["failures"]} == {  # type: ignore[attr-defined]
        "/gone": "http-404",
        "/crash": "http-501",
        "/picture": "not-html",
    }


@pytest.mark.long
@server
def test_a_held_release_leaves_the_last_one_as_it_was(tmp_path: Path, with_server: dict[str, str]) -> None:
    args = ("--sources", tmp_path / "sources", "--data", tmp_path / "data", "refresh", "guide")
    with serving(guide(1, 2, 3, 4)) as site:
        write(tmp_path / "sources", "guide", start(site.base))
        assert listings(*args, env=with_server).returncode == DONE
        processed = tmp_path / "data" / "processed" / "guide"
        good = latest(processed)
        assert good is not None
        before = {path: path.read_bytes() for path in sorted(good.rglob("*")) if path.is_file()}
        site.answers |= guide(1, 2)
        del site.answers["/3"], site.answers["/4"]
        run = listings(*args, env=with_server)
    assert run.returncode == HELD
    assert "HELD: 2 of 4 listings are gone" in run.stdout
    assert "`listings release guide --accept REASON`" in run.stdout
    assert latest(processed) == good and releases(processed) == [good]
    assert {path: path.read_bytes() for path in before} == before
    runs = requests.post(f"{with_server['PREFECT_API_URL']}/flow_runs/filter", json={"limit": 200}, timeout=30).json()
    states = {(r["state_name"], *r["tags"]) for r in runs if r["parameters"].get("data") == str(tmp_path / "data")}
    assert states == {("Completed",), ("Held", "held")}
    kept = held(processed)
    assert kept is not None
    assert "This release is held" in (kept / "review" / "index.html").read_text("utf-8")


# --- disks


def pages_of_a_guide(root: Path) -> None:
    """A folder of some listings, as the source "guide" of root/sources."""
    pages = root / "pages"
    pages.mkdir(exist_ok=True)
    for n in range(3):
        (pages / f"{n}.html").write_text(entry(n), encoding="utf-8")
    write(root / "sources", "guide", f"start: {json.dumps(str(pages))}\n")


def crawled(root: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Refresh a folder of some listings into root/data."""
    pages_of_a_guide(root)
    command = [*MAIN, "--sources", str(root / "sources"), "--data", str(root / "data"), "refresh", "guide"]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=180, check=False)


@server
@pytest.mark.parametrize("place", ["data", "data/processed/guide"])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, with_server: dict[str, str], place: str) -> None:
    """Where the folder should be is a file: that stops root too."""
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("in the way", encoding="utf-8")
    run = crawled(tmp_path, with_server)
    assert run.returncode == FAILED
    assert re.search(rf"^Error: {re.escape(str(tmp_path / place))}\S*: ", run.stderr, re.M), run.stderr
    assert "Traceback" not in run.stderr
    assert (tmp_path / place).read_text(encoding="utf-8") == "in the way"


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of so many kilobytes at `folder`; gives a function that makes it larger."""

    def mount(kilobytes: int, option: str = "rw") -> bool:
        command = ["mount", "-t", "tmpfs", "-o", f"{option},size={kilobytes}k", "tmpfs", str(folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def enlarge(kilobytes: int) -> None:
        assert mount(kilobytes, "remount")

    folder.mkdir()
    if shutil.which("mount") is None or not mount(kilobytes):
        pytest.skip("no right to mount a small file system here: a full disk is NOT TESTED")
    try:
        yield enlarge
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@server
def test_a_disk_that_is_full(tmp_path: Path, with_server: dict[str, str]) -> None:
    """It says so, what people load stays as it is, and with more room the next run goes on."""
    data = tmp_path / "data"
    with small_disk(data, 4) as enlarge:
        for full, larger in (("raw", 160), ("processed", 50_000)):
            run = crawled(tmp_path, with_server)
            assert run.returncode == FAILED, run.stdout
            told = rf"^Error: {re.escape(str(data / full))}\S*: cannot be written \(No space left on device\)\. Free some space"
            assert re.search(told, run.stderr, re.M), run.stderr
            assert run.stderr.count("\n") == len(re.findall(r"^(?:fetch|study|parse|Error): ", run.stderr, re.M)), (
                run.stderr
            )
            assert latest(data / "processed" / "guide") is None
            enlarge(larger)
        assert crawled(tmp_path, with_server).returncode == DONE
        release = latest(data / "processed" / "guide")
        assert release is not None and len(pd.read_parquet(release / "listings.parquet")) == 3


# --- worker processes

DEADLY = """
import os, signal

def fields(soup):
    if "House 1" in soup.get_text():
        os.kill(os.getpid(), signal.SIGKILL)
    return []
"""
"""A source's own parser that ends the process that parses one page, as a kernel without memory does."""


@pytest.mark.long
@server
def test_workers_that_run_out_of_memory(tmp_path: Path, with_server: dict[str, str]) -> None:
    """It says so, publishes nothing half-made, and with a mended parser the same archive is released."""
    pages_of_a_guide(tmp_path)
    refreshed(Workplace(tmp_path / "sources", tmp_path / "data"), "guide")
    folder = tmp_path / "data" / "processed" / "guide"
    before = latest(folder)
    assert before is not None
    (tmp_path / "sources" / "guide" / "parser.py").write_text(DEADLY, encoding="utf-8")
    command = [*MAIN, "--sources", str(tmp_path / "sources"), "--data", str(tmp_path / "data"), "reparse", "guide"]
    run = subprocess.run(
        [*command, "--workers", "2"], env=with_server, capture_output=True, text=True, timeout=180, check=False
    )
    assert run.returncode == FAILED, run.stdout
    told = r"^Error: Batch \d: its worker process was ended from outside, twice\. Most often memory ran out: use fewer"
    assert re.search(told, run.stderr, re.M), run.stderr
    assert "Traceback" not in run.stderr
    assert latest(folder) == before and releases(folder) == [before] and held(folder) is None
    assert {path.name for path in folder.iterdir()} <= {before.name, "latest", ".lock"}
    assert len(pd.read_parquet(before / "listings.parquet")) == 3
    (tmp_path / "sources" / "guide" / "parser.py").unlink()
    assert subprocess.run(command, env=with_server, capture_output=True, timeout=180, check=False).returncode == DONE


# --- pages


def test_a_page_that_breaks_the_parser_is_told_and_the_others_are_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(page: Page, source: Source, site: Site | None = None) -> list[Listing]:
        if page.url.endswith("/2"):
            raise RecursionError("too deep")
        return parse(page, source, site)

    monkeypatch.setattr(batches, "parse", fragile)
    with serving(guide(1, 2, 3)) as site:
        source = Source("guide", f"{site.base}/", pace=Pace(0.0, 1))
        found = crawl(source, tmp_path / "raw")
    (batch,) = batches.cut(page_urls(tmp_path / "raw", found))
    parsed = batches.parse_batch(tmp_path / "raw", found, source, Site(), batch, tmp_path / "parts")
    assert parsed.listings == 2 and parsed.problems["parser-error"] == 1
    problem = pd.read_parquet(parsed.part / "problem.parquet").query("kind == 'parser-error'").iloc[0]
    assert problem["url"] == f"{site.base}/2" and problem["seen"] == "RecursionError: too deep"
    assert "report it" in problem["advice"]


def test_a_page_that_breaks_the_counting_ends_no_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(guide(1, 2, 3)) as site:
        source = Source("guide", f"{site.base}/", pace=Pace(0.0, 1))
        found = crawl(source, tmp_path / "raw")
    (batch,) = batches.cut(page_urls(tmp_path / "raw", found))
    whole = batches.study(tmp_path / "raw", found, batch)

    def fragile(pages: list[Page]) -> SiteCounts:
        if pages[0].url.endswith("/2"):
            raise RecursionError("too deep")
        return count(pages)

    batches.forget()
    monkeypatch.setattr("fetchers.reading.count", fragile)
    assert batches.study(tmp_path / "raw", found, batch).pages == whole.pages - 1
    batches.forget()
