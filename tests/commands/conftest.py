"""Commands run as a user runs them: over real folders, real WARC files and real HTTP on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from flows.cli import main

TOWNS = ["Ghent", "Bruges", "Ostend", "Mons", "Namur"]


def listings(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def listing_page(number: int, town: str, country: str = "Belgium") -> str:
    """A listing with labels that the vocabulary knows, and one that it cannot know."""
    return (
        f"<title>Harbour House {town} | Quayside Guide</title><main><h1>Harbour House {town}</h1>"
        f"<p>The house in {town} is open to everybody who comes off a ship and does not know where to go next.</p>"
        f"<p><strong>Country:</strong> {country}</p>"
        f"<p><strong>City:</strong> {town}</p>"
        f"<p><strong>Type of service:</strong> Night shelter; Advice</p>"
        f"<p><strong>Nearest beacon:</strong> Light number {number}</p>"
        f"<p><strong>Phone:</strong> +1 202 555 01{number:02d}</p></main>"
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory of five listings behind a front page, with robots.txt and a closed corner."""
    folder = tmp_path / "quayside"
    folder.mkdir()
    links = "".join(f'<li><a href="{town.lower()}.html">{town}</a></li>' for town in TOWNS)
    front = f'<title>Welcome | Quayside Guide</title><main><h1>Guide</h1><ul>{links}</ul><a href="private/">Staff</a></main>'
    (folder / "index.html").write_text(front, "utf-8")
    for number, town in enumerate(TOWNS):
        (folder / f"{town.lower()}.html").write_text(listing_page(number, town), "utf-8")
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n", "utf-8")
    return folder


@pytest.fixture
def sources(tmp_path: Path, site: Path) -> Path:
    """A folder of sources with one source: the site."""
    folder = tmp_path / "sources"
    write_source(folder, "quayside", start=str(site))
    return folder


def write_source(sources: Path, name: str, **values: Any) -> None:
    (sources / name).mkdir(parents=True)
    (sources / name / "source.yml").write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
