"""source.yml: what it may say, and what is told of what it may not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from parsers.folding import load_vocabulary
from sources.schedule import Schedule
from sources.source import KEYS, Expectation, Pace, Source, SourceError, find_sources, load_source, named_source

WEB = "start: https://guide.example/\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A source's folder, without its source.yml."""
    folder = tmp_path / "sources" / "guide"
    folder.mkdir(parents=True)
    return folder


def written(folder: Path, text: str | bytes) -> Path:
    data = text.encode() if isinstance(text, str) else text
    (folder / "source.yml").write_bytes(data)
    return folder


def test_a_start_is_all_it_takes(folder: Path) -> None:
    found = load_source(written(folder, WEB))
    assert found == Source(name="guide", start="https://guide.example/", folder=folder)
    assert found.pace == Pace(1.0, 1) and found.expect == Expectation() and found.kind == "url"


def test_everything_that_it_may_say(folder: Path) -> None:
    text = """
title: Guide
start: https://guide.example/
contact: office@guide.example
languages: [en, "no", zh-Hant]
country: BE
schedule: "0 4 * * 1"
pace: {delay: 0.5, concurrency: 2}
labels:
  Reachout Capacity: reach
  "Mother tongue:": languages
obfuscated_emails: redact
expect: {listings: 40, drop: 25%}
license: CC0-1.0
citation: "The Guide (2024)."
"""
    assert load_source(written(folder, text)) == Source(
        name="guide",
        start="https://guide.example/",
        folder=folder,
        title="Guide",
        contact="office@guide.example",
        languages=("en", "no", "zh-Hant"),
        country="BE",
        schedule=Schedule(cron="0 4 * * 1"),
        pace=Pace(0.5, 2),
        labels={"Reachout Capacity": "reach", "Mother tongue:": "languages"},
        obfuscated_emails="redact",
        expect=Expectation(40, 0.25),
        license="CC0-1.0",
        citation="The Guide (2024).",
    )


@pytest.mark.parametrize(
    ("start", "kind"),
    [("pages", "folder"), ("../site", "folder"), ("old.warc", "warc"), ("a/b.warc.gz", "warc"), ("C: drive", "folder")],
)
def test_a_local_start_is_found_from_the_source_s_own_folder(folder: Path, start: str, kind: str) -> None:
    found = load_source(written(folder, f"start: '{start}'"))
    assert found.start == str((folder / start).resolve()) and found.kind == kind


@pytest.mark.parametrize(
    "key", ["title", "languages", "pace", "labels", "obfuscated_emails", "expect", "expect: {listings"]
)
def test_a_key_without_a_value_is_as_good_as_none(folder: Path, key: str) -> None:
    text = f"{key}:}}" if "{" in key else f"{key}:"
    assert load_source(written(folder, f"{WEB}{text}\n")) == load_source(written(folder, WEB))


@pytest.mark.parametrize(
    ("drop", "share"), [("10%", 0.1), ("0.1", 0.1), ("'0.1'", 0.1), ("0", 0.0), ("1", 1.0), ("2.5 %", 0.025)]
)
def test_a_share_is_written_either_way(folder: Path, drop: str, share: float) -> None:
    assert load_source(written(folder, f"{WEB}expect: {{drop: {drop}}}")).expect.drop == share


@pytest.mark.parametrize(
    ("text", "schedule", "shown"),
    [
        ("'*/5 0-6,12 1 JAN-mar *'", Schedule("*/5 0-6,12 1 JAN-mar *"), "*/5 0-6,12 1 JAN-mar * (UTC)"),
        (
            "{cron: 0 4 * * 1, timezone: Europe/Brussels}",
            Schedule("0 4 * * 1", timezone="Europe/Brussels"),
            "0 4 * * 1 (Europe/Brussels)",
        ),
        ("{every: 12h}", Schedule(every=timedelta(hours=12)), "every 12:00:00 (UTC)"),
        (
            "{every: 2 w, timezone: Asia/Tokyo}",
            Schedule(every=timedelta(weeks=2), timezone="Asia/Tokyo"),
            "every 14 days, 0:00:00 (Asia/Tokyo)",
        ),
    ],
)
def test_a_schedule_is_cron_or_an_interval(folder: Path, text: str, schedule: Schedule, shown: str) -> None:
    found = load_source(written(folder, f"{WEB}schedule: {text}\n")).schedule
    assert found == schedule and str(found) == shown


