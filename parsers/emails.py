"""E-mail addresses in text: printed, spelled out against harvesters, or hidden by the markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from parsers.folding import FULL_WIDTH, load_vocabulary, longest_first
from parsers.frozen import lightly
from parsers.model import Line


@lightly(frozen=True, slots=True)
class EmailMatch:
    """An e-mail address found in a line.

    `start` and `end` are its place in the line's own text. `address` is what it says, undone of any obfuscation, and None
    where the page withholds it. `obfuscated` tells whether the page tried to keep harvesters away from it. `others` are
    the further recipients of a link that prints none of them.
    """

    start: int
    end: int
    address: str | None
    obfuscated: bool
    others: tuple[str, ...] = ()


# the looks behind make a search linear in the length of a text without any address
_PLAIN = re.compile(r"(?<![\w.+%'&-])[\w.+%'&-]+@[\w-]+(?:\.[\w-]+)*")
_WORDS = load_vocabulary("email_words")
_AT_WORD, _AT_ALONE, _DOT_WORD = ("|".join(map(re.escape, longest_first(_WORDS[kind]))) for kind in _WORDS)
_OPEN, _CLOSE = r"[(\[{<«|*/•_~]{1,2}\s*", r"\s*[)\]}>»|*/•_~]{1,2}"
_AT = (
    rf"(?:[\s_]*{_OPEN}(?:{_AT_WORD}){_CLOSE}[\s_]*|-at-|\s+(?:[_-]?at[_-]?|{_AT_ALONE})\s+"
    r"|\s*&(?:#0*64|#x0*40|commat);\s*|\s?@\s)"
)
_DOT = rf"(?:\s*{_OPEN}(?:{_DOT_WORD}){_CLOSE}\s*|\s+(?:{_DOT_WORD})\s+|&(?:#0*46|#x0*2e|period);|\.)"
_SPELLED = re.compile(
    rf"(?<![\w.+%&-])[\w+%-]+(?:{_DOT}[\w+%-]+)*?(?P<at>{_AT}|(?P<plain>@))[\w-]+(?:{_DOT}[\w-]+)+", re.IGNORECASE
)
_BARE_AT = re.compile(r"\s+at\s+", re.IGNORECASE)
_SAID_DOT = re.compile(rf"{_OPEN}(?:{_DOT_WORD}){_CLOSE}|\s(?:{_DOT_WORD})\s|&(?:#|period)", re.IGNORECASE)
_GOES_ON = re.compile(r"\s+[^\W\d_]")
# what Cloudflare (in every language of the page) and Joomla's cloak (in the page's own) print instead of an address
_WITHHELD = re.compile(
    r"\[email\s*protected\]"
    r"|This e-?mail address is being protected from spambots\.(?: You need JavaScript enabled to view it\.?)?"
    r"|Cette adresse e-?mail est protégée contre les robots spammeurs\.(?: Vous devez activer le JavaScript[^.]*\.?)?"
    r"|Diese E-Mail-Adresse ist vor Spambots geschützt!(?: [^.!]*JavaScript[^.!]*[.!]?)?"
    r"|Dit e-?mailadres wordt beveiligd tegen spambots\.(?: [^.]*JavaScript[^.]*\.?)?"
    r"|Esta dirección de correo electrónico está siendo protegida contra los robots de spam\.(?: [^.]*JavaScript[^.]*\.?)?"
    r"|Questo indirizzo e-?mail è protetto dagli spambots?\.(?: [^.]*JavaScript[^.]*\.?)?",
    re.IGNORECASE,
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){2,}\Z")
_PROTECTION = "/cdn-cgi/l/email-protection"


def decode_cfemail(code: str) -> str | None:
    """The text behind Cloudflare's `data-cfemail` hex: bytes exclusive-ored with the first one, in UTF-8.

    None where `code` is not such a text. Source: Cloudflare's `email-decode.min.js`, which sites serve with such pages.
    """
    if not _HEX.match(code):
        return None
    key, *rest = bytes.fromhex(code)
    try:
        text = bytes(byte ^ key for byte in rest).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def decode_cfemail_link(href: str) -> str | None:
    """The address behind a link to `/cdn-cgi/l/email-protection#<hex>`, or None where `href` is no such link."""
    path, _, code = href.partition("#")
    if not path.endswith(_PROTECTION):
        return None
    text = decode_cfemail(code)
    return text.partition("?")[0] if text else None


def reversed_address(text: str) -> str | None:
    """The address that is printed backwards, for style sheets to turn round; None where it is none."""
    turned = "".join(text.split())[::-1]
    return turned if _PLAIN.fullmatch(turned) and valid_address(turned) else None


def mailto_addresses(href: str) -> list[str]:
    """The addresses of a `mailto:` URL (RFC 6068), those of its `to` included; none where `href` is no such URL.

    Names beside them ("Harbour House <info@harbour.example>") are left out; semicolons are taken for the commas that they
    are meant to be.
    """
    scheme, _, rest = href.partition(":")
    if scheme.strip().lower() != "mailto":
        return []
    path, _, query = rest.partition("?")
    headers = (header.partition("=") for header in query.split("&"))
    written = [path, *(value for name, _, value in headers if name.lower() == "to")]
    parts = (part for text in written for part in re.split(r"[,;]", unquote(text)))
    addresses = ("".join((re.search(r"<([^<>]*)>", part) or [part, part])[1].split()) for part in parts)
    return list(dict.fromkeys(address for address in addresses if address))


@lru_cache(maxsize=4096)  # an address is asked for where it is found and where it is kept
def valid_address(address: str) -> str | None:
    """`address` in normal form (RFC 5322 as email-validator reads it, lower case), or None where it is not valid.

    Nothing is asked of the network: that a domain takes mail is not checked.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def find_emails(line: Line) -> list[EmailMatch]:
    """The e-mail addresses of a line, in order, none overlapping: what the markup hides before what the text prints."""
    found: list[EmailMatch] = []
    text = line.text if line.text.isascii() else line.text.translate(FULL_WIDTH)
    taken = bytearray(len(text))

    def add(start: int, end: int, *addresses: str | None, obfuscated: bool) -> None:
        if 0 <= start < end <= len(text) and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            address, *others = addresses
            found.append(EmailMatch(start, end, address, obfuscated, tuple(filter(None, others))))

    for start, end, address in line.hidden:
        add(start - line.start, end - line.start, address or None, obfuscated=True)
    for link in line.links:
        protected = decode_cfemail_link(link.href)
        if protected and valid_address(protected):
            add(link.start - line.start, link.end - line.start, protected, obfuscated=True)
    if _may_withhold(text):
        for match in _WITHHELD.finditer(text):
            add(*match.span(), None, obfuscated=True)
    for link in line.links:
        start, end = max(link.start - line.start, 0), max(link.end - line.start, 0)
        addresses = [address for address in mailto_addresses(link.href) if valid_address(address)]
        printed = list(_PLAIN.finditer(text, start, end)) if addresses else []
        for match in printed:  # what the reader sees is what is claimed
            add(*match.span(), match.group(), obfuscated=False)
        if addresses and not printed:
            add(start, end, *addresses, obfuscated=False)
    for start, end, address in spelled_addresses(text):
        add(start, end, address, obfuscated=True)
    for match in _PLAIN.finditer(text) if "@" in text else ():
        printed_as = match.group()
        start = match.start() + len(printed_as) - len(printed_as.lstrip(".-'&%+"))
        end = match.end() - (len(printed_as) - len(printed_as.rstrip(".-'&%+")))
        add(start, end, text[start:end], obfuscated=False)
    return sorted(found, key=lambda email: email.start)


