"""Environment variables and the optional `.env` file: the only module that uses os.environ.

- Environment variables override `.env`; command-line options override both.
- White space around a value is removed; otherwise the text is used unchanged.
- Only variables that a setting declares are read. dynaconf reads none: a variable that ends in `_FOR_DYNACONF` would
  replace the loaders and options that the code passes to it, so such a variable is an error.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dotenv import dotenv_values

from glossator.kernel.errors import SettingsInvalid
from glossator.kernel.settings.setting import BadValue, Setting

FORBIDDEN_SUFFIX: Final = "_FOR_DYNACONF"
SPACE_VARIABLES: Final = ("SPACE_ID", "SPACE_HOST")


@dataclass(frozen=True)
class Variable:
    """`origin` is `environment`, `.env` or `command line`."""

    text: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class ParsedValue:
    """A validated value with its origin. dynaconf leaves objects of unknown classes unchanged."""

    value: object
    origin: str

    @property
    def is_blank(self) -> bool:
        return self.value in (None, ())


class Environment:
    """The variables of the operator; created by `read_environment` or, in tests, from pairs."""

    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = dict(variables)

    def get(self, name: str) -> Variable | None:
        return self._variables.get(name)

    def text(self, name: str) -> str:
        """Blank when the variable is not set."""
        variable = self._variables.get(name)
        return variable.text if variable else ""

    @property
    def on_space(self) -> bool:
        return any(self.text(name) for name in SPACE_VARIABLES)

    def with_options(self, options: Mapping[str, str]) -> "Environment":
        """Add command-line options, keyed by the names of the settings that they override."""
        return Environment(self._variables | {name: Variable(text, "command line") for name, text in options.items()})

    def forbidden(self) -> list[str]:
        return sorted(name for name in self._variables if name.upper().endswith(FORBIDDEN_SUFFIX))

    def ignored(self, declared: Iterable[Setting[Any]]) -> list[str]:
        """Warnings for names that look like a nested setting and are not declared (`PORT__SUB`)."""
        names = {setting.name for setting in declared}
        heads = {name.partition("__")[0] for name in names}
        return [
            f"{name}: ignored, {'it is a single value' if head in names else 'there is no such setting'}"
            for name in sorted(self._variables.keys() - names)
            for head, nested, _ in [name.partition("__")]
            if nested and head in heads
        ]


def read_environment(dotenv: Path) -> Environment:
    """Raises SettingsInvalid when the `.env` file exists and is not readable text."""
    try:
        lines = dotenv_values(dotenv, interpolate=False)
    except UnicodeDecodeError:
        raise SettingsInvalid([f"{dotenv.name}: is not UTF-8 text - save it as UTF-8"]) from None
    except OSError as error:
        raise SettingsInvalid([f"{dotenv.name}: cannot be read ({error.strerror})"]) from None
    in_file = {name: Variable(text.strip(), ".env") for name, text in lines.items() if text is not None}
    return Environment(in_file | {name: Variable(text.strip(), "environment") for name, text in os.environ.items()})


def set_variable(name: str, value: str) -> None:
    """For a library that reads its options only from the environment of the process."""
    os.environ[name] = value


def environment_hook(
    declared: Sequence[Setting[Any]], environment: Environment, errors: dict[str, str]
) -> Callable[..., dict[str, object]]:
    """Return a dynaconf post hook, which runs after the file's values are loaded and before the validators.

    The hook never raises: it adds the errors of variables to `errors`, by name.
    """

    def hook(*_: object) -> dict[str, object]:
        values: dict[str, object] = {}
        for setting in declared:
            variable = environment.get(setting.name)
            if variable is None:
                continue
            try:
                values[setting.name] = ParsedValue(setting.type.parse(variable.text), variable.origin)
            except BadValue as error:
                errors[setting.name] = str(error)
        return values

    return hook
