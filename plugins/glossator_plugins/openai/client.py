"""Calls the server through the guard, and reports errors with our own messages.

The server's own error text is never shown: it may quote the rejected key.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError

from glossator.domain.errors import Unavailable
from glossator.kernel.guard import Guard

NAME: Final = "openai"
SDK_ERRORS: Final = (OpenAIError, TimeoutError, json.JSONDecodeError, UnicodeDecodeError)
STATUS_MESSAGES: Final = {
    400: "the request was rejected (400) - check which of the settings OPENAI__* the model supports",
    401: "the key was rejected (401) - check OPENAI_API_KEY",
    403: "the key has no permission for this (403) - check the permissions of OPENAI_API_KEY",
    404: "model or route not found (404) - check OPENAI_MODEL, OPENAI_EMBEDDING_MODEL and OPENAI_BASE_URL",
    429: "too many requests (429) - try again later, or raise the account's rate limits",
}
QUOTA_EXCEEDED: Final = "the account has no credit left (429) - check its plan and billing"


class GuardedOpenAIClient:
    """The SDK's client, its guard, and the timeout of one step in seconds."""

    def __init__(self, client: AsyncOpenAI, guard: Guard, timeout: float) -> None:
        self.sdk = client
        self.timeout = timeout
        self._guard = guard
        address = urlsplit(str(client.base_url))
        self._origin = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"

    @asynccontextmanager
    async def call(self, deadline: float | None = None) -> AsyncIterator[None]:
        """Runs the block as one guarded call. Raises Unavailable on an error or a timeout."""
        seconds = deadline or self.timeout
        try:
            async with self._guard.call(seconds):
                yield
        except SDK_ERRORS as error:
            raise Unavailable(NAME, self.reason(error, seconds)) from None

    def reason(self, error: Exception, seconds: float) -> str:
        """The problem and the fix."""
        if isinstance(error, APIStatusError):
            return status_message(error)
        if isinstance(error, APITimeoutError | TimeoutError):
            return f"no answer from {self._origin} within {seconds:g} s - raise OPENAI__TIMEOUT if it is only slow"
        if isinstance(error, APIConnectionError):
            return f"no connection to {self._origin}, or it was lost - check OPENAI_BASE_URL and that the server runs"
        if isinstance(error, APIError):
            return "the server reported an error during its answer - try again later"
        return f"{self._origin} sent an invalid response - check OPENAI_BASE_URL"


def status_message(error: APIStatusError) -> str:
    """Uses the status and one known error code, and nothing else of the response."""
    status = error.status_code
    if status == 429 and "insufficient_quota" in (error.code, error.type):
        return QUOTA_EXCEEDED
    if status >= 500:
        return f"the server failed ({status}) - try again later"
    return STATUS_MESSAGES.get(status, f"the request was rejected ({status})")
