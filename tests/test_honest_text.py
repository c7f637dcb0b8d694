"""Text in tables: Unicode NFC and no control characters, whatever a page is written in; offsets stay true."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parsers.folding import clean
from parsers.listing import parse
from parsers.page import read_page
from releases.build import ParsedPage, rows
from sources.lookups import load_lookups
from sources.source import Source

_HTML = """<!DOCTYPE html><html lang="fr"><title>Café\x02 du Port</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NGO", "name": "Café du Port",
"legalName": "Société du Café\\u0007", "foundingDate": "1990"}</script>
<main><h1>Café\x01 du Port</h1>
<p>Nous sommes\x03 ouverts à tous ceux qui arrivent, et le café\x08 est prêt.</p>
<p><strong>Pays :</strong> Belgi&#x301;que</p><p><strong>Pays:</strong> Belgique</p>
<p><strong>Type de service :</strong> Hébergement\x1b[31m; Accueil\x7f</p>
<p><strong>Mascotte :</strong> Un he\u0301ron\x10</p>
<p><strong>Téléphone :</strong> 081 555 01\x02 00</p></main></html>"""
_PLAIN = "Cafe\u0301 du Port\x01\n\nPays: Belgique\x02\nTéle\u0301phone: 081 555 01 00\x07\nType de service: He\u0301bergement\n"


@pytest.mark.parametrize(("text", "kind"), [(_HTML, "text/html"), (_PLAIN, "text/plain")], ids=["html", "plain"])
def test_no_cell_holds_a_control_character_or_a_composition_undone(text: str, kind: str) -> None:
    body = unicodedata.normalize("NFD", text).encode()
    page = read_page(body, "https://directory.example/cafe/", f"{kind}; charset=utf-8")
    source = Source("directory", "https://directory.example/", country="BE")
    parsed = ParsedPage(page.url, datetime(2026, 1, 1, tzinfo=UTC), listings=tuple(parse(page, source)))
    tables = {name: table.to_pylist() for name, table in rows([parsed], source).items()}
    cells = [
        (name, column, text)
        for name, found in tables.items()
        for row in found
        for column, value in row.items()
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]
    assert len(cells) > 60
    for name, column, cell in cells:
        assert unicodedata.is_normalized("NFC", cell), (name, column, cell)
        assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f]", cell), (name, column, cell)
    (row,) = tables["listings"]
    assert (row["name"], row["country"], row["phone"]) == ("Café du Port", "BE", "+3281555010" + "0")
    (of_page,) = tables["page"]
    for name, cell in (("field", "value"), ("value", "printed"), ("text", "text")):
        for found in tables[name]:
            if found["start"] is not None:
                assert of_page["text"][found["start"] : found["end"]] == found[cell]
    if kind == "text/html":
        assert "Société du Café" in {found["value"] for found in tables["statement"]}


def test_what_readers_need_stays() -> None:
    persian, hebrew, lines = "می\u200cخواهم", "\u200fשלום\u200e", "a\tb\r\nc\x0bd\x85e"
    assert [clean(text) for text in (persian, hebrew, lines)] == [persian, hebrew, lines]
    assert clean("\ud800a\ufffe") == "a"


def test_what_is_set_by_hand_is_composed_too(tmp_path: Path) -> None:
    row = unicodedata.normalize("NFD", "service_type,Hébergement,Hébergement d'été\n")
    (tmp_path / "lookups.csv").write_text(f"column,printed,normal\n{row}", "utf-8")
    (entry,) = load_lookups(tmp_path).entries
    assert (entry.printed, entry.normal) == ("Hébergement", "Hébergement d'été")
    assert unicodedata.is_normalized("NFC", entry.normal)
