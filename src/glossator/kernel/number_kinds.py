"""Kinds that are numbers or flags."""

import re
from dataclasses import dataclass
from typing import Final

from glossator.kernel.setting import BadValue

FLAG_WORDS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")


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
        return BadValue(f"must be a whole number from {self.low} to {self.high}, in decimal digits only")


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
