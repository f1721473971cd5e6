"""A setting: its name, its kind and the rules of the plugin that it belongs to.

`settings[SETTING]` gives the value with the kind's own type; a kind reads the text of an environment variable
(`parse`) and the value of a TOML file (`accept`) by the same rules.

Settings with their values: frozen, and each one knows where it was given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class BadValue(Exception):
    """What is wrong with a value, and the corrected form where there is one; never the value of a secret."""


class SettingType(Protocol[T_co]):
    """How a setting's value is read. Both methods raise BadValue."""

    @property
    def secret(self) -> bool: ...

    def parse(self, text: str) -> T_co:
        """The value of an environment variable, white space around it already removed."""
        ...

    def accept(self, value: object) -> T_co:
        """The value that stands in a TOML file."""
        ...


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """`name` is the variable's name; `A__B` is key `b` of the table `[a]` in settings.toml.

    A default stands in settings.toml; `default` serves plugins that have no section there. `required` settings must
    be given by the operator and may not be blank. An `optional(...)` kind reads an absent or blank value as None.
    A required setting may be left out when the variable that `unless` names is given; its kind is then an optional one.
    """

    name: str
    type: SettingType[T]
    help: str
    required: bool = False
    default: T | None = None
    unless: str | None = None


@dataclass(frozen=True)
class Value:
    """`origin`: `settings.toml [table]`, `.env`, `environment`, `command line` or `default`."""

    setting: Setting[Any]
    value: object
    origin: str


class Settings:
    """Every declared setting with its value, frozen. Made by `loading.load` or, in tests, from pairs."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    @classmethod
    def of(cls, pairs: Mapping[Setting[Any], object]) -> "Settings":
        """Settings with these values, for tests and for commands that need no file."""
        return cls({setting.name: Value(setting, value, "code") for setting, value in pairs.items()})

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast(T, self._values[setting.name].value)

    def __iter__(self) -> Iterator[Value]:
        return iter(self._values.values())

    def origin(self, setting: Setting[Any]) -> str:
        return self._values[setting.name].origin

    def with_value(self, setting: Setting[T], value: T, origin: str) -> "Settings":
        """A copy in which one value is another."""
        return Settings(self._values | {setting.name: Value(setting, value, origin)})

    def __repr__(self) -> str:
        return f"Settings({', '.join(self._values)})"
