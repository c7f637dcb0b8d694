"""E-mail addresses that a page hides: placeholder until the values branch lands."""

from __future__ import annotations


def decode_cfemail(code: str) -> str | None:
    """Decode Cloudflare's hex form: the first byte is the key that every other byte is XORed with."""
    try:
        key, *data = bytes.fromhex(code)
        return bytes(x ^ key for x in data).decode("utf-8")
    except ValueError:
        return None
