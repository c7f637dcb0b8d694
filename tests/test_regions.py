"""Regions by the names that directories print: in the language of the place, in English, in others, as codes."""

from __future__ import annotations

import pytest

from parsers.model import Line
from parsers.places import region

REGIONS = [
    ("IT", "IT-25", ["Lombardia", "Lombardy", "Lombardei", "Lombardie", "Milano, Lombardia", "Regione Lombardia"]),
    ("DE", "DE-BY", ["Bayern", "Bavaria", "Bavière", "Baviera", "Beieren", "Бавария", "Munich, Bavaria", "BY"]),
    ("DE", "DE-NW", ["Nordrhein-Westfalen", "North Rhine-Westphalia", "NRW"]),
    ("BE", "BE-VLG", ["Vlaanderen", "Flanders", "Flandre", "Flandern", "Vlaams Gewest"]),
    ("BE", "BE-WAL", ["Wallonie", "Wallonia", "Wallonië"]),
    ("BE", "BE-BRU", ["Brussels", "Bruxelles", "Brussel", "Bruselas", "Région de Bruxelles-Capitale"]),
    ("BE", "BE-WNA", ["Namur", "Province de Namur", "Province of Namur", "Namen"]),
    ("BE", "BE-WLG", ["Liège", "Province de Liège", "Luik"]),
    ("BE", "BE-VOV", ["Oost-Vlaanderen", "East Flanders"]),
    ("ES", "ES-AN", ["Andalucía", "Andalusia", "Andalousie", "Andalusien"]),
    ("ES", "ES-CT", ["Catalunya", "Cataluña", "Catalonia"]),
    ("IT", "IT-52", ["Toscana", "Tuscany", "Toscane", "Toskana"]),
    ("IT", "IT-82", ["Sicilia", "Sicily", "Sizilien"]),
    ("FR", "FR-BRE", ["Bretagne", "Brittany"]),
    ("FR", "FR-IDF", ["Île-de-France", "Ile de France"]),
    ("AT", "AT-9", ["Wien", "Vienna", "Viena"]),
    ("AT", "AT-7", ["Tirol", "Tyrol", "Land Tirol"]),
    ("CH", "CH-GE", ["Genève", "Geneva", "Genf"]),
    ("CH", "CH-VD", ["Vaud", "Canton de Vaud", "Waadt"]),
    ("CH", "CH-BE", ["Bern", "Berne", "Kanton Bern"]),
    ("NL", "NL-NH", ["Noord-Holland", "North Holland"]),
    ("PL", "PL-14", ["Mazowieckie", "Masovia"]),
    ("CZ", "CZ-10", ["Praha", "Prague", "Hlavní město Praha"]),
    ("RO", "RO-CJ", ["Cluj", "jud. Cluj"]),
    ("IE", "IE-KY", ["Kerry", "Co. Kerry", "County Kerry"]),
    ("UA", "UA-30", ["Kyiv", "Київ"]),
    ("GR", "GR-I", ["Attica", "Αττική"]),
    ("US", "US-TX", ["Texas", "TX", "Austin, TX"]),
    ("AU", "AU-NSW", ["New South Wales", "NSW"]),
    ("CA", "CA-QC", ["Québec", "Quebec", "QC"]),
    ("BR", "BR-SP", ["São Paulo", "SP"]),
]


@pytest.mark.parametrize(
    ("country", "code", "name"), [(country, code, name) for country, code, names in REGIONS for name in names]
)
def test_region(country: str, code: str, name: str) -> None:
    assert region(Line(name, 7), country).code == code


@pytest.mark.parametrize("name", ["Bavaria", "Lombardy", "Flanders", "Wallonia", "Tuscany", "Andalousie", "Catalonia"])
def test_what_has_no_namesake_needs_no_country(name: str) -> None:
    assert region(Line(name, 0)).code is not None


@pytest.mark.parametrize(
    ("name", "country"), [("TX", None), ("Lakeside", "US"), ("Bavaria", "FR"), ("Limburg", None), ("the hills", "BE")]
)
def test_no_code_is_guessed(name: str, country: str | None) -> None:
    assert region(Line(name, 0), country).code is None
