"""The generated directory on loopback, in a process of its own: `python -m benchmarks.server 2000` prints its port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.pages import index, page


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bodies: dict[str, bytes]

    def do_GET(self) -> None:
        body = self.bodies.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    # a response in two small writes would wait for the client's acknowledgement
    disable_nagle_algorithm = True


@contextmanager
def serving(total: int) -> Iterator[str]:
    """The start URL of a directory of `total` listings, for the length of a with block."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", str(total)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.kill()


def main(total: int) -> None:
    """Serve until killed."""
    _Handler.bodies = {f"/listing/{n}/": page(n, total) for n in range(total)} | {"/": index(total)}
    _Handler.wbufsize = 1 << 17
    server = _Server(("127.0.0.1", 0), _Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
