"""Help, version and wrong usage of the command line."""

import subprocess
import sys
from collections.abc import Iterator
from inspect import signature

import click
import pytest
from click.testing import CliRunner

from glossator.cli import main
from glossator.commands.deferred import load

LOADED = """import sys
from glossator.cli import COMMANDS, main
for line in (["--help"], ["--version"], *([command.name, "--help"] for command in COMMANDS)):
    main(line, standalone_mode=False)
print(sorted(name for name in sys.modules if name.startswith(("glossator.", "quart", "numpy", "pydantic"))))
"""
LOADER = ["glossator.kernel", "glossator.kernel.deferred"]
DECLARATIONS = ["", ".declared", ".declared.book", ".declared.database", ".declared.server", ".deferred"]


def declared(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from declared(command)
        else:
            yield command


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("ingest nowhere", "nowhere"),
        ("ingest --rollback --rebuild", "--rollback cannot be combined"),
        ("search", "QUESTION"),
        ("search x -k 0", "0"),
        ("search x -k 21", "21"),
        ("dev --docs nowhere", "nowhere"),
        ("dev --port 80", "80"),
        ("dev --port x", "x"),
        ("dev --docks .", "--docks"),
        ("nothing", "nothing"),
        ("--nothing", "--nothing"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_the_problem(line: str, word: str) -> None:
    result = CliRunner().invoke(main, line.split(), prog_name="glossator")

    assert (result.exit_code, result.stdout) == (2, "")
    assert word in result.stderr


@pytest.mark.parametrize("command", ["", "dev", "serve", "ingest", "search", "routes", "widget"])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_each_command_has_help(command: str, flag: str) -> None:
    result = CliRunner().invoke(main, [*command.split(), flag], prog_name="glossator")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: glossator {command}".rstrip())


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"], prog_name="glossator")

    assert (result.exit_code, result.stdout.split()[0]) == (0, "glossator")


def test_help_loads_only_the_declarations_of_the_commands() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    loaded = ["glossator.cli", *(f"glossator.commands{name}" for name in DECLARATIONS), *LOADER]
    assert done.stdout.splitlines()[-1] == str(loaded)


@pytest.mark.parametrize("command", list(declared(main)), ids=lambda command: str(command.name))
def test_what_a_command_runs_takes_its_parameters(command: click.Command) -> None:
    work = load(vars(command.callback)["place"])

    signature(work).bind(**{str(parameter.name): None for parameter in command.params})
