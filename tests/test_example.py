"""The example directory and the recorded pages, checked against their expected records without any parser.

The records are the ground truth of other tests, so they are checked here against the pages alone: what they claim to be
printed is printed, and nothing that is printed is left out.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from protego import Protego

from sources.source import KEYS

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "directory"
SITE = EXAMPLE / "site"
PAGES = ROOT / "tests" / "pages"
BASE = "http://site.localhost/"
ORGANIZATION_TYPES = {"government", "ngo", "private", "academic", "health", "intergovernmental", None}
HIDDEN = "[email protected]"

Record = dict[str, Any]


def recorded(path: Path) -> list[Record]:
    records = json.loads(path.read_text(encoding="utf-8"))
    return records if isinstance(records, list) else [records]


LISTINGS: list[Record] = [
    json.loads(line) for line in (ROOT / "tests" / "example.jsonl").read_text("utf-8").splitlines()
]
RECORDED: list[Record] = [record for path in sorted(PAGES.glob("*.json")) for record in recorded(path)]
FILES = sorted({record["file"] for record in LISTINGS})
HTML = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
EVERY_FILE = sorted(path for path in [*EXAMPLE.rglob("*"), *PAGES.iterdir()] if path.is_file())
EVERY_RECORD = [
    pytest.param(folder, record, id=f"{folder.name}/{record['file']}/{record.get('part', '')}")
    for folder, records in ((SITE, LISTINGS), (PAGES, RECORDED))
    for record in records
]


@functools.cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_bytes(), "html.parser")


def squeeze(text: str) -> str:
    """Without any white space: what is left does not depend on how a browser breaks and pads lines."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def visible(path: Path) -> str:
    if path.suffix == ".txt":
        return squeeze(path.read_text(encoding="utf-8"))
    body = soup(path).body
    assert body is not None
    return squeeze(body.get_text())


def field_pattern(field: Record) -> re.Pattern[str]:
    return re.compile(re.escape(squeeze(field["label"])) + ":?" + re.escape(squeeze(field["value"])))


def paragraphs(record: Record) -> list[str]:
    return [*record["description_headings"], *(p for d in record["descriptions"] for p in d["text"].split("\n"))]


def decode_cloudflare(code: str) -> str:
    key, *rest = bytes.fromhex(code)
    return bytes(byte ^ key for byte in rest).decode()


def hidden_addresses(path: Path) -> list[str]:
    return [decode_cloudflare(str(tag["data-cfemail"])) for tag in soup(path).select("[data-cfemail]")]


def page_file(url: str) -> str:
    """The file below the site folder that answers for a URL or a root-relative path."""
    path = urlsplit(url).path.removeprefix("/")
    return path + "index.html" if path == "" or path.endswith("/") else path


def links(file: str, within: str = "body") -> list[str]:
    return [str(a["href"]) for a in soup(SITE / file).select(f"{within} a[href]")]


def linked_files(file: str, within: str = "body") -> set[str]:
    return {page_file(href) for href in links(file, within) if href.startswith("/")}


def markup(file: str, label: str) -> str:
    """The element that holds a label alone, or the one in whose running text it stands."""
    content = soup(SITE / file).select_one(".entry-content")
    assert content is not None
    wanted = {squeeze(label), squeeze(label) + ":"}
    holders = [tag.name for tag in content.find_all(True) if isinstance(tag, Tag) and squeeze(tag.get_text()) in wanted]
    if holders:
        return holders[-1]
    return "text in pre" if content.find("pre") else "text in p"


# --- records against pages


@pytest.mark.parametrize(("folder", "record"), EVERY_RECORD)
def test_what_a_record_claims_is_printed_in_this_order(folder: Path, record: Record) -> None:
    text = visible(folder / record["file"])
    adjacent = record["file"] != "small-organisations.html"  # its labels stand in the head of the table
    place = 0
    for field in record["fields"]:
        pattern = field_pattern(field) if adjacent else re.compile(re.escape(squeeze(field["value"])))
        found = pattern.search(text, place) if "part" not in record else pattern.search(text)
        assert found, f"{field['label']}: {field['value']!r}"
        place = found.end()
        assert squeeze(field["label"]) in text
    for paragraph in paragraphs(record):
        assert squeeze(paragraph) in text, paragraph


@pytest.mark.parametrize("record", [r for r in LISTINGS if "part" not in r], ids=lambda r: r["file"])
def test_nothing_printed_in_an_entry_is_missing_from_its_record(record: Record) -> None:
    content = soup(SITE / record["file"]).select_one(".entry-content")
    assert content is not None
    left = squeeze(content.get_text())
    for paragraph in paragraphs(record):
        left = left.replace(squeeze(paragraph), "", 1)
    for field in record["fields"]:
        left = field_pattern(field).sub("", left, count=1)
    assert left == ""


