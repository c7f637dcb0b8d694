"""Real HTTP servers on loopback for tests: a site as a mapping of paths to answers, and every request it saw."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from fetchers.client import Limits
from sources.source import Pace, Source

QUICK = Limits(connect=5.0, read=10.0, deadline=20.0, size=50_000, retries=1, backoff=0.01, patience=1.0, rest=0.05)
"""Limits with little patience for errors, and enough for a machine that is busy."""

HASTY = replace(QUICK, read=0.5, deadline=1.0, retries=0)
"""Limits under which a slow server is given up within a second or two."""


@dataclass(frozen=True)
class Answer:
    """What a path answers: `body` is sent in one piece, or in chunks of the sizes given."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[int, ...] = ()


Script = Callable[[BaseHTTPRequestHandler], None]
"""An answer written by hand, to the handler's `wfile`."""


@dataclass(frozen=True)
class Seen:
    """One request: when it came (monotonic seconds), what it asked, with which headers."""

    at: float
    path: str
    headers: Mapping[str, str]


class Site:
    """A running site; `answers` may be changed while it runs. Unknown paths answer 404."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: dict[str, Answer | Script] = {}
        self.seen: list[Seen] = []
        self.tunnel = 0
        self.pause: Callable[[float], None] = lambda _: None

    @property
    def paths(self) -> list[str]:
        """The paths asked, in order."""
        return [seen.path for seen in self.seen]

    def pages(self, pages: Mapping[str, str]) -> None:
        """Add HTML pages, with an ETag each."""
        for path, text in pages.items():
            self.answers[path] = html(text.replace("BASE", self.base))


def html(text: str, **headers: str) -> Answer:
    """An HTML page."""
    return Answer(text.encode(), headers={"Content-Type": "text/html; charset=utf-8", **headers})


def redirect(to: str, status: int = 301) -> Answer:
    """A redirect."""
    return Answer(status=status, headers={"Location": to})


def source(site: Site, name: str = "guide", path: str = "/", concurrency: int = 1) -> Source:
    """A source that starts at the site."""
    return Source(name, f"{site.base}{path}", contact="crawler@listings.example", pace=Pace(0.0, concurrency))


@contextlib.contextmanager
def serving(
    answers: Mapping[str, Answer | Script] | None = None, secure: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """Serve a site on a free port of 127.0.0.1 for the length of a with block; with TLS where there is a context."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            with lock:
                site.seen.append(Seen(time.monotonic(), self.path, dict(self.headers)))
            answer = site.answers.get(self.path, Answer(b"nothing here", 404, {"Content-Type": "text/plain"}))
            if isinstance(answer, Answer):
                _send(self, answer)
            else:
                self.close_connection = True
                answer(self)

        def do_CONNECT(self) -> None:
            """Lead a tunnel to the port `site.tunnel`, whatever it was asked for."""
            with lock:
                site.seen.append(Seen(time.monotonic(), self.path, dict(self.headers)))
            self.close_connection = True
            with socket.create_connection(("127.0.0.1", site.tunnel)) as other:
                self.send_response(200)
                self.end_headers()
                back = Thread(target=_pass_on, args=(other, self.connection), daemon=True)
                back.start()
                _pass_on(self.connection, other)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    def pause(seconds: float) -> None:
        """Refuse connections for a while, then listen on the same port again."""
        old = running.pop()
        old.shutdown()
        old.server_close()
        time.sleep(seconds)
        running.append(start(old.server_address[1]))

    def start(port: int) -> Server:
        server = Server(("127.0.0.1", port), Handler)
        if secure:
            server.socket = secure.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    lock = Lock()
    running = [start(0)]
    site = Site(f"http://127.0.0.1:{running[0].server_address[1]}")
    site.answers.update(answers or {})
    site.pause = pause
    try:
        yield site
    finally:
        for server in running:
            server.shutdown()
            server.server_close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    etag = answer.headers.get("ETag")
    since = answer.headers.get("Last-Modified")
    asked = handler.headers
    unchanged = (etag and asked.get("If-None-Match") == etag) or (since and asked.get("If-Modified-Since") == since)
    status, body = (304, b"") if unchanged else (answer.status, answer.body)
    handler.send_response(status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.chunks and status == 200:
        handler.send_header("Transfer-Encoding", "chunked")
        body = chunked(body, answer.chunks)
    elif status != 304:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def chunked(body: bytes, sizes: tuple[int, ...]) -> bytes:
    """A body in chunks of these sizes, the rest in one (RFC 9112, section 7.1)."""
    pieces, at = [], 0
    for size in (*sizes, len(body)):
        if piece := body[at : at + size]:
            pieces.append(b"%x\r\n%s\r\n" % (len(piece), piece))
        at += size
    return b"".join(pieces) + b"0\r\n\r\n"
