"""`listings review`: who gets in, what can be written, and what a reparse shows."""

from __future__ import annotations

import html
import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.desk import Desk
from flows.workplace import Workplace
from releases.release import latest
from reports.review import review
from sources.lookups import load_lookups
from tests.browsing import served
from tests.commands.conftest import write_source
from tests.conftest import MAIN, environment
from tests.conftest import listings as run
from tests.records import LATER, listing, page, published, renamed, staged


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data: a source with a published release, and a later one that is held."""
    data = tmp_path_factory.mktemp("data")
    folder = data / "processed" / "quay"
    published(folder, [page(listing("org-0"))])
    later = staged(folder, [page(renamed(listing("org-0"), "Lighthouse"))], LATER)
    review(later, later / "review")
    return data


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Iterator[Desk]:
    write_source(tmp_path / "sources", "quay", start="https://directory.example/")
    shutil.copytree(made, tmp_path / "data", symlinks=True)
    opened = Desk(Workplace(tmp_path / "sources", tmp_path / "data"), "quay", "secret-token")
    yield opened
    opened.close()


class Client(requests.Session):
    """A browser's session with the server at `base`: what it posts comes from there."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.headers["Origin"] = base

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, f"{self.base}{url!s}", timeout=20, **options)


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with served(desk) as base, Client(base) as made:
        assert made.get("/", params={"token": "secret-token"}).status_code == 200
        yield made


def listing_page(client: Client) -> tuple[str, str]:
    """The id of the one listing, and its page."""
    found = re.search(r'href="listing/([0-9a-f-]{36})\.html"', client.get("/listings.html").text)
    assert found
    return found[1], client.get(f"/listing/{found[1]}.html").text


def form(client: Client, **changed: str) -> dict[str, str]:
    values = {"token": "secret-token", "listing": listing_page(client)[0], "column": "country", "printed": "Belgium"}
    return values | {"normal": "NL", "where": "page", "reason": "asked them", "action": "correct"} | changed


def test_only_who_has_the_token_gets_in(client: Client) -> None:
    with Client(client.base) as stranger:
        assert stranger.get("/").status_code == 403
        assert stranger.get("/", params={"token": "guess"}).status_code == 403
        assert stranger.get("/", params={"token": "s\u00e9cret"}).status_code == 403
        assert "Harbour" not in stranger.get("/listings.html").text
        let_in = stranger.get("/index.html", params={"token": "secret-token"}, allow_redirects=False)
        assert (let_in.status_code, let_in.headers["location"]) == (303, "/index.html")
        assert re.search(r"HttpOnly; Path=/; SameSite=strict", let_in.headers["set-cookie"])
        answer = stranger.get("/index.html")
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "form-action 'self'" in html.unescape(answer.text)


def test_another_name_for_this_machine_is_not_served(client: Client) -> None:
    port = client.base.rpartition(":")[2]
    for host in (f"evil.example:{port}", "127.0.0.1", f"localhost:{port}", f"127.0.0.1:{port}0"):
        assert client.get("/index.html", headers={"Host": host}).status_code == 421, host


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:4712"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
)
def test_no_other_page_can_post(client: Client, desk: Desk, headers: Mapping[str, str]) -> None:
    assert client.post("/correct", data=form(client), headers=headers).status_code == 403
    assert client.post("/correct", data=form(client, reason="x" * 70_000)).status_code == 403
    assert not (desk.place.sources / "quay" / "lookups.csv").exists()


def test_a_form_without_the_token_or_without_a_reason_writes_nothing(client: Client, desk: Desk) -> None:
    for changed, said in (
        ({"token": "guess"}, "not of this session"),
        ({"reason": "  "}, "reason is missing"),
        ({"normal": "Holland"}, "lookups.csv:2: "),
        ({"listing": "../../etc/passwd"}, "there is no listing"),
        ({"action": "accept", "normal": ""}, "no normal form to accept"),
    ):
        answer = client.post("/correct", data=form(client, **changed))
        assert answer.status_code == 400
        assert said in html.unescape(answer.text)
    assert client.post("/correct", data={"token": "secret-token"}).status_code == 400
    assert not (desk.place.sources / "quay" / "lookups.csv").exists()


