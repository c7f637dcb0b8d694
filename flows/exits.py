"""How a command ends: exit codes, and what is said of an error. Light to import: it stands at the top of the command line."""

from __future__ import annotations

import atexit
import errno
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import click

DONE, FAILED, USAGE, HELD = 0, 1, 2, 3
"""Exit codes: done; failed; bad usage or configuration; release held at a gate."""


class InputError(Exception):
    """An input that cannot be used; the message says what, where and what to do."""


def as_process(command: Callable[[], object]) -> None:
    """Run a command that ends by SystemExit as all that this process does.

    When it has ended, and what is to be done at exit is done, the memory is left to the system as it is: after a run, taking it
    down piece by piece takes a second.
    """
    code = FAILED

    def leave() -> None:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)

    # What is registered first comes last.
    atexit.register(leave)
    try:
        command()
        code = DONE
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else DONE if end.code is None else FAILED
        if isinstance(end.code, str):
            click.echo(end.code, err=True)


def gravest(codes: Iterable[int]) -> int:
    """The exit code of several runs together: failed before bad configuration before held, done where all are.

    A held release needs a look, and what people load is whole; after a failure there is nothing to look at.
    """
    return min((code for code in codes if code != DONE), default=DONE)


def explain(error: Exception) -> tuple[int, str]:
    """The exit code of an error, and what to say of it."""
    from sources.source import SourceError

    if isinstance(error, SourceError):
        return USAGE, str(error)
    # By name: importing the rooms that raise them would take longer than most commands run.
    ours = {"FetchError", "ReleaseError", "NoListingsError", "ExportError", "InputError", "WorkerError"}
    if ours.intersection(kind.__name__ for kind in type(error).__mro__):
        return FAILED, str(error)
    if type(error).__name__ == "KilledWorker":
        return FAILED, "A Dask worker was killed, perhaps for lack of memory. Give them more, and run it again."
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = {
            errno.ENOSPC: "Free some space",
            errno.EACCES: "Give this user the right to write there",
            errno.EROFS: "Name a writable folder by --data",
        }
        return (
            FAILED,
            f"{where}{error.strerror or error}. {advice.get(error.errno or 0, 'See to it')}, and run it again.",
        )
    return FAILED, f"{type(error).__name__}: {error}. Run again with `listings --debug ...` and report what it prints."


class Commands(click.Group):
    """Turns errors into one line that says what, where and what to do, and into the exit code that belongs to them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are defined: that of a user's way through them."""
        return list(self.commands)

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
            code, text = explain(error)
            click.echo(f"Error: {text}", err=True)
            ctx.exit(code)
