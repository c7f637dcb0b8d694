"""The polite client, against servers that behave, and servers that do not."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import time
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fetchers.client import Client, user_agent
from fetchers.message import UndecodableError, read_message
from fetchers.model import Exchange, Failure
from fetchers.ways import Ways
from fetchers.wire import is_public, private_addresses
from tests.servers import HASTY, QUICK, Answer, html, serving


def client(**options: object) -> Client:
    return Client("crawler@listings.example", QUICK, **{"delay": 0.0, "private": ["127.0.0.1"], **options})  # type: ignore[arg-type]


def answered(outcome: Exchange | Failure) -> Exchange:
    assert isinstance(outcome, Exchange), outcome
    return outcome


def failed(outcome: Exchange | Failure) -> Failure:
    assert isinstance(outcome, Failure), outcome
    return outcome


def test_says_who_asks() -> None:
    with serving({"/": html("hello")}) as site, client() as asks:
        asks.get(f"{site.base}/")
        assert site.seen[0].headers["User-Agent"] == user_agent("crawler@listings.example")
    assert user_agent("a\r\nX-Evil: b").endswith("(+a X-Evil: b)")


def test_keeps_the_bytes_that_went_over_the_wire() -> None:
    page = html("<p>Ünïcode</p>" * 30)
    with serving({"/": replace(page, chunks=(7, 90, 1))}) as site, client() as asks:
        exchange = answered(asks.get(f"{site.base}/"))
    assert exchange.request.startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1")
    assert exchange.response.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
    assert exchange.response.endswith(b"\r\n0\r\n\r\n")
    assert b"\r\n\r\n7\r\n<p>\xc3\x9cn\xc3\r\n5a\r\n" in exchange.response
    message = read_message(exchange.response)
    assert message.head + message.payload == exchange.response
    assert message.body() == page.body
    assert exchange.ip == "127.0.0.1"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw deflate"])
def test_reads_compressed_bodies(coding: str) -> None:
    body = b"<p>Opening hours</p>" * 100
    raw = zlib.compressobj(wbits=-15)
    packed = {"deflate": zlib.compress(body), "raw deflate": raw.compress(body) + raw.flush()}.get(
        coding, gzip.compress(body)
    )
    answer = Answer(packed, headers={"Content-Type": "text/html", "Content-Encoding": coding.removeprefix("raw ")})
    with serving({"/": answer}) as site, client() as asks:
        message = read_message(answered(asks.get(f"{site.base}/")).response)
    assert message.payload == packed
    assert message.body() == body


@pytest.mark.parametrize(
    ("coding", "body", "says"),
    [
        ("br", b"\x0b\x02\x80", "only gzip and deflate"),
        ("gzip", gzip.compress(b"x" * 1000, mtime=0)[:-9], "damaged"),
        ("gzip", gzip.compress(bytes(60_000_000), 9, mtime=0), "larger than 50,000,000"),
    ],
)
def test_says_why_a_body_cannot_be_decoded(coding: str, body: bytes, says: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n\r\n".encode()
    with pytest.raises(UndecodableError, match=says):
        read_message(head + body).body()


def test_waits_between_requests() -> None:
    with serving({"/": html("hello")}) as site, client(delay=0.2) as asks:
        for _ in range(4):
            answered(asks.get(f"{site.base}/"))
        times = [seen.at for seen in site.seen]
    assert times[-1] - times[0] > 0.55
    assert min(after - before for before, after in pairwise(times)) > 0.1


def test_reuses_its_connection() -> None:
    ports = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        handler.close_connection = False
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving({"/": note}) as site, client() as asks:
        for _ in range(3):
            answered(asks.get(f"{site.base}/"))
    assert len(set(ports)) == 1


def test_does_not_follow_redirects_by_itself() -> None:
    with serving({"/a": Answer(status=302, headers={"Location": "/b"})}) as site, client() as asks:
        assert read_message(answered(asks.get(f"{site.base}/a")).response).status == 302
        assert site.paths == ["/a"]


def test_asks_with_validators() -> None:
    with serving({"/": html("hello", ETag='"1"')}) as site, client() as asks:
        exchange = answered(asks.get(f"{site.base}/", {"If-None-Match": '"1"'}))
    assert read_message(exchange.response).status == 304


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_tries_again_where_that_may_help(status: int) -> None:
    with serving() as site, client() as asks:

        def recover(handler: BaseHTTPRequestHandler) -> None:
            code = status if len(site.seen) == 1 else 200
            handler.send_response(code)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        site.answers["/"] = recover
        assert read_message(answered(asks.get(f"{site.base}/")).response).status == 200
        assert len(site.seen) == 2


def test_a_storm_of_errors_ends() -> None:
    with serving({"/": Answer(b"busy", 503)}) as site, client() as asks:
        assert read_message(answered(asks.get(f"{site.base}/")).response).status == 503
        assert len(site.seen) == 1 + QUICK.retries


@pytest.mark.parametrize("status", [400, 403, 404, 410, 501])
def test_takes_no_for_an_answer(status: int) -> None:
    with serving({"/": Answer(b"no", status)}) as site, client() as asks:
        answered(asks.get(f"{site.base}/"))
        assert len(site.seen) == 1


def test_waits_as_long_as_retry_after_asks() -> None:
    with serving({"/": Answer(status=503, headers={"Retry-After": "1"})}) as site, client() as asks:
        answered(asks.get(f"{site.base}/"))
        first, second = (seen.at for seen in site.seen)
    assert second - first >= 1.0


@pytest.mark.parametrize("when", ["3600", "date"])
def test_does_not_wait_for_ever(when: str) -> None:
    value = formatdate(time.time() + 3600, usegmt=True) if when == "date" else when
    with serving({"/": Answer(status=429, headers={"Retry-After": value})}) as site, client() as asks:
        answered(asks.get(f"{site.base}/"))
        assert len(site.seen) == 1


def test_a_nonsensical_retry_after_is_none() -> None:
    with serving({"/": Answer(status=503, headers={"Retry-After": "soon"})}) as site, client() as asks:
        answered(asks.get(f"{site.base}/"))
        assert len(site.seen) == 2


def drip(handler: BaseHTTPRequestHandler, data: bytes, pause: float) -> None:
    for byte in data:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(pause)


def test_slow_headers_time_out() -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000, 0.05)

    with serving({"/": slow}) as site, Client(limits=HASTY, private=["127.0.0.1"], delay=0) as asks:
        began = time.monotonic()
        assert failed(asks.get(f"{site.base}/")).kind == "timeout"
    assert time.monotonic() - began < 10


def test_a_slow_body_times_out() -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        drip(handler, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"a" * 1000, 0.02)

    with serving({"/": slow}) as site, Client(limits=HASTY, private=["127.0.0.1"], delay=0) as asks:
        assert failed(asks.get(f"{site.base}/")).kind == "timeout"


def test_a_silent_server_times_out() -> None:
    with (
        serving({"/": lambda handler: time.sleep(2)}) as site,
        Client(limits=HASTY, private=["127.0.0.1"], delay=0) as asks,
    ):
        assert failed(asks.get(f"{site.base}/")).kind == "timeout"


def test_an_endless_body_is_cut() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            handler.wfile.write(b"<p>more</p>" * 1000)

    with serving({"/": endless}) as site, client() as asks:
        exchange = answered(asks.get(f"{site.base}/"))
    assert exchange.truncated == "length"
    assert exchange.response.endswith(b"\r\n\r\n")
    assert len(exchange.response) < 1000


def test_endless_headers_are_cut() -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(100_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (n, b"a" * 1000))

    with serving({"/": endless}) as site, client() as asks:
        assert failed(asks.get(f"{site.base}/")).kind in ("too-large", "broken")


def test_what_is_no_page_is_not_loaded() -> None:
    sent: list[int] = []

    def video(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
        sent.extend(handler.wfile.write(b"\0" * 10_000) for _ in range(3000))

    with serving({"/": video}) as site, client() as asks:
        assert answered(asks.get(f"{site.base}/")).truncated == "unspecified"
    assert sum(sent) < 30_000_000


def test_a_reset_connection_is_a_failure() -> None:
    def reset(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhalf")
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    with serving({"/": reset}) as site, client() as asks:
        assert failed(asks.get(f"{site.base}/")).kind == "broken"
        assert len(site.seen) == 2


def test_a_body_cut_short_is_a_failure() -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhalf")

    with serving({"/": short}) as site, client() as asks:
        assert failed(asks.get(f"{site.base}/")).kind == "broken"


def test_what_is_no_http_is_a_failure() -> None:
    def greet(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n")

    with (
        serving({"/": greet}) as site,
        client() as asks,
    ):
        assert failed(asks.get(f"{site.base}/")).kind == "broken"


def test_nobody_there_is_a_failure() -> None:
    with serving() as site:
        gone = site.base
    with client() as asks:
        failure = failed(asks.get(f"{gone}/"))
    assert failure.kind == "unreachable"
    assert "0x" not in failure.detail


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid", "a..invalid"])
def test_an_unknown_host_is_a_failure(host: str) -> None:
    with client() as asks:
        assert failed(asks.get(f"http://{host}/")).kind == "unreachable"


def test_a_public_source_leads_into_no_private_network() -> None:
    with serving({"/": html("secret")}) as site, client(private=()) as asks:
        assert failed(asks.get(f"{site.base}/")).kind == "private-address"
        assert site.seen == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "0.0.0.0"],
)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)
    assert private_addresses(address)


def test_public_addresses() -> None:
    assert is_public("9.9.9.9")
    assert is_public("2620:fe::fe")
    assert private_addresses("guide.localhost")
    assert not private_addresses("no-such-host.invalid")


def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, serving({"/": html("direct")}) as site, client() as asks:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        answered(asks.get(f"{site.base}/"))
        assert proxy.seen == []


def test_other_hosts_are_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"http://guide.example/": html("by proxy")}) as proxy, client(private=()) as asks:
        monkeypatch.setenv("http_proxy", proxy.base)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert read_message(answered(asks.get("http://guide.example/")).response).body() == b"by proxy"


def test_routes_lead_a_name_to_loopback() -> None:
    with (
        serving({"/": html("folder")}) as site,
        client(routes={"guide.localhost": int(site.base.rpartition(":")[2])}) as asks,
    ):
        answered(asks.get("http://guide.localhost/"))
        assert site.seen[0].headers["Host"] == "guide.localhost"


def test_keeps_no_cookies() -> None:
    with serving({"/": html("hello", **{"Set-Cookie": "visit=1"})}) as site, client() as asks:
        asks.get(f"{site.base}/")
        asks.get(f"{site.base}/")
        assert all("Cookie" not in seen.headers for seen in site.seen)


def secured(folder: Path) -> ssl.SSLContext:
    """A TLS context for `localhost`; its certificate, which vouches for itself, is written to `folder`/ca.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("by_proxy", [False, True])
def test_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_proxy: bool) -> None:
    with serving({"/": html("secure")}, secured(tmp_path)) as site, serving() as proxy:
        port = int(site.base.rpartition(":")[2])
        proxy.tunnel = port
        url = f"https://localhost:{port}/"
        if by_proxy:
            # The name is one that only the proxy knows the way to; the certificate is for the name that is asked.
            monkeypatch.setattr(Ways, "_is_local", lambda *_: False)
            monkeypatch.setenv("https_proxy", proxy.base)
            monkeypatch.setenv("no_proxy", "")
        with client() as asks:
            assert failed(asks.get(url)).kind == "tls"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        with client() as asks:
            exchange = answered(asks.get(url))
            again = answered(asks.get(url))
    assert exchange.request.startswith(b"GET / HTTP/1.1\r\nHost: localhost")
    assert b"CONNECT" not in exchange.request
    assert read_message(exchange.response).body() == read_message(again.response).body() == b"secure"
    assert (len(proxy.seen) > 0) is by_proxy