def test_a_correction_is_a_row_of_lookups_and_its_diff_is_shown(client: Client, desk: Desk) -> None:
    _, text = listing_page(client)
    assert '<input name="printed" value="Belgium" required>' in text
    assert '<input name="normal" value="BE">' in text
    answer = client.post("/correct", data=form(client))
    assert answer.status_code == 200
    assert "+country,Belgium,NL,https://directory.example/org-0/,asked them" in html.unescape(answer.text)
    client.post("/correct", data=form(client, where="site", normal="BE", action="accept", reason="it is"))
    made = load_lookups(desk.place.sources / "quay").entries
    assert [(entry.column, entry.printed, entry.normal, entry.url, entry.reason) for entry in made] == [
        ("country", "Belgium", "NL", "https://directory.example/org-0/", "asked them"),
        ("country", "Belgium", "BE", None, "it is"),
    ]
    assert sorted(path.name for path in (desk.place.sources / "quay").iterdir()) == ["lookups.csv", "source.yml"]


def test_what_is_typed_or_printed_is_one_cell_of_one_row(client: Client, desk: Desk) -> None:
    reason = '=cmd|"/c calc"!A1\r\ncountry,Belgium,FR,,\u2028"; -- x'
    assert client.post("/correct", data=form(client, reason=reason)).status_code == 200
    (entry,) = load_lookups(desk.place.sources / "quay").entries
    assert (entry.normal, entry.reason) == ("NL", " ".join(reason.split()))
    for changed in ({"reason": "\x1b[2Jx"}, {"printed": "Bel\u202egium"}, {"reason": "a\x00b"}):
        answer = client.post("/correct", data=form(client, **changed))
        assert (answer.status_code, "control characters" in answer.text) == (400, True), changed
    assert len(load_lookups(desk.place.sources / "quay").entries) == 1


