"""The way to a host: straight there or through a proxy, and whom to trust, as the environment has it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout

from fetchers.wire import PrivateAddressError, Wire, may_be_asked, private_addresses


@dataclass(frozen=True, slots=True)
class _Way:
    """Connections to an origin; `proxy` tells that a proxy is what they lead to, `whole` that it is told whole URLs."""

    pool: HTTPConnectionPool
    proxy: bool
    whole: bool


class Ways:
    """Sends requests, each by the way to its host; for any number of threads.

    `requests` says which way that is (it documents its variables) and makes the connections, once for each host: asking it to
    send each request, too, takes three times as long.
    """

    def __init__(self, wire: Wire, connections: int) -> None:
        self._wire = wire
        self._adapter: Any = wire.adapter(connections)
        self._ways: dict[str, _Way] = {}

    def send(self, url: str, headers: Mapping[str, str], timeout: Timeout) -> BaseHTTPResponse:
        """Ask for a URL with these headers and no others; the response has its body still to come.

        Raises what `requests` says of a URL or a proxy that is none, what urllib3 says of a connection, and PrivateAddressError.
        """
        asked = requests.PreparedRequest()
        asked.prepare_url(url, None)
        way = self._way(asked)
        if way.proxy:
            self._check_behind_proxy(urlsplit(url).hostname or "")
        return way.pool.urlopen(
            "GET",
            str(asked.url) if way.whole else asked.path_url,
            headers=headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def _way(self, asked: requests.PreparedRequest) -> _Way:
        url = str(asked.url)
        place = urlsplit(url)
        origin = f"{place.scheme}://{place.netloc}"
        way = self._ways.get(origin)
        # Of many hosts the adapter closes the connections that are longest not used.
        if way is None or way.pool.pool is None:
            way = self._ways[origin] = self._find(asked, url)
        return way

    def _find(self, asked: requests.PreparedRequest, url: str) -> _Way:
        local = self._is_local(urlsplit(url).hostname or "")
        proxies = _NO_PROXIES if local else requests.utils.get_environ_proxies(url)
        trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        pool = self._adapter.get_connection_with_tls_context(asked, trusted, proxies)
        self._adapter.cert_verify(pool, url, trusted, None)
        proxy = any(proxies.values())
        return _Way(pool, proxy, proxy and self._adapter.request_url(asked, proxies) != asked.path_url)

    def _check_behind_proxy(self, host: str) -> None:
        """Refuse a host that a look-up of our own leads into a private network: what the proxy connects to is not seen."""
        private: Collection[str] = self._wire.private
        closed = sorted(address for address in private_addresses(host) if not may_be_asked(address, private))
        if closed:
            raise PrivateAddressError(f"{host} is {closed[0]}, an address that is not public")

    def _is_local(self, host: str) -> bool:
        return host in self._wire.routes or host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


_NO_PROXIES: dict[str, str] = {"http": "", "https": "", "all": ""}
