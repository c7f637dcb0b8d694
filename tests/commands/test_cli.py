"""What all commands have in common: help, what is loaded, exit codes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.exits import gravest
from tests.commands.conftest import listings
from tests.conftest import ROOT

COMMANDS = "refresh reparse parse split new check diff explain export verify push prune review combine release schedule".split()


def test_without_a_command_the_help_is_printed_with_every_command_in_order() -> None:
    result = listings()
    assert result.exit_code == 0
    named = re.findall(r"^  (\w+)  +(\S.*)$", result.stdout, re.MULTILINE)
    assert [command for command, _ in named] == COMMANDS
    assert not [line for _, line in named if line.endswith("...")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_in_lines_of_a_terminal(command: str) -> None:
    result = listings(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: main {command}")
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, click; from flows.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "flows.cli" in loaded
    assert not loaded & {
        "prefect",
        "pandas",
        "pyarrow",
        "numpy",
        "rich",
        "requests",
        "selectolax",
        "phonenumbers",
        "babel",
    }


def test_commands_that_run_no_flow_never_load_prefect(sources: Path) -> None:
    code = (
        f"import sys; from flows.cli import main\n"
        f"try: main(['--sources', {str(sources)!r}, 'check'])\n"
        f"except SystemExit as end: print(end.code, 'prefect' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


@pytest.mark.parametrize(
    ("codes", "code"), [([], 0), ([0, 0], 0), ([0, 3], 3), ([3, 1, 0], 1), ([2, 3], 2), ([2, 1], 1)]
)
def test_failed_is_graver_than_bad_configuration_and_that_than_held(codes: list[int], code: int) -> None:
    assert gravest(codes) == code


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("None", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('why')", 1, "why"),
        ("1 / 0", 1, "ZeroDivisionError"),
    ],
)
def test_a_process_ends_with_its_code_and_what_was_to_be_done_is_done(command: str, code: int, told: str) -> None:
    script = (
        "import atexit, sys, threading, time; from flows.exits import as_process\n"
        "def late(): time.sleep(0.2); print('said')\n"
        f"def command(): threading.Thread(target=late).start(); atexit.register(print, 'after'); {command}\n"
        "as_process(command)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stdout == "said\nafter\n"
    assert told in done.stderr
