"""What commands print: readable on a terminal, JSON lines where a program reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.exits import InputError
from parsers.model import Listing
from parsers.record import record

if TYPE_CHECKING:
    from fetchers.model import Progress
    from flows.inspection import Verdict
    from flows.new import Proposal
    from flows.verify import Verified
    from flows.workplace import Workplace

_WIDE = 60
"""So many characters of a cell are shown in a table; --json and `change` have them all."""
_CHUNK = 1 << 16
"""Bytes of JSON lines that are read at once."""
_STATUS = {"blank": "yellow", "redacted": "yellow", "unparsed": "red"}
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns below one another, by the cells that a terminal gives each character.

    Nothing wraps and no line ends in blanks, so that lines can be searched for, and cut.
    """
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


@contextmanager
def showing_crawl() -> Iterator[Callable[[Progress], None]]:
    """Show how far a crawl is, on standard error; gives what it reports to."""
    from flows.progress import crawled, shown

    with shown(Console(stderr=True)):
        yield crawled


def print_proposal(found: Proposal) -> None:
    """A proposed source.yml, and below it the labels that it rests on."""
    from flows.new import source_yml

    click.echo(source_yml(found))
    if found.labels:
        rows = [("label", "listings", "pages", "taken for", "example")]
        rows += [(x.text, str(x.listings), str(x.pages), x.key or "-", x.example) for x in found.labels]
        click.echo("\n".join(aligned(rows)) + "\n")
    click.echo(f"{found.listings} listings on {found.listing_pages} of {found.pages} pages")
    if found.failures:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(found.failures.items()))
        click.echo(f"Note: addresses that gave no page: {kinds}.")
    for error in found.errors:
        click.echo(f"Note: {error}. This page broke the parser: please report it with the page.")
    for cut in found.capped:
        click.echo(f"Note: there is more: {cut}. --pages looks at more.")
    if not found.listings:
        closest = "; the labels are those that came closest" if found.labels else ""
        click.echo(
            f"Error: no page reads like a listing{closest}. Start nearer to the listings, look at more --pages, or write "
            "the source.yml by hand and say under `labels:` what its labels are.",
            err=True,
        )


def print_verdict(verdict: Verdict) -> None:
    """One line: whether a thing is sound, what it is, and what it says."""
    click.echo(f"  {'failed' if verdict.code else 'ok':6s}  {verdict.what:13s}  {verdict.says}")


def review_pages(folder: Path, of_held: bool) -> Path:
    """Where the review pages begin: of the release last published below `folder`, or of the newest one that is held."""
    from releases.release import held, latest

    release = held(folder) if of_held else latest(folder)
    if release is None:
        why = (
            "no release is held" if of_held else f"there is no release yet. Run `listings refresh {folder.name}` first"
        )
        raise InputError(f"{folder}/: {why}.")
    page = release / "review" / "index.html"
    if not page.is_file():
        raise InputError(
            f"{page}: is not there. `listings reparse {folder.name}` makes the release anew, with its pages."
        )
    return page.resolve()


def print_jsonl(listing: Listing) -> None:
    """One JSON object on a line."""
    click.echo(json.dumps(record(listing), ensure_ascii=False))


