"""`obfuscated_emails: redact`: no table of a release holds an address that a page keeps from harvesters."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.listing import parse
from parsers.page import read_page
from parsers.redaction import redacted
from parsers.site import count, learn
from releases.build import ParsedPage
from releases.release import publish
from tests.records import CRAWLED, SITE, source, staged

# "aide@foyer.example" with the key 0x2a, as Cloudflare would print it
CODE = "2a4b434e4f6a4c45534f5804 4f524b475a464f".replace(" ", "")
PAGE = f"""<html><head><title>Foyer – info (at) foyer (dot) example</title></head><body><main>
<h1>Foyer du Lac</h1>
<p><b>Country:</b> Belgium</p>
<p><b>Type of service:</b> Advice, housing [kontakt at foyer dot example]</p>
<p><b>Contact details:</b><br>Rue du Lac 12, 1000 Bruxelles<br>E-mail: info (at) foyer (dot) example<br>
Press: <a href="mailto:press@foyer.example">press[at]foyer.example</a><br>
Team: <span data-cfemail="{CODE}">[email&nbsp;protected]</span>, open: plain@foyer.example<br>
Or <a href="/cdn-cgi/l/email-protection#{CODE}">write to us</a><br>
or <span style="unicode-bidi:bidi-override;direction:rtl">elpmaxe.reyof@ecilop</span></p>
<p><b>Remarks nobody knows:</b> ask boss (AT) foyer (DOT) example</p>
<h2>Description</h2>
<p>The Foyer du Lac gives advice to families and asks for no papers. Write to team [at] foyer.example before you come.</p>
</main></body></html>"""
SECRETS = re.compile(
    rf"(?:info|kontakt|press|aide|police|boss|team)\W*(?:@|at|\[at\]|\(at\))\W*foyer|elpmaxe|{CODE}", re.IGNORECASE
)


def released(tmp_path: Path, mode: Literal["decode", "redact"]) -> dict[str, str]:
    """Every file of a release of some pages, as text."""
    import duckdb

    described = source(obfuscated_emails=mode)
    pages = [read_page(PAGE.replace("du Lac", f"du Lac {n}").encode(), f"{SITE}{n}") for n in range(4)]
    site = learn(count(pages))
    parsed = [ParsedPage(page.url, CRAWLED, listings=tuple(parse(page, described, site))) for page in pages]
    assert all(page.listings for page in parsed)
    release = publish(staged(tmp_path, parsed))
    texts = {}
    for path in sorted(release.iterdir()):
        if path.suffix == ".parquet":
            texts[path.stem] = str(duckdb.execute(f"SELECT * FROM '{path}'").fetchall())
        elif path.is_file():
            texts[path.name] = path.read_text(encoding="utf-8")
    return texts


def test_no_table_of_a_release_holds_a_redacted_address(tmp_path: Path) -> None:
    for name, text in released(tmp_path, "redact").items():
        assert not SECRETS.search(text), name


def test_without_redaction_the_same_search_finds_them(tmp_path: Path) -> None:
    holding = {name for name, text in released(tmp_path, "decode").items() if SECRETS.search(text)}
    assert holding >= {"page", "field", "text", "listings", "contact"}


def test_what_is_redacted_is_told_and_the_rest_stays() -> None:
    page = read_page(PAGE.encode(), SITE)
    (listing,) = parse(page, source(obfuscated_emails="redact"))
    emails = [(c.value, c.status, c.normalized) for c in listing.normalized.contacts if c.type == "email"]
    assert emails == [
        ("*" * len("info (at) foyer (dot) example"), "redacted", None),
        ("*" * len("press[at]foyer.example"), "redacted", None),
        ("[email\u00a0protected]", "redacted", None),
        ("plain@foyer.example", "stated", "plain@foyer.example"),
        ("write to us", "redacted", None),
        ("*" * len("elpmaxe.reyof@ecilop"), "redacted", None),
    ]
    assert len(listing.text) == len(page.text)
    for field in listing.fields:
        assert listing.text[field.label_start : field.label_end] == field.label


@pytest.mark.parametrize(
    "value", ["info (at) foyer (dot) example", f'<span data-cfemail="{CODE}">[email protected]</span>']
)
def test_a_field_of_nothing_else_is_redacted(value: str) -> None:
    body = f"<main><p><b>Country:</b> Belgium</p><p><b>E-mail:</b> {value}</p><p><b>Reach:</b> local</p></main>"
    (listing,) = parse(read_page(body.encode(), SITE), source(obfuscated_emails="redact"))
    assert [field.status for field in listing.fields] == ["stated", "redacted", "stated"]


def test_lines_that_a_site_repeats_are_still_known() -> None:
    body = "<main><p><b>Country:</b> {}</p><p><b>Reach:</b> local {}</p><p>Questions: web (at) guide (dot) example</p></main>"
    places = ["Belgium", "France", "Spain", "Italy", "Poland"]
    pages = [read_page(body.format(place, place).encode(), f"{SITE}{place}") for place in places]
    site = learn(count(pages))
    (listing,) = parse(pages[0], source(obfuscated_emails="redact"), site)
    assert [problem.kind for problem in listing.problems] == []
    assert "web" not in listing.text


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.text("ab@.() [at]dot<>-\u00a0é", max_size=60))
def test_redaction_keeps_every_offset_and_is_done_once(text: str) -> None:
    page = read_page(f"<p>{text.replace('<', '&lt;')}</p>".encode(), SITE)
    once = redacted(page)
    assert [(block.start, block.end) for block in once.blocks] == [(block.start, block.end) for block in page.blocks]
    assert all(once.text[block.start : block.end] == block.text for block in once.blocks)
    assert redacted(once) == once == replace(once, text="\n".join(block.text for block in once.blocks))
