"""`listings parse` and `listings split`: what the parser sees in pages, and text by language."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fetchers.crawl import crawl
from fetchers.local import served
from flows import reading
from parsers.listing import parse
from parsers.model import Listing, Page
from parsers.site import Site
from sources.source import Source
from tests.commands.conftest import TOWNS, listing_page, listings
from tests.conftest import environment
from tests.conftest import listings as start

ENGLISH = "The house is open to everybody who needs a bed for the night, and nobody has to give a name."
FRENCH = "La maison accueille toutes les personnes qui cherchent un lit pour la nuit, sans demander leur nom."


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def values(record: dict[str, Any]) -> dict[str, str]:
    return {field["label"]: field["value"] for field in record["fields"]}


def test_a_folder_is_read_as_one_site_with_the_labels_that_its_pages_share(site: Path) -> None:
    for number, town in enumerate(TOWNS):
        (site / f"{town.lower()}.html").write_text(
            listing_page(number, town).replace(
                f"<strong>Nearest beacon:</strong> Light number {number}", f"Pier: {number}"
            ),
            "utf-8",
        )
    result = listings("parse", "--jsonl", site)
    assert result.exit_code == 0, result.output
    found = [record for record in lines(result.stdout) if record["normalized"]["country"]]
    assert [Path(record["file"]).stem for record in found] == sorted(town.lower() for town in TOWNS)
    assert {record["normalized"]["country"] for record in found} == {"BE"}
    assert [values(record)["Pier"] for record in found] == [str(TOWNS.index(town)) for town in sorted(TOWNS)]
    (alone,) = lines(listings("parse", "--jsonl", site / "ghent.html").stdout)
    assert values(alone)["City"] == "Ghent"
    assert "Pier" not in values(alone)


def test_a_file_a_warc_file_and_a_url_give_the_same_listing(site: Path, tmp_path: Path) -> None:
    found = crawl(Source("quayside", str(site)), tmp_path / "raw")
    with served(site) as running:
        texts = [
            listings("parse", "--jsonl", each).stdout
            for each in (site / "mons.html", found.files[0], f"http://127.0.0.1:{running.port}/mons.html")
        ]
    records = [next(record for record in lines(text) if values(record).get("City") == "Mons") for text in texts]
    assert records[0]["normalized"]["contacts"][0]["normalized"] == "+12025550103"
    for record in records:
        assert (record["fields"], record["normalized"]) == (records[0]["fields"], records[0]["normalized"])


def test_the_hints_count(tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    path.write_text("<p><b>Name:</b> Quay House</p><p><b>Phone:</b> 020 7946 0123</p>", "utf-8")
    with_hint, without = (
        lines(listings("parse", "--jsonl", path, *more).stdout)[0] for more in (["--country", "GB"], [])
    )
    assert with_hint["normalized"]["contacts"][0]["normalized"] == "+442079460123"
    assert without["normalized"]["contacts"][0]["normalized"] is None


def test_what_cannot_be_read_is_told_and_does_not_stop_the_others(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(page: Page, source: Source, known: Site | None = None) -> list[Listing]:
        if "bruges" in page.url:
            raise RecursionError("too deep")
        return parse(page, source, known)

    monkeypatch.setattr(reading, "parse", fragile)
    (tmp_path / "empty").mkdir()
    (tmp_path / "scan.html").write_bytes(b"%PDF-1.7")
    names = [
        tmp_path / "none.html",
        tmp_path / "empty",
        tmp_path / "scan.html",
        site / "bruges.html",
        site / "mons.html",
    ]
    result = listings("parse", "--jsonl", *names)
    assert result.exit_code == 1
    assert [values(record)["City"] for record in lines(result.stdout) if record["fields"]] == ["Mons"]
    errors = result.stderr.splitlines()
    assert len(errors) == 4
    for name, said in zip(names, ("No such file", "no page in this folder", "no HTML", "RecursionError"), strict=False):
        assert [line for line in errors if line.startswith(f"Error: {name}: ") and said in line], (name, errors)


def test_a_person_reads_fields_normal_forms_and_texts(site: Path) -> None:
    result = listings("parse", site / "ghent.html")
    assert result.exit_code == 0, result.output
    for said in ("Country", "Belgium", "+12025550100", "text, en", "is accounted for"):
        assert said in result.stdout


def test_split_reads_lines_in_order_with_offsets_in_characters(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    texts = [f"{ENGLISH}\n\n{FRENCH}", "", "\U0001f6cf " + FRENCH]
    path.write_text("".join(f"{json.dumps({'text': text})}\n" for text in texts), "utf-8")
    result = listings("split", "--jsonl", path)
    assert result.exit_code == 0, result.output
    found = [record["passages"] for record in lines(result.stdout)]
    assert [[passage["lang"] for passage in passages] for passages in found] == [["en", "fr"], [], ["fr"]]
    assert [texts[0][p["start"] : p["end"]] for p in found[0]] == [ENGLISH, FRENCH]
    assert texts[2][: found[2][0]["end"]].endswith("leur nom.")
    assert all(0 <= p["confidence"] <= 1 for passages in found for p in passages)


def test_split_answers_a_line_before_the_next_one_comes() -> None:
    command = [sys.executable, "-c", "from flows.cli import main; main()", "split", "--jsonl", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdin and process.stdout
        for text, lang in ((ENGLISH, "en"), (FRENCH, "fr")):
            process.stdin.write(json.dumps({"text": text}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["passages"][0]["lang"] == lang
        # A last line may end without a newline.
        last, _ = process.communicate(json.dumps({"text": FRENCH}))
        assert len(last.splitlines()) == 1


@pytest.mark.parametrize("line", ['{"txt": "a"}', "no json", '{"text": 3}', "[]"])
def test_split_names_the_line_that_it_cannot_read(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"text": "{ENGLISH}"}}\n{line}\n', "utf-8")
    result = listings("split", "--jsonl", path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {path}:2: ")
    assert len(lines(result.stdout)) == 1


def test_split_shows_each_passage_with_its_language(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(f"{ENGLISH}\n\n{FRENCH} Écoute.".encode("windows-1252"))
    result = listings("split", path)
    assert result.exit_code == 0, result.output
    assert [line[:2] for line in result.stdout.splitlines() if line.strip()] == ["en", "fr"]
    assert result.stderr == f"Note: {path} is not UTF-8: it is read as windows-1252.\n"


def test_on_a_terminal_the_page_is_shown_in_colours(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<main><h1>Harbour House</h1><p>The house is open to everybody who comes off a ship and needs advice.</p>"
        "<p>La maison est ouverte à tous ceux qui descendent d'un bateau et cherchent conseil.</p>"
        "<p><strong>Country:</strong> Belgium</p><p><strong>Phone:</strong> +1 202 555 0101</p>"
        "<p><strong>Nearest beacon:</strong> Light 4</p></main>",
        "utf-8",
    )
    plain = start("parse", page, env=environment(tmp_path))
    shown = start("parse", page, env=environment(tmp_path, FORCE_COLOR="1", TERM="xterm-256color"))
    assert (plain.returncode, shown.returncode) == (0, 0), shown.stderr
    assert "\x1b[" not in plain.stdout
    assert re.search(r"Nearest beacon +unknown label +Light 4", plain.stdout)
    assert "the page: " not in plain.stdout
    assert "the page: " in shown.stdout
    assert "\x1b[36mThe house is open" in shown.stdout
    assert "\x1b[32mLa maison est ouverte" in shown.stdout
    assert "\x1b[4mBelgium" in shown.stdout
