"""Runs the commands of a document's console blocks and compares what they print with what the document shows."""

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.documents.blocks import Block, assert_same_shape
from tests.processes import Workplace

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


@dataclass(frozen=True)
class Console:
    """A block has commands of Glossator, run in `place`, or of the shell, run in one shell after `setup`."""

    place: Workplace
    variables: Mapping[str, str] = field(default_factory=dict)
    setup: str = ""

    def prints_what_is_shown(self, block: Block) -> None:
        commands = commands_of(block)
        for command, printed in zip(commands, self._outputs(commands), strict=True):
            assert_same_shape(command.shown, printed)

    def _outputs(self, commands: list[Command]) -> Iterator[str]:
        if not commands[0].line.startswith("glossator "):
            yield from self._shell(commands)
            return
        for command in commands:
            done = self.place.runs(*shlex.split(command.line)[1:])
            yield done.output + done.errors

    def _shell(self, commands: list[Command]) -> list[str]:
        script = "".join(f"{command.line}\necho; echo '{END}'\n" for command in commands)
        done = subprocess.run(
            ["bash", "-c", self.setup + script], cwd=self.place.folder, env={**os.environ, **self.variables},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=150,
        )  # fmt: skip
        return done.stdout.split(f"\n{END}\n")[:-1]
