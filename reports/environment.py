"""What all review pages share: templates that escape all they are given, a policy under which only our own script runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.fragments import words

# C0 and C1 controls but tab and line feed, and what turns the direction of all that follows it on a line (UAX #9).
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe\uffff\ud800-\udfff]")


_CONTROLS = bytes([*range(9), *range(11, 32), 127])
# How the others begin in UTF-8: C1 controls (and some letters), embeddings and overrides, U+FFFE and U+FFFF, surrogates.
_LEADS = (b"\xc2", *(chr(n).encode() for n in range(0x202A, 0x202F)), b"\xef\xbf", b"\xed")


@cache
def environment(served: bool = False) -> Environment:
    """The templates with their filters. `served` pages come from `listings review` and may post to it; others post nowhere."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    style, script = (_own_file(name) for name in ("review.css", "review.js"))
    # Hashes, not 'self': for a page opened from a disk 'self' is every file of the disk in one browser, and none in another.
    made.globals["policy"] = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'self'" if served else "form-action 'none'",
        )
    )
    # With no-referrer a browser posts the Origin "null", which `listings review` could not tell from another site's.
    made.globals["referrer"] = "same-origin" if served else "no-referrer"
    made.globals["style"] = Markup(style)  # noqa: S704 - our own file
    made.globals["script"] = Markup(script)  # noqa: S704 - our own file
    made.filters["web_address"] = web_address
    made.filters["as_data"] = as_data
    made.filters["percent"] = lambda share: f"{share:.0%}".replace("%", " %")
    made.globals["words"] = words
    return made


def web_address(url: str) -> str | None:
    """The URL if a browser may follow it: http and https only, never what a page made up (javascript:, data:)."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def visible(text: str) -> str:
    """Text with its control characters spelled out, so that none of them acts on the page that shows it.

    What stands for them is no markup: a whole page may be given as well as a text of it.
    """
    if not _may_be_odd(text):
        return text
    return _ODD.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def _may_be_odd(text: str) -> bool:
    """Whether `_ODD` has to look: on a long page it takes many times as long as to see that there is nothing for it."""
    data = text.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _CONTROLS)) < len(data) or any(found in data for found in _LEADS)


def as_data(value: Any) -> Markup:
    """JSON for a `<script type="application/json">`: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _own_file(name: str) -> str:
    loader = PackageLoader("reports")
    source, _, _ = loader.get_source(Environment(autoescape=True), name)
    # What is hashed must be what a browser reads: HTML knows no carriage return.
    return source.replace("\r\n", "\n")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
