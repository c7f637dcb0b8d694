"""A site as directories are, crawls of it, and what such a crawl must be."""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

from warcio.bufferedreaders import BufferedReader
from warcio.checker import Checker

from fetchers.archive import captures, page_urls
from fetchers.crawl import crawl
from fetchers.model import Crawl
from flows import batches, steps
from flows.workplace import Workplace
from parsers.site import learn
from releases import release
from sources.source import Source
from tests.servers import QUICK, Answer, Site, html, redirect, source

LISTINGS = {
    f"/home-{n}/": f"<title>Home {n}</title><main><h1>Home {n}</h1><p>Telephone: 555-01{n:02}</p></main>"
    for n in range(18)
}


def directory(site: Site, validators: bool = True) -> None:
    """A site as directories are: lists of pages in two ways, feeds, assets, short links, a comment form."""
    head = '<link rel="alternate" type="application/rss+xml" href="/feed/"><link rel="stylesheet" href="/style.css">'
    for n, (path, body) in enumerate(LISTINGS.items()):
        short = f'<link rel="shortlink" href="/?p={n}"><link rel="canonical" href="BASE{path}">'
        reply = f'<a rel="nofollow" href="{path}?replytocom=1#respond">Reply</a><a href="mailto:a@listings.example">Mail</a>'
        site.answers[path] = page(site, head + short + body + reply, validators)
        site.answers[f"/?p={n}"] = redirect(f"{site.base}{path}")
    paths = list(LISTINGS)
    items = "".join(f"<item><link>BASE{path}</link></item>" for path in paths[-2:])
    feed = f"<rss><channel><link>BASE/</link>{items}</channel></rss>".replace("BASE", site.base)
    site.answers["/feed/"] = Answer(feed.encode(), headers={"Content-Type": "application/rss+xml", "ETag": '"feed"'})
    for n in range(3):
        links = "".join(f'<a href="BASE{path}?utm_source=list">{path}</a>' for path in paths[n * 6 : n * 6 + 6])
        following = f'<a href="/list/{n + 2}/" rel="next">next</a>' if n < 2 else ""
        site.answers["/" if n == 0 else f"/list/{n + 1}/"] = page(
            site, head + links + following + f"<p>List {n}</p>", validators
        )


def page(site: Site, text: str, validators: bool = True) -> Answer:
    body = text.replace("BASE", site.base)
    return html(body, **({"ETag": f'"{zlib.crc32(body.encode())}"'} if validators else {}))


def paths(raw: Path, site: Site, found: Crawl) -> list[str]:
    return [capture.url.removeprefix(site.base) for capture in captures(raw, found)]


def run(site: Site, raw: Path, **options: object) -> Crawl:
    return crawl(source(site), raw, limits=QUICK, **options)  # type: ignore[arg-type]


def check(found: Crawl) -> None:
    # Digests are of what is stored. warcio's reader of brotli breaks with brotli 1.2, which `make bench` installs.
    BufferedReader.DECOMPRESSORS.pop("br", None)
    assert Checker(argparse.Namespace(inputs=[str(found.files[0])], verbose=False)).process_all() == 0


ALL = sorted(["/", "/list/2/", "/list/3/", *LISTINGS])


def released(found: Crawl, raw: Path, processed: Path, origin: Source) -> Path:
    """The release of a crawl, published below `processed`: the path of `flows.refresh`, without Prefect."""
    place = Workplace(raw.parent, raw.parent)
    assert (place.raw, place.processed(origin.name)) == (raw, processed)
    with steps.workbench(place, origin) as folder:
        cut = batches.cut(page_urls(raw, found))
        counts = batches.add_up([batches.study(raw, found, batch) for batch in cut])
        site = learn(counts)
        parsed = [batches.parse_batch(raw, found, origin, site, batch, folder) for batch in cut]
        return release.publish(steps.stage.fn(place, origin, found, counts, parsed))
