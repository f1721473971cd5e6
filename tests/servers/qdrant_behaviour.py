"""How an instance of the Qdrant stand-in acts, for better and for worse."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Failure:
    """An error status. Its body repeats the caller's key and headers, as real ones may."""

    status: int
    retry_after: str | None = None


TOO_MANY: Final = Failure(429, retry_after="0")


@dataclass
class Behaviour:
    """How an instance acts; every field may be changed while it serves. Times are in seconds."""

    key: str | None = None
    """What the header `api-key` must hold."""
    failure: Failure | None = None
    failing: int | None = None
    """How many requests get the failure; all of them when None."""
    drop: int = 0
    """How many connections are cut instead of an answer."""
    delay: float = 0.0
    hang: bool = False
    garbage: bool = False
    """Answers with a page of HTML, as a wrong address does."""
    strict: bool = True
    """Refuses filters on fields without an index, as a cluster in strict mode does."""
