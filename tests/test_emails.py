from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.emails import decode_cfemail, decode_cfemail_link, find_emails, mailto_addresses, valid_address
from parsers.model import Line, Link


def encode(address: str, key: int) -> str:
    return bytes([key, *(byte ^ key for byte in address.encode())]).hex()


@pytest.mark.parametrize(
    ("code", "address"),
    [
        (encode("help@harbour.example", 0x4F)[:-1], None),  # half a byte is missing
        (encode("help@harbour.example", 0x4F), "help@harbour.example"),
        (encode("aide@crème.example", 0xA3), "aide@crème.example"),
        ("", None),
        ("4", None),
        ("zz00", None),
        ("00ff", None),
    ],
)
def test_cloudflare_code(code: str, address: str | None) -> None:
    assert decode_cfemail(code) == address


def test_cloudflare_code_known_by_heart() -> None:
    # 0x2a ^ 'a' = 0x4b, 0x2a ^ '@' = 0x6a, 0x2a ^ 'b' = 0x48, ...
    assert decode_cfemail("2a4b6a48044f524b475a464f") == "a@b.example"


@settings(deadline=None, derandomize=True)
@given(st.from_regex(r"[a-z.]{1,12}@[a-z]{1,12}\.example", fullmatch=True), st.integers(0, 255))
def test_cloudflare_code_of_any_key(address: str, key: int) -> None:
    assert decode_cfemail(encode(address, key)) == address
    assert decode_cfemail_link(f"/cdn-cgi/l/email-protection#{encode(address, key)}") == address


def test_links() -> None:
    assert mailto_addresses("mailto:Info%40harbour.example?subject=Help") == ["Info@harbour.example"]
    both = ["a@harbour.example", "b@harbour.example"]
    assert mailto_addresses("MAILTO:a@harbour.example,b@harbour.example") == both
    assert mailto_addresses("mailto:a@harbour.example;%20b@harbour.example") == both
    assert mailto_addresses("mailto:?subject=Hi&to=a@harbour.example") == both[:1]
    assert mailto_addresses("mailto:Harbour%20House%20%3Ca@harbour.example%3E") == both[:1]
    assert mailto_addresses("https://harbour.example") == []
    assert decode_cfemail_link("https://harbour.example/#2a4b6a48") is None


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("Info@Harbour.Example", "info@harbour.example"),
        ("info@harbour", None),
        ("info@@harbour.example", None),
        ("a..b@harbour.example", None),
    ],
)
def test_valid_address(address: str, normal: str | None) -> None:
    assert valid_address(address) == normal


@pytest.mark.parametrize(
    ("text", "printed", "address", "obfuscated"),
    [
        ("E-mail: help@harbour.example.", "help@harbour.example", "help@harbour.example", False),
        ("name (at) host (dot) example", "name (at) host (dot) example", "name@host.example", True),
        ("name[at]host.example", "name[at]host.example", "name@host.example", True),
        ("ohr [at] klinik-ufer [dot] example", "ohr [at] klinik-ufer [dot] example", "ohr@klinik-ufer.example", True),
        ("name {arobase} host.example", "name {arobase} host.example", "name@host.example", True),
        ("first.last(@)host.example", "first.last(@)host.example", "first.last@host.example", True),
        ("name at host dot example", "name at host dot example", "name@host.example", True),
        ("name@host[dot]example", "name@host[dot]example", "name@host.example", True),
        ("[email\u00a0protected]", "[email\u00a0protected]", None, True),
    ],
)
def test_addresses_in_text(text: str, printed: str, address: str | None, obfuscated: bool) -> None:
    (found,) = find_emails(Line(text, 7))
    assert (text[found.start : found.end], found.address, found.obfuscated) == (printed, address, obfuscated)


@pytest.mark.parametrize("text", ["Meet us at harbour.example", "open at 9 (at the door)", "@harbour", "a (at) b"])
def test_no_address(text: str) -> None:
    assert find_emails(Line(text, 0)) == []


def test_markup_knows_more_than_the_text() -> None:
    text = "Write: [email\u00a0protected] or click here"
    hidden = ((107, 124, "help@harbour.example"),)
    link = Link("mailto:team@harbour.example", 100 + text.index("click"), 100 + len(text))
    first, second = find_emails(Line(text, 100, (link,), hidden))
    assert (text[first.start : first.end], first.address) == ("[email\u00a0protected]", "help@harbour.example")
    assert (text[second.start : second.end], second.address) == ("click here", "team@harbour.example")


def test_protected_link() -> None:
    code = encode("help@harbour.example", 0x11)
    link = Link(f"https://site.example/cdn-cgi/l/email-protection#{code}", 0, 17)
    (found,) = find_emails(Line("[email\u00a0protected]", 0, (link,)))
    assert found.address == "help@harbour.example"
    assert found.obfuscated


def test_address_in_the_text_of_a_link() -> None:
    (found,) = find_emails(Line("E: a@harbour.example", 0, (Link("mailto:b@harbour.example", 0, 20),)))
    assert (found.start, found.end, found.address) == (3, 20, "a@harbour.example")


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.text("ab@.() [at]dot<>-\u00a0é", max_size=40))
def test_places_are_in_the_line(text: str) -> None:
    found = find_emails(Line(text, 5))
    assert all(0 <= email.start < email.end <= len(text) for email in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
