"""Declarations of settings, and their values.

`settings[SETTING]` returns the value with the Python type of the setting. A setting type reads the text of an
environment variable (`parse`) and the value in a TOML file (`accept`) by the same rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class BadValue(Exception):
    """Says what is wrong with a value and, where possible, how to correct it; never contains a secret."""


class SettingType(Protocol[T_co]):
    """Reads the value of a setting. Both methods raise BadValue."""

    @property
    def secret(self) -> bool: ...

    def parse(self, text: str) -> T_co:
        """Read an environment variable; surrounding white space is already removed."""
        ...

    def accept(self, value: object) -> T_co:
        """Read a value of a TOML file."""
        ...


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """`name` is the name of the environment variable; `A__B` is key `b` of the table `[a]` in settings.toml.

    The default is in settings.toml; `default` is for plugins that have no section there. An `optional(...)` type reads
    an absent or blank value as None. The operator must set a `required` setting to a value that is not blank, unless
    the setting that `unless` names is set; in that case the type must be optional.
    """

    name: str
    type: SettingType[T]
    help: str
    required: bool = False
    default: T | None = None
    unless: str | None = None


@dataclass(frozen=True)
class Value:
    """`origin` is `settings.toml [table]`, `.env`, `environment`, `command line` or `default`."""

    setting: Setting[Any]
    value: object
    origin: str


class Settings:
    """The immutable values of all declared settings, created by `loading.load` or, in tests, from pairs."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    @classmethod
    def of(cls, pairs: Mapping[Setting[Any], object]) -> "Settings":
        """Create settings without a file, for tests and for some commands."""
        return cls({setting.name: Value(setting, value, "code") for setting, value in pairs.items()})

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast(T, self._values[setting.name].value)

    def __iter__(self) -> Iterator[Value]:
        return iter(self._values.values())

    def origin(self, setting: Setting[Any]) -> str:
        return self._values[setting.name].origin

    def with_value(self, setting: Setting[T], value: T, origin: str) -> "Settings":
        """Return a copy with one value replaced."""
        return Settings(self._values | {setting.name: Value(setting, value, origin)})

    def __repr__(self) -> str:
        return f"Settings({', '.join(self._values)})"
