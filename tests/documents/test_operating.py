"""Every command of docs/operating.md runs against a server and prints what the document shows."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from tests.documents.blocks import Block, assert_same_shape, blocks_of
from tests.documents.conftest import Documented

BLOCKS: Final = blocks_of("operating.md")
SETUP: Final = next(block for block in BLOCKS if block.language == "bash")
SECTIONS: Final = list(dict.fromkeys(block.section for block in BLOCKS if block.language == "console"))
END: Final = "end of the output"


@dataclass(frozen=True)
class Command:
    line: str
    shown: list[str]


def commands_of(block: Block) -> list[Command]:
    found: list[Command] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append(Command(line.removeprefix("$ "), []))
        elif line:
            found[-1].shown.append(line)
    return found


def outputs(commands: list[Command], documented: Documented) -> Iterator[str]:
    """A block has commands of Glossator or of the shell; those of the shell run in one."""
    if commands[0].line.startswith("glossator "):
        for command in commands:
            done = documented.place.runs(*shlex.split(command.line)[1:])
            yield done.output + done.errors
        return
    script = "".join(f"{command.line}\necho; echo '{END}'\n" for command in commands)
    environment = {**os.environ, **documented.variables}
    done = subprocess.run(
        ["bash", "-c", SETUP.text + script], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    yield from done.stdout.split(f"\n{END}\n")


def test_ten_questions_are_answered() -> None:
    assert [section.partition(".")[0] for section in SECTIONS] == [str(number) for number in range(1, 11)]


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.parametrize("section", SECTIONS)
def test_commands_print_what_the_document_shows(section: str, documented: Documented) -> None:
    for block in BLOCKS:
        if block.section == section and block.language == "console":
            commands = commands_of(block)
            for command, printed in zip(commands, outputs(commands, documented), strict=False):
                assert_same_shape(command.shown, printed)
