"""Pages that answer as if they were there, and say that they are not, or that one has to log in first."""

from __future__ import annotations

import re
from functools import cache

from parsers.folding import fold_accents, load_words
from parsers.model import Page
from parsers.texts import title_parts

_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
_LITTLE = 600
"""A page that asks for a password holds little more, in characters of its main text; one with a log-in box at its side does."""

_SHORT = 1_500
"""A page that says it is not there may say more, but no more than this."""


def says_nothing(page: Page, body: bytes) -> tuple[str, str] | None:
    """What a page is that holds nothing though it answers, in a code ("soft-404", "login") and in words; None where it is a page.

    Asked of pages that do not read like a listing. `body` is what the page was read from.
    """
    main = sum(len(block.text) for block in page.blocks if block.area == "main")
    if main <= _LITTLE and _PASSWORD.search(body):
        return "login", "it asks for a password, and holds next to nothing else"
    heads = [*title_parts(page), fold_accents(page.heading or "")]
    said = next((head for head in map(fold_accents, heads) if _vacant().fullmatch(head)), None)
    if main <= _SHORT and said:
        return "soft-404", f"it answers 200, and says {said!r}"
    return None


@cache
def _vacant() -> re.Pattern[str]:
    words = "|".join(re.escape(fold_accents(word)) for word in load_words("vacant"))
    return re.compile(rf"\W*(?:404\b\W*)?(?:\w+\W+){{0,3}}(?:{words})\W*(?:404\W*)?|\W*404\W*")
