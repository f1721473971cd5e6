"""What an error of the SDK means, in our own words.

The server's own error text is never shown: it may quote the rejected key.
"""

import json
from typing import Final
from urllib.parse import urlsplit

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import DeadlineExceeded
from glossator.kernel.guards.call import Fault, FaultKind
from glossator_plugins.openai.response_limits import ResponseTooLong

SDK_ERRORS: Final = (OpenAIError, TimeoutError, json.JSONDecodeError, UnicodeDecodeError)
NOT_FOUND: Final = 404
REQUEST_STATUSES: Final = frozenset({400, NOT_FOUND, 413, 422})
REFUSED_STATUSES: Final = frozenset({401, 403})
TRANSIENT_STATUSES: Final = frozenset({408, 409, 429})
STATUS_MESSAGES: Final = {
    400: "the request was rejected (400) - check which of the settings OPENAI__* the model supports",
    401: "the key was rejected (401) - check OPENAI_API_KEY",
    403: "the key has no permission for this (403) - check the permissions of OPENAI_API_KEY",
    404: "model or route not found (404) - check OPENAI_MODEL, OPENAI_EMBEDDING_MODEL and OPENAI_BASE_URL",
    429: "too many requests (429) - try again later, or raise the account's rate limits",
}
QUOTA_EXCEEDED: Final = "the account has no credit left (429) - check its plan and billing"


class OpenAIFailures:
    """Judges the errors of one server."""

    def __init__(self, base_url: str, timeout: float) -> None:
        address = urlsplit(base_url)
        self._origin = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"
        self._timeout = timeout

    def judge(self, error: Exception) -> Fault:
        if isinstance(error, APIStatusError):
            return judge_status(error)
        if isinstance(error, Unavailable):
            return Fault(FaultKind.FAILED, error.reason)
        kind = FaultKind.LOST if is_connection_lost(error) else FaultKind.FAILED
        return Fault(kind, self._reason(error))

    def unavailable(self, service: str, error: Exception) -> Unavailable:
        return Unavailable(service, self.judge(error).reason)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, APITimeoutError | TimeoutError) and not is_connection_lost(error):
            seconds = error.seconds if isinstance(error, DeadlineExceeded) else self._timeout
            return f"no answer from {self._origin} within {seconds:g} s - raise OPENAI__TIMEOUT if it is only slow"
        if isinstance(error.__cause__, ResponseTooLong):
            return f"{self._origin} sent an endless or compressed response - check OPENAI_BASE_URL"
        if isinstance(error, APIConnectionError):
            return f"no connection to {self._origin}, or it was lost - check OPENAI_BASE_URL and that the server runs"
        if isinstance(error, APIError):
            return "the server reported an error during its answer - try again later"
        return f"{self._origin} sent an invalid response - check OPENAI_BASE_URL"


def is_connection_lost(error: Exception) -> bool:
    """The SDK's transport reports a refused or closed connection as a timeout; its own cause tells them apart."""
    cause = error.__cause__
    if isinstance(error, APITimeoutError):
        return cause is not None and not isinstance(cause.__cause__, TimeoutError)
    return isinstance(error, APIConnectionError) and not isinstance(cause, ResponseTooLong)


def judge_status(error: APIStatusError) -> Fault:
    """Uses the status, the header Retry-After and one known error code, and nothing else of the response."""
    status = error.status_code
    if status == 429 and "insufficient_quota" in (error.code, error.type):
        return Fault(FaultKind.REFUSED, QUOTA_EXCEEDED)
    if status >= 500:
        kind, reason = FaultKind.LOST, f"the server failed ({status}) - try again later"
    else:
        kind = kind_of(status)
        reason = STATUS_MESSAGES.get(status, f"the request was rejected ({status})")
    return Fault(kind, reason, retry_after(error), names_unknown=status == NOT_FOUND)


def kind_of(status: int) -> FaultKind:
    if status in REQUEST_STATUSES:
        return FaultKind.REQUEST
    if status in REFUSED_STATUSES:
        return FaultKind.REFUSED
    return FaultKind.TRANSIENT if status in TRANSIENT_STATUSES else FaultKind.FAILED


def retry_after(error: APIStatusError) -> float | None:
    """In seconds; None if the header is missing or a date."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
