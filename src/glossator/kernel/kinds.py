"""The kinds of settings: what a text in the environment, or a value in settings.toml, must be like.

Only a secret may begin with `@`: dynaconf executes such texts, so no other kind lets one through. A blank text is a
fault, except for `optional(...)` (None) and for a list (no entries).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

from glossator.kernel.secret import Secret
from glossator.kernel.setting import BadValue, Kind
from glossator.kernel.url import read_url

T = TypeVar("T")

FLAG_WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")


@runtime_checkable
class Cautious(Protocol):
    """A kind that lets some values pass with a warning."""

    def caution(self, value: object) -> str | None: ...


def plain_text(text: str) -> str:
    if not text:
        raise BadValue("must not be blank")
    if text.startswith("@"):
        raise BadValue("must not begin with @")
    return text


def string(value: object) -> str:
    if not isinstance(value, str):
        raise BadValue("must be a text in quotes")
    return value.strip()


@dataclass(frozen=True)
class Words(Generic[T]):
    """A kind whose value is written as a text in TOML too."""

    read: Callable[[str], T]
    secret: bool = False

    def parse(self, text: str) -> T:
        return self.read(plain_text(text))

    def accept(self, value: object) -> T:
        return self.parse(string(value))


@dataclass(frozen=True)
class SecretText:
    at_least: int
    warn_below: int
    secret: bool = True

    def parse(self, text: str) -> Secret:
        if not text:
            raise BadValue("must not be blank")
        if len(text) < self.at_least:
            raise BadValue(f"must have at least {self.at_least} characters")
        return Secret(text)

    def accept(self, value: object) -> Secret:
        raise BadValue("is a secret and has no place in a settings file")

    def caution(self, value: object) -> str | None:
        if isinstance(value, Secret) and len(value) < self.warn_below:
            return f"has fewer than {self.warn_below} characters and is easier to guess than it should be"
        return None


@dataclass(frozen=True)
class WholeNumber:
    low: int
    high: int
    secret: bool = False

    def parse(self, text: str) -> int:
        if not WHOLE.fullmatch(text):
            raise self._bad()
        return self.accept(int(text))

    def accept(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self._bad()
        return value

    def _bad(self) -> BadValue:
        return BadValue(
            f"must be a whole number from {self.low} to {self.high}, in decimal digits without leading zeros"
        )


@dataclass(frozen=True)
class Number:
    low: float
    high: float
    secret: bool = False

    def parse(self, text: str) -> float:
        if not DECIMAL.fullmatch(text):
            raise self._bad()
        return self.accept(float(text))

    def accept(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self._bad()
        return float(value)

    def _bad(self) -> BadValue:
        return BadValue(f"must be a decimal number from {self.low:g} to {self.high:g}")


@dataclass(frozen=True)
class Flag:
    secret: bool = False

    def parse(self, text: str) -> bool:
        word = FLAG_WORDS.get(text.lower())
        if word is None:
            raise BadValue(f"must be one of: {', '.join(FLAG_WORDS)}")
        return word

    def accept(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise BadValue("must be true or false, without quotes")
        return value


@dataclass(frozen=True)
class TextList:
    """Commas part the entries; blanks around them and empty entries are dropped."""

    secret: bool = False

    def parse(self, text: str) -> tuple[str, ...]:
        return tuple(plain_text(entry.strip()) for entry in text.split(",") if entry.strip())

    def accept(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise BadValue("must be a list of texts")
        return tuple(plain_text(string(entry)) for entry in value)


@dataclass(frozen=True)
class Optional(Generic[T]):
    kind: Kind[T]

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def parse(self, text: str) -> T | None:
        return self.kind.parse(text) if text else None

    def accept(self, value: object) -> T | None:
        return self.kind.accept(value) if value != "" else None

    def caution(self, value: object) -> str | None:
        return self.kind.caution(value) if isinstance(self.kind, Cautious) else None


@dataclass(frozen=True)
class Checked(Generic[T]):
    kind: Kind[T]
    rule: Callable[[T], None]

    @property
    def secret(self) -> bool:
        return self.kind.secret

    def parse(self, text: str) -> T:
        return self._checked(self.kind.parse(text))

    def accept(self, value: object) -> T:
        return self._checked(self.kind.accept(value))

    def caution(self, value: object) -> str | None:
        return self.kind.caution(value) if isinstance(self.kind, Cautious) else None

    def _checked(self, value: T) -> T:
        self.rule(value)
        return value


def path(text: str) -> Path:
    if "\0" in text:
        raise BadValue("must be a path")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise BadValue("begins with ~, and that user has no home folder") from None


def integer(low: int, high: int) -> Kind[int]:
    return WholeNumber(low, high)


def number(low: float, high: float) -> Kind[float]:
    return Number(low, high)


def choice(*words: str) -> Kind[str]:
    def read(text: str) -> str:
        if text not in words:
            raise BadValue(f"must be one of: {', '.join(words)}")
        return text

    return Words(read)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """Absent or blank is None."""
    return Optional(kind)


def checked(kind: Kind[T], rule: Callable[[T], None]) -> Kind[T]:
    """A rule of a plugin's own on top of a kind's; it raises BadValue."""
    return Checked(kind, rule)


def url(*, https: bool = False) -> Kind[str]:
    """An http(s) URL without user info, query, fragment and final slash.

    `https=True` allows plain http for loopback and private hosts only.
    """
    return Words(lambda text: read_url(text, https=https))


def secret(*, at_least: int = 0, warn_below: int = 0) -> Kind[Secret]:
    return SecretText(at_least, warn_below)


TEXT: Final[Kind[str]] = Words(str)
SECRET: Final[Kind[Secret]] = secret()
URL: Final[Kind[str]] = url()
FLAG: Final[Kind[bool]] = Flag()
TEXT_LIST: Final[Kind[tuple[str, ...]]] = TextList()
PATH: Final[Kind[Path]] = Words(path)
