"""`listings review`: the review pages served on loopback, with what a page on a disk cannot do. Never imports Prefect.

Nobody else gets in: the address that is printed carries a token, which becomes a cookie that no other site can send (SameSite);
the Host must be ours (DNS rebinding); what is posted must come from our own pages (Origin) and bring the token once more.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fetchers.model import FetchError
from flows.desk import Desk
from flows.exits import InputError, explain
from flows.workplace import Workplace
from releases.release import ReleaseError
from sources.source import SourceError

_HOST = "127.0.0.1"
_LARGEST = 64 * 1024
"""Bytes of what may be posted."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(
    place: Workplace, source: str, of_held: bool = False, port: int = 0, started: Callable[[str], None] = print
) -> None:
    """Serve the review of a source until interrupted; `started` is told the address to open. Port 0 is any that is free."""
    desk = Desk(place, source, secrets.token_urlsafe(24), of_held)
    desk.release()
    with socket.create_server((_HOST, port)) as listener, closing(desk):
        address = f"{_HOST}:{listener.getsockname()[1]}"
        config = uvicorn.Config(app(desk, address), log_level="warning", access_log=False, server_header=False)
        started(f"http://{address}/?token={desk.token}")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def app(desk: Desk, address: str) -> ASGIApp:
    """The application that answers at `address` (host and port), and nowhere else."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"] or "index.html"
        text = await run_in_threadpool(desk.page, name)
        if text is None:
            return PlainTextResponse(f"There is no page {name}.", 404)
        return Response(text, media_type="application/atom+xml" if name.endswith(".atom") else "text/html")

    async def archived(request: Request) -> Response:
        text = await run_in_threadpool(desk.archived, request.path_params["listing"])
        return PlainTextResponse(text, headers={"Content-Security-Policy": "default-src 'none'; sandbox"})

    async def correct(request: Request) -> Response:
        form = await _form(request, desk.token)
        if form["action"] == "accept" and not form["normal"].strip():
            raise InputError("there is no normal form to accept. Correct the value instead.")
        diff = await run_in_threadpool(
            desk.correct,
            form["listing"],
            form["column"],
            form["printed"],
            form["normal"],
            form["where"] == "site",
            form["reason"],
        )
        return _written(desk, diff, form["listing"])

    async def suppressed(request: Request) -> Response:
        form = await _form(request, desk.token)
        diff = await run_in_threadpool(desk.suppress, form["listing"], form["column"], form["reason"])
        return _written(desk, diff, form["listing"])

    async def published(request: Request) -> Response:
        form = await _form(request, desk.token)
        release = await run_in_threadpool(desk.publish, form["reason"])
        return HTMLResponse(desk.note(title="Released", said=f"{release} is what `latest` names now."))

    async def reparse(request: Request) -> Response:
        await _form(request, desk.token)
        await run_in_threadpool(desk.reparse)
        return RedirectResponse("/run", 303)

    async def running(_: Request) -> Response:
        return HTMLResponse(await run_in_threadpool(_progress, desk))

    routes = [
        Route("/correct", correct, methods=["POST"]),
        Route("/suppress", suppressed, methods=["POST"]),
        Route("/publish", published, methods=["POST"]),
        Route("/reparse", reparse, methods=["POST"]),
        Route("/run", running),
        Route("/archive/{listing}", archived),
        Route("/{name:path}", page),
    ]

    async def refused(_: Request, error: Exception) -> Response:
        text = explain(error)[1]
        return HTMLResponse(desk.note(title="Nothing was written", said=text), 400)

    # After an error of any other kind, Starlette lets the server close the connection, and with it the browser's next request.
    known = (InputError, FetchError, ReleaseError, SourceError, OSError)
    handlers = dict.fromkeys((Exception, *known), refused)
    return Guard(Starlette(routes=routes, exception_handlers=handlers), desk.token, address)


class Guard:
    """Lets only requests through that come from our own pages in the browser of whoever has the token."""

    def __init__(self, inner: ASGIApp, token: str, address: str) -> None:
        self._inner, self._token, self._address = inner, token, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            request = Request(scope)
            answer = self._answer(request)

            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    added = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                    message["headers"] = [*message["headers"], *added]
                await send(message)

            await (answer or self._inner)(scope, receive, with_headers)

    def _answer(self, request: Request) -> Response | None:
        """Why the request is not let through, or where it is sent; None where it is."""
        headers = request.headers
        if headers.get("host") != self._address:
            return PlainTextResponse("This address is not served here.", 421)
        if request.method == "GET" and self._same(request.query_params.get("token")):
            # One slash: with two it would be the address of another host.
            sent = RedirectResponse(f"/{request.url.path.lstrip('/')}", 303)
            sent.set_cookie(_cookie(self._address), self._token, httponly=True, samesite="strict")
            return sent
        if not self._same(request.cookies.get(_cookie(self._address))):
            return PlainTextResponse("Open the address that `listings review` printed: it carries the token.", 403)
        if request.method not in ("GET", "HEAD") and not self._ours(headers):
            return PlainTextResponse("This was not posted from a page of the review.", 403)
        return None

    def _ours(self, headers: Headers) -> bool:
        return (
            headers.get("origin") == f"http://{self._address}"
            and headers.get("sec-fetch-site", "same-origin") == "same-origin"
            and headers.get("content-type", "").partition(";")[0] == "application/x-www-form-urlencoded"
            and headers.get("content-length", "").isdigit()
            and int(headers["content-length"]) <= _LARGEST
            and "transfer-encoding" not in headers
        )

    def _same(self, token: str | None) -> bool:
        return hmac.compare_digest((token or "").encode(), self._token.encode())


def _cookie(address: str) -> str:
    """The name of the cookie: a browser keeps those of all ports of a host together, and several reviews may be open."""
    return f"listings-review-{address.rpartition(':')[2]}"


class _Form(dict[str, str]):
    def __missing__(self, key: str) -> str:
        raise InputError(f"the form has no {key!r}. Load the page again.")


async def _form(request: Request, token: str) -> _Form:
    """What was posted, when it brings the token."""
    form = _Form(parse_qsl((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True))
    if not hmac.compare_digest(form["token"].encode(), token.encode()):
        raise InputError("the form is not of this session. Load the page again.")
    return form


def _written(desk: Desk, diff: str, listing: str) -> Response:
    where = f"{Path(desk.place.sources) / desk.source}/"
    said = f"Written to {where}. It counts from the next release on." if diff else f"{where} says so already."
    return HTMLResponse(desk.note(title="Written", said=said, diff=diff, back=f"listing/{listing}.html", again=True))


def _progress(desk: Desk) -> str:
    job = desk.job
    if job is None:
        return desk.note(title="Nothing runs", said="No release is being made.")
    if job.code is None:
        return desk.note(
            title="The release is being made anew",
            said="This page looks again every second.",
            log=job.said(),
            busy=True,
        )
    title = {0: "The release was made anew", 3: "The release was made anew, and is held"}.get(job.code, "It failed")
    return desk.note(title=title, said="", log=job.said(), effect=desk.effect() if job.code == 0 else None)
