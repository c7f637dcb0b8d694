"""One polite HTTP client: who it is, how fast it may go, what it gives up on, and when it tries again."""

from __future__ import annotations

import email.utils
import functools
import importlib.metadata
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3 import Timeout

from fetchers.message import read_message
from fetchers.model import RETRIED, Exchange, Failure
from fetchers.robots import TOKEN
from fetchers.turns import Turns
from fetchers.ways import Ways
from fetchers.wire import PrivateAddressError, Tape, TooLargeError, Wire

PAGE_TYPES = (
    *("text/", "application/xhtml+xml", "application/xml", "application/gzip", "application/x-gzip"),
    *("application/rss+xml", "application/atom+xml", "application/rdf+xml"),
)
"""Media types whose payload is of use: pages, robots.txt, sitemaps and feeds."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one address may cost.

    Times are in seconds, sizes in bytes as received. `deadline` is for a whole response, `retries` how often more it is tried,
    `backoff` the pause before the first of them, doubled each time; a Retry-After above `patience` is not waited for. `rest` is
    how long, at most, a host is left alone that has become slow.
    """

    connect: float = 10.0
    read: float = 30.0
    deadline: float = 120.0
    size: int = 20_000_000
    retries: int = 3
    backoff: float = 2.0
    patience: float = 120.0
    rest: float = 60.0


def user_agent(contact: str | None) -> str:
    """Who asks: product token, version, the project's address and whom to write to (RFC 9110, section 10.1.5)."""
    told = [f"+{home}"] if (home := homepage()) else []
    told += [_one_line(contact) if told else f"+{_one_line(contact)}"] if contact else []
    return f"{TOKEN}/{version()}" + (f" ({'; '.join(told)})" if told else "")


def homepage() -> str | None:
    """The project's address on the web, where the installed package states one."""
    try:
        stated = importlib.metadata.metadata("listings").get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((line.partition(",")[2].strip() for line in stated if line.lower().startswith("homepage,")), None)


def version() -> str:
    """The installed version of this package."""
    try:
        return importlib.metadata.version("listings")
    except importlib.metadata.PackageNotFoundError:
        return "0"


class Client:
    """Fetches one address at a time, or `concurrency` in as many threads; never a host oftener than its delay allows.

    `routes` sends host names to ports on loopback; `private` are the addresses off the public internet that may be asked.
    Cookies are not kept, .netrc is not read: everyone gets the public page.
    """

    def __init__(
        self,
        contact: str | None = None,
        limits: Limits = Limits(),
        *,
        delay: float = 1.0,
        concurrency: int = 1,
        private: Collection[str] = (),
        routes: Mapping[str, int] | None = None,
    ) -> None:
        self.limits = limits
        self._turns = Turns(delay, limits.rest)
        self._ways = Ways(Wire(dict(routes or {}), private, limits.deadline, limits.size), concurrency)
        self._timeout = Timeout(connect=limits.connect, read=limits.read)
        self._headers = {
            "User-Agent": user_agent(contact),
            "Accept": "text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ways.close()

    def slow_down(self, url: str, delay: float) -> None:
        """Ask the host of a URL no oftener than every `delay` seconds."""
        self._turns.slow_down(urlsplit(url).netloc, delay)

    def get(
        self, url: str, validators: Mapping[str, str] | None = None, retries: int | None = None
    ) -> Exchange | Failure:
        """Ask for a URL once, and again where that may help, at most `retries` times; redirects are the caller's.

        `validators` are If-None-Match and If-Modified-Since. An HTTP error is an Exchange: the server answered. A Failure is of
        kind "unreachable", "timeout", "broken", "too-large", "private-address" or "tls".
        """
        host = urlsplit(url).netloc
        retries = self.limits.retries if retries is None else retries
        for attempt in range(retries + 1):
            self._turns.wait(host)
            began = time.monotonic()
            outcome = self._ask(url, dict(validators or {}))
            self._turns.answered(host, time.monotonic() - began)
            pause = self.limits.backoff * 2**attempt
            if isinstance(outcome, Failure):
                if outcome.kind in ("private-address", "tls", "too-large"):
                    return outcome
            elif (status := _status(outcome)) not in RETRIED:
                return outcome
            else:
                asked = _retry_after(outcome) if status in (429, 503) else None
                if asked is not None and asked > self.limits.patience:
                    return outcome
                pause = max(pause, asked or 0.0)
            if attempt < retries:
                self._turns.hold(host, pause)
        return outcome

    def _ask(self, url: str, headers: dict[str, str]) -> Exchange | Failure:
        fail = functools.partial(Failure, url)
        try:
            response = self._ways.send(url, self._headers | headers, self._timeout)
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            TooLargeError,
            PrivateAddressError,
            OSError,
        ) as error:
            return fail(_kind(error), _reason(error))
        try:
            tape: Tape = cast(Any, response)._original_response.tape
            fetched_at = datetime.now(UTC)
            truncated = None
            mime = response.headers.get("Content-Type", "text/html").lower()
            try:
                if response.status == 200 and not mime.startswith(PAGE_TYPES):
                    truncated = "unspecified"
                else:
                    for _ in response.stream(1 << 16, decode_content=False):
                        pass
            except TooLargeError:
                truncated = "length"
            except (TimeoutError, urllib3.exceptions.ReadTimeoutError) as error:
                return fail("timeout", _reason(error))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                return fail("broken", _reason(error))
            received = _own_bytes(bytes(tape.received), response, truncated)
            return Exchange(url, fetched_at, bytes(tape.sent), received, tape.ip, truncated)
        finally:
            # Of a response that was read to its end this closes nothing: its connection serves the next one.
            response.close()
            response.release_conn()


def _own_bytes(received: bytes, response: urllib3.BaseHTTPResponse, truncated: str | None) -> bytes:
    """What of the bytes received is the response: no interim response before it, nothing that goes on behind it."""
    while received.startswith((b"HTTP/1.1 100", b"HTTP/1.0 100")) and (head := _HEAD_END.search(received)):
        received = received[head.end() :]
    head = _HEAD_END.search(received)
    at = head.end() if head else len(received)
    length = response.headers.get("Content-Length", "")
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if truncated or response.status in (204, 304):
        return received[:at]
    return received[: at + int(length)] if length.isdecimal() and not chunked else received


def _status(exchange: Exchange) -> int:
    return int(exchange.response.split(b" ", 2)[1][:3])


def _retry_after(exchange: Exchange) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, section 10.2.3): a number, or a date."""
    value = (read_message(exchange.response).header("Retry-After") or "").strip()
    if value.isdecimal():
        return float(value)
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - exchange.fetched_at).total_seconds())


def _kind(error: BaseException) -> str:
    """What it was that brought no response: a kind of Failure."""
    if isinstance(error, PrivateAddressError):
        return "private-address"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "tls"
    text = repr(error)
    if "NewConnectionError" in text or "NameResolutionError" in text:
        return "unreachable"
    if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
        return "timeout"
    if isinstance(error, TooLargeError) or "got more than" in text:  # http.client, of a line or of headers
        return "too-large"
    aborted = isinstance(error, urllib3.exceptions.ProtocolError | urllib3.exceptions.ProxyError)
    return "broken" if aborted else "unreachable"


def _reason(error: BaseException) -> str:
    """What went wrong, without the addresses in memory that urllib3 prints."""
    inner: BaseException = error
    while (cause := inner.__cause__ or inner.__context__) is not None:
        inner = cause
    return _one_line(str(inner) or type(inner).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())