def print_listing(listing: Listing) -> None:
    """A listing as a person reads it: fields, normal forms, texts by language, problems."""
    console = Console(highlight=False)
    console.rule(Text(f"{listing.file or listing.url}{f'  ({listing.part})' if listing.part else ''}"))
    fields = Table("label", "taken for", "value", "status", box=None, header_style="bold", pad_edge=False)
    for field in listing.fields:
        known = Text(field.key) if field.key else Text("unknown label", style="bold yellow")
        fields.add_row(
            Text(field.label), known, Text(field.value), Text(field.status, style=_STATUS.get(field.status, ""))
        )
    console.print(fields)
    normal = Table(box=None, show_header=False, pad_edge=False)
    for key, value in record(listing)["normalized"].items():
        if value not in (None, []):
            normal.add_row(key, Text(json.dumps(value, ensure_ascii=False)))
    console.print("\n[bold]normal forms[/bold]")
    console.print(normal)
    for description in listing.descriptions:
        console.print(f"\n[bold]text, {description.lang}[/bold]")
        console.print(Text(description.text))
    if listing.structured:
        console.print("\n[bold]only in the markup[/bold]")
        markup = Table(box=None, show_header=False, pad_edge=False)
        for _ in range(3):
            markup.add_column(overflow="fold")
        for said in listing.structured:
            markup.add_row(said.property, Text(said.normalized or said.value), Text(f"{said.syntax}, {said.path}"))
        console.print(markup)
    if listing.overrides:
        console.print("\n[bold]set by hand[/bold]")
        for made in listing.overrides:
            console.print(Text(f"{made.column}: {made.printed!r} is {made.normal or 'nothing'} (line {made.line})"))
    if listing.problems:
        console.print("\n[bold]problems[/bold]")
        for problem in listing.problems:
            console.print(Text(f"{problem.kind}: {problem.seen!r}. {problem.advice}"))
    if console.is_terminal:
        console.print()
        console.print(_picture(listing))
    console.print(f"\n{listing.accounted:.0%} of the main text is accounted for")


def _picture(listing: Listing) -> Text:
    """The page's text: labels bold, values underlined, passages in the colour of their language, what is left over marked."""
    text = Text(listing.text, style="dim")
    colours = {
        lang: _COLOURS[n % len(_COLOURS)] for n, lang in enumerate(dict.fromkeys(p.lang for p in listing.passages))
    }
    for passage in listing.passages:
        text.stylize(f"not dim {colours[passage.lang]}", passage.start, passage.end)
    for field in listing.fields:
        text.stylize("not dim bold" if field.key else "not dim bold yellow", field.label_start, field.label_end)
        text.stylize("not dim underline", field.start, field.end)
    for problem in listing.problems:
        if problem.start is not None and problem.end is not None:
            text.stylize("not dim bold reverse red", problem.start, problem.end)
    legend = Text.assemble(("the page: ", "bold"), ("label", "bold"), " ", ("value", "underline"))
    for lang, colour in colours.items():
        legend.append(" ").append(lang, colour)
    return legend.append(" ").append("problem", "reverse red").append("\n").append(text)


def split_lines(stream: IO[bytes], name: str, languages: Sequence[str]) -> None:
    """{"text": ...} lines in, {"passages": [...]} lines out, in order, as they arrive."""
    from parsers.languages import split_each

    first = 1
    for lines in _arrived(stream):
        texts: list[str] = []
        wrong: InputError | None = None
        for number, line in enumerate(lines, first):
            if line.strip():
                try:
                    texts.append(_text_of(line, f"{name}:{number}"))
                except InputError as error:
                    wrong = error
                    break
        for passages in split_each(texts, languages):
            found = [
                {"start": p.start, "end": p.end, "lang": p.lang, "confidence": round(p.confidence, 4)} for p in passages
            ]
            click.echo(json.dumps({"passages": found}))
        if wrong:
            raise wrong
        first += len(lines)


def _arrived(stream: IO[bytes]) -> Iterator[list[bytes]]:
    """The lines of a stream, as many at once as there are: who writes one and waits for its answer gets it."""
    rest = b""
    while data := cast(BufferedIOBase, stream).read1(_CHUNK):
        whole, newline, data = data.rpartition(b"\n")
        if newline:
            yield (rest + whole).split(b"\n")
            rest = b""
        rest += data
    if rest:
        yield [rest]


def _text_of(line: bytes, place: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f'{place}: is no {{"text": ...}} line ({error}). Write one JSON object a line.') from None
    if not isinstance(text, str):
        raise InputError(f"{place}: `text` must be a string, not {type(text).__name__}.")
    return text