UNSOUND = {
    # what is written: the line at fault, and what has to be said of it
    "": (None, "must be a mapping with at least `start:"),
    "# nothing yet\n": (None, "must be a mapping"),
    "https://guide.example/\n": (None, "must be a mapping"),
    "- start: x\n": (None, "must be a mapping"),
    "title: Guide\n": (None, "`start` is missing"),
    "title: Guide\nstart:\n": (2, "`start` is missing"),
    "title: Guide\nstart: ''\n": (2, "`start` is missing"),
    f"{WEB}title: [a\ncontact: b\n": (3, "is not YAML"),
    f"{WEB}title: a: b\n": (2, "is not YAML"),
    f"{WEB}\ttitle: a\n": (2, "is not YAML"),
    f"{WEB}title: 'open\n": (3, "is not YAML"),
    f"{WEB}title: !!python/object:os.system x\n": (2, "is not YAML"),
    f"{WEB}---\n{WEB}": (2, "is not YAML"),
    f"{WEB}title: be\x07ll\n": (2, "the character U+0007"),
    f"{WEB}? [a]\n: b\n": (2, "is not YAML"),
    f"{WEB}titel: Guide\n": (2, "unknown key `titel`. Did you mean `title`?"),
    f"{WEB}zzz: 1\n": (2, "unknown key `zzz`. Known keys: also, citation, contact, "),
    f"{WEB}name: other\n": (2, "unknown key `name`"),
    f"{WEB}folder: other\n": (2, "unknown key `folder`"),
    f"{WEB}5: five\n": (2, "unknown key `5`"),
    f"{WEB}\ntitle: a\ntitle: b\n": (4, "`title` is here again (first in line 3)"),
    f"{WEB}labels:\n  Reach: reach\n  Reach: region\n": (4, "`labels.Reach` is here again (first in line 3)"),
    "start: 5\n": (1, "`start` must be text"),
    "start: [https://guide.example/]\n": (1, "`start` must be text"),
    "start: htp://guide.example/\n": (1, "`start` must be an http or https URL, a folder or a WARC file, not 'htp://"),
    "start: https://\n": (1, "`start` must be an http"),
    "start: 'http://[::1/'\n": (1, "`start` must be an http"),
    "start: http://guide.example:port/\n": (1, "`start` must be an http"),
    f"{WEB}title: 2024\n": (2, "`title` must be text (quote what YAML reads otherwise), not 2024"),
    f"{WEB}country: NO\n": (2, "`country` must be text (quote what YAML reads otherwise), not False"),
    f"{WEB}languages: en\n": (2, "`languages` must be a list"),
    f"{WEB}languages: [en, no]\n": (2, 'quoted where YAML would read them otherwise ("no")'),
    f"{WEB}languages: 0\n": (2, "`languages` must be a list"),
    f"{WEB}labels: [a]\n": (2, "`labels` must be a mapping"),
    f"{WEB}labels: ''\n": (2, "`labels` must be a mapping"),
    f"{WEB}labels:\n  Reach: reach\n  Size: 5\n": (
        4,
        "`labels.Size` must be a printed label and its key, both text, not 5",
    ),
    f"{WEB}labels:\n  Reach: reech\n": (3, "`labels.Reach` must be `reach`, not 'reech'"),
    f"{WEB}labels:\n  Reach: xyzzy\n": (3, "`labels.Reach` must be one of country, region, "),
    f"{WEB}labels:\n  yes: reach\n": (2, "both text"),
    f"{WEB}obfuscated_emails: hide\n": (2, "`obfuscated_emails` must be `decode` or `redact`, not 'hide'"),
    f"{WEB}obfuscated_emails: [decode]\n": (2, "`obfuscated_emails` must be"),
    f"{WEB}pace: 1\n": (2, "`pace` must be {delay: seconds, concurrency: connections}, not 1"),
    f"{WEB}pace:\n  delay: 1\n  paralel: 2\n": (4, "unknown key `pace.paralel`"),
    f"{WEB}pace:\n  delai: 1\n": (3, "unknown key `pace.delai`. Did you mean `delay`?"),
    f"{WEB}pace: {{delay: -1}}\n": (2, "`pace.delay` must be seconds, at least 0, not -1"),
    f"{WEB}pace: {{delay: fast}}\n": (2, "`pace.delay` must be seconds"),
    f"{WEB}pace: {{delay: yes}}\n": (2, "`pace.delay` must be seconds, at least 0, not True"),
    f"{WEB}pace: {{delay: .nan}}\n": (2, "`pace.delay` must be seconds"),
    f"{WEB}pace: {{delay: .inf}}\n": (2, "`pace.delay` must be seconds"),
    f"{WEB}pace: {{concurrency: 0}}\n": (2, "`pace.concurrency` must be a count of connections, at least 1, not 0"),
    f"{WEB}pace: {{concurrency: 1.5}}\n": (2, "`pace.concurrency` must be a count"),
    f"{WEB}pace: {{concurrency: on}}\n": (2, "`pace.concurrency` must be a count"),
    f"{WEB}expect: 40\n": (2, "`expect` must be {listings: count, drop: 10%, filled: {phone: 80%}}, not 40"),
    f"{WEB}expect:\n  listings: many\n": (3, "`expect.listings` must be a count of listings, at least 0, not 'many'"),
    f"{WEB}expect: {{listings: -1}}\n": (2, "`expect.listings` must be a count"),
    f"{WEB}expect: {{drop: a lot}}\n": (2, "`expect.drop` must be a share (10%, or 0.1), not 'a lot'"),
    f"{WEB}expect: {{drop: 110%}}\n": (2, "`expect.drop` must be a share"),
    f"{WEB}expect: {{drop: nan%}}\n": (2, "`expect.drop` must be a share"),
    f"{WEB}expect: {{drop: 10}}\n": (2, "`expect.drop` must be a share (10%, or 0.1), not 10"),
    f"{WEB}expect: {{drops: 10%}}\n": (2, "unknown key `expect.drops`. Did you mean `drop`?"),
    f"{WEB}schedule: 5\n": (2, "`schedule`: must be a cron expression in quotes, or a mapping, not 5."),
    f"{WEB}schedule: 0 4 * * someday\n": (
        2,
        "`schedule`: '0 4 * * someday' is no cron expression ('SOMEDAY' is no name of",
    ),
    f"{WEB}schedule: 12h\n": (2, "(it has not five fields). Write minute, hour, day, month, weekday"),
    f"{WEB}schedule: 61 * * * *\n": (2, "is no cron expression (Bad minute)"),
    f"{WEB}schedule: 0 4 30 2 *\n": (2, "is no cron expression (Bad day-of-month)"),
    f"{WEB}schedule: 0 4 LW * *\n": (2, "('LW' is no name of a day or a month)"),
    f"{WEB}schedule: 0 4 * * 1#2\n": (2, "('#' is no name of a day or a month)"),
    f"{WEB}schedule: 0 4 */2 * 1\n": (2, "crons differ on what that means"),
    f"{WEB}schedule: {{}}\n": (2, "`schedule`: must have either `cron` or `every`."),
    f"{WEB}schedule: {{cron: 0 4 * * 1, every: 12h}}\n": (2, "`schedule`: must have either `cron` or `every`."),
    f"{WEB}schedule:\n  cron: 0 4 * *\n": (
        3,
        "`schedule.cron`: '0 4 * *' is no cron expression (it has not five fields)",
    ),
    f"{WEB}schedule:\n  cron: 4\n": (3, "`schedule.cron`: 4 is no cron expression (it is no text: quote it)"),
    f"{WEB}schedule:\n  cron: 0 4 * * 1\n  timezone: Europe/Brussel\n": (
        4,
        "`schedule.timezone`: 'Europe/Brussel' is no time zone. Did you mean Europe/Brussels?",
    ),
    f"{WEB}schedule: {{cron: 0 4 * * 1, timezone: ../x}}\n": (2, "is no time zone. Write its IANA name"),
    f"{WEB}schedule: {{cron: 0 4 * * 1, timezone: Europe}}\n": (2, "'Europe' is no time zone."),
    f"{WEB}schedule:\n  evry: 12h\n": (3, "`schedule.evry`: is unknown. Did you mean `every`?"),
    f"{WEB}schedule: {{every: 12}}\n": (2, "`schedule.every`: 12 is no interval. Write a number and a unit"),
    f"{WEB}schedule: {{every: 0h}}\n": (2, "'0h' is no interval"),
    f"{WEB}schedule: {{every: a day}}\n": (2, "'a day' is no interval"),
    f"{WEB}pace: &pace {{delay: *pace}}\n": (2, "`pace.delay` must be seconds"),
}


