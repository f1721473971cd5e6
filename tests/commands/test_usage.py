"""Help, version and wrong usage of the command line."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from glossator.cli import COMMANDS, main

LOADED = """import sys
from glossator.cli import main
main(sys.argv[1:], standalone_mode=False)
print(sorted(name for name in sys.modules if name.startswith(("glossator.", "quart", "numpy", "pydantic"))))
"""


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


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_the_list_of_commands_loads_no_command(flag: str) -> None:
    done = subprocess.run([sys.executable, "-c", LOADED, flag], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "['glossator.cli']"


def test_each_listed_command_exists_under_its_name() -> None:
    with click.Context(main) as context:
        assert {name: found.name for name in COMMANDS if (found := main.get_command(context, name))} == {
            name: name for name in COMMANDS
        }
