"""The peer of `benchmarks.race`: what a competent user writes today for the same directory.

Scrapy fetches, BeautifulSoup or parsel finds the bold labels and the text behind each, langdetect tells the language of each
paragraph, pandas writes one table. It does less than `listings`: no archive, no codes, no provenance, no problems.
`python -m benchmarks.peer bs4|parsel URL OUT.parquet` runs it as a whole.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from langdetect import DetectorFactory, LangDetectException, detect

DetectorFactory.seed = 0
Row = dict[str, Any]


def read_bs4(body: bytes, url: str) -> Row:
    """The labelled fields and the descriptions by language of a page, with BeautifulSoup."""
    soup = BeautifulSoup(body, "html.parser")
    heading = soup.find("h1")
    row: Row = {"url": url, "name": heading.get_text(strip=True) if heading else None}
    content = soup.find("article")
    for paragraph in content.find_all("p") if content else []:
        label = paragraph.find("strong")
        if label is None:
            _describe(row, paragraph.get_text(" ", strip=True))
            continue
        value = [_text(node) for node in label.next_siblings]
        row[label.get_text(strip=True).rstrip(":").lower()] = "\n".join(filter(None, value))
        row.setdefault("links", []).extend(a["href"] for a in paragraph.find_all("a", href=True))
    return row


def _text(node: object) -> str:
    if isinstance(node, Tag):
        return node.get_text(strip=True)
    return str(node).strip() if isinstance(node, NavigableString) else ""


def read_parsel(body: bytes, url: str) -> Row:
    """The same with parsel, as Scrapy has it."""
    from parsel import Selector

    selector = Selector(text=body.decode("utf-8"))
    row: Row = {"url": url, "name": selector.css("h1::text").get()}
    for paragraph in selector.css("article p"):
        label = paragraph.css("strong::text").get()
        if label is None:
            _describe(row, " ".join(paragraph.css("::text").getall()).strip())
            continue
        value = [
            text.strip()
            for text in paragraph.xpath("strong/following-sibling::node()/descendant-or-self::text()").getall()
        ]
        row[label.rstrip(":").lower()] = "\n".join(filter(None, value))
        row.setdefault("links", []).extend(paragraph.css("a::attr(href)").getall())
    return row


def _describe(row: Row, text: str) -> None:
    if not text:
        return
    try:
        language = detect(text)
    except LangDetectException:
        language = "und"
    key = f"description_{language}"
    row[key] = f"{row[key]}\n{text}" if key in row else text


READERS: dict[str, Callable[[bytes, str], Row]] = {"bs4": read_bs4, "parsel": read_parsel}


def write(rows: Iterable[Row], path: Path) -> None:
    """One table of all pages."""
    pd.DataFrame(list(rows)).sort_values("url").to_parquet(path)


def run(reader: str, start: str, out: Path) -> int:
    """Crawl, read and write; returns how many pages gave a row."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    rows: list[Row] = []
    read = READERS[reader]

    class Listings(scrapy.Spider):
        name = "listings"
        start_urls = [start]  # noqa: RUF012

        def parse(self, response: Any) -> Iterable[Any]:
            yield from response.follow_all(css="main a", callback=self.parse_listing)

        def parse_listing(self, response: Any) -> None:
            rows.append(read(response.body, response.url))

    process = CrawlerProcess(
        {"LOG_LEVEL": "ERROR", "ROBOTSTXT_OBEY": True, "DOWNLOAD_DELAY": 0, "TELNETCONSOLE_ENABLED": False}
    )
    process.crawl(Listings)
    process.start()
    write(rows, out)
    return len(rows)


if __name__ == "__main__":
    print(run(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
