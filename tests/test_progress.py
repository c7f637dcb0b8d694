"""`listings refresh` on a terminal: a real pseudo-terminal, a real site, a real run."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from tests.commands.conftest import TOWNS, listing_page
from tests.conftest import MAIN
from tests.servers import html, serving

pytestmark = pytest.mark.xdist_group("prefect")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def test_a_terminal_shows_rates_time_left_steps_and_the_last_problem(
    tmp_path: Path, with_server: dict[str, str]
) -> None:
    with serving() as site:
        links = "".join(f'<li><a href="/{town}/">{town}</a></li>' for town in (*TOWNS, "Nowhere"))
        site.answers["/"] = html(f"<title>Guide</title><main><ul>{links}</ul></main>")
        site.answers |= {f"/{town}/": html(listing_page(number, town)) for number, town in enumerate(TOWNS)}
        folder = tmp_path / "sources" / "guide"
        folder.mkdir(parents=True)
        pace = "pace: {delay: 0.02}\n"
        (folder / "source.yml").write_text(f"start: {json.dumps(site.base)}\n{pace}", "utf-8")
        ours, theirs = pty.openpty()
        seen: list[bytes] = []
        reader = Thread(target=_read, args=(ours, seen), daemon=True)
        reader.start()
        command = [*MAIN, "--sources", str(tmp_path / "sources"), "--data", str(tmp_path / "data"), "refresh", "guide"]
        env = with_server | {"COLUMNS": "180", "TERM": "xterm-256color"}
        done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=theirs, timeout=180, check=False)
        os.close(theirs)
        reader.join(20)
    shown = _ESCAPES.sub("", b"".join(seen).decode("utf-8", "replace"))
    assert done.returncode == 0, shown
    assert b"\x1b[" not in done.stdout and b"pages failed     1" in done.stdout
    assert re.search(r"fetch\s.*\d+/\d+.*\d\.\d/s.*\d:\d\d:\d\d", shown), shown[-3000:]
    assert "1 failed, the last:" in shown and "/Nowhere/" in shown
    for step in ("study", "parse", "stage", "check", "report", "publish"):
        assert re.search(rf"{step}\s", shown), step


def _read(terminal: int, seen: list[bytes]) -> None:
    while True:
        try:
            if not (piece := os.read(terminal, 65536)):
                return
        except OSError:  # the other end is closed
            return
        seen.append(piece)
