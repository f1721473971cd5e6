"""The events of `/chat/stream`: these models build what is sent and generate `/stream-schema.json`."""

from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from quart import Blueprint, Response
from quart.json import dumps
from quart_cors import cors

from glossator.domain.answering.question import Mode, Reason, Retrieval, Verdict
from glossator.web.http.errors.problem import ProblemBody

bp: Final = cors(Blueprint("stream_schema", __name__), allow_origin="*", allow_methods=["GET", "OPTIONS"], max_age=600)
CACHE_SECONDS: Final = 3600


class ReplyModel(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def build(cls, **fields: Any) -> dict[str, Any]:
        """As it is sent. Raises ValidationError when the fields do not have this shape."""
        return cls.model_validate(fields).model_dump()


class SpanData(ReplyModel):
    """UTF-16 code units of `response`, as JavaScript's `slice` counts them."""

    start: int
    end: int


class QuoteData(ReplyModel):
    """A sentence of the book that supports a claim of the answer; `url` opens the page at it."""

    text: str
    url: str
    claim: SpanData


class CitationData(ReplyModel):
    """A section under the number that the answer cites. `quotes` is empty before the answer is proved."""

    n: int
    passage_id: str
    title: str
    heading: str
    url: str
    quote: str
    score: float
    quotes: list[QuoteData]


class SectionData(ReplyModel):
    title: str
    url: str


class SuggestionData(ReplyModel):
    """A question that the book answers at `url`."""

    question: str
    url: str


class ClaimData(SpanData):
    """A sentence of the answer, whether the passages that it cites support it, and their numbers."""

    verdict: Verdict
    n: list[int]


class GroundingData(ReplyModel):
    """`score` is the share of supported sentences, null when the answer claims nothing."""

    score: float | None
    sentences: list[ClaimData]
    unsupported: list[SpanData]


class UsageData(ReplyModel):
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


class CapData(ReplyModel):
    """The budget that has too little left, and until when; `detail` is for readers."""

    limit: str
    scope: str
    resets_at: str
    detail: str


class IdsData(ReplyModel):
    """`session_id` and `message_id` are null for what is not stored."""

    request_id: str
    session_id: str | None
    message_id: str | None


class StartData(IdsData):
    question: str


class SourcesData(ReplyModel):
    """What the answer may cite."""

    citations: list[CitationData]


class DeltaData(ReplyModel):
    """The next piece of the response."""

    text: str


class AnswerData(IdsData):
    """Also the body of `/chat`. `response` replaces what was streamed; only a generated answer has no `reason`."""

    response: str
    mode: Mode
    reason: Reason | None
    retrieval: Retrieval
    citations: list[CitationData]
    nearest: list[SectionData]
    follow_ups: list[SuggestionData]
    sources: list[str]
    grounding: GroundingData
    usage: UsageData
    budget: CapData | None
    stored: bool


class StartEvent(ReplyModel):
    event: Literal["start"]
    data: StartData


class SourcesEvent(ReplyModel):
    event: Literal["sources"]
    data: SourcesData


class DeltaEvent(ReplyModel):
    event: Literal["delta"]
    data: DeltaData


class FinalEvent(ReplyModel):
    event: Literal["final"]
    data: AnswerData


class ErrorEvent(ReplyModel):
    """Ends the stream in place of the other events."""

    event: Literal["error"]
    data: ProblemBody


StreamEvent = Annotated[StartEvent | SourcesEvent | DeltaEvent | FinalEvent | ErrorEvent, Field(discriminator="event")]


@cache
def stream_schema() -> dict[str, Any]:
    """For an event as `{event, data}`: its name and its parsed data."""
    described = TypeAdapter(StreamEvent).json_schema(mode="serialization")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "An event of /chat/stream"}
    return head | described


@bp.get("/stream-schema.json")
async def show_schema() -> Response:
    response = Response(dumps(stream_schema()), content_type="application/schema+json")
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return response
