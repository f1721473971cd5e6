"""Describes the interfaces for programs: `/v1` with the shapes of OpenAI's API, and MCP."""

from typing import Any, Final, Literal

from pydantic import Field

from glossator.domain.answering.question import Mode, Reason
from glossator.web.openapi.operation import EVENTS, Operation, Operations, Reply, Shape
from glossator.web.programs.mcp.messages import RpcMessage
from glossator.web.programs.openai.body import CompletionBody

TAG: Final = "Programs"


class ErrorBody(Shape):
    message: str
    type: str
    param: str | None
    code: str


class OpenAIError(Shape):
    """An error in the form of OpenAI's API. `message` is a sentence for readers; `code` is stable."""

    error: ErrorBody


class RpcErrorBody(Shape):
    code: int
    message: str
    data: dict[str, Any]


class RpcError(Shape):
    """An error of JSON-RPC. `message` is a sentence for readers; `data.code` is stable."""

    jsonrpc: Literal["2.0"]
    id: str | int | None
    error: RpcErrorBody


class ModelObject(Shape):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    description: str


class ModelList(Shape):
    object: Literal["list"]
    data: list[ModelObject]


class UrlCitation(Shape):
    """Characters of the content that the sentence at `url` supports."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Shape):
    type: Literal["url_citation"]
    url_citation: UrlCitation


class CompletionMessage(Shape):
    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(Shape):
    index: int
    message: CompletionMessage
    finish_reason: Literal["stop"]
    logprobs: None


class CompletionUsage(Shape):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionObject(Shape):
    """`citations[n - 1]` is the address of the section that the answer cites as `[n]`."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    citations: list[str]
    mode: Mode
    reason: Reason | None
    usage: CompletionUsage


class RpcReply(Shape):
    """The result of a method, or an error of the protocol."""

    jsonrpc: Literal["2.0"]
    id: str | int | None
    result: dict[str, Any] | None = None
    error: RpcErrorBody | None = None


class Chunk(Shape):
    """A part of a streamed completion, or an error; `[DONE]` ends the stream."""

    data: str = Field(json_schema_extra={"contentMediaType": "application/json"})


KEY: Final = "Programs that need a key send `anonymous`, or a session's token."
OPERATIONS: Final[Operations] = {
    "POST /mcp": Operation(
        "Use the book as tools of the Model Context Protocol", TAG, "optional",
        (Reply(RpcReply), Reply(None, 202, detail="Of a notification.")),
        body=RpcMessage,
        example={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        problems={403: ("invalid_origin", "invalid_host"), 404: ("method_not_found",)},
        detail="Tools: `search`, `fetch`, `ask` and `submit_feedback`. What a tool refuses is a result that says so.",
    ),
    "GET /v1/models": Operation("The ways to ask the book, as models", TAG, "optional", Reply(ModelList), detail=KEY),
    "GET /v1/models/<name>": Operation(
        "One way to ask the book", TAG, "optional", Reply(ModelObject), problems={404: ("model_not_found",)},
    ),
    "POST /v1/chat/completions": Operation(
        "Ask the book through OpenAI's protocol", TAG, "optional",
        (Reply(CompletionObject), Reply(Chunk, 200, EVENTS, "With `stream`: chunks, then `[DONE]`.")),
        body=CompletionBody,
        example={"model": "book", "messages": [{"role": "user", "content": "What does BM25 count?"}]},
        problems={404: ("model_not_found",), 429: ("too_many_requests",), 503: ("book_empty", "overloaded")},
        detail=f"`model` is `book`, `book-passages` or `book-extractive`. {KEY}",
    ),
}  # fmt: skip