@pytest.mark.parametrize("text", UNSOUND, ids=lambda text: repr(text.removeprefix(WEB)))
def test_what_it_may_not_say_is_told_with_file_and_line(folder: Path, text: str) -> None:
    line, what = UNSOUND[text]
    with pytest.raises(SourceError) as raised:
        load_source(written(folder, text))
    message = str(raised.value)
    where = f"{folder / 'source.yml'}:{line}: " if line else f"{folder / 'source.yml'}: "
    assert message.startswith(where) and what in message


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"source\.yml: is not UTF-8 \(byte \d+\)\. Save it as UTF-8\."):
        load_source(written(folder, WEB.encode() + "title: Straße\n".encode("latin-1")))


def test_a_byte_order_mark_is_no_part_of_a_key(folder: Path) -> None:
    assert load_source(written(folder, b"\xef\xbb\xbf" + WEB.encode())).start == "https://guide.example/"


def test_a_folder_without_the_file_is_told(folder: Path) -> None:
    with pytest.raises(
        SourceError, match=r"source\.yml: cannot be read \(No such file or directory\)\. A source is a folder"
    ):
        load_source(folder)


def test_sources_are_found_by_name_sorted(folder: Path) -> None:
    root = folder.parent
    written(folder, WEB)
    for name in ("b", "a", "not-a-source"):
        (root / name).mkdir()
    written(root / "b", WEB)
    written(root / "a", WEB)
    assert find_sources(root) == ["a", "b", "guide"]
    assert named_source(root, "b").name == "b"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gide", "Did you mean guide?"),
        ("guide/", "Did you mean guide?"),
        ("xyzzy", "Known: guide."),
        ("", "Known: guide."),
        (".", "Known: guide."),
        ("../sources/guide", "Known: guide."),
    ],
)
def test_an_unknown_source_is_told_with_the_nearest_names(folder: Path, name: str, hint: str) -> None:
    root = written(folder, WEB).parent
    with pytest.raises(SourceError) as raised:
        named_source(root, name)
    assert str(raised.value).startswith(f"{name}: no such source in {root}/ (") and str(raised.value).endswith(hint)


def test_a_root_that_is_not_there_has_no_sources(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Known: none"):
        named_source(tmp_path / "nowhere", "guide")


def test_a_source_behind_a_link_goes_by_the_link_s_name(folder: Path, tmp_path: Path) -> None:
    written(folder, WEB)
    (tmp_path / "linked").symlink_to(folder, target_is_directory=True)
    assert named_source(tmp_path, "linked").name == "linked"


def test_labels_may_be_taken_for_what_the_shared_vocabulary_knows() -> None:
    assert set(KEYS) == {entry["key"] for entry in load_vocabulary("labels")}
