"""The tables that are kept as files are those that would be made now."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from babel import localedata

from parsers import hours, made, ngrams, places
from parsers.folding import load_vocabulary
from parsers.making import TABLES, contents

KEPT_NGRAMS = ngrams.read()


def test_the_files_are_up_to_date() -> None:
    stale = [name for name, content in contents() if made.read(name) != content]
    assert not stale, "run `python -m parsers.making` and commit what it wrote"


def test_what_babel_has_loaded_before_changes_no_table() -> None:
    for locale in places.LOCALES:
        localedata.load(locale)
    name = "days"
    assert hours.TABLES[name][1]() == made.read(name)["table"]


def test_every_file_belongs_to_a_table() -> None:
    names = {f"{name}.json.gz" for name in ("vocabularies", *TABLES)}
    assert {path.name for path in made.FOLDER.iterdir()} == {*names, ngrams.FILE.name}


def test_the_ngrams_are_up_to_date() -> None:
    made_now, kept = ngrams.make(), ngrams.read()
    assert set(made_now) == set(kept)
    for name, array in made_now.items():
        # Logarithms may differ in their last bit from machine to machine.
        same = np.allclose(array, kept[name], rtol=1e-6) if name.endswith("logs") else np.array_equal(array, kept[name])
        assert same, f"{name}: run `python -m parsers.making` and commit what it wrote"


@pytest.mark.parametrize("broken", [None, b"", b"PK\x03\x04", b"no table"])
def test_without_their_file_the_ngrams_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: bytes | None
) -> None:
    monkeypatch.setattr(ngrams, "FILE", tmp_path / "ngrams.npz")
    if broken is not None:
        ngrams.FILE.write_bytes(broken)
    read = ngrams.read()
    assert {name: array.shape for name, array in read.items()} == {name: a.shape for name, a in KEPT_NGRAMS.items()}


def test_ngrams_of_another_langdetect_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "version", lambda _: "another")
    assert str(ngrams.read()["of"]).startswith("langdetect another")


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
