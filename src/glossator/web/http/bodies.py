"""Reads and validates request bodies and query strings. Unknown fields are ignored, control characters rejected."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema
from quart import request

from glossator.web.http import json as strict_json
from glossator.web.http.context import large_body
from glossator.web.http.errors.problem import FieldError, Problem, field_message
from glossator.web.http.json import Counts

JSON_BYTES: Final = 256 * 1024
LARGE_BYTES: Final = 32 * 1024
TOO_MANY_VALUES: Final = "The request body has more values, brackets or digits than a valid one can have."
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_REASONS: Final = {
    "missing": "is required",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "string_type": "must be text",
}


def without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not contain control characters")
    return text


def _plain(text: str) -> str:
    return without_controls(text).replace("\r\n", "\n").replace("\r", "\n")


def none_as_empty(value: object) -> object:
    return "" if value is None else value


def none_as_list(value: object) -> object:
    return [] if value is None else value


@dataclass(frozen=True)
class Length:
    """Length of a text in characters, with error messages for readers instead of pydantic's."""

    minimum: int
    maximum: int

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "minLength": self.minimum, "maxLength": self.maximum}

    def _check(self, text: str) -> str:
        if len(text) < self.minimum:
            raise ValueError(
                "must not be empty" if self.minimum == 1 else f"must have at least {self.minimum} characters"
            )
        if len(text) > self.maximum:
            raise ValueError(f"must have at most {self.maximum} characters, it has {len(text)}")
        return text


PlainText = Annotated[str, AfterValidator(_plain)]
Trimmed = Annotated[PlainText, AfterValidator(str.strip)]


class Body(BaseModel):
    """Base class of all request models. Values of a wrong type are errors, never converted.

    `counts`: what the JSON of a body may hold; more is refused before it is parsed.
    """

    counts: ClassVar[Counts] = Counts.four_times(values=16, brackets=4)

    # Most validators are built when first needed: together they take 2 MiB, and a tenth of a second of every start.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", defer_build=True)


B = TypeVar("B", bound=Body)


async def read_bytes() -> bytes:
    """The body of the request. Ends a request that is being cancelled: Python 3.11's `asyncio.wait_for`, with which the
    framework reads, returns instead when the last byte has just arrived."""
    data = await request.get_data(cache=True, as_text=False, parse_form_data=False)
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    return data


async def read_body(model: type[B]) -> B:
    """Raises Problem 400, 415 or 422; the framework raises 408 and 413 itself."""
    if request.mimetype != "application/json":
        raise Problem(415, "unsupported_media_type")
    data = await read_bytes()
    if len(data) <= LARGE_BYTES:
        return validate(model, parse(data, model.counts))
    async with large_body():  # a large body gets rounds of the event loop to itself
        await asyncio.sleep(0)
        value = parse(data, model.counts)
        await asyncio.sleep(0)
        return validate(model, value)


def parse(data: bytes, most: Counts) -> object:
    """Raises Problem 400."""
    try:
        return strict_json.loads(data, most)
    except strict_json.TooManyValues:
        raise Problem(400, "invalid_json", detail=TOO_MANY_VALUES) from None
    except strict_json.InvalidJson:
        raise Problem(400, "invalid_json") from None


async def read_optional_body(model: type[B]) -> B:
    """A missing body counts as an empty object. Raises the same errors as `read_body`."""
    return await read_body(model) if await read_bytes() else validate(model, {})


def read_query(model: type[B]) -> B:
    """The query string; the first value of a repeated name counts. Raises Problem 422."""
    return validate(model, request.args.to_dict())


def validate(model: type[B], value: object) -> B:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(error) from None


def _invalid(error: ValidationError) -> Problem:
    errors = tuple(
        FieldError(".".join(str(part) for part in found["loc"]) or "body", _reason(found["type"], found["msg"]))
        for found in error.errors(include_url=False, include_input=False, include_context=False)
    )
    first = errors[0]
    return Problem(422, "invalid_field", detail=field_message(first.field, first.reason), fields=errors)


def _reason(error_type: str, message: str) -> str:
    if error_type in _REASONS:
        return _REASONS[error_type]
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
