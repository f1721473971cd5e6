"""JSON without its traps: nesting, endless numbers, NaN, doubled keys and lone surrogates are refused."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 30
TOKEN: Final = re.compile(r"[\[\]{}]|\"[^\"\\]*(?:\\.[^\"\\]*)*(?:\"|\\?\Z)", re.DOTALL)
"""A bracket, or a whole string; one that never ends reaches to the end of the text."""
SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NotStrict(ValueError):
    """The text is no JSON, or not of the kind that we take."""


def loads(data: bytes | str) -> Any:
    """Raises NotStrict."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _check_depth(text)
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=lambda digits: int(_short(digits)),
            parse_float=lambda digits: float(_short(digits)),
            parse_constant=_constant,
        )
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NotStrict("no JSON") from error
    for piece in _strings(value):
        if SURROGATE.search(piece):
            raise NotStrict("lone surrogate")
    return value


def _check_depth(text: str) -> None:
    """Counts brackets outside strings before any parser recurses into them."""
    depth = 0
    for token in TOKEN.finditer(text):
        if token.group() in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotStrict("nested too deeply")
        elif token.group() in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotStrict("a key stands twice")
    return found


def _short(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        raise NotStrict("number too long")
    return digits


def _constant(name: str) -> float:
    raise NotStrict(f"{name} is no JSON")


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _strings(item)
        case dict():
            for key, item in value.items():
                yield key
                yield from _strings(item)
