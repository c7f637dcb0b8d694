"""E-mail addresses in text: printed, spelled out against harvesters, or hidden by the markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from parsers.model import Line, Link


@dataclass(frozen=True, slots=True)
class EmailMatch:
    """An e-mail address found in a line.

    `start` and `end` are its place in the line's own text. `address` is what it says, undone of any obfuscation, and None
    where the page withholds it. `obfuscated` tells whether the page tried to keep harvesters away from it.
    """

    start: int
    end: int
    address: str | None
    obfuscated: bool


# the looks behind make a search linear in the length of a text without any address
_PLAIN = re.compile(r"(?<![\w.+%'&-])[\w.+%'&-]+@[\w-]+(?:\.[\w-]+)*")
_AT_WORD = r"(?:at|ät|æt|arobase|arobas|arroba|chiocciola|apenstaartje|malpa|małpa|zavináč|kukac|snabel-?a|собака|@)"
_DOT_WORD = r"(?:dot|point|punkt|punt|punto|ponto|kropka|nokta|prik|точка|\.)"
_AT = rf"\s*(?:[(\[{{<]\s*{_AT_WORD}\s*[)\]}}>]|\s[_-]?at[_-]?\s|_at_|-at-)\s*"
_DOT = rf"(?:\s*[(\[{{<]\s*{_DOT_WORD}\s*[)\]}}>]\s*|\s+dot\s+|\.)"
_SPELLED = re.compile(rf"(?<![\w+%&-])[\w+%&-]+(?:{_DOT}[\w+%&-]+)*{_AT}[\w-]+(?:{_DOT}[\w-]+)+", re.IGNORECASE)
_HALF_SPELLED = re.compile(
    rf"(?<![\w.+%&-])[\w.+%&-]+@[\w-]+(?:\s*[(\[{{<]\s*{_DOT_WORD}\s*[)\]}}>]\s*[\w-]+)+", re.IGNORECASE
)
_BARE_AT = re.compile(r"\s[_-]?at[_-]?\s", re.IGNORECASE)
_SPELLED_DOT = re.compile(rf"[(\[{{<]\s*{_DOT_WORD}\s*[)\]}}>]|\s+dot\s+", re.IGNORECASE)
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


def mailto_address(href: str) -> str | None:
    """The first address of a `mailto:` URL (RFC 6068), or None where `href` is none."""
    scheme, _, rest = href.partition(":")
    if scheme.strip().lower() != "mailto":
        return None
    return unquote(rest.partition("?")[0]).partition(",")[0].strip() or None


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

    def add(start: int, end: int, address: str | None, *, obfuscated: bool) -> None:
        if 0 <= start < end <= len(line.text) and all(end <= other.start or start >= other.end for other in found):
            found.append(EmailMatch(start, end, address, obfuscated))

    for start, end, address in line.hidden:
        add(start - line.start, end - line.start, address, obfuscated=True)
    for link in line.links:
        protected = decode_cfemail_link(link.href)
        if protected and valid_address(protected):
            add(link.start - line.start, link.end - line.start, protected, obfuscated=True)
    for match in _WITHHELD.finditer(line.text):
        add(*match.span(), None, obfuscated=True)
    for link in line.links:
        linked = _printed_address(line, link)
        if linked:
            add(*linked, obfuscated=False)
    for pattern in (_SPELLED, _HALF_SPELLED):
        for match in pattern.finditer(line.text):
            if _BARE_AT.search(match.group()) and not _SPELLED_DOT.search(match.group()):
                continue  # "meet us at example.org"
            address = _despell(match.group())
            if valid_address(address):
                add(*match.span(), address, obfuscated=True)
    for match in _PLAIN.finditer(line.text):
        text = match.group()
        start = match.start() + len(text) - len(text.lstrip(".-'&%+"))
        end = match.end() - (len(text) - len(text.rstrip(".-'&%+")))
        add(start, end, line.text[start:end], obfuscated=False)
    return sorted(found, key=lambda email: email.start)


def _printed_address(line: Line, link: Link) -> tuple[int, int, str] | None:
    """The place and the address of a `mailto:` link.

    Where its text is an address, that is what the reader sees, and what is claimed.
    """
    address = mailto_address(link.href)
    if not address or not valid_address(address):
        return None
    start, end = max(link.start - line.start, 0), max(link.end - line.start, 0)
    printed = _PLAIN.search(line.text, start, end)
    return (*printed.span(), printed.group()) if printed else (start, end, address)


def _despell(text: str) -> str:
    at = re.sub(_AT, "@", text, count=1, flags=re.IGNORECASE)
    return re.sub(r"\s+", "", re.sub(_DOT, ".", at, flags=re.IGNORECASE))
