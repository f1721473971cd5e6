"""Settings with their values: frozen, and each one knows where it was given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from glossator.kernel.setting import Setting

T = TypeVar("T")


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
