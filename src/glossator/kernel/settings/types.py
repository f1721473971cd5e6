"""The types of settings: which texts of the environment, and which values of settings.toml, are valid.

Only a secret may begin with `@`: dynaconf executes such texts, so every other type rejects them. A blank text is an
error, except for `optional(...)` (None) and for lists (no entries).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, SettingType
from glossator.kernel.settings.url import parse_url
from glossator.kernel.settings.value_types import Decimal, Flag, Integer, SecretText, Text, TextList, parse_path

T = TypeVar("T")
Word = TypeVar("Word", bound=str)


@runtime_checkable
class WithWarning(Protocol):
    """A type that accepts some values with a warning."""

    def warning(self, value: object) -> str | None: ...


def warning(setting_type: SettingType[object], value: object) -> str | None:
    return setting_type.warning(value) if isinstance(setting_type, WithWarning) else None


@dataclass(frozen=True)
class Optional(Generic[T]):
    type: SettingType[T]

    @property
    def secret(self) -> bool:
        return self.type.secret

    def parse(self, text: str) -> T | None:
        return self.type.parse(text) if text else None

    def accept(self, value: object) -> T | None:
        return self.type.accept(value) if value != "" else None

    def warning(self, value: object) -> str | None:
        return warning(self.type, value)


@dataclass(frozen=True)
class Validated(Generic[T]):
    type: SettingType[T]
    validate: Callable[[T], None]

    @property
    def secret(self) -> bool:
        return self.type.secret

    def parse(self, text: str) -> T:
        return self._validated(self.type.parse(text))

    def accept(self, value: object) -> T:
        return self._validated(self.type.accept(value))

    def warning(self, value: object) -> str | None:
        return warning(self.type, value)

    def _validated(self, value: T) -> T:
        self.validate(value)
        return value


def integer(low: int, high: int) -> SettingType[int]:
    return Integer(low, high)


def number(low: float, high: float) -> SettingType[float]:
    return Decimal(low, high)


def choice(*words: Word) -> SettingType[Word]:
    def parse(text: str) -> Word:
        found = next((word for word in words if word == text), None)
        if found is None:
            raise BadValue(f"must be one of: {', '.join(words)}")
        return found

    return Text(parse)


def optional(setting_type: SettingType[T]) -> SettingType[T | None]:
    """None when absent or blank."""
    return Optional(setting_type)


def validated(setting_type: SettingType[T], validate: Callable[[T], None]) -> SettingType[T]:
    """Add a rule of one setting to a type; `validate` raises BadValue."""
    return Validated(setting_type, validate)


def url(*, https: bool = False) -> SettingType[str]:
    """An http(s) URL without user info, query, fragment and trailing slash.

    `https=True` allows plain http only for loopback and private hosts.
    """
    return Text(lambda text: parse_url(text, https=https))


def secret(*, min_length: int = 0, warn_below: int = 0) -> SettingType[Secret]:
    return SecretText(min_length, warn_below)


TEXT: Final[SettingType[str]] = Text(str)
SECRET: Final[SettingType[Secret]] = secret()
URL: Final[SettingType[str]] = url()
FLAG: Final[SettingType[bool]] = Flag()
TEXT_LIST: Final[SettingType[tuple[str, ...]]] = TextList()
PATH: Final[SettingType[Path]] = Text(parse_path)
