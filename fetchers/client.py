"""One polite HTTP client: who it is, how fast it may go, what it gives up on, and when it tries again."""

from __future__ import annotations

import email.utils
import functools
import importlib.metadata
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3

from fetchers.message import read_message
from fetchers.model import RETRIED, Exchange, Failure
from fetchers.robots import TOKEN
from fetchers.wire import PrivateAddressError, Tape, TooLargeError, Wire

PAGE_TYPES = ("text/", "application/xhtml+xml", "application/xml", "application/gzip", "application/x-gzip")
"""Media types whose payload is of use: pages, robots.txt and sitemaps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one address may cost.

    Times are in seconds, sizes in bytes as received. `deadline` is for a whole response, `retries` how often more it is tried,
    `backoff` the pause before the first of them, doubled each time; a Retry-After above `patience` is not waited for.
    """

    connect: float = 10.0
    read: float = 30.0
    deadline: float = 120.0
    size: int = 20_000_000
    retries: int = 3
    backoff: float = 2.0
    patience: float = 120.0


def user_agent(contact: str | None) -> str:
    """Who asks: product token, version, and whom to write to (RFC 9110, section 10.1.5)."""
    return f"{TOKEN}/{version()}" + (f" (+{_one_line(contact)})" if contact else "")


def version() -> str:
    """The installed version of this package."""
    try:
        return importlib.metadata.version("listings")
    except importlib.metadata.PackageNotFoundError:
        return "0"


class _Session(requests.Session):
    """A session that leaves redirects alone: `requests` reads them even where it is not to follow, and stumbles over bad ones."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Where a response redirects to: nowhere."""


class Client:
    """Fetches one address at a time, or `concurrency` in as many threads; never a host oftener than its delay allows.

    `routes` sends host names to ports on loopback. Cookies are not kept, .netrc is not read: everyone gets the public page.
    """

    def __init__(
        self,
        contact: str | None = None,
        limits: Limits = Limits(),
        *,
        delay: float = 1.0,
        concurrency: int = 1,
        allow_private: bool = False,
        routes: Mapping[str, int] | None = None,
    ) -> None:
        self.limits, self.delay = limits, delay
        self._routes = dict(routes or {})
        self._next: dict[str, float] = {}
        self._turn = threading.Lock()
        wire = Wire(self._routes, allow_private or bool(self._routes), limits.deadline, limits.size)
        self._session = _Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, wire.adapter(concurrency))
        self._session.headers.clear()
        self._session.headers.update(
            {
                "User-Agent": user_agent(contact),
                "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = _no_auth

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(self, url: str, validators: Mapping[str, str] | None = None) -> Exchange | Failure:
        """Ask for a URL once, and again where that may help; redirects are the caller's.

        `validators` are If-None-Match and If-Modified-Since. An HTTP error is an Exchange: the server answered. A Failure is of
        kind "unreachable", "timeout", "broken", "too-large", "private-address" or "tls".
        """
        for attempt in range(self.limits.retries + 1):
            self._wait_turn(url)
            outcome = self._ask(url, dict(validators or {}))
            pause = self.limits.backoff * 2**attempt
            if isinstance(outcome, Failure):
                if outcome.kind in ("private-address", "tls"):
                    return outcome
            elif (status := _status(outcome)) not in RETRIED:
                return outcome
            else:
                asked = _retry_after(outcome) if status in (429, 503) else None
                if asked is not None and asked > self.limits.patience:
                    return outcome
                pause = max(pause, asked or 0.0)
            if attempt < self.limits.retries:
                time.sleep(pause)
        return outcome

    def _wait_turn(self, url: str) -> None:
        """Sleep until the host may be asked again: `delay` after the request before it was sent."""
        host = urlsplit(url).netloc
        with self._turn:
            start = max(time.monotonic(), self._next.get(host, 0.0))
            self._next[host] = start + self.delay
        time.sleep(max(0.0, start - time.monotonic()))

    def _ask(self, url: str, headers: dict[str, str]) -> Exchange | Failure:
        fail = functools.partial(Failure, url)
        limits = self.limits
        try:
            response = self._session.get(
                url,
                headers=headers,
                stream=True,
                allow_redirects=False,
                timeout=(limits.connect, limits.read),
                proxies=_NO_PROXIES if self._is_local(url) else None,
            )
        except requests.exceptions.SSLError as error:
            return fail("tls", _reason(error))
        except requests.exceptions.Timeout as error:
            return fail("timeout", _reason(error))
        except requests.exceptions.ConnectionError as error:
            return fail(_connection_kind(error), _reason(error))
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            TooLargeError,
            PrivateAddressError,
            TimeoutError,
        ) as error:
            kinds = {TooLargeError: "too-large", PrivateAddressError: "private-address", TimeoutError: "timeout"}
            return fail(kinds.get(type(error), "unreachable"), _reason(error))
        with response:
            tape: Tape = cast(Any, response.raw)._original_response.tape
            fetched_at = datetime.now(UTC)
            truncated = None
            mime = response.headers.get("Content-Type", "text/html").lower()
            try:
                if response.status_code == 200 and not mime.startswith(PAGE_TYPES):
                    truncated = "unspecified"
                else:
                    for _ in response.raw.stream(1 << 16, decode_content=False):
                        pass
            except TooLargeError:
                truncated = "length"
            except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
                return fail("timeout", _reason(error))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                return fail("broken", _reason(error))
            received = bytes(tape.received)
            if truncated:
                received = received[: received.find(b"\r\n\r\n") + 4]
            return Exchange(url, fetched_at, bytes(tape.sent), received, tape.ip, truncated)

    def _is_local(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return host in self._routes or host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


_NO_PROXIES: dict[str, str] = {"http": "", "https": "", "all": ""}


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In place of .netrc, which `requests` reads where a session has no authentication of its own."""
    return request


def _status(exchange: Exchange) -> int:
    return int(exchange.response.split(b" ", 2)[1][:3])


def _retry_after(exchange: Exchange) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, section 10.2.3): a number, or a date."""
    value = (read_message(exchange.response).header("Retry-After") or "").strip()
    if value.isdecimal():
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - exchange.fetched_at).total_seconds())


def _connection_kind(error: requests.exceptions.ConnectionError) -> str:
    """What a broken connection was: by the innermost error, since `requests` wraps them all alike."""
    text = repr(error)
    return "unreachable" if "NewConnectionError" in text or "NameResolutionError" in text else "broken"


def _reason(error: BaseException) -> str:
    """What went wrong, without the addresses in memory that urllib3 prints."""
    inner: BaseException = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    return _one_line(str(inner) or type(inner).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())
