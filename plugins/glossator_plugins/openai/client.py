"""The one way to the server, and its failures told in sentences of ours.

An upstream's own text never passes: a refused key is repeated in it.
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
FAILURES: Final = (OpenAIError, TimeoutError, json.JSONDecodeError, UnicodeDecodeError)
REFUSALS: Final = {
    400: "the request was refused (400) - check the settings OPENAI__* against what the model accepts",
    401: "the key was refused (401) - check OPENAI_API_KEY",
    403: "the key may not do this (403) - check the permissions of OPENAI_API_KEY",
    404: "the server knows no such model or route (404) - check OPENAI_MODEL, OPENAI_EMBEDDING_MODEL and "
    "OPENAI_BASE_URL",
    429: "too many requests (429) - try again later, or raise the account's rate limits",
}
NO_CREDIT: Final = "the account has no credit left (429) - check its plan and billing"


class Upstream:
    """The client, its guard, and the time-out of one step in seconds."""

    def __init__(self, client: AsyncOpenAI, guard: Guard, seconds: float) -> None:
        self.client = client
        self.seconds = seconds
        self._guard = guard
        address = urlsplit(str(client.base_url))
        self._origin = f"{address.scheme}://{address.netloc.rpartition('@')[2]}"

    @asynccontextmanager
    async def call(self, deadline: float | None = None) -> AsyncIterator[None]:
        """Run the block as one guarded call; raises Unavailable when it fails or takes too long."""
        seconds = deadline or self.seconds
        try:
            async with self._guard.call(seconds):
                yield
        except FAILURES as error:
            raise Unavailable(NAME, self.reason(error, seconds)) from None

    def reason(self, error: Exception, seconds: float) -> str:
        """What went wrong, and what to do."""
        if isinstance(error, APIStatusError):
            return refusal(error)
        if isinstance(error, APITimeoutError | TimeoutError):
            return f"no answer from {self._origin} within {seconds:g} s - raise OPENAI__TIMEOUT if it is only slow"
        if isinstance(error, APIConnectionError):
            return f"no connection to {self._origin}, or it broke off - check OPENAI_BASE_URL and that the server runs"
        if isinstance(error, APIError):
            return "the server reported an error in the middle of its answer - try again later"
        return f"{self._origin} answered with something that cannot be read - check OPENAI_BASE_URL"


def refusal(error: APIStatusError) -> str:
    """Only the status, and one error code that we know by name, come from the server."""
    status = error.status_code
    if status == 429 and "insufficient_quota" in (error.code, error.type):
        return NO_CREDIT
    if status >= 500:
        return f"the server failed ({status}) - try again later"
    return REFUSALS.get(status, f"the request was refused ({status})")
