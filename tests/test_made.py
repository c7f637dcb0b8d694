"""The tables that are kept as files are those that would be made now."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel import localedata

from parsers import hours, made, places, terms
from parsers.folding import load_vocabulary
from parsers.making import contents


def test_the_files_are_up_to_date() -> None:
    stale = [name for name, content in contents() if made.read(name) != content]
    assert not stale, "run `python -m parsers.making` and commit what it wrote"


def test_what_babel_has_loaded_before_changes_no_table() -> None:
    for locale in places.LOCALES:
        localedata.load(locale)
    name = "days"
    assert hours.TABLES[name][1]() == made.read(name)["table"]


def test_every_file_belongs_to_a_table() -> None:
    names = {"vocabularies", *hours.TABLES, *places.TABLES, *terms.TABLES}
    assert {path.name.removesuffix(".json.gz") for path in made.FOLDER.iterdir()} == names


@pytest.mark.parametrize("broken", [None, b"", b"\x1f\x8b\x08", b"no table"])
def test_without_its_file_a_table_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes | None
) -> None:
    monkeypatch.setattr(made, "FOLDER", tmp_path)
    if broken is not None:
        (tmp_path / "iso_codes.json.gz").write_bytes(broken)
    assert made.kept("iso_codes", *places.TABLES["iso_codes"])["NLD"] == "NL"


def test_a_table_of_another_vocabulary_is_made_anew() -> None:
    assert made.kept("iso_codes", "countries", dict) != {}
    assert made.kept("iso_codes", "regions", dict) == {}


def test_an_edited_vocabulary_is_read_from_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hours.yml").write_text("en: [round the clock]\n", encoding="utf-8")
    monkeypatch.setattr(made, "VOCABULARY", tmp_path)
    load_vocabulary.cache_clear()
    try:
        assert load_vocabulary("hours") == {"en": ["round the clock"]}
    finally:
        load_vocabulary.cache_clear()
