"""The kinds of settings: what a text in the environment, or a value in settings.toml, must be like.

Only a secret may begin with `@`: dynaconf executes such texts, so no other kind lets one through. A blank text is a
fault, except for `optional(...)` (None) and for a list (no entries).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue, SettingType
from glossator.kernel.settings.url import read_url
from glossator.kernel.settings.value_types import Flag, Number, SecretText, TextList, WholeNumber, Words, read_path

T = TypeVar("T")
Word = TypeVar("Word", bound=str)


@runtime_checkable
class WithWarning(Protocol):
    """A kind that lets some values pass with a warning."""

    def warning(self, value: object) -> str | None: ...


def warning(kind: SettingType[object], value: object) -> str | None:
    return kind.warning(value) if isinstance(kind, WithWarning) else None


@dataclass(frozen=True)
class Optional(Generic[T]):
    kind: SettingType[T]

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def parse(self, text: str) -> T | None:
        return self.kind.parse(text) if text else None

    def accept(self, value: object) -> T | None:
        return self.kind.accept(value) if value != "" else None

    def warning(self, value: object) -> str | None:
        return warning(self.kind, value)


@dataclass(frozen=True)
class Checked(Generic[T]):
    kind: SettingType[T]
    rule: Callable[[T], None]

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def parse(self, text: str) -> T:
        return self._checked(self.kind.parse(text))

    def accept(self, value: object) -> T:
        return self._checked(self.kind.accept(value))

    def warning(self, value: object) -> str | None:
        return warning(self.kind, value)

    def _checked(self, value: T) -> T:
        self.rule(value)
        return value


def integer(low: int, high: int) -> SettingType[int]:
    return WholeNumber(low, high)


def number(low: float, high: float) -> SettingType[float]:
    return Number(low, high)


def choice(*words: Word) -> SettingType[Word]:
    def read(text: str) -> Word:
        found = next((word for word in words if word == text), None)
        if found is None:
            raise BadValue(f"must be one of: {', '.join(words)}")
        return found

    return Words(read)


def optional(kind: SettingType[T]) -> SettingType[T | None]:
    """Absent or blank is None."""
    return Optional(kind)


def checked(kind: SettingType[T], rule: Callable[[T], None]) -> SettingType[T]:
    """A plugin's own rule on top of a kind's; it raises BadValue."""
    return Checked(kind, rule)


def url(*, https: bool = False) -> SettingType[str]:
    """An http(s) URL without user info, query, fragment and final slash.

    `https=True` allows plain http for loopback and private hosts only.
    """
    return Words(lambda text: read_url(text, https=https))


def secret(*, at_least: int = 0, warn_below: int = 0) -> SettingType[Secret]:
    return SecretText(at_least, warn_below)


TEXT: Final[SettingType[str]] = Words(str)
SECRET: Final[SettingType[Secret]] = secret()
URL: Final[SettingType[str]] = url()
FLAG: Final[SettingType[bool]] = Flag()
TEXT_LIST: Final[SettingType[tuple[str, ...]]] = TextList()
PATH: Final[SettingType[Path]] = Words(read_path)
