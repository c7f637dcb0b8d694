"""What to do about an address that gave no page, by the kind of its failure."""

from __future__ import annotations

from fetchers.model import PASSING, Failure

ADVICE = {
    "unreachable": "Nobody answers there. If a browser does not get there either, the site has to mend its link.",
    "timeout": "The server takes too long. If it always does, raise `limits.seconds` in source.yml.",
    "broken": "The answer broke off, or was no HTTP. If it always does, tell the site's operator.",
    "too-large": "The answer is larger than one page may be. If it holds listings, raise `limits.megabytes` in source.yml.",
    "robots": "robots.txt closes it to us. Ask the site's owner for leave, if it holds listings.",
    "redirect-loop": "It redirects without end, as sites do that want cookies. Look at it in a browser.",
    "off-site": "It leads to another site, or out of the directory. If its listings are there, start there.",
    "not-html": "It is no page. Leave it.",
    "undecodable": "Its content coding is broken. If a browser shows it, tell the site's operator.",
    "private-address": "It leads into a private network, where nothing of a public site is fetched.",
    "tls": "Its certificate is not to be trusted. Tell the site's operator.",
    "damaged": "The archive cannot be read there. Fetch the file again.",
    "empty": "The answer is a page with nothing in it. Look at it in a browser.",
    "soft-404": "It says that there is nothing, but with status 200. The site has to mend its link.",
    "login": "It asks for a password. What is behind it is not for everyone.",
    "http-*": "The server refuses it. Look at it in a browser; if it is not there, the site has to mend its link.",
}
"""What to do, by kind."""

CAPPED = "There may be more. See whether the rest holds listings; if so, raise that limit under `limits` in source.yml."


def advice(failure: Failure) -> str:
    """What to do about a failure."""
    says = ADVICE.get(failure.kind) or ADVICE["http-*"]
    return f"{says} It is tried again at the next run." if failure.kind in PASSING else says
