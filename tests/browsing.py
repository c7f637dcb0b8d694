"""Real Chromium, for tests of pages as people see them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, sync_playwright

from flows.desk import Desk
from flows.review import app
from tests.chromium import CHROMIUM

SCREENSHOTS = Path(__file__).parents[1] / "build" / "screenshots"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser without a window. As root it has no sandbox of its own: it sees none but our pages."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """The desk behind a real server in this process; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app(desk, address), log_level="critical", timeout_keep_alive=60))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://{address}"
        finally:
            server.should_exit = True
            thread.join(20)


class Watched:
    """A page with all that went wrong on it: what it logged as an error, dialogs, and requests that leave the machine's files."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda request: self._requested(request.url))
        page.on("dialog", self._asked)

    def open(self, path: Path) -> Page:
        """Show a file."""
        self.page.goto(path.as_uri())
        return self.page

    def painted(self) -> float:
        """Milliseconds from the start of the navigation to the first view of the content."""
        script = """() => new Promise((done) => new PerformanceObserver((list) => {
            const entry = list.getEntriesByName("first-contentful-paint")[0]; if (entry) done(entry.startTime);
        }).observe({type: "paint", buffered: true}))"""
        return float(self.page.evaluate(script))

    def keep(self, name: str) -> None:
        """A picture of what is seen, for people: in a folder that git ignores."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _asked(self, dialog: Dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "http://127.0.0.1:")):
            self.wrong.append(f"asked for {url}")
