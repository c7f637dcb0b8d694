"""Bytes to text: which encoding a page is really in."""

from __future__ import annotations

import codecs
import logging
import re

# What could not be decoded is a problem of the page, with its place; the library's own warning tells neither.
logging.getLogger("bs4.dammit").setLevel(logging.ERROR)

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)

# The first letters by themselves, so that all other bytes are passed over at the first look.
_DECLARED = re.compile(rb"[cCeE](?i:(?<=c)harset|(?<=e)ncoding)\s*=\s*[\"']?\s*([^\s>\"'/;]+)")
_DECLARED_WITHIN = 2048
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str, bool]:
    """The text of `body`, the encoding it was read in, and whether every byte could be read.

    A byte-order mark decides; else bytes that are valid UTF-8 are UTF-8, whatever the header claims (text in another
    encoding practically never is by chance); else the header's charset, the page's own declaration, and last what
    BeautifulSoup's UnicodeDammit makes of the bytes. ISO-8859-1 is read as windows-1252 (WHATWG Encoding Standard, 4.2).
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _read(body[len(mark) :], encoding)
    if not _may_be_wide(body, content_type):
        try:
            return body.decode(), "utf-8", True
        except UnicodeDecodeError:
            pass
    declared = [_codec(name) for name in (_header_charset(content_type), _declared_charset(body)) if name]
    if not any(map(_is_wide, declared)):
        declared.insert(0, "utf-8")
    for name in declared:
        if name:
            try:
                return body.decode(name), name, True
            except UnicodeDecodeError:
                continue
    from bs4.dammit import UnicodeDammit

    detected = UnicodeDammit(body[:20_000], ["windows-1252"], is_html=True).original_encoding
    return _read(body, _codec(detected or "") or "windows-1252")


def _may_be_wide(body: bytes, content_type: str | None) -> bool:
    """Whether header or page may declare an encoding in which bytes that are valid UTF-8 mean something else."""
    names = [found.decode("ascii", "replace") for found in _DECLARED.findall(body[:_DECLARED_WITHIN])]
    return any(_is_wide(_codec(name)) for name in (_header_charset(content_type), *names) if name)


def _is_wide(name: str | None) -> bool:
    return name is not None and name.startswith(("utf-16", "utf-32", "iso2022"))


def _read(body: bytes, encoding: str) -> tuple[str, str, bool]:
    try:
        return body.decode(encoding), encoding, True
    except UnicodeDecodeError:
        return body.decode(encoding, "replace"), encoding, False


def _header_charset(content_type: str | None) -> str | None:
    found = _CHARSET.search(content_type or "")
    return found[1] if found else None


def _declared_charset(body: bytes) -> str | None:
    from bs4.dammit import EncodingDetector

    return EncodingDetector.find_declared_encoding(body[:_DECLARED_WITHIN], is_html=True)


def _codec(name: str) -> str | None:
    """Python's name of the text encoding, or None where it knows none of that name."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not info._is_text_encoding:
        return None
    return "windows-1252" if info.name in ("iso8859-1", "ascii", "cp1252") else info.name
