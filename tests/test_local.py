"""A folder as a site: what the server answers, and what a crawl of it brings."""

from __future__ import annotations

from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from fetchers.archive import captures
from fetchers.crawl import crawl
from fetchers.local import host_label, served
from fetchers.model import Capture, FetchError
from sources.source import Source


def bring(folder: Path, raw: Path) -> list[Capture]:
    return list(captures(raw, crawl(Source("folder", str(folder)), raw)))


@pytest.mark.parametrize(
    ("name", "label"),
    [("pages", "pages"), ("My Pages_2", "my-pages-2"), ("..", "folder"), ("é", "folder"), ("a" * 80, "a" * 63)],
)
def test_host_label(name: str, label: str) -> None:
    assert host_label(name) == label


def test_pages_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "My Pages"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "b.html").write_text("<h1>B</h1>")
    (folder / "a & ö.txt").write_text("Name: Ä")
    (folder / "deep" / "er" / "c.htm").write_text("<h1>C</h1>")
    (folder / "style.css").write_text("")
    (folder / ".hidden.html").write_text("")
    found = bring(folder, tmp_path / "raw")
    base = "http://my-pages.localhost/"
    assert [capture.url.removeprefix(base) for capture in found] == [
        "",
        "a%20%26%20%C3%B6.txt",
        "b.html",
        "deep/",
        "deep/er/",
        "deep/er/c.htm",
    ]
    text = found[1]
    assert (text.content_type, text.body.decode()) == ("text/plain", "Name: Ä")
    assert text.linked_from == base


def test_index_page_is_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "index.html").write_text('<a href="a.html">A</a><a href="index.html">home</a>')
    (folder / "a.html").write_text("<h1>A</h1>")
    (folder / "b.html").write_text("<h1>B, which nobody links to</h1>")
    assert [capture.url for capture in bring(folder, tmp_path / "raw")] == [
        "http://pages.localhost/",
        "http://pages.localhost/a.html",
    ]


def test_robots_and_sitemap_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /b\nSitemap: http://pages.localhost/map.xml")
    (folder / "map.xml").write_text("<urlset><url><loc>http://pages.localhost/c.html</loc></url></urlset>")
    (folder / "index.html").write_text('<a href="http://pages.localhost/a.html">A</a><a href="b.html">B</a>')
    for name in "abc":
        (folder / f"{name}.html").write_text(name)
    found = crawl(Source("folder", str(folder)), tmp_path / "raw")
    assert [capture.body[:1] for capture in captures(tmp_path / "raw", found)] == [b"<", b"a", b"c"]
    assert [(failure.url, failure.kind) for failure in found.failures] == [("http://pages.localhost/b.html", "robots")]


def test_copy_of_a_site_keeps_its_links(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    links = '<a href="https://guide.example/a.html">A</a><a href="https://other.example/b.html">B</a>'
    (folder / "index.html").write_text(f'<link rel="canonical" href="https://guide.example/">{links}')
    for name in "ab":
        (folder / f"{name}.html").write_text(name)
    assert [capture.url for capture in bring(folder, tmp_path / "raw")] == [
        "http://pages.localhost/",
        "http://pages.localhost/a.html",
    ]


def test_addresses_stay_the_same_and_what_is_unchanged_is_a_revisit(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.html").write_text(name)
    first = bring(folder, tmp_path / "raw")
    (folder / "b.html").write_text("changed")
    second = bring(folder, tmp_path / "raw")
    assert [capture.url for capture in first] == [capture.url for capture in second]
    assert [(capture.revisit, capture.body[-7:]) for capture in second][1:] == [(True, b"a"), (False, b"changed")]


def test_server_answers_conditionally(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("a")
    with served(tmp_path) as site:
        address = f"http://127.0.0.1:{site.port}/a.html"
        with urlopen(address) as answer:
            assert answer.headers["Content-Type"] == "text/html"
            assert answer.headers["Last-Modified"]
            etag = answer.headers["ETag"]
        with pytest.raises(OSError, match="304"):
            urlopen(Request(address, headers={"If-None-Match": etag}))
        with pytest.raises(OSError, match="404"):
            urlopen(f"http://127.0.0.1:{site.port}/../../etc/passwd")


def test_folders_that_give_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FetchError, match="empty: the folder is empty"):
        bring(tmp_path / "empty", tmp_path / "raw")
    with pytest.raises(FetchError, match=r"none: cannot be read as a folder \(No such file.*Mend `start`"):
        bring(tmp_path / "none", tmp_path / "raw")
    assert not list((tmp_path / "raw").glob("*/*.warc*"))
