"""Loading and validating settings; the result is frozen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from glossator.kernel.setting import Setting

T = TypeVar("T")


@dataclass(frozen=True)
class Value:
    """A setting's value and where it was given: `settings.toml [table]`, `.env`, `environment` or `default`."""

    setting: Setting[Any]
    value: object
    origin: str


class Settings:
    """Every declared setting with its value, frozen. Made by `load` or, in tests, from pairs."""

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
