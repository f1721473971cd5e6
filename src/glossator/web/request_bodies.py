"""Models of request bodies and query strings."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from glossator.domain.answering.question import Question, Turn
from glossator.domain.feedback.feedback import Feedback, Rating, RatingReason
from glossator.domain.rewriting.languages.tags import valid_language
from glossator.domain.rewriting.request import Level
from glossator.web.http.bodies import (
    Body,
    Length,
    PlainText,
    Trimmed,
    none_as_empty,
    none_as_list,
    without_controls,
)
from glossator.web.http.json import Counts

DEFAULT_LANGUAGE: Final = "ur"
MAX_TEXTS: Final = 50
MAX_TEXT_LENGTH: Final = 8000
BATCH_BYTES: Final = 5 * 2**19
"""Enough for a batch of the longest texts with every character escaped, at six bytes."""
BATCH_COUNTS: Final = Counts.four_times(values=2 * MAX_TEXTS, brackets=4)


def _language(tag: str) -> str:
    found = valid_language(tag)
    if found is None:
        raise ValueError("must be a BCP 47 language tag such as ur or pt-BR")
    return found


def _none_as_default(value: object) -> object:
    return DEFAULT_LANGUAGE if value is None else value


LanguageTag = Annotated[str, AfterValidator(_language), BeforeValidator(_none_as_default)]
PageText = Annotated[str, Length(0, MAX_TEXT_LENGTH), AfterValidator(without_controls)]
"""Line endings are left as they are. The length is checked first, because a batch may be one long text."""
PageTexts = Annotated[list[PageText], Field(max_length=MAX_TEXTS)]


class TranslateBody(Body):
    text: PageText
    target_language: LanguageTag = DEFAULT_LANGUAGE


class TranslateBatchBody(Body):
    counts: ClassVar = BATCH_COUNTS
    texts: PageTexts
    target_language: LanguageTag = DEFAULT_LANGUAGE


class AdjustBody(Body):
    text: PageText
    target_level: Level


class AdjustBatchBody(Body):
    counts: ClassVar = BATCH_COUNTS
    texts: PageTexts
    target_level: Level


MAX_QUERY_LENGTH: Final = 4000
MAX_SELECTED_TEXT_LENGTH: Final = 8000
MAX_COMMENT_LENGTH: Final = 1000
MAX_PAGE_LENGTH: Final = 2000
MAX_HISTORY_ENTRIES: Final = 20
MAX_HISTORY_ENTRY_LENGTH: Final = 4000


class TurnBody(Body):
    role: Literal["user", "assistant"]
    content: Annotated[PlainText, Length(0, MAX_HISTORY_ENTRY_LENGTH)]


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


@dataclass(frozen=True)
class NumberBetween:
    """A number in a query string: one to nine ASCII digits."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}

    def _read(self, text: object) -> int:
        number = int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not self.low <= number <= self.high:
            raise ValueError(f"must be a whole number from {self.low} to {self.high}")
        return number


QueryText = Annotated[Trimmed, Length(1, MAX_QUERY_LENGTH)]


class ChatBody(Body):
    """`POST /chat` and `POST /chat/stream`. An optional field may be null.

    `page` is the address of the page that the reader has open; one that is not in the book is ignored.
    """

    counts: ClassVar = Counts.four_times(
        values=8 * MAX_HISTORY_ENTRIES, brackets=4 * MAX_HISTORY_ENTRIES, digits=16 * MAX_HISTORY_ENTRIES
    )

    query: QueryText
    selected_text: Annotated[PlainText, Length(0, MAX_SELECTED_TEXT_LENGTH), BeforeValidator(none_as_empty)] = ""
    page: Annotated[PlainText, Length(0, MAX_PAGE_LENGTH), BeforeValidator(none_as_empty)] = ""
    session_id: str | None = None
    history: Annotated[list[TurnBody], BeforeValidator(none_as_list)] = Field(
        default_factory=list, max_length=MAX_HISTORY_ENTRIES
    )
    format: Literal["text", "markdown"] | None = None

    def question(self, default_format: Literal["text", "markdown"]) -> Question:
        return Question(
            text=self.query,
            selected_text=self.selected_text.strip(),
            history=tuple(Turn(turn.role, turn.content) for turn in self.history),
            format=self.format or default_format,
            page=self.page,
        )


TitleText = Annotated[Trimmed, AfterValidator(_one_line), Length(1, 255)]


class TitleBody(Body):
    title: TitleText


class NewConversationBody(Body):
    title: TitleText | None = None


class PageQuery(Body):
    limit: Annotated[int, NumberBetween(1, 100)] = 20
    offset: Annotated[int, NumberBetween(0, 10_000)] = 0


class ExportQuery(Body):
    format: Literal["text", "json", "markdown"] = "text"


class FeedbackBody(Body):
    """`rating` null withdraws the vote."""

    message_id: str | None = None
    request_id: Annotated[str | None, Field(validate_default=True)] = None
    rating: Rating | None
    reason: RatingReason | None = None
    citation: Annotated[int, Field(ge=1, le=1000)] | None = None
    comment: Annotated[Trimmed, Length(0, MAX_COMMENT_LENGTH)] | None = None

    @field_validator("request_id")
    @classmethod
    def _one_answer(cls, request_id: str | None, info: ValidationInfo) -> str | None:
        if (request_id is None) == (info.data.get("message_id") is None):
            raise ValueError("is required without message_id, and only then")
        return request_id

    def feedback(self) -> Feedback | None:
        return self.rating and Feedback(self.rating, self.reason, self.citation, self.comment or None)


class SearchBody(Body):
    query: QueryText
    limit: Annotated[int, Field(ge=1, le=20)] | None = None
    mode: Literal["words"] | None = None