@pytest.mark.parametrize(("folder", "record"), EVERY_RECORD)
def test_a_record_is_well_formed(folder: Path, record: Record) -> None:
    assert (folder / record["file"]).is_file()
    assert {f["key"] for f in record["fields"]} <= {*KEYS, None}
    assert all(f["status"] == ("stated" if f["value"] else "blank") for f in record["fields"])
    assert record["normalized"]["organization_type"] in ORGANIZATION_TYPES
    assert record["normalized"]["reach"] in {"local", "regional", "national", "international", None}
    assert re.fullmatch("[A-Z]{2}", record["normalized"]["country"])
    assert record["page_languages"] == [d["lang"] for d in record["descriptions"]]
    printed = [f["value"] for f in record["fields"] if f["key"] == "organization_name"] or [record["part"]]
    assert all(name["text"] in printed[0] for name in record["normalized"]["names"])


@pytest.mark.parametrize(("folder", "record"), EVERY_RECORD)
def test_contacts_stand_in_the_fields_of_their_audience(folder: Path, record: Record) -> None:
    keys = {"general": "contact_details", "seeking_help": "contact_seeking_help"}
    for contact in record["normalized"]["contacts"]:
        values = [f["value"] for f in record["fields"] if f["key"] == keys[contact["audience"]]]
        assert any(contact["value"] in value for value in values), contact


@pytest.mark.parametrize(("folder", "record"), EVERY_RECORD)
def test_normal_forms_follow_from_what_is_printed(folder: Path, record: Record) -> None:
    for contact in record["normalized"]["contacts"]:
        value, normal = contact["value"], contact["normalized"]
        if contact["type"] in ("phone", "fax"):
            national = "".join(str(int(c)) for c in value.replace("(0)", "") if c.isdigit()).lstrip("0")
            assert re.fullmatch(r"\+\d{8,15}(;ext=\d+)?", normal)
            assert re.sub(r"\D", "", normal).endswith(national), contact
        elif contact["type"] == "address":
            folded = value.replace("\n", ", ")
            assert normal["street"] in folded and normal["postcode"] in folded and normal["city"] in folded, contact
            assert normal["country"] == record["normalized"]["country"]
        elif contact["type"] == "email" and value != HIDDEN:
            spelled = re.sub(r"\s*[(\[](?:at|arroba)[)\]]\s*", "@", value)
            assert re.sub(r"\s*[(\[](?:dot|punto)[)\]]\s*", ".", spelled) == normal
        elif contact["type"] == "url":
            assert urlsplit(normal).netloc == urlsplit(value if "//" in value else f"//{value}").netloc


@pytest.mark.parametrize(("folder", "record"), EVERY_RECORD)
def test_hidden_addresses_decode_to_those_claimed(folder: Path, record: Record) -> None:
    hidden = [c for c in record["normalized"]["contacts"] if c["value"] == HIDDEN]
    claimed = [c["normalized"] for c in hidden if c.get("status") != "redacted"]
    assert hidden_addresses(folder / record["file"]) == claimed
    assert all(c["normalized"] is None for c in hidden if c.get("status") == "redacted")


def test_every_recorded_page_has_a_record_and_the_other_way_round() -> None:
    pages = {path.stem for path in PAGES.iterdir() if path.suffix in (".html", ".txt")}
    assert pages == {path.stem for path in PAGES.glob("*.json")}
    assert len(pages) >= 14
    assert recorded(PAGES / "news.json") == []
    assert len(recorded(PAGES / "cards.json")) == 3


def test_the_page_with_a_wrong_charset_is_not_what_it_declares() -> None:
    page = (PAGES / "wrong-charset.html").read_bytes()
    assert b"charset=utf-8" in page
    with pytest.raises(UnicodeDecodeError):
        page.decode("utf-8")


# --- the site


@pytest.mark.parametrize("file", HTML)
def test_internal_links_lead_to_files_and_their_fragments_to_elements(file: str) -> None:
    page = soup(SITE / file)
    targets = [str(tag.get("href") or tag.get("src")) for tag in page.select("[href], [src]")]
    for target in targets:
        if target.startswith(BASE):
            target = "/" + target.removeprefix(BASE)
        if not target.startswith("/") or target.startswith("/cdn-cgi/"):
            assert re.match("mailto:|https?:|/cdn-cgi/", target), f"neither root-relative nor absolute: {target}"
            continue
        assert (SITE / page_file(target)).is_file(), target
        if fragment := urlsplit(target).fragment:
            assert soup(SITE / page_file(target)).find(id=fragment), target
    canonical = page.select_one("link[rel=canonical]")
    assert canonical is not None and page_file(str(canonical["href"])) == file


