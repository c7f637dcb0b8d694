"""A local folder as a site: served over real HTTP on loopback for the time of a crawl, under a name that stays the same."""

from __future__ import annotations

import contextlib
import email.utils
import functools
import hashlib
import html
import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from fetchers.model import FetchError


@dataclass(frozen=True, slots=True)
class Served:
    """A folder being served: its start URL (`http://<name>.localhost/`, RFC 6761), the host, and the loopback port."""

    url: str
    host: str
    port: int


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a folder for the length of a with block; FetchError where there is none, or nothing in it."""
    try:
        if not any(folder.iterdir()):
            raise FetchError(f"{folder}: the folder is empty. Put the directory's pages in it.")
    except OSError as error:
        raise FetchError(
            f"{folder}: cannot be read as a folder ({error.strerror}). Mend `start` in source.yml: a URL, a folder or a "
            ".warc(.gz) file."
        ) from error
    host = f"{host_label(folder.name)}.localhost"
    server = _Server(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://{host}/", host, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def host_label(name: str) -> str:
    """A folder's name as a host label (RFC 1123): lower-case letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63].strip("-") or "folder"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: who hangs up in the middle does so on purpose."""


class _Handler(SimpleHTTPRequestHandler):
    """Files with ETag and Last-Modified, folders by their index.html or as a list of links."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".txt": "text/plain",
        ".md": "text/plain",
        ".htm": "text/html",
        ".html": "text/html",
        ".xhtml": "application/xhtml+xml",
        ".xml": "application/xml",
    }

    def version_string(self) -> str:
        return "listings"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Stay silent: the crawl reports."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        path = Path(self.translate_path(self.path))
        if path.is_dir() and not self.path.partition("?")[0].endswith("/"):
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": self.path + "/"})
            return None
        if path.is_dir():
            index = next((path / name for name in ("index.html", "index.htm") if (path / name).is_file()), None)
            if index is None:
                return self._answer(HTTPStatus.OK, _listing(path), {"Content-Type": "text/html; charset=utf-8"})
            path = index
        try:
            data, modified = path.read_bytes(), path.stat().st_mtime
        except OSError:
            return self._answer(HTTPStatus.NOT_FOUND, b"not here", {"Content-Type": "text/plain"})
        headers = {
            "Content-Type": self.guess_type(str(path)),
            "ETag": f'"{hashlib.sha256(data).hexdigest()[:32]}"',
            "Last-Modified": email.utils.formatdate(modified, usegmt=True),
        }
        if self.headers.get("If-None-Match") == headers["ETag"]:
            return self._answer(HTTPStatus.NOT_MODIFIED, b"", headers)
        return self._answer(HTTPStatus.OK, data, headers)

    def _answer(self, status: HTTPStatus, data: bytes, headers: dict[str, str]) -> io.BytesIO | None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        return io.BytesIO(data)


def _listing(folder: Path) -> bytes:
    """A page that links to what is in a folder, sorted; hidden files are none of it."""
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir() if not path.name.startswith("."))
    items = "".join(f'<li><a href="{quote("./" + name)}">{html.escape(name)}</a></li>\n' for name in names)
    title = html.escape(folder.name)
    return f"<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{items}</ul>\n".encode()
