"""`listings ...`: the command line.

Commands that run no flow never import Prefect, and every import that takes time stands in the command that needs it, so that
`listings --help` is there at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from flows.workplace import Workplace

DONE, FAILED, USAGE, HELD = 0, 1, 2, 3
"""Exit codes: done; failed; bad usage or configuration; release held at a gate."""

F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """Turns errors into one line that says what, where and what to do, and into the exit code that belongs to them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a traceback only with --debug."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("Stopped. What was fetched is archived; the next run goes on from there.", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(DONE)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            code, text = _explain(error)
            click.echo(f"Error: {text}", err=True)
            ctx.exit(code)


def _explain(error: Exception) -> tuple[int, str]:
    """The exit code of an error, and what to say of it."""
    from sources.source import SourceError

    if isinstance(error, SourceError):
        return USAGE, str(error)
    if type(error).__name__ in ("FetchError", "ReleaseError", "NoListingsError", "ExportError", "InputError"):
        return FAILED, str(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = {
            28: "Free some space",
            13: "Give this user the right to write there",
            30: "Name a writable folder by --data",
        }
        return (
            FAILED,
            f"{where}{error.strerror or error}. {advice.get(error.errno or 0, 'See to it')}, and run it again.",
        )
    return FAILED, f"{type(error).__name__}: {error}. Run again with `listings --debug ...` and report what it prints."


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="listings", prog_name="listings")
@click.option(
    "--sources",
    envvar="LISTINGS_SOURCES",
    default="sources",
    type=click.Path(path_type=Path),
    help="Folder of the sources.",
)
@click.option(
    "--data", envvar="LISTINGS_DATA", default="data", type=click.Path(path_type=Path), help="Folder of the data."
)
@click.option("--debug", is_flag=True, help="Show tracebacks and Prefect's own log.")
@click.pass_context
def main(ctx: click.Context, sources: Path, data: Path, debug: bool) -> None:
    """Turn a directory on the web into a dataset that researchers can cite."""
    ctx.obj = Workplace(sources, data)


@main.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most so many pages.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that parse.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
@click.pass_context
def refresh(ctx: click.Context, names: tuple[str, ...], limit: int | None, workers: int, as_json: bool) -> None:
    """Fetch, archive, parse and release: the named sources, or all."""
    from flows.run import run_sources
    from sources.source import SourceError, find_sources

    place: Workplace = ctx.obj
    chosen = list(names) or find_sources(place.sources)
    if not chosen:
        raise SourceError(f"{place.sources}/: there is no source here. `listings new URL` proposes one.")
    for name in chosen:
        place.source(name)
    ctx.exit(run_sources("refresh", chosen, place, workers, as_json, _debug(ctx), limit=limit))


@main.command()
@click.argument("source")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that parse.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def reparse(ctx: click.Context, source: str, workers: int, as_json: bool) -> None:
    """Rebuild the release of SOURCE from its archive, without network."""
    from flows.run import run_sources

    ctx.obj.source(source)
    ctx.exit(run_sources("reparse", [source], ctx.obj, workers, as_json, _debug(ctx)))


@main.command()
@click.argument("inputs", metavar="PATH|URL...", nargs=-1, required=True)
@click.option("--jsonl", is_flag=True, help="One JSON object a listing.")
@click.option("--language", "languages", multiple=True, help="A language of the pages (BCP 47), where known.")
@click.option("--country", help="Where the listings are (ISO 3166-1), when they do not say.")
@click.pass_context
def parse(
    ctx: click.Context, inputs: tuple[str, ...], jsonl: bool, languages: tuple[str, ...], country: str | None
) -> None:
    """Show what the parser sees in pages: files, folders, WARC files, URLs.

    Several pages of one site are read together, so that the site's own labels are learnt from all of them.
    """
    from flows.reading import read_listings
    from flows.show import print_jsonl, print_listing

    show = print_jsonl if jsonl else print_listing
    failed = False
    for reading in read_listings(inputs, languages, country):
        if reading.listing:
            show(reading.listing)
        else:
            click.echo(f"Error: {reading.error}", err=True)
            failed = True
    ctx.exit(FAILED if failed else DONE)


@main.command()
@click.argument("path", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--jsonl", is_flag=True, help='Read {"text": ...} lines, write {"passages": [...]} lines.')
@click.option("--language", "languages", multiple=True, help="A language of the text (BCP 47), where known.")
def split(path: Path, jsonl: bool, languages: tuple[str, ...]) -> None:
    """Split text by language: a file, or - for standard input. Offsets are in characters."""
    from flows.show import print_passages, split_lines

    with click.open_file(str(path), "rb") as stream:
        if jsonl:
            split_lines(stream, str(path), languages)
        else:
            print_passages(stream.read(), str(path), languages)


@main.command()
@click.argument("source")
@click.argument("before", required=False, metavar="[FROM]")
@click.argument("after", required=False, metavar="[TO]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change.")
@click.pass_obj
def diff(place: Workplace, source: str, before: str | None, after: str | None, as_json: bool) -> None:
    """What changed between two releases of SOURCE: by default the last two."""
    from flows.show import print_changes

    print_changes(place.processed(source), before, after, as_json)


@main.command()
@click.argument("source")
@click.option("--format", "form", type=click.Choice(["csv", "sqlite", "duckdb", "xlsx"]), required=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where to write; by default beside the release.")
@click.pass_obj
def export(place: Workplace, source: str, form: str, out: Path | None) -> None:
    """Write the tables of the latest release of SOURCE in another form."""
    from flows.show import write_export

    click.echo(write_export(place.processed(source), form, out))


def _debug(ctx: click.Context) -> bool:
    return bool(ctx.find_root().params.get("debug"))