def test_a_body_without_an_honest_length_is_not_read(client: Client, desk: Desk) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"token=secret-token&"
        yield b"reason=" + b"x" * 200_000

    def answered(**more: str) -> int | None:
        """The status; None where the connection was closed before all was sent, and the answer lost with it."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | more
        try:
            return client.post("/correct", data=chunks(), headers=headers).status_code
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return None

    assert answered() in (403, None)
    assert answered(**{"Content-Length": "9"}) in (400, 403, None)
    assert not (desk.place.sources / "quay" / "lookups.csv").exists()


def test_the_token_leads_to_no_other_host(client: Client) -> None:
    found = client.get("//evil.example/", params={"token": "secret-token"}, allow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, "/evil.example/")


def test_two_reviews_in_one_browser_do_not_lock_one_another_out(client: Client, desk: Desk) -> None:
    other = Desk(desk.place, "quay", "other-token")
    try:
        with served(other) as base:
            first = client.base
            client.base = base
            assert client.get("/", params={"token": "other-token"}).status_code == 200
            client.base = first
            assert client.get("/index.html").status_code == 200
    finally:
        other.close()


def test_a_record_that_is_not_there_is_told(client: Client) -> None:
    assert client.get(f"/archive/{listing_page(client)[0]}").status_code == 400
    assert client.get("/archive/nobody").status_code == 400


def test_a_takedown_is_a_row_of_suppress(client: Client, desk: Desk) -> None:
    id_, text = listing_page(client)
    answer = client.post(
        "/suppress", data={"token": "secret-token", "listing": id_, "column": "phone", "reason": "asked to"}
    )
    path = desk.place.sources / "quay" / "suppress.csv"
    assert (answer.status_code, "Suppress phone" in text, "Suppress name" in text) == (200, True, False)
    head, row = path.read_text().splitlines()
    assert head == "listing,column,date,reason"
    assert re.fullmatch(rf"{id_},phone,\d{{4}}-\d\d-\d\d,asked to", row)


def test_what_is_held_is_looked_at_and_released(client: Client, desk: Desk) -> None:
    folder = desk.place.processed("quay")
    assert "Release what is held" not in client.get("/").text
    desk.of_held = True
    shown = client.get("/").text
    assert "Release what is held" in shown
    assert "20261109T030405Z" in shown
    assert client.post("/publish", data={"token": "secret-token", "reason": ""}).status_code == 400
    assert str(latest(folder)).endswith("20261102T030405Z")
    answer = client.post("/publish", data={"token": "secret-token", "reason": "it did change its name"})
    assert answer.status_code == 200, answer.text
    assert str(latest(folder)).endswith("20261109T030405Z")
    package = json.loads((folder / "latest" / "datapackage.json").read_bytes())
    assert package["accepted"]["reason"] == "it did change its name"
    overview = (folder / "latest" / "review" / "index.html").read_text()
    assert "Published by hand" in overview
    assert "it did change its name" in overview
    assert "Lighthouse" in client.get("/listings.html").text
    assert "Release what is held" not in client.get("/").text


def test_what_is_not_there_is_said(client: Client) -> None:
    for name in ("nothing.html", "listing/nobody.html", "../../quay/source.yml", "listing/..%2f..%2fdatapackage.json"):
        assert client.get(f"/{name}").status_code == 404, name
    assert client.get("/correct").status_code in (404, 405)
    assert client.get("/changes.atom").headers["content-type"].startswith("application/atom+xml")


@contextmanager
def reviewing(*options: object, env: dict[str, str], log: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`listings review` as a process of its own; gives the address that it prints, and what it says else goes to `log`."""
    command = [*MAIN, *map(str, options)]
    with (
        log.open("w") as said,
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        assert process.stdout
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            assert lines[1].startswith("http://127.0.0.1:"), (lines, log.read_text())
            yield lines[1].strip(), process
            process.send_signal(signal.SIGINT)
            process.wait(20)
        finally:
            process.kill()


@pytest.mark.long
@pytest.mark.xdist_group("prefect")
def test_a_correction_takes_effect_in_the_next_release(
    sources: Path, tmp_path: Path, with_server: dict[str, str]
) -> None:
    where = ("--sources", sources, "--data", tmp_path / "data")
    assert run(*where, "refresh", env=with_server).returncode == 0
    with reviewing(*where, "review", "quayside", env=with_server, log=tmp_path / "log") as (address, process):
        session = requests.Session()
        overview = session.get(address, timeout=20)
        assert overview.status_code == 200
        base, _, token = address.partition("/?token=")
        id_ = re.findall(r'href="listing/([0-9a-f-]{36})', session.get(f"{base}/listings.html", timeout=20).text)[0]
        record = session.get(f"{base}/archive/{id_}", timeout=20)
        assert record.headers["content-type"].startswith("text/plain")
        assert "WARC-Type: response" in record.text
        assert "<h1>Harbour House" in record.text
        values = {"token": token, "listing": id_, "column": "service_type", "printed": "Night shelter"}
        values |= {"normal": "Shelter", "where": "site", "reason": "one name", "action": "correct"}
        own = {"Origin": base}
        assert session.post(f"{base}/correct", data=values, headers=own, timeout=20).status_code == 200
        assert session.post(f"{base}/reparse", data={"token": token}, headers=own, timeout=20).status_code == 200
        end = time.monotonic() + 120
        while "is being made anew" in (text := session.get(f"{base}/run", timeout=20).text):
            assert time.monotonic() < end, text
            time.sleep(0.3)
        assert "The release was made anew" in text, text
        assert text.count("<del>Night shelter</del><ins>Shelter</ins>") == 5
        assert "Shelter" in session.get(f"{base}/listing/{id_}.html", timeout=20).text
    assert process.returncode == 0


def test_review_never_imports_prefect(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log"
    env = environment(tmp_path) | {"PYTHONPROFILEIMPORTTIME": "1"}
    where = ("--sources", desk.place.sources, "--data", desk.place.data)
    with reviewing(*where, "review", "quay", "--held", env=env, log=log) as (address, process):
        assert requests.get(address, timeout=20).status_code == 200
    assert process.returncode == 0
    assert " starlette" in log.read_text()
    assert " prefect" not in log.read_text()
