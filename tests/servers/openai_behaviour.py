"""How an instance of the OpenAI stand-in acts, for better and for worse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.servers.openai_answers import Messages, quote_first_passage


@dataclass(frozen=True)
class Failure:
    """An error status. Its body repeats the caller's Authorization header, as real ones repeat parts of keys."""

    status: int
    code: str = "failure"
    retry_after: float | None = None


UNAUTHORIZED: Final = Failure(401, "invalid_api_key")
RATE_LIMITED: Final = Failure(429, "rate_limit_exceeded", retry_after=0.05)
NO_CREDIT: Final = Failure(429, "insufficient_quota")


@dataclass
class Behaviour:
    """How an instance acts; every field may be changed while it serves. Times are in seconds."""

    answer: str | Callable[[Messages], str] = quote_first_passage
    chunks: int = 8
    chunk_delay: float = 0.0
    first_delay: float = 0.0
    finish_reason: str | None = "stop"
    usage: bool = True
    empty_choices: bool = False
    drop_after: int | None = None
    """Chunks after which the connection is cut."""
    stall_after: int | None = None
    """Chunks after which nothing comes any more."""
    error_after: int | None = None
    """Chunks after which the stream tells of an error."""
    first_chunk: object = None
    """Any JSON that is sent before the chunks."""
    hang: bool = False
    failure: Failure | None = None
    failing: int | None = None
    """How many requests get the failure; all of them when None."""
    missing: frozenset[str] = frozenset()
    """Routes that are answered with 404, such as `/v1/models`."""
    refuses: frozenset[str] = frozenset()
    """Parameters that are answered with 400, such as `stream_options`."""
    base64: bool = True
    dimension: int = 64
    """Of embedding models that OpenAI does not have."""
    garbage: bool = False
    """Answers with a page of HTML, as a wrong address does."""