def _may_withhold(text: str) -> bool:
    """Whether a part of any text that stands for an address is in a text: a look before all of them are tried."""
    lower = text.lower()
    return any(part in lower for part in ("prote", "proté", "chützt", "beve"))


def spelled_addresses(text: str) -> Iterator[tuple[int, int, str]]:
    """The places of the addresses that a text spells out, and the addresses."""
    text = text if text.isascii() else text.translate(FULL_WIDTH)
    for match in _SPELLED.finditer(text):
        address = _despelled(match, text)
        if address and valid_address(address):
            yield *match.span(), address


def _despelled(match: re.Match[str], text: str) -> str | None:
    """The address that is spelled out; None where the words may mean what they say ("Meet us at harbour.example")."""
    said = bool(_SAID_DOT.search(match.group()))
    if match["plain"] and not said:
        return None  # nothing is spelled out
    local, at, host = text[match.start() : match.start("at")], match["at"], text[match.end("at") : match.end()]
    if at.endswith("_"):
        local = local.rstrip("_")  # "info_(at)_harbour.example"
    if _BARE_AT.fullmatch(at):
        in_capitals = at.strip().isupper() and (local + host).islower()
        if not in_capitals and (not said or _GOES_ON.match(text, match.end())):
            return None
    return "@".join(re.sub(r"\s+", "", re.sub(_DOT, ".", part, flags=re.IGNORECASE)) for part in (local, host))
