"""The shapes of requests. Unknown fields are ignored; text is plain text without control characters."""

import re
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from quart import request

from glossator.web.http import json as strict_json
from glossator.web.http.problem import FieldFault, Problem, field_sentence

JSON_BYTES: Final = 256 * 1024
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_REASONS: Final = {"missing": "is required", "model_type": "must be a JSON object", "string_type": "must be text"}


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not hold control characters")
    return text


def _plain(text: str) -> str:
    return _without_controls(text).replace("\r\n", "\n").replace("\r", "\n")


def none_as_empty(value: object) -> object:
    return "" if value is None else value


def none_as_list(value: object) -> object:
    return [] if value is None else value


def between(least: int, most: int) -> AfterValidator:
    """How many characters a text may have; told in words that a reader understands."""

    def check(text: str) -> str:
        if len(text) < least:
            raise ValueError("must not be empty" if least == 1 else f"must have at least {least} characters")
        if len(text) > most:
            raise ValueError(f"must have at most {most} characters, it has {len(text)}")
        return text

    return AfterValidator(check)


PlainText = Annotated[str, AfterValidator(_plain)]
ExactText = Annotated[str, AfterValidator(_without_controls)]
"""With the line ends that it came with."""
Trimmed = Annotated[PlainText, AfterValidator(str.strip)]


class Body(BaseModel):
    """Every request body: wrong types are faults, never converted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


B = TypeVar("B", bound=Body)


async def read_body(kind: type[B]) -> B:
    """Raises Problem 400, 415 or 422; what is too large or too slow raises by itself."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type")
    try:
        value = strict_json.loads(await request.get_data())
    except strict_json.NotStrict:
        raise Problem(400, "invalid_json") from None
    return validated(kind, value)


async def read_optional_body(kind: type[B]) -> B:
    """No body at all is an empty one. Raises as `read_body`."""
    return await read_body(kind) if await request.get_data() else validated(kind, {})


def read_query(kind: type[B]) -> B:
    """What follows the address's question mark; of a name that stands twice the first counts. Raises Problem 422."""
    return validated(kind, request.args.to_dict())


def validated(kind: type[B], value: object) -> B:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> Problem:
    faults = tuple(
        FieldFault(".".join(str(part) for part in fault["loc"]) or "body", _reason(fault["type"], fault["msg"]))
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )
    first = faults[0]
    return Problem(422, "invalid_field", detail=field_sentence(first.field, first.reason), fields=faults)


def _reason(kind: str, message: str) -> str:
    if kind in _REASONS:
        return _REASONS[kind]
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
