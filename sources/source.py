"""A source: one directory on the web, as its `source.yml` describes it."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from sources.errors import SourceError as SourceError
from sources.lookups import Lookups, load_lookups
from sources.schedule import Schedule, ScheduleError, read_schedule
from sources.suppress import Takedowns, load_takedowns

if TYPE_CHECKING:
    import yaml

KEYS = (
    "country",
    "region",
    "organization_name",
    "other_name",
    "service_type",
    "contact_details",
    "contact_seeking_help",
    "areas_served",
    "areas_served_languages",
    "languages",
    "organization_type",
    "reach",
    "law_enforcement_relations",
    "description",
    "other",
)
"""What a label may be taken for."""

NOT_KEYS = frozenset({"name", "folder", "lookups", "suppress", "sha256"})
"""What a source has from its folder, not from a key of source.yml."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a host may be asked: seconds between requests, and requests at a time. robots.txt can only slow it down."""

    delay: float = 1.0
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a crawl may cost: seconds and megabytes for one answer, redirects in a row, addresses, and links from the start."""

    seconds: float = 120.0
    megabytes: float = 20.0
    redirects: int = 10
    pages: int = 50_000
    depth: int = 20


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a release must hold, over what is learnt from the source's earlier releases.

    At least so many listings; at most such a share of them lost since the last release; at least such a share of them with a
    value in the columns of `filled`. What is not said is learnt.
    """

    listings: int | None = None
    drop: float | None = None
    filled: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One directory. `start` (a URL, a local folder, a WARC file) is the only thing that must be known.

    `name` is its folder's name, `folder` where its files lie, `labels` printed label -> key, over the shared vocabulary. `also`
    are further addresses below which its pages lie. `country` is where its listings are, when they do not say. `lookups` are
    the values that its lookups.csv sets by hand, `suppress` what its suppress.csv takes out on request; `sha256` is that of its
    source.yml, in hex.
    """

    name: str
    start: str
    folder: Path = Path()
    title: str | None = None
    contact: str | None = None
    languages: tuple[str, ...] = ()
    country: str | None = None
    schedule: Schedule | None = None
    pace: Pace = field(default_factory=Pace)
    also: tuple[str, ...] = ()
    limits: Bounds = field(default_factory=Bounds)
    labels: dict[str, str] = field(default_factory=dict)
    obfuscated_emails: Literal["decode", "redact"] = "decode"
    expect: Expectation = field(default_factory=Expectation)
    license: str | None = None
    citation: str | None = None
    lookups: Lookups = field(default_factory=Lookups)
    suppress: Takedowns = field(default_factory=Takedowns)
    sha256: str | None = field(default=None, compare=False)

    @property
    def kind(self) -> Literal["url", "folder", "warc"]:
        """What `start` is."""
        if urlsplit(self.start).scheme in ("http", "https"):
            return "url"
        return "warc" if self.start.endswith((".warc", ".warc.gz")) else "folder"


def load_source(folder: Path) -> Source:
    """Read `folder`/source.yml, and the lookups.csv and suppress.csv beside it.

    Raises SourceError with file and line for what is not YAML, not a mapping, an unknown key, a key that comes twice, or a value
    of the wrong kind, and for lookups and takedowns that cannot be used.
    """
    import yaml

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
    except yaml.reader.ReaderError as error:
        where = f"{path}:{text.count(chr(10), 0, error.position) + 1}"
        raise SourceError(f"{where}: is not YAML: the character U+{error.character:04X} may not be in it.") from error
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(f"{path}: must be a mapping with at least `start: <URL, folder or WARC file>`.")
    return _Reading(path, text, values, _lines(root, path)).source(folder)


def _lines(node: yaml.MappingNode, path: Path, above: str = "") -> dict[str, int]:
    """The line of each key, of those within a mapping as "pace.delay"."""
    import yaml

    lines: dict[str, int] = {}
    for key, value in node.value:
        name, line = f"{above}{key.value}", key.start_mark.line + 1
        if name in lines:
            raise SourceError(f"{path}:{line}: `{name}` is here again (first in line {lines[name]}). Leave one out.")
        lines[name] = line
        if isinstance(value, yaml.MappingNode) and not above:
            lines |= _lines(value, path, f"{name}.")
    return lines


@dataclass(frozen=True, slots=True)
class _Reading:
    """The values of a source.yml on their way to a Source; `lines` says where each stands."""

    path: Path
    text: str
    values: dict[str, Any]
    lines: dict[str, int]

    def source(self, folder: Path) -> Source:
        """The source; SourceError for the first thing that is wrong."""
        for key in self.values:
            self._known(str(key), str(key), {f.name for f in fields(Source)} - NOT_KEYS)
        return Source(
            name=folder.absolute().name,
            start=self._start(folder),
            folder=folder,
            title=self._text("title"),
            contact=self._text("contact"),
            languages=self._languages(),
            country=self._text("country"),
            schedule=self._schedule(),
            pace=self._pace(),
            also=self._also(),
            limits=self._bounds(),
            labels=self._labels(),
            obfuscated_emails=self._emails(),
            expect=self._expectation(),
            license=self._text("license"),
            citation=self._text("citation"),
            lookups=load_lookups(folder),
            suppress=load_takedowns(folder),
            sha256=hashlib.sha256(self.text.encode()).hexdigest(),
        )

    def _fail(self, key: str, wanted: str, value: object) -> SourceError:
        line = self.lines.get(key) or self.lines.get(key.partition(".")[0], 1)
        return SourceError(f"{self.path}:{line}: `{key}` must be {wanted}, not {value!r}.")

    def _known(self, key: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(sorted(known))}."
            raise SourceError(f"{self.path}:{self.lines.get(key, 1)}: unknown key `{key}`. {hint}")

    def _text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self._fail(key, "text (quote what YAML reads otherwise)", value)
        return value

    def _mapping(self, key: str, wanted: str) -> dict[Any, Any]:
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._fail(key, wanted, value)
        return value or {}

    def _number(self, key: str, value: Any, wanted: str, least: float, most: float = inf) -> float:
        """A number that is one: to YAML `yes` is a truth value, and `.nan` and `.inf` are numbers."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most or value == inf:
            raise self._fail(key, wanted, value)
        return float(value)

    def _count(self, key: str, value: Any, wanted: str, least: int) -> int:
        if not isinstance(value, int):
            raise self._fail(key, wanted, value)
        return int(self._number(key, value, wanted, least))

    def _start(self, folder: Path) -> str:
        start = self._text("start")
        if not start:
            where = f"{self.path}:{self.lines['start']}" if "start" in self.lines else str(self.path)
            raise SourceError(
                f"{where}: `start` is missing: the URL, local folder or WARC file that the directory starts at."
            )
        if "://" not in start:
            return str((folder / start).resolve())
        if not _is_web(start):
            raise self._fail("start", "an http or https URL, a folder or a WARC file", start)
        return start

    def _languages(self) -> tuple[str, ...]:
        value = self.values.get("languages")
        if value is not None and not (isinstance(value, list) and all(isinstance(code, str) for code in value)):
            wanted = 'a list of language codes, quoted where YAML would read them otherwise ("no")'
            raise self._fail("languages", wanted, value)
        return tuple(value or ())

    def _labels(self) -> dict[str, str]:
        labels = self._mapping("labels", "a mapping of printed label to key")
        for label, key in labels.items():
            place = f"labels.{label}"
            if not isinstance(label, str) or not isinstance(key, str):
                raise self._fail(place, "a printed label and its key, both text", key)
            if key not in KEYS:
                near = difflib.get_close_matches(key, KEYS, n=1)
                raise self._fail(place, f"`{near[0]}`" if near else f"one of {', '.join(KEYS)}", key)
        return dict(labels)

    def _emails(self) -> Literal["decode", "redact"]:
        match self.values.get("obfuscated_emails"):
            case None | "decode":
                return "decode"
            case "redact":
                return "redact"
            case value:
                raise self._fail("obfuscated_emails", "`decode` or `redact`", value)

    def _schedule(self) -> Schedule | None:
        value = self.values.get("schedule")
        try:
            return None if value is None else read_schedule(value)
        except ScheduleError as error:
            key = f"schedule.{error.key}" if error.key else "schedule"
            line = self.lines.get(key, self.lines["schedule"])
            raise SourceError(f"{self.path}:{line}: `{key}`: {error}") from error

    def _pace(self) -> Pace:
        value = self._mapping("pace", "{delay: seconds, concurrency: connections}")
        for key in value:
            self._known(f"pace.{key}", str(key), ("delay", "concurrency"))
        delay = value.get("delay", Pace().delay)
        concurrency = value.get("concurrency", Pace().concurrency)
        return Pace(
            self._number("pace.delay", delay, "seconds, at least 0", 0),
            self._count("pace.concurrency", concurrency, "a count of connections, at least 1", 1),
        )

    def _also(self) -> tuple[str, ...]:
        value = self.values.get("also")
        if value is not None and not (
            isinstance(value, list) and all(isinstance(u, str) and _is_web(u) for u in value)
        ):
            raise self._fail("also", "a list of http or https URLs", value)
        return tuple(value or ())

    def _bounds(self) -> Bounds:
        value = self._mapping("limits", "{seconds: 120, megabytes: 20, redirects: 10, pages: 50000, depth: 20}")
        known = {f.name: f.default for f in fields(Bounds)}
        given: dict[str, Any] = {}
        for key, number in value.items():
            self._known(f"limits.{key}", str(key), known)
            if isinstance(known[key], int):
                given[key] = self._count(f"limits.{key}", number, "a count, at least 1", 1)
            else:
                given[key] = self._number(f"limits.{key}", number, "a number, at least 0.001", 0.001)
        return Bounds(**given)

    def _expectation(self) -> Expectation:
        value = self._mapping("expect", "{listings: count, drop: 10%, filled: {phone: 80%}}")
        for key in value:
            self._known(f"expect.{key}", str(key), [f.name for f in fields(Expectation)])
        count, drop, filled = (value.get(key) for key in ("listings", "drop", "filled"))
        if filled is not None and not (isinstance(filled, dict) and all(isinstance(c, str) for c in filled)):
            raise self._fail("expect.filled", "a mapping of columns of `listings` to shares", filled)
        return Expectation(
            None if count is None else self._count("expect.listings", count, "a count of listings, at least 0", 0),
            None if drop is None else self._share("expect.drop", drop),
            {column: self._share("expect.filled", share) for column, share in (filled or {}).items()},
        )

    def _share(self, key: str, value: Any) -> float:
        wanted, share = "a share (10%, or 0.1)", value
        if isinstance(value, str):
            try:
                share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
            except ValueError:
                raise self._fail(key, wanted, value) from None
        return self._number(key, share, wanted, 0, 1)


def _is_web(url: str) -> bool:
    """Whether a text is the address of a host on the web."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def find_sources(root: Path) -> list[str]:
    """The names of the sources below `root`, sorted."""
    return sorted(path.parent.name for path in root.glob("*/source.yml"))


def named_source(root: Path, name: str) -> Source:
    """The source of that name below `root`; SourceError with the nearest names where there is none."""
    known = find_sources(root)
    if name in known:
        return load_source(root / name)
    near = difflib.get_close_matches(name, known, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known) or 'none'}."
    raise SourceError(f"{name}: no such source in {root}/ (a source is a folder with a source.yml). {hint}")
