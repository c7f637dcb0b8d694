"""A source: one directory on the web, as its `source.yml` describes it."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml


class SourceError(Exception):
    """A configuration that cannot be used; the message says what, where (file, line) and what to do."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a host may be asked: seconds between requests, and requests at a time. robots.txt can only slow it down."""

    delay: float = 1.0
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a release must hold: at least so many listings, and at most such a share lost since the last release."""

    listings: int | None = None
    drop: float = 0.1


@dataclass(frozen=True, slots=True)
class Source:
    """One directory. `start` (a URL, a local folder, a WARC file) is the only thing that must be known.

    `name` is its folder's name, `folder` where its files lie, `labels` printed label -> key, over the shared vocabulary.
    `country` is where its listings are, when they do not say.
    """

    name: str
    start: str
    folder: Path = Path()
    title: str | None = None
    contact: str | None = None
    languages: tuple[str, ...] = ()
    country: str | None = None
    schedule: str | None = None
    pace: Pace = field(default_factory=Pace)
    labels: dict[str, str] = field(default_factory=dict)
    obfuscated_emails: Literal["decode", "redact"] = "decode"
    expect: Expectation = field(default_factory=Expectation)
    license: str | None = None
    citation: str | None = None

    @property
    def kind(self) -> Literal["url", "folder", "warc"]:
        """What `start` is."""
        if urlsplit(self.start).scheme in ("http", "https"):
            return "url"
        return "warc" if self.start.endswith((".warc", ".warc.gz")) else "folder"


def load_source(folder: Path) -> Source:
    """Read `folder`/source.yml.

    Raises SourceError with file and line for what is not YAML, not a mapping, an unknown key or a value of the wrong kind.
    """
    path = folder / "source.yml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror}). A source is a folder with a source.yml."
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise SourceError(f"{where}: is not YAML: {error.problem}. Mend the line, or quote the value.") from error
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(f"{path}: must be a mapping with at least `start: <URL, folder or WARC file>`.")
    lines = {key.value: key.start_mark.line + 1 for key, _ in root.value}
    return _from_values(values, folder, path, lines)


def _from_values(values: dict[str, Any], folder: Path, path: Path, lines: dict[str, int]) -> Source:
    known = {f.name for f in fields(Source)} - {"name", "folder"}
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), sorted(known), n=1)
            hint = f" Did you mean `{near[0]}`?" if near else f" Known keys: {', '.join(sorted(known))}."
            raise SourceError(f"{path}:{lines.get(str(key), 1)}: unknown key `{key}`.{hint}")
    if not values.get("start"):
        raise SourceError(
            f"{path}: `start` is missing: the URL, local folder or WARC file that the directory starts at."
        )

    def fail(key: str, wanted: str) -> SourceError:
        return SourceError(f"{path}:{lines.get(key, 1)}: `{key}` must be {wanted}, not {values[key]!r}.")

    for key in ("start", "title", "contact", "country", "schedule", "license", "citation"):
        if values.get(key) is not None and not isinstance(values[key], str):
            raise fail(key, "text")
    languages = values.get("languages") or []
    if not isinstance(languages, list) or not all(isinstance(code, str) for code in languages):
        raise fail("languages", 'a list of language codes, quoted where YAML would read them otherwise ("no")')
    labels = values.get("labels") or {}
    if not isinstance(labels, dict) or not all(isinstance(x, str) for pair in labels.items() for x in pair):
        raise fail("labels", "a mapping of printed label to key")
    emails = values.get("obfuscated_emails", "decode")
    if emails not in ("decode", "redact"):
        raise fail("obfuscated_emails", "`decode` or `redact`")
    pace = _pace(values.get("pace") or {}, lambda: fail("pace", "{delay: seconds, concurrency: connections}"))
    expect = _expectation(values.get("expect") or {}, lambda: fail("expect", "{listings: count, drop: 10%}"))
    start = values["start"]
    if urlsplit(start).scheme not in ("http", "https"):
        start = str((folder / start).resolve())
    return Source(
        name=folder.resolve().name,
        start=start,
        folder=folder,
        title=values.get("title"),
        contact=values.get("contact"),
        languages=tuple(languages),
        country=values.get("country"),
        schedule=values.get("schedule"),
        pace=pace,
        labels=dict(labels),
        obfuscated_emails=emails,
        expect=expect,
        license=values.get("license"),
        citation=values.get("citation"),
    )


def _pace(value: Any, fail: Callable[[], SourceError]) -> Pace:
    if not isinstance(value, dict) or set(value) - {"delay", "concurrency"}:
        raise fail()
    delay, concurrency = value.get("delay", Pace().delay), value.get("concurrency", Pace().concurrency)
    if not isinstance(delay, int | float) or delay < 0 or not isinstance(concurrency, int) or concurrency < 1:
        raise fail()
    return Pace(float(delay), concurrency)


def _expectation(value: Any, fail: Callable[[], SourceError]) -> Expectation:
    if not isinstance(value, dict) or set(value) - {"listings", "drop"}:
        raise fail()
    listings, drop = value.get("listings"), value.get("drop", Expectation().drop)
    if isinstance(drop, str) and drop.endswith("%"):
        try:
            drop = float(drop[:-1]) / 100
        except ValueError:
            raise fail() from None
    if not isinstance(drop, int | float) or not 0 <= drop <= 1 or not isinstance(listings, int | None):
        raise fail()
    return Expectation(listings, float(drop))


def find_sources(root: Path) -> list[str]:
    """The names of the sources below `root`, sorted."""
    return sorted(path.parent.name for path in root.glob("*/source.yml"))


def named_source(root: Path, name: str) -> Source:
    """The source of that name below `root`; SourceError with the nearest names where there is none."""
    if (root / name / "source.yml").is_file():
        return load_source(root / name)
    known = find_sources(root)
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known) or 'none'}."
    raise SourceError(f"{name}: no such source in {root}/ (a source is a folder with a source.yml). {hint}")
