"""The shapes of requests. Unknown fields are ignored; text is plain text without control characters."""

import re
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from quart import request

from glossator.domain.answering.question import Question, Turn
from glossator.web import strict_json
from glossator.web.problem import FieldFault, Problem
from glossator.web.texts import field_sentence

JSON_BYTES: Final = 256 * 1024
MOST_QUERY: Final = 4000
MOST_SELECTED_TEXT: Final = 8000
MOST_HISTORY: Final = 20
MOST_HISTORY_ENTRY: Final = 4000
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_REASONS: Final = {"missing": "is required", "model_type": "must be a JSON object", "string_type": "must be text"}


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not hold control characters")
    return text


def _plain(text: str) -> str:
    return _without_controls(text).replace("\r\n", "\n").replace("\r", "\n")


def _none_as_empty(value: object) -> object:
    return "" if value is None else value


def _none_as_list(value: object) -> object:
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


class TurnBody(Body):
    role: Literal["user", "assistant"]
    content: Annotated[PlainText, between(0, MOST_HISTORY_ENTRY)]


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


def number_between(low: int, high: int) -> BeforeValidator:
    """A number as it stands in an address: text, ASCII digits only, and not endlessly many."""

    def read(text: object) -> int:
        number = int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return number

    return BeforeValidator(read)


QueryText = Annotated[Trimmed, between(1, MOST_QUERY)]


class ChatBody(Body):
    """`POST /chat` and `POST /chat/stream`. `null` for an optional field is the same as its absence."""

    query: QueryText
    selected_text: Annotated[PlainText, between(0, MOST_SELECTED_TEXT), BeforeValidator(_none_as_empty)] = ""
    session_id: str | None = None
    history: Annotated[list[TurnBody], Field(max_length=MOST_HISTORY), BeforeValidator(_none_as_list)] = []
    format: Literal["text", "markdown"] | None = None

    def question(self, default_format: Literal["text", "markdown"]) -> Question:
        return Question(
            text=self.query,
            selected_text=self.selected_text.strip(),
            history=tuple(Turn(turn.role, turn.content) for turn in self.history),
            format=self.format or default_format,
        )


TitleText = Annotated[Trimmed, AfterValidator(_one_line), between(1, 255)]


class TitleBody(Body):
    title: TitleText


class NewConversationBody(Body):
    title: TitleText | None = None


class PageQuery(Body):
    limit: Annotated[int, number_between(1, 100)] = 20
    offset: Annotated[int, number_between(0, 10_000)] = 0


class ExportQuery(Body):
    format: Literal["text", "json", "markdown"] = "text"


class SearchBody(Body):
    query: QueryText
    limit: Annotated[int, Field(ge=1, le=20)] | None = None


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
