"""Strict JSON: rejects deep nesting, very long numbers, NaN, duplicate keys and lone surrogates. Also formats times.

Parsing runs on the event loop, so the checks are regular expressions without backtracking.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 30

_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS: Final = re.compile(r"[^][{}]++")
_LONG_NUMBER: Final = re.compile(rf"(?:[0-9][-+.eE]*+){{{MAX_DIGITS + 1}}}")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_TOO_DEEP: Final = "[" * (MAX_DEPTH + 1)
_AS_SQUARE: Final = str.maketrans("{}", "[]")


class InvalidJson(ValueError):
    """The text is not JSON, or uses something that we reject."""


def loads(data: bytes | str) -> Any:
    """Raises InvalidJson."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _check_outside_strings(_STRING.sub("", text))
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_reject_constant)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidJson("not JSON") from error
    if _SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_outside_strings(text: str) -> None:
    """Runs before the parser, which would recurse into brackets and compute long numbers."""
    if _LONG_NUMBER.search(text):
        raise InvalidJson("number too long")
    brackets = _NO_BRACKETS.sub("", text).translate(_AS_SQUARE)
    for _ in range(MAX_DEPTH):
        if not brackets or _TOO_DEEP in brackets:
            break
        brackets = brackets.replace("[]", "")  # removes the innermost pairs
    if brackets:
        raise InvalidJson("nested too deeply")


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidJson("lone surrogate") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidJson("duplicate key")
    return found


def _reject_constant(name: str) -> float:
    raise InvalidJson(f"{name} is not JSON")


def format_time(moment: datetime) -> str:
    """UTC with exactly three decimals: the Better Auth client reads six decimals as milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
