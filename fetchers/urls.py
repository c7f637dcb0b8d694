"""Addresses: which spelling is fetched, which spellings are one, which lead to pages of the directory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

LENGTH_LIMIT = 2_000
"""The longest address that is followed, in characters: longer ones are made by machines, for machines."""

_PORTS = {"http": 80, "https": 443}

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga|_gl|phpsessid|jsessionid|sessionid"
)
"""Query parameters that say who came from where, never which page."""

_SESSION = re.compile(r";(?:jsessionid|phpsessid|sessionid)=[^/;]*", re.IGNORECASE)
"""The same in a path."""

_ASSETS = re.compile(
    r"\.(?:css|js|mjs|json|xml|rss|atom|rdf|map|png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|woff2?|ttf|otf|eot|mp[34]|m4[av]"
    r"|ogg|wav|webm|mov|avi|flv|pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|csv|epub|ics|vcf|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|dmg"
    r"|msi|apk|iso|swf)$",
    re.IGNORECASE,
)
"""File names that are no pages. Sitemaps are named as such and do not come here."""

_SERVICE = re.compile(
    r"/(?:feed|rss|atom|wp-json|wp-admin|wp-includes|xmlrpc\.php|wp-login\.php|wp-comments-post\.php|wp-cron\.php|trackback"
    r"|cdn-cgi|log-?in|log-?out|sign-?in|sign-?up|admin|administrator)(?:/|$)",
    re.IGNORECASE,
)
"""Paths that serve programs and accounts."""

_SERVICE_QUERY = frozenset({"s", "feed", "replytocom", "share", "preview", "rest_route", "add-to-cart", "print"})
"""Parameters that ask for a search of pages found otherwise, or for another form of the same page."""

_REPEATED = 3
"""How often a part of a path may stand in it less one: beyond, a relative link leads ever deeper."""


_PLAIN = re.compile(
    r"https?://[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+(?::(?:[1-9]\d{3}|[1-5]\d{4}))?(?:/(?!\.)[A-Za-z0-9._~-]*)+",
    re.ASCII,
)
"""Addresses of which there is but one spelling: most, and w3lib takes its time to find that out."""


def clean_url(href: str) -> str | None:
    """The spelling in which an address is fetched; None where it is not HTTP, or malformed.

    Fragment, tracking parameters, default port and credentials go; what may matter to the server (order of parameters, blank
    values, case of the path, a trailing slash) stays as it is.
    """
    if _PLAIN.fullmatch(href):
        return href
    try:
        parts = urlsplit(safe_url_string(href.strip()))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    path = _SESSION.sub("", parts.path) or "/"
    netloc = f"[{host}]" if ":" in host else host
    if port not in (None, _PORTS[parts.scheme]):
        netloc += f":{port}"
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(_name(pair)))
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def resolve(base: str, href: str) -> str | None:
    """The address that `href` has on the page `base`, cleaned (RFC 3986, section 5); None where it has none."""
    try:
        return clean_url(urljoin(base, href))
    except ValueError:
        return None


def url_key(url: str) -> str:
    """What two spellings of one address have in common (w3lib's canonical form)."""
    return url if _PLAIN.fullmatch(url) else str(canonicalize_url(url))


def is_page_url(url: str) -> bool:
    """Whether an address may be a page: no asset, feed, interface, account or search, and no path without end."""
    parts = urlsplit(url)
    if len(url) > LENGTH_LIMIT or _ASSETS.search(parts.path) or _SERVICE.search(parts.path):
        return False
    if any(_name(pair) in _SERVICE_QUERY for pair in parts.query.split("&") if pair):
        return False
    named = Counter(part for part in parts.path.split("/") if part and not part.isdecimal())
    return max(named.values(), default=0) < _REPEATED


def query_shape(url: str) -> tuple[str, tuple[str, ...]]:
    """A path and the names of its parameters, sorted: filters that combine without end share it."""
    parts = urlsplit(url)
    return parts.path, tuple(sorted(_name(pair) for pair in parts.query.split("&") if pair))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which addresses belong to a directory: those of its host, below its start.

    `origin` is scheme and host as the start, once redirected, spells them; `prefix` the path below which all lies. A start
    that ends in a slash or a file name gives its folder, any other itself and what is below it. `aliases` are other origins
    that name this one, `others` further places that the source counts in.
    """

    origin: str
    prefix: str
    aliases: frozenset[str] = frozenset()
    others: tuple[Scope, ...] = ()

    @classmethod
    def of(cls, start: str, also: Iterable[str] = ()) -> Scope:
        """The scope of a start URL, and of what the source says `also` belongs to it."""
        parts = urlsplit(start)
        folder, _, file = parts.path.rpartition("/")
        prefix = f"{folder}/" if not file or "." in file else parts.path
        return cls(f"{parts.scheme}://{parts.netloc}", prefix, others=tuple(map(cls.of, also)))

    def also(self, origin: str) -> Scope:
        """The same scope with one more name for its origin."""
        return replace(self, aliases=self.aliases | {origin})

    def on_site(self, url: str) -> str | None:
        """The address in the site's own spelling; None where it is another site's.

        `http` for `https`, and a `www.` more or less, are the same site by another name: a redirect saved.
        """
        parts = urlsplit(url)
        own = urlsplit(self.origin)
        if f"{parts.scheme}://{parts.netloc}" not in self.aliases and _site(parts.netloc) != _site(own.netloc):
            return next(filter(None, (other.on_site(url) for other in self.others)), None)
        return urlunsplit((own.scheme, own.netloc, parts.path, parts.query, ""))

    def within(self, url: str) -> str | None:
        """The address in the site's own spelling; None where it lies outside."""
        own = self.on_site(url)
        path = urlsplit(own or "").path
        inside = path.startswith(self.prefix) if self.prefix.endswith("/") else _below(path, self.prefix)
        if own and inside and _site(urlsplit(own).netloc) == _site(urlsplit(self.origin).netloc):
            return own
        return next(filter(None, (other.within(url) for other in self.others)), None)


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _site(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")


def _name(pair: str) -> str:
    """The name in `name=value`, lower case."""
    return unquote_plus(pair.partition("=")[0]).lower()
