"""The configurable behaviour of the fake Qdrant server."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Failure:
    """An error response. It quotes the key and headers, as real servers may."""

    status: int
    retry_after: str | None = None


TOO_MANY: Final = Failure(429, retry_after="0")


@dataclass
class Behaviour:
    """Every field may be changed while the server runs. Times are in seconds."""

    key: str | None = None
    """The required header `api-key`."""
    failure: Failure | None = None
    failing: int | None = None
    """Number of requests that get the failure; None for all."""
    drop: int = 0
    """Number of connections that are closed without a response."""
    delay: float = 0.0
    writes_together: int = 0
    """No write gets a response until so many requests have come at once, for the first time."""
    hang: bool = False
    endless: bool = False
    """Responds with a document without an end, as fast as the client reads."""
    garbage: bool = False
    """Responds with an HTML page, as with a wrong address."""
    strict: bool = True
    """Rejects filters on fields without an index, as a cluster in strict mode does."""
