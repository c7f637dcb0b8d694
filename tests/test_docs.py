"""The documents are true: their examples run, their commands and files exist, their tables say what the code says."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import zip_longest
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
import yaml

from flows import cli, exits
from flows.workplace import Workplace
from parsers.folding import load_vocabulary
from releases.codebook import codebook
from releases.merge import DUPLICATES
from sources import suppress
from sources.lookups import COLUMNS, load_lookups
from sources.source import NOT_KEYS, Source, find_sources, load_source
from sources.suppress import load_takedowns

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("sources/*/README.md"), *ROOT.glob("examples/*.md")]
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
HOSTS = ("docs.prefect.io", "www.dask.org", "keepachangelog.com", "semver.org", "www.therealjihad.org", "127.0.0.1")
"""The hosts that documents may name, beside names reserved for examples and for this machine (RFC 2606, RFC 6761)."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a document; `prints` is the block of text right after it: what it says on standard output."""

    where: str
    language: str
    text: str
    prints: str | None


def blocks(*languages: str) -> list[Block]:
    return [block for document in DOCUMENTS for block in _blocks(document) if block.language in languages]


def _blocks(document: Path) -> Iterator[Block]:
    text = document.read_text(encoding="utf-8")
    found = list(FENCE.finditer(text))
    for block, after in zip_longest(found, found[1:]):
        follows = after and after[1] == "text" and not text[block.end() : after.start()].strip()
        line = text.count("\n", 0, block.start()) + 1
        where = f"{document.relative_to(ROOT)}:{line}"
        yield Block(where, block[1], block[2], after[2] if after and follows else None)


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without its head."""
    lines = text.split(f"{heading}\n", 1)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| ---")) + 1
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def first_code(cells: list[list[str]]) -> list[str]:
    return [code for row in cells for code in CODE.findall(row[0])]


def command_lines() -> list[tuple[str, list[str]]]:
    """Every command that a document shows: the lines of `console` blocks, and code that starts with `listings`."""
    found = []
    for block in blocks("console"):
        shown = [line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ ")]
        assert shown, f"{block.where}: no line of this block starts with `$ `"
        found += [(block.where, shlex.split(line)) for line in shown]
    for document in DOCUMENTS:
        for code in CODE.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
            words = code.replace("\\|", " ").replace("[", "").replace("]", "").replace("...", "").split()
            if words[:1] == ["listings"] and words[1:] and words[1].isalpha():
                found.append((str(document.relative_to(ROOT)), words))
    return found


def shown_file(block: Block) -> Path | None:
    """The file of this project whose text a block shows: its first line, a comment, names it."""
    named = re.match(r"# (\S+\.py)\n", block.text)
    return ROOT / named[1] if named else None


EXAMPLES = [block for block in blocks("python") if not shown_file(block)]


@pytest.mark.parametrize("block", [pytest.param(b, id=b.where) for b in blocks("python") if shown_file(b)])
def test_files_shown_are_the_files(block: Block) -> None:
    path = shown_file(block)
    assert path and path.read_text(encoding="utf-8") == block.text.partition("\n")[2]


@pytest.mark.parametrize("block", [pytest.param(block, id=block.where) for block in blocks("csv")])
def test_lookups_and_takedowns_shown_load(block: Block, tmp_path: Path) -> None:
    takedowns = block.text.startswith("listing,")
    (tmp_path / ("suppress.csv" if takedowns else "lookups.csv")).write_text(block.text, encoding="utf-8")
    assert (load_takedowns(tmp_path) if takedowns else load_lookups(tmp_path)).entries


def test_every_column_that_can_be_taken_out_is_described() -> None:
    chapter = SOURCES.split("## Takedowns\n", 1)[1].split("\n## ", 1)[0]
    assert set(suppress.COLUMNS) <= set(CODE.findall(chapter))


def test_every_column_of_lookups_is_described() -> None:
    assert sorted(first_code(rows(SOURCES, "## Values set by hand"))) == sorted(COLUMNS)


@pytest.mark.xdist_group("example")
@pytest.mark.parametrize("block", [pytest.param(block, id=block.where) for block in EXAMPLES])
def test_python_examples_run_and_print_what_is_shown(
    block: Block, example: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(example.data.parent)
    exec(compile(block.text, block.where, "exec"), {})
    printed = capsys.readouterr().out
    assert printed
    if block.prints is not None:
        assert printed == block.prints


def test_the_tables_are_loaded_in_pandas_polars_and_duckdb() -> None:
    imported = {
        module for block in blocks("python") for module in re.findall(r"^import (\w+)", block.text, re.MULTILINE)
    }
    assert {"pandas", "polars", "duckdb"} <= imported


@pytest.mark.parametrize("block", [pytest.param(block, id=block.where) for block in blocks("yaml")])
def test_examples_of_a_source_load(block: Block, tmp_path: Path) -> None:
    (tmp_path / "source.yml").write_text(block.text, encoding="utf-8")
    assert load_source(tmp_path).start


@pytest.mark.parametrize("name", find_sources(ROOT / "sources"))
def test_sources_that_ship_load_and_are_described(name: str) -> None:
    assert load_source(ROOT / "sources" / name).name == name
    assert (ROOT / "sources" / name / "README.md").is_file()


def test_every_key_of_a_source_is_described_and_shown() -> None:
    keys = {field.name for field in fields(Source)} - NOT_KEYS
    described = first_code(rows(SOURCES, "## Keys"))
    assert sorted(described) == sorted(keys)
    shown = [set(yaml.safe_load(block.text)) for block in blocks("yaml")]
    assert keys in shown


def test_every_key_of_a_label_is_described() -> None:
    keys = {entry["key"] for entry in load_vocabulary("labels")}
    assert set(first_code(rows(SOURCES, "## Keys that a label may stand for"))) == keys


def test_every_kind_of_problem_is_described() -> None:
    described = set(first_code(rows(SOURCES, "## Problems")))
    written = re.compile(r"\bProblem\(\s*(f?)\"([^\"]+)\"")
    used = set(DUPLICATES.values())
    for room in ("parsers", "releases", "flows"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for formatted, kind in written.findall(path.read_text(encoding="utf-8")):
                pattern = re.compile(re.sub(r"\{.*?\}", r"[a-z_]+", kind) if formatted else re.escape(kind))
                known = {name for name in described if pattern.fullmatch(name)}
                assert known, f"{path.name}: problems of kind {kind!r} are not described in docs/sources.md"
                used |= known
    assert described == used


def test_the_automation_shown_is_one_to_prefect() -> None:
    from prefect.events.schemas.automations import AutomationCore

    (block,) = blocks("automation")
    automation = AutomationCore.model_validate(yaml.safe_load(block.text))
    assert "prefect.flow-run.Held" in automation.trigger.expect  # type: ignore[union-attr]


def test_readme_lists_every_command_and_no_other() -> None:
    listed = [code.split()[1] for code in first_code(rows(README, "## Commands"))]
    assert sorted(listed) == sorted(cli.main.commands)


@pytest.mark.parametrize(("where", "words"), [pytest.param(w, c, id=f"{w} {' '.join(c)}") for w, c in command_lines()])
def test_commands_shown_exist_with_their_options(where: str, words: list[str]) -> None:
    match words:
        case ["listings", name, *arguments]:
            command = cli.main.get_command(click.Context(cli.main), name)
            assert command is not None, f"{where}: there is no `listings {name}`"
            options = [word for word in arguments if word.startswith("-") and word != "-"]
            known = {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)}
            assert set(options) <= known, f"{where}: `listings {name}` has no {sorted(set(options) - known)}"
        case ["make", target]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        case ["prefect", *arguments]:
            from prefect.cli._app import _app

            _app.parse_args(arguments, exit_on_error=False, print_error=False)
        case ["dask", name, *arguments]:
            command = importlib.import_module(f"distributed.cli.dask_{name}").main
            command.make_context(name, arguments)
        case ["export", assignment]:
            assert assignment.startswith(("PREFECT_API_URL=", "LISTINGS_HOME="))
        case _:
            pytest.fail(f"{where}: nobody knows whether {words} is right")


@pytest.mark.parametrize("block", [pytest.param(block, id=block.where) for block in blocks("console")])
def test_complete_commands_have_the_arguments_they_need(block: Block) -> None:
    for line in block.text.splitlines():
        words = shlex.split(line.removeprefix("$ "))
        if words[:1] == ["listings"]:
            command = cli.main.get_command(click.Context(cli.main), words[1])
            assert command is not None
            command.make_context(words[1], words[2:])


def test_exit_codes_are_those_of_the_command_line() -> None:
    codes = {int(row[0]) for row in rows(README, "| exit code | meaning |")}
    assert codes == {exits.DONE, exits.FAILED, exits.USAGE, exits.HELD, 130}


def test_modules_to_run_exist() -> None:
    modules = {m for document in DOCUMENTS for m in re.findall(r"python -m ([\w.]+)", document.read_text("utf-8"))}
    assert "releases.codebook" in modules
    for module in sorted(modules):
        assert importlib.util.find_spec(module), module


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        path = (document.parent / parts.path).resolve() if parts.path else document
        assert path.exists(), f"{document.name}: {target} leads nowhere"
        if parts.fragment:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert parts.fragment in {_anchor(heading) for heading in headings}, f"{document.name}: {target}"


def _anchor(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_named_are_there(document: Path) -> None:
    named = re.compile(r"(?:flows|reports|releases|fetchers|parsers|tests|docs|examples|benchmarks)/[\w./-]*")
    for code in CODE.findall(FENCE.sub("", document.read_text(encoding="utf-8"))):
        if named.fullmatch(code):
            assert (ROOT / code).exists(), f"{document.name}: there is no {code}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_foreign_host_and_no_path_of_a_machine(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for url in re.findall(r"https?://[^\s)>`\"']+", text):
        host = urlsplit(url).hostname or ""
        assert host in HOSTS or host.endswith((".example", ".localhost")), f"{document.name}: {url}"
    assert not re.findall(r"(?<![\w.~/-])/(?:home|root|tmp|opt|usr|var|mnt|Users)/", text)


def test_tables_are_described_as_the_schema_says() -> None:
    written = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert written == codebook(), "run `python -m releases.codebook > docs/tables.md`"


def test_citation_and_changelog_are_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    # What the Citation File Format 1.2.0 requires.
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"] and citation["authors"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    latest = re.search(r"^## \[(\d[^\]]*)\] - (\S+)$", changelog, re.MULTILINE)
    assert latest
    assert (latest[1], latest[2]) == (project["version"], str(citation["date-released"]))
