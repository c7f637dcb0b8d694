"""HTTP connections that keep what went over the wire, and let no response run on: under `requests`, by its own adapter.

WARC wants messages as they were sent (WARC 1.1, section 6.3); urllib3 hands out parsed headers and joined chunks. So the bytes
are taken where they leave the socket: the same place counts them and watches the clock, whatever the server does.
"""

from __future__ import annotations

import functools
import http.client
import io
import ipaddress
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class TooLargeError(Exception):
    """A response that goes on past the limit."""


class PrivateAddressError(Exception):
    """A name that leads into a private network, where the source is a public one."""


@dataclass(slots=True)
class Tape:
    """What one request sent and received, in bytes. Reading past `deadline` (monotonic seconds) or `limit` bytes raises."""

    deadline: float
    limit: int
    ip: str | None = None
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    def keep(self, data: memoryview) -> None:
        """Take down what was received; TimeoutError or TooLargeError where it is too late or too much."""
        self.received += data
        if time.monotonic() > self.deadline:
            raise TimeoutError("the response took too long")
        if len(self.received) > self.limit:
            raise TooLargeError(f"the response is larger than {self.limit:,} bytes")


class _TapedReader(io.RawIOBase):
    """A socket's reader that writes a tape."""

    def __init__(self, source: io.RawIOBase, tape: Tape) -> None:
        self._source, self._tape = source, tape

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._source.readinto(buffer)
        if count:
            self._tape.keep(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


class _TapedResponse(http.client.HTTPResponse):
    """A response whose socket reader is taped."""

    def __init__(self, sock: socket.socket, *args: Any, tape: Tape, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.tape = tape
        self.fp = io.BufferedReader(_TapedReader(self.fp.detach(), tape))


class Wire:
    """What the connections of one client share.

    `routes` are host names served on a loopback port, `private` the private addresses that may be asked, `deadline` (seconds)
    and `limit` (bytes) bound each response.
    """

    def __init__(self, routes: dict[str, int], private: Collection[str], deadline: float, limit: int) -> None:
        self.routes, self.private = routes, private
        self.deadline, self.limit = deadline, limit

    def adapter(self, connections: int) -> HTTPAdapter:
        """An adapter for `requests` whose connections are taped."""
        wire = self

        class Taped:
            """What both schemes' connections do more than urllib3's."""

            host: str
            port: int
            sock: Any
            proxy: Any
            tape: Tape | None = None
            response_class: Any

            def _new_conn(self) -> socket.socket:
                port = wire.routes.get(self.host)
                if port is not None:
                    return socket.create_connection(("127.0.0.1", port))
                if not self.proxy:
                    closed = sorted(a for a in private_addresses(self.host) if not may_be_asked(a, wire.private))
                    if closed:
                        raise PrivateAddressError(f"{self.host} is {closed[0]}, an address that is not public")
                sock: socket.socket = super()._new_conn()  # type: ignore[misc]
                # What was connected to counts, not what the look-up above said: a name may have another answer the next time.
                address = sock.getpeername()[0]
                if not self.proxy and not may_be_asked(address, wire.private):
                    sock.close()
                    raise PrivateAddressError(f"{self.host} is {address}, an address that is not public")
                return sock

            def putrequest(self, *args: Any, **kwargs: Any) -> None:
                self.tape = Tape(time.monotonic() + wire.deadline, wire.limit)
                self.response_class = functools.partial(_TapedResponse, tape=self.tape)
                super().putrequest(*args, **kwargs)  # type: ignore[misc]

            def _tunnel(self) -> None:
                # What client and proxy say to one another is no part of the exchange.
                kept = self.tape, self.response_class
                self.tape, self.response_class = None, http.client.HTTPResponse
                super()._tunnel()  # type: ignore[misc]
                self.tape, self.response_class = kept

            def send(self, data: Any) -> None:
                super().send(data)  # type: ignore[misc]
                if self.tape is None:
                    return
                self.tape.sent += data
                if not self.proxy:
                    self.tape.ip = self.sock.getpeername()[0]

        class TapedHTTPConnection(Taped, HTTPConnection):
            pass

        class TapedHTTPSConnection(Taped, HTTPSConnection):
            pass

        class TapedHTTPPool(HTTPConnectionPool):
            ConnectionCls = TapedHTTPConnection

        class TapedHTTPSPool(HTTPSConnectionPool):
            ConnectionCls = TapedHTTPSConnection

        class TapedAdapter(HTTPAdapter):
            def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
                super().init_poolmanager(*args, **kwargs)
                self._tape(self.poolmanager)

            def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
                return self._tape(super().proxy_manager_for(*args, **kwargs))

            def _tape(self, manager: Any) -> Any:
                manager.pool_classes_by_scheme = {"http": TapedHTTPPool, "https": TapedHTTPSPool}
                return manager

        return TapedAdapter(pool_connections=16, pool_maxsize=connections, max_retries=0)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Addresses that stand for one of IPv4 (RFC 6052)."""


def is_public(address: str) -> bool:
    """Whether an IP address is routed on the public internet (IANA special-purpose registries, RFC 6890).

    An address of IPv6 that leads to one of IPv4 (mapped, 6to4, NAT64) is as public as that one.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        within = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else ip.ipv4_mapped or ip.sixtofour
        return is_public(str(within)) if within else ip.is_global and not ip.is_multicast
    return ip.is_global and not ip.is_multicast


def private_addresses(host: str) -> frozenset[str]:
    """The addresses that a host name or literal leads to and that are not public. A name nobody knows leads nowhere."""
    if host == "localhost" or host.endswith(".localhost"):
        return frozenset({"127.0.0.1", "::1"})
    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(address for address in found if not is_public(address))


def may_be_asked(address: str, private: Collection[str]) -> bool:
    """Whether an address is public, or one of those `private` ones that are open all the same: of loopback, one opens all."""
    if is_public(address) or address in private:
        return True
    return _is_loopback(address) and any(map(_is_loopback, private))


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
