"""Tidewater prints no labels: the class of an icon is all that tells what a line is."""

from collections.abc import Iterator

from bs4 import BeautifulSoup

from parsers.model import Field
from parsers.placing import field

LABELS = {
    "icon-land": "Country",
    "icon-pin": "City",
    "icon-kind": "Type of organisation",
    "icon-hands": "Services",
    "icon-speech": "Languages",
    "icon-house": "Address",
    "icon-bell": "Phone",
    "icon-sheet": "Fax",
    "icon-letter": "E-mail",
}


def fields(soup: BeautifulSoup) -> Iterator[Field]:
    """The facts of an entry: each an icon, and the element after it."""
    for icon in soup.select(".facts .icon"):
        for name in icon["class"]:
            if name in LABELS:
                yield field(LABELS[name], icon.find_next_sibling())
