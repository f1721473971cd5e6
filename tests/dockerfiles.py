"""A Dockerfile as its builder sees it: the instructions of the image that one set of build arguments makes."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str

    @property
    def exec_form(self) -> list[str]:
        """The program and its arguments. Raises ValueError in shell form."""
        return [str(part) for part in json.loads(self.rest[self.rest.index("[") :])]

    @property
    def flags(self) -> dict[str, str]:
        found = (part.removeprefix("--").partition("=") for part in self.rest.split() if part.startswith("--"))
        return {name: value for name, _, value in found}

    @property
    def operands(self) -> list[str]:
        return [part for part in self.rest.split() if not part.startswith("--")]


@dataclass(frozen=True)
class Stage:
    base: str
    name: str
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class Dockerfile:
    stages: tuple[Stage, ...]

    def made_of(self, stage: Stage) -> list[Instruction]:
        """Every instruction of the stage and of the stages below it, in the order of the build."""
        below = next((other for other in self.stages if other.name == stage.base), None)
        return [*(self.made_of(below) if below else ()), *stage.instructions]

    @property
    def image(self) -> list[Instruction]:
        """What makes the last stage; nothing of the stages that it copies from."""
        return self.made_of(self.stages[-1])

    @property
    def used(self) -> list[Instruction]:
        """The image and the stages that it copies from."""
        sources = {word.flags.get("from") for word in self.image}
        copied = [word for stage in self.stages if stage.name in sources for word in self.made_of(stage)]
        return [*copied, *self.image]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair for word in self.image if word.word == "ENV" for pair in shlex.split(word.rest)]
        return dict(pair.split("=", 1) for pair in pairs)

    def last(self, word: str) -> Instruction:
        return [instruction for instruction in self.image if instruction.word == word][-1]

    @property
    def sent_files(self) -> set[str]:
        """What is copied out of the build context."""
        copies = [word for word in self.used if word.word in {"COPY", "ADD"} and "from" not in word.flags]
        return {source for word in copies for source in word.operands[:-1]}


def read_dockerfile(path: Path, arguments: dict[str, str]) -> Dockerfile:
    text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    instructions = [
        Instruction(word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)
    ]
    return Dockerfile(tuple(_stages([word for word in instructions if word.word], arguments)))


def _stages(instructions: list[Instruction], arguments: dict[str, str]) -> list[Stage]:
    starts = [number for number, word in enumerate(instructions) if word.word == "FROM"]
    given = dict(word.rest.split("=", 1) for word in instructions[: starts[0]]) | arguments
    stages = []
    for start, end in zip(starts, [*starts[1:], len(instructions)], strict=True):
        base, *rest = _filled(instructions[start].rest, given).split()
        stages.append(Stage(base, rest[-1] if rest else "", tuple(instructions[start + 1 : end])))
    return stages


def _filled(text: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+):-(\w*)}", lambda found: arguments.get(found[1]) or found[2], text)
