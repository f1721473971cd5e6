"""The configurable behaviour of the fake OpenAI server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.servers.openai_answers import Messages, quote_first_passage


@dataclass(frozen=True)
class Failure:
    """An error response. It quotes the Authorization header, as real servers quote parts of keys."""

    status: int
    code: str = "failure"
    retry_after: float | None = None


UNAUTHORIZED: Final = Failure(401, "invalid_api_key")
RATE_LIMITED: Final = Failure(429, "rate_limit_exceeded", retry_after=0.05)
NO_CREDIT: Final = Failure(429, "insufficient_quota")


@dataclass
class Behaviour:
    """Every field may be changed while the server runs. Times are in seconds."""

    answer: str | Callable[[Messages], str] = quote_first_passage
    chunks: int = 8
    chunk_delay: float = 0.0
    first_delay: float = 0.0
    finish_reason: str | None = "stop"
    usage: bool = True
    empty_choices: bool = False
    drop_after: int | None = None
    """Number of chunks before the connection is closed."""
    dropping: int | None = None
    """Number of streams that are closed; None for all."""
    stall_after: int | None = None
    """Number of chunks before the stream stalls."""
    error_after: int | None = None
    """Number of chunks before an error in the stream."""
    first_chunk: object = None
    """JSON that is sent before the chunks."""
    endless: bool = False
    """Streams chunks without an end, as fast as the client reads; embeddings are a document without an end."""
    endless_line: bool = False
    """Streams one line without an end."""
    empty_chunks: bool = False
    """With `endless`: the chunks have no text."""
    delay: float = 0.0
    """Before every response."""
    hang: bool = False
    reset: bool = False
    """Closes every connection without a response."""
    failure: Failure | None = None
    failing: int | None = None
    """Number of requests that get the failure; None for all."""
    missing: frozenset[str] = frozenset()
    """Routes that respond with 404, such as `/v1/models`."""
    unsupported: frozenset[str] = frozenset()
    """Parameters that cause a 400, such as `stream_options`."""
    base64: bool = True
    zero_vectors: bool = False
    short_vectors: bool = False
    """Vectors with one dimension less than requested."""
    dimension: int = 64
    """Dimension of unknown embedding models."""
    garbage: bool = False
    """Responds with an HTML page, as with a wrong address."""
    body: bytes | None = None
    """Sent as the content of every response, with the right content type."""