def test_every_listing_is_reached_from_the_paginated_index_and_from_a_category() -> None:
    index, file = set[str](), "index.html"
    pages = 0
    while file:
        pages += 1
        index |= linked_files(file, "main")
        following = soup(SITE / file).select_one("main a[rel~=next]")
        file = page_file(str(following["href"])) if following else ""
    categories = set[str]().union(*(linked_files(f, "main") for f in HTML if f.startswith("category/")))
    assert pages == 3
    assert set(FILES) <= index
    assert set(FILES) <= categories
    assert {f for f in HTML if f.startswith("category/")} <= linked_files("index.html", "aside")


def test_the_sitemap_names_every_public_page_once_and_no_private_one() -> None:
    xml = (SITE / "sitemap.xml").read_text(encoding="utf-8")
    urls = re.findall("<loc>(.*?)</loc>", xml)
    assert all(url.startswith(BASE) for url in urls)
    assert sorted(map(page_file, urls)) == [f for f in HTML if not f.startswith("members/")]


def test_robots_txt_keeps_robots_out_of_a_private_area_that_is_there_and_linked() -> None:
    text = (SITE / "robots.txt").read_text(encoding="utf-8")
    robots = Protego.parse(text)
    private = [f for f in HTML if not robots.can_fetch(f"{BASE}{f}", "listings")]
    assert private and all(f.startswith("members/") for f in private)
    assert "members/index.html" in linked_files("index.html")
    assert list(robots.sitemaps) == [f"{BASE}sitemap.xml"]


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_address_leads_to_a_real_host(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="replace")
    hosts = re.findall(r"(?:https?://|@|www\.)([\w-]+(?:\.[\w-]+)+)", text)
    mentioned_by_standards = {"www.w3.org", "schema.org", "www.sitemaps.org", "sitemaps.org"}
    real = {h for h in hosts if not h.endswith((".example", ".localhost")) and h not in mentioned_by_standards}
    assert not real


@pytest.mark.parametrize("file", HTML)
def test_pages_are_small_and_in_the_encoding_that_they_declare(file: str) -> None:
    page = (SITE / file).read_bytes()
    declared = re.search(rb'<meta charset="([\w-]+)">', page)
    assert declared and len(page) < 30_000
    page.decode(declared[1].decode())
    assert (declared[1] == b"iso-8859-1") == (file == "disability/passe-muraille.html")


def test_the_latin_1_page_is_not_utf_8() -> None:
    with pytest.raises(UnicodeDecodeError):
        (SITE / "disability/passe-muraille.html").read_bytes().decode("utf-8")


def test_the_traps_are_set() -> None:
    comments = [c.get_text() for f in HTML for c in soup(SITE / f).select(".comment-content")]
    assert any("Country: " in c and "City: " in c for c in comments)
    news = [f for f in HTML if f.startswith("news/") and f != "news/index.html"]
    texts = [soup(SITE / f).get_text() for f in news]
    assert len(news) == 3 and any("Note: " in t for t in texts) and any("Deadline: " in t for t in texts)
    related = [f for f in FILES if soup(SITE / f).select(".related a")]
    assert len(related) >= 3
    hrefs = [href for f in HTML for href in links(f, "main")]
    assert any("utm_source=" in href for href in hrefs) and any("#" in href for href in hrefs)
    assert all(soup(SITE / f).select("form[role=search], aside, header nav, footer") for f in HTML)


def test_the_directory_is_as_varied_as_it_claims() -> None:
    own_page = [r for r in LISTINGS if "part" not in r]
    languages = {tuple(sorted(r["page_languages"])) for r in own_page}
    markups = {markup(r["file"], r["fields"][0]["label"]) for r in own_page}
    keys = [f["key"] for r in LISTINGS for f in r["fields"]]
    assert len(own_page) >= 24
    assert sum("part" in r for r in LISTINGS) == 4
    assert markups >= {"strong", "h3", "dt", "th", "td", "div", "text in p", "text in pre"}
    wanted = {("en", "fr"), ("en", "nl"), ("fr", "nl"), ("de", "fr"), ("ar", "en"), ("en", "es"), ("en", "fr", "nl")}
    assert languages >= wanted | {("en",), ("fr",), ("de",)}
    assert len({r["normalized"]["country"] for r in LISTINGS}) >= 10
    assert any(f["value"] == "" for r in own_page for f in r["fields"])
    assert "areas_served_languages" in keys and "other" in keys and None in keys


def test_the_source_says_what_it_is_and_expects_the_listings_that_are_there() -> None:
    source = yaml.safe_load((EXAMPLE / "source.yml").read_text(encoding="utf-8"))
    assert source["start"] == "site" and source["license"] == "CC0-1.0" and source["citation"] and source["contact"]
    assert source["expect"]["listings"] == len(LISTINGS)
