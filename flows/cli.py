"""`listings ...`: the command line.

Commands that run no flow never import Prefect, and every import that takes time stands in the command that needs it, so that
`listings --help` is there at once.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from flows.cli_releases import COMMANDS
from flows.exits import DONE, FAILED, Commands, as_process, gravest
from flows.workplace import Workplace

_EPILOG = """Exit codes: 0 done; 1 failed; 2 bad usage or configuration; 3 release held at a gate. Of several sources the gravest
counts: 1 before 2 before 3."""


@click.group(
    cls=Commands, epilog=_EPILOG, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="listings", prog_name="listings")
@click.option(
    "--sources",
    envvar="LISTINGS_SOURCES",
    default="sources",
    type=click.Path(path_type=Path),
    help="Folder of the sources.",
)
@click.option(
    "--data",
    envvar="LISTINGS_DATA",
    default="data",
    metavar="PATH|URL",
    help="Folder of the data, or s3://bucket/folder.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks and Prefect's own log.")
@click.pass_context
def main(ctx: click.Context, sources: Path, data: str, debug: bool) -> None:
    """Turn a directory on the web into a dataset that researchers can cite."""
    ctx.obj = Workplace.at(sources, data)
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command()
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), help="Fetch at most so many pages.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that parse; by default as many as fit.")
@click.option("--dask", metavar="ADDRESS", help="Parse on the Dask cluster at tcp://HOST:PORT instead.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source.")
@click.pass_context
def refresh(
    ctx: click.Context, names: tuple[str, ...], limit: int | None, workers: int | None, dask: str | None, as_json: bool
) -> None:
    """Fetch, archive, parse and release: the named sources, or all."""
    from flows.run import run_sources

    place: Workplace = ctx.obj
    chosen = list(names) or _all_sources(place)
    for name in names:
        place.source(name)
    ctx.exit(run_sources("refresh", chosen, place, workers, dask, as_json, _debug(ctx), limit=limit))


@main.command()
@click.argument("source")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that parse; by default as many as fit.")
@click.option("--dask", metavar="ADDRESS", help="Parse on the Dask cluster at tcp://HOST:PORT instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def reparse(ctx: click.Context, source: str, workers: int | None, dask: str | None, as_json: bool) -> None:
    """Rebuild the release of SOURCE from its archive, without network."""
    from flows.run import run_sources

    ctx.obj.source(source)
    ctx.exit(run_sources("reparse", [source], ctx.obj, workers, dask, as_json, _debug(ctx)))


@main.command()
@click.argument("inputs", metavar="PATH|URL...", nargs=-1, required=True)
@click.option("--jsonl", is_flag=True, help="One JSON object a listing.")
@click.option(
    "--source", "name", metavar="NAME", help="Read them as pages of that source: its labels, lookups and parser."
)
@click.option("--language", "languages", multiple=True, help="A language of the pages (BCP 47), where known.")
@click.option("--country", help="Where the listings are (ISO 3166-1), when they do not say.")
@click.pass_context
def parse(
    ctx: click.Context,
    inputs: tuple[str, ...],
    jsonl: bool,
    name: str | None,
    languages: tuple[str, ...],
    country: str | None,
) -> None:
    """Show what the parser sees in pages.

    They may be files, folders, WARC files and URLs. Several pages of one site are read together, so that the site's own labels
    are learnt from all of them.
    """
    from dataclasses import replace

    from flows.reading import read_listings
    from flows.show import print_jsonl, print_listing
    from sources.source import Source

    source = ctx.obj.source(name) if name else Source(name="parse", start="")
    source = replace(source, languages=languages or source.languages, country=country or source.country)
    show = print_jsonl if jsonl else print_listing
    failed = False
    for reading in read_listings(inputs, source):
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
    """Split text by language: a file, or - for standard input.

    Offsets are in characters.
    """
    from flows.show import print_passages, split_lines

    with click.open_file(str(path), "rb") as stream:
        if jsonl:
            split_lines(stream, str(path), languages)
        else:
            print_passages(stream.read(), str(path), languages)


@main.command()
@click.argument("start", metavar="URL|FOLDER|WARC")
@click.option("--pages", type=click.IntRange(min=1), default=30, show_default=True, help="Fetch at most so many pages.")
@click.option("--write", "name", metavar="NAME", help="Write it to <sources>/NAME/source.yml, if there is none yet.")
@click.pass_context
def new(ctx: click.Context, start: str, pages: int, name: str | None) -> None:
    """Look at a directory and propose its source.yml.

    Shows which labels were found, how often, and what each was taken for. What is fetched is not kept.
    """
    from flows.new import look, new_folder, source_yml, write_source
    from flows.show import print_proposal, showing_crawl

    folder = new_folder(ctx.obj.sources, name) if name else None
    with showing_crawl() as crawled:
        proposal = look(start, pages, crawled)
    print_proposal(proposal)
    if not proposal.listings:
        ctx.exit(FAILED)
    if folder:
        click.echo(f"Written: {write_source(folder, source_yml(proposal))}")


@main.command()
@click.argument("source", required=False)
@click.pass_context
def check(ctx: click.Context, source: str | None) -> None:
    """Tell whether SOURCE, or every source, is fit to be refreshed.

    Is its configuration sound, does robots.txt allow it, do some of its pages parse? Changes nothing.
    """
    from flows.inspection import inspect
    from flows.show import print_verdict, showing_crawl

    place: Workplace = ctx.obj
    codes = []
    for name in [source] if source else _all_sources(place):
        click.echo(name)
        with showing_crawl() as crawled:
            verdicts = list(inspect(place, name, crawled))
        for verdict in verdicts:
            print_verdict(verdict)
            codes.append(verdict.code)
    ctx.exit(gravest(codes))


def run() -> None:
    """`listings` as a process."""
    # Nothing that is computed here is worth threads, and to start them takes longer than to parse a page.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    as_process(main)


for _command in COMMANDS:
    main.add_command(_command)


@main.command()
@click.pass_context
def schedule(ctx: click.Context) -> None:
    """Serve the schedules of all sources, until interrupted.

    Each source with a `schedule` becomes a deployment of the Prefect server that PREFECT_API_URL names; where it names none,
    one is started.
    """
    from flows.run import prepare_prefect
    from flows.schedule import scheduled, serve
    from flows.show import aligned

    place: Workplace = ctx.obj
    sources = scheduled(place)
    if not sources:
        click.echo(f'{place.sources}/: no source has a schedule. Give one `schedule: "0 4 * * 1"` in its source.yml.')
        return
    click.echo("\n".join(aligned([(source.name, str(source.schedule)) for source in sources])))
    prepare_prefect(_debug(ctx))
    serve(place, sources, _debug(ctx))


def _all_sources(place: Workplace) -> list[str]:
    from sources.source import SourceError, find_sources

    if names := find_sources(place.sources):
        return names
    raise SourceError(f"{place.sources}/: there is no source here. `listings new URL` proposes one.")


def _debug(ctx: click.Context) -> bool:
    return bool(ctx.find_root().params.get("debug"))
