"""JSON without its traps: nesting, endless numbers, NaN, doubled keys and lone surrogates are refused.

It is read on the event loop, so what looks at every character is a regular expression that never goes back.

Moments as every answer shows them.
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


class NotStrict(ValueError):
    """The text is no JSON, or not of the kind that we take."""


def loads(data: bytes | str) -> Any:
    """Raises NotStrict."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _check_outside_strings(_STRING.sub("", text))
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotStrict("no JSON") from error
    if _SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_outside_strings(text: str) -> None:
    """Before any parser recurses into brackets or computes a number."""
    if _LONG_NUMBER.search(text):
        raise NotStrict("number too long")
    brackets = _NO_BRACKETS.sub("", text).translate(_AS_SQUARE)
    for _ in range(MAX_DEPTH):
        if not brackets or _TOO_DEEP in brackets:
            break
        brackets = brackets.replace("[]", "")  # the innermost of every nest
    if brackets:
        raise NotStrict("nested too deeply")


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise NotStrict("lone surrogate") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotStrict("a key stands twice")
    return found


def _constant(name: str) -> float:
    raise NotStrict(f"{name} is no JSON")


def wire_time(moment: datetime) -> str:
    """In UTC, with exactly three digits: a browser's client takes six for that many milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