def print_passages(data: bytes, name: str, languages: Sequence[str]) -> None:
    """A text with each passage in a colour of its language, and the languages beside it."""
    from parsers.encoding import decode
    from parsers.languages import split

    text, encoding, complete = decode(data, "text/plain; charset=utf-8")
    if encoding != "utf-8":
        lost = "" if complete else "; what cannot be read is shown as \ufffd"
        click.echo(f"Note: {name} is not UTF-8: it is read as {encoding}{lost}.", err=True)
    console = Console(highlight=False, soft_wrap=True)
    colours: dict[str, str] = {}
    for passage in split(text, languages):
        colour = colours.setdefault(passage.lang, _COLOURS[len(colours) % len(_COLOURS)])
        console.print(Text(f"{passage.lang:4s}", style=f"bold {colour}"), end=" ")
        console.print(Text(text[passage.start : passage.end], style=colour))


def print_changes(place: Workplace, source: str, before: str | None, after: str | None, form: str) -> None:
    """What changed between two releases of the source, but for what its suppress.csv takes out.

    `form` is text, table, or json (a line a change).
    """
    from flows.published import refuse_stale_parts
    from releases.changes import compare
    from releases.release import releases
    from releases.withheld import followed
    from sources.suppress import load_takedowns

    folder = place.processed(source)
    published = {path.name: path for path in releases(folder)}
    names = list(published)
    for name in (before, after):
        if name and name not in published:
            raise InputError(f"{folder}/: there is no release {name}. There are: {', '.join(names) or 'none'}.")
    if len(names) < 2 and not (before and after):
        raise InputError(f"{folder}/: there are not two releases to compare ({len(names)} published).")
    old, new = published[before or names[-2]], published[after or names[-1]]
    for release in (old, new):
        refuse_stale_parts(place, release)
    changes = compare(old, new, followed(load_takedowns(place.sources / source), [old, new]).entries)
    if form == "json":
        click.echo(changes.to_json(orient="records", lines=True, force_ascii=False).rstrip())
        return
    if form == "table":
        shown = ["change", "name", "column", "before", "after", "listing_id"]
        cells = changes[shown].astype(object).where(changes[shown].notna(), "").astype(str)
        rows = [
            [cell if len(cell) <= _WIDE else f"{cell[:_WIDE]}…" for cell in map(_one_line, row)]
            for row in cells.to_numpy()
        ]
        click.echo("\n".join(aligned([shown, *rows])))
        return
    click.echo(f"{old.name} -> {new.name}: {len(changes)} changes")
    for row in changes.to_dict("records"):
        cell = f" {row['column']}: {row['before']!r} -> {row['after']!r}" if isinstance(row["column"], str) else ""
        click.echo(f"{row['change']:8s} {row['name']}{cell}")


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def print_verified(verified: Verified, as_json: bool) -> None:
    """What came of making a release anew: what differs, and what it may come from."""
    if as_json:
        told = {"release": verified.release.name, "same": verified.same, "changed": verified.changed}
        click.echo(json.dumps(told | {"files": dict(verified.files)}, ensure_ascii=False))
        return
    states = [state for _, state in verified.files]
    others = [(f"  {state}", name) for name, state in verified.files if state != "same"]
    click.echo(f"{verified.release.name}: {states.count('same')} of {len(states)} files made anew with the same bytes")
    if others:
        click.echo("\n".join(aligned(others)))
    for what in verified.changed:
        click.echo(f"Note: {what}.")


def write_export(place: Workplace, source: str, name: str | None, form: str, out: Path | None) -> Path:
    """A release of the source in another form, without what is taken out since (see `shown_release`); returns where it is."""
    from flows.published import shown_release
    from releases.export import export

    with shown_release(place, source, name) as release:
        beside = Path() if place.bucket else place.processed(source)
        to = out or beside / f"{source}-{release.name}.{form}"
        return export(release, to, form)  # type: ignore[arg-type]
