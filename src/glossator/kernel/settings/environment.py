"""Environment variables and the optional `.env`: the only module that uses os.environ.

- An environment variable wins over `.env`, an option of the command line over both.
- White space around a value is removed; else a text is taken as it is.
- Only variables that a setting declares are read. dynaconf reads none: what it would take from the environment
  (`..._FOR_DYNACONF`) replaces the loaders and settings that are given to it in code, so such a variable is a fault.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.setting import BadValue, Setting

FORBIDDEN: Final = "_FOR_DYNACONF"
SPACE_VARIABLES: Final = ("SPACE_ID", "SPACE_HOST")


@dataclass(frozen=True)
class Given:
    """A variable's text, and who gave it: `environment`, `.env` or `command line`."""

    text: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class Read:
    """A value that has been parsed. dynaconf leaves objects that it does not know as they are."""

    value: object
    origin: str


class Environment:
    """What the operator gave; made by `read_environment` or, in tests, from pairs."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self._given = dict(given)

    def get(self, name: str) -> Given | None:
        return self._given.get(name)

    def text(self, name: str) -> str:
        """Blank when the variable is not given."""
        given = self._given.get(name)
        return given.text if given else ""

    @property
    def on_space(self) -> bool:
        return any(self.text(name) for name in SPACE_VARIABLES)

    def with_options(self, options: Mapping[str, str]) -> "Environment":
        """Options of the command line, under the names of the settings that they stand for."""
        return Environment(self._given | {name: Given(text, "command line") for name, text in options.items()})

    def forbidden(self) -> list[str]:
        return sorted(name for name in self._given if name.upper().endswith(FORBIDDEN))

    def ignored(self, declared: Iterable[Setting[Any]]) -> list[str]:
        """Warnings for names that look like a part of a setting and are none (`PORT__SUB`)."""
        names = {setting.name for setting in declared}
        heads = {name.partition("__")[0] for name in names}
        return [
            f"{name}: ignored, {'it is a single value' if head in names else 'there is no such setting'}"
            for name in sorted(self._given.keys() - names)
            for head, nested, _ in [name.partition("__")]
            if nested and head in heads
        ]


def read_environment(dotenv: Path) -> Environment:
    """Raises SettingsInvalid when the `.env` file is there and cannot be read as text."""
    try:
        lines = dotenv_values(dotenv, interpolate=False)
    except UnicodeDecodeError:
        raise SettingsInvalid([f"{dotenv.name}: is not UTF-8 text - save it as UTF-8"]) from None
    except OSError as error:
        raise SettingsInvalid([f"{dotenv.name}: cannot be read ({error.strerror})"]) from None
    given = {name: Given(text.strip(), ".env") for name, text in lines.items() if text is not None}
    return Environment(given | {name: Given(text.strip(), "environment") for name, text in os.environ.items()})


def set_variable(name: str, value: str) -> None:
    """For a library that reads its options only from the environment of the process."""
    os.environ[name] = value


def environment_hook(
    declared: Sequence[Setting[Any]], environment: Environment, faults: dict[str, str]
) -> Callable[..., dict[str, object]]:
    """A dynaconf post hook: it runs after the file was read and before the validators.

    What is wrong with a variable goes to `faults`, under its name; the hook itself never raises.
    """

    def hook(*_: object) -> dict[str, object]:
        values: dict[str, object] = {}
        for setting in declared:
            given = environment.get(setting.name)
            if given is None:
                continue
            try:
                values[setting.name] = Read(setting.type.parse(given.text), given.origin)
            except BadValue as fault:
                faults[setting.name] = str(fault)
        return values

    return hook
