"""`listings ...`: the commands about releases. They run no flow and import no Prefect; what takes time to import, they import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from flows.exits import DONE, FAILED
from flows.workplace import Workplace


@contextmanager
def _here(place: Workplace, source: str, archive: bool = False, review: bool = False) -> Iterator[None]:
    """Have here what a command reads of a source (see `flows.bucket`)."""
    if not place.bucket:
        yield
        return
    from flows.bucket import reading

    with reading(place, source, archive, review):
        yield


@click.command()
@click.argument("source")
@click.argument("before", required=False, metavar="[FROM]")
@click.argument("after", required=False, metavar="[TO]")
@click.option("--table", "form", flag_value="table", help="A table: one change a line, columns below one another.")
@click.option("--json", "form", flag_value="json", help="One JSON object a change.")
@click.pass_obj
def diff(place: Workplace, source: str, before: str | None, after: str | None, form: str | None) -> None:
    """Show what changed between two releases of SOURCE.

    By default they are the last two.
    """
    from flows.show import print_changes

    with _here(place, source):
        print_changes(place, source, before, after, form or "text")


@click.command()
@click.argument("source")
@click.argument("listing", metavar="ID|NAME|URL")
@click.argument("column", required=False, metavar="[COLUMN]")
@click.option("--release", "name", metavar="RELEASE", help="Of that release, not of the last published.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a column.")
@click.pass_obj
def explain(place: Workplace, source: str, listing: str, column: str | None, name: str | None, as_json: bool) -> None:
    """Show where a value of a listing comes from.

    Field, place in the page's text, record in the archive; without COLUMN of all that the listing holds.
    """
    from flows.explain import explain as show

    with _here(place, source, archive=True):
        show(place, source, listing, column, name, as_json)


@click.command()
@click.argument("source")
@click.option("--format", "form", type=click.Choice(["csv", "sqlite", "duckdb", "xlsx"]), required=True)
@click.option("--release", "name", metavar="RELEASE", help="That release, not the last published.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write; by default beside the release.")
@click.pass_obj
def export(place: Workplace, source: str, form: str, name: str | None, out: Path | None) -> None:
    """Write the latest release of SOURCE in another form.

    What the source's suppress.csv names is left out, also where the release was made before.
    """
    from flows.show import write_export

    with _here(place, source):
        click.echo(write_export(place, source, name, form, out))


@click.command()
@click.argument("source")
@click.argument("release", required=False, metavar="[RELEASE]")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@click.pass_context
def verify(ctx: click.Context, source: str, release: str | None, as_json: bool) -> None:
    """Make a release of SOURCE anew and compare it.

    From the archive files that it names, byte by byte; by default the last one published. Changes nothing; the exit code is 1
    where anything differs.
    """
    from flows.show import print_verified
    from flows.verify import verify as make_anew

    with _here(ctx.obj, source, archive=True):
        verified = make_anew(ctx.obj, source, release)
    print_verified(verified, as_json)
    ctx.exit(DONE if verified.same else FAILED)


@click.command()
@click.argument("source")
@click.argument("to", metavar="URL")
@click.pass_obj
def push(place: Workplace, source: str, to: str) -> None:
    """Copy the latest release of SOURCE to object storage.

    URL is any that fsspec knows, as s3://bucket/folder. `latest.json` there names the release, once all of it is there.
    """
    from flows.push import push as copy

    with _here(place, source, review=True):
        click.echo(copy(place, source, to))


@click.command()
@click.argument("source")
@click.option("--keep", type=click.IntRange(min=1), required=True, help="How many of the newest releases stay.")
@click.pass_obj
def prune(place: Workplace, source: str, keep: int) -> None:
    """Delete old releases of SOURCE.

    The last one published stays in any case, and so does what is held.
    """
    from flows.prune import prune as delete

    for gone in delete(place, source, keep):
        click.echo(f"deleted {gone}")


@click.command()
@click.argument("source")
@click.option("--held", is_flag=True, help="Of the release that a check holds back, not of the last published.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Serve at this port; by default any that is free."
)
@click.option("--pages", is_flag=True, help="Only print where the pages are that were written with the release.")
@click.pass_obj
def review(place: Workplace, source: str, held: bool, port: int, pages: bool) -> None:
    """Look at SOURCE's latest release, and act on what you see.

    Serves the review pages on this machine until interrupted, and opens a browser when the output is a terminal. There values can
    be corrected, accepted and suppressed (written to the source's lookups.csv and suppress.csv), and the release made anew.
    """
    import webbrowser

    from flows.show import review_pages

    with _here(place, source, review=True):
        page = review_pages(place.processed(source), held)
    click.echo(page)
    if pages:
        return
    from flows.review import serve

    def started(address: str) -> None:
        click.echo(f"{address}\nCtrl-C ends it.")
        sys.stdout.flush()
        if sys.stdout.isatty():
            webbrowser.open(address)

    place.source(source)
    serve(place, source, held, port, started)


@click.command()
@click.argument("names", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--name", required=True, help="What to call the dataset: the folder of its releases.")
@click.option("--crosswalk", type=click.Path(path_type=Path), help="YAML of terms; by default <sources>/crosswalk.yml.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_context
def combine(ctx: click.Context, names: tuple[str, ...], name: str, crosswalk: Path | None, as_json: bool) -> None:
    """Make one dataset of the latest releases of several sources.

    Same columns and codes, the source in every key, terms in one taxonomy, and which listings are the same organisation.
    """
    from flows.combine import combine_sources

    ctx.exit(combine_sources(ctx.obj, names, name, crosswalk, as_json))


@click.command()
@click.argument("source")
@click.option(
    "--accept", "reason", metavar="REASON", help="Publish what is held; the reason goes into its data package."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def release(ctx: click.Context, source: str, reason: str | None, as_json: bool) -> None:
    """Show what holds a release of SOURCE, or publish it all the same."""
    from flows.held import accept_held, show_held

    place: Workplace = ctx.obj
    if reason is not None:
        ctx.exit(accept_held(place, source, reason, as_json))
    with _here(place, source):
        ctx.exit(show_held(place, source, as_json))


COMMANDS = (diff, explain, export, verify, push, prune, review, combine, release)
"""In the order of a user's way through them."""
