"""The types of single values: texts, lists of texts, numbers and flags."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from glossator.kernel.settings.secret import Secret
from glossator.kernel.settings.setting import BadValue

T = TypeVar("T")


def validate_text(text: str) -> str:
    if not text:
        raise BadValue("must not be blank")
    if text.startswith("@"):
        raise BadValue("must not begin with @")
    return text


def strip_text(value: object) -> str:
    """Return a text of a TOML file without surrounding white space."""
    if not isinstance(value, str):
        raise BadValue("must be a text in quotes")
    return value.strip()


def parse_path(text: str) -> Path:
    if "\0" in text:
        raise BadValue("must be a path")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise BadValue("begins with ~ and a user without a home folder") from None


@dataclass(frozen=True)
class Text(Generic[T]):
    """A type whose values are texts in TOML too."""

    convert: Callable[[str], T]
    secret: bool = False

    def parse(self, text: str) -> T:
        return self.convert(validate_text(text))

    def accept(self, value: object) -> T:
        return self.parse(strip_text(value))


@dataclass(frozen=True)
class SecretText:
    min_length: int
    warn_below: int
    secret: bool = True

    def parse(self, text: str) -> Secret:
        if not text:
            raise BadValue("must not be blank")
        if len(text) < self.min_length:
            raise BadValue(f"must have at least {self.min_length} characters")
        return Secret(text)

    def accept(self, value: object) -> Secret:
        raise BadValue("is a secret and must not be in a settings file")

    def warning(self, value: object) -> str | None:
        if isinstance(value, Secret) and len(value) < self.warn_below:
            return f"has fewer than {self.warn_below} characters, which makes it easier to guess"
        return None


@dataclass(frozen=True)
class TextList:
    """Comma-separated entries; white space around them and empty entries are ignored."""

    secret: bool = False

    def parse(self, text: str) -> tuple[str, ...]:
        return tuple(validate_text(entry.strip()) for entry in text.split(",") if entry.strip())

    def accept(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise BadValue("must be a list of texts")
        return tuple(validate_text(strip_text(entry)) for entry in value)


FLAG_WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")


@dataclass(frozen=True)
class Integer:
    low: int
    high: int
    secret: bool = False

    def parse(self, text: str) -> int:
        if not INTEGER.fullmatch(text):
            raise self._error()
        return self.accept(int(text))

    def accept(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self._error()
        return value

    def _error(self) -> BadValue:
        return BadValue(f"must be a whole number from {self.low} to {self.high}, in decimal digits only")


@dataclass(frozen=True)
class Decimal:
    low: float
    high: float
    secret: bool = False

    def parse(self, text: str) -> float:
        if not DECIMAL.fullmatch(text):
            raise self._error()
        return self.accept(float(text))

    def accept(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise self._error()
        return float(value)

    def _error(self) -> BadValue:
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
