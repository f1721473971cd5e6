"""Strict JSON: rejects deep nesting, very long numbers, NaN, duplicate keys and lone surrogates. Formats times too.

Parsing runs on the event loop, and in a thread the parser would hold the GIL. So what is outside strings is counted
first, by calls that only search for single bytes: 2 MiB of `[],` are refused after 5 ms and would be parsed for 125 ms.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from glossator.domain.budget.caps import Cap

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 30

_LONG_NUMBER: Final = re.compile(rb"(?:[0-9][-+.eE]*+){%d}" % (MAX_DIGITS + 1))
_TOO_DEEP: Final = b"[" * (MAX_DEPTH + 1)
_BRACKETS: Final = b"[]{}"
_DIGITS: Final = b"0123456789"
_ALL: Final = bytes(range(256))
_AS_SQUARE: Final = bytes.maketrans(b"{}", b"[]")


@dataclass(frozen=True)
class Counts:
    """What a body may hold outside its strings. Keys count as values, and `size` is in bytes with all white space."""

    values: int
    brackets: int
    digits: int = 36
    size: int = 64 * 1024

    @classmethod
    def four_times(cls, values: int, brackets: int, digits: int = 9) -> "Counts":
        """`values`, `brackets` and `digits` are those of the largest honest body."""
        return cls(4 * values, 4 * brackets, 4 * digits)


ANY_BODY: Final = Counts(values=2000, brackets=2000, digits=8000)


class InvalidJson(ValueError):
    """The text is not JSON, or uses something that we reject."""


class TooManyValues(InvalidJson):
    """There are more values, brackets or digits than in any valid body; nothing was parsed."""


def loads(data: bytes, most: Counts = ANY_BODY) -> Any:
    """Raises InvalidJson."""
    check_counts(data, most)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_reject_constant)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidJson("not JSON") from error
    if b"\\u" in data:
        _check_surrogates(value)
    return value


def check_counts(data: bytes, most: Counts) -> None:
    """Runs before the parser, which would recurse into brackets and compute long numbers. Raises InvalidJson."""
    outside = _outside_strings(data, most)
    values = outside.count(b",") + outside.count(b":") + 1
    brackets = _only(_BRACKETS, outside).translate(_AS_SQUARE)
    if values > most.values or len(brackets) > most.brackets or len(_only(_DIGITS, outside)) > most.digits:
        raise TooManyValues("more values than in any valid body")
    if _LONG_NUMBER.search(outside):
        raise InvalidJson("number too long")
    for _ in range(MAX_DEPTH):
        if not brackets or _TOO_DEEP in brackets:
            break
        brackets = brackets.replace(b"[]", b"")  # removes the innermost pairs
    if brackets:
        raise InvalidJson("nested too deeply")


def _outside_strings(data: bytes, most: Counts) -> bytes:
    """Without escapes every other quote begins a string. Text that is not JSON may be divided wrongly; the parser
    refuses it at that place."""
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    if data.count(b'"') > 2 * most.values:
        raise TooManyValues("more strings than in any valid body")
    outside = b"".join(data.split(b'"')[::2])
    if len(outside) > most.size:
        raise TooManyValues("too long outside strings")
    return outside


def _only(kept: bytes, data: bytes) -> bytes:
    return data.translate(None, _ALL.translate(None, kept))


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


def cap_to_json(cap: Cap) -> dict[str, Any]:
    """Which cap has too little left, and until when; `detail` is for readers."""
    return {
        "limit": cap.limit,
        "scope": cap.scope,
        "resets_at": format_time(cap.resets_at),
        "detail": cap.sentence,
    }
