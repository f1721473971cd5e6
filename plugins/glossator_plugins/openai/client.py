"""Calls the server through the guard of one kind of call, and raises the errors of the domain."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from openai import AsyncOpenAI
from openai._types import RequestOptions

from glossator.kernel.guards.call import Call
from glossator.kernel.guards.guard import Guard
from glossator.kernel.spans import TRACE_HEADERS, TracedOperation
from glossator_plugins.openai.failures import SDK_ERRORS, OpenAIFailures
from glossator_plugins.refusals import domain_refusals

NAME: Final = "openai"
STEP: Final = "glossator.step"


def gen_ai_operation(kind: str, model: str, step: str = "") -> TracedOperation:
    """Named by the conventions for generative AI; `step` is the part of the answer that the call is for."""
    attributes = {"gen_ai.operation.name": kind, "gen_ai.provider.name": NAME, "gen_ai.request.model": model}
    return TracedOperation(f"{kind} {model}", attributes | ({STEP: step} if step else {}))


def trace_options() -> RequestOptions:
    """The trace of the current call, for the server."""
    headers = TRACE_HEADERS.get()
    return {"headers": dict(headers)} if headers else {}


class GuardedOpenAIClient:
    """The SDK's client, the guard of one kind of call, and the timeout of one step in seconds."""

    def __init__(self, client: AsyncOpenAI, guard: Guard, failures: OpenAIFailures, timeout: float) -> None:
        self.sdk = client
        self.timeout = timeout
        self._guard = guard
        self._failures = failures

    @asynccontextmanager
    async def steps(self, operation: TracedOperation, *, background: bool = False) -> AsyncIterator[Call]:
        """The block is one call. Raises Unavailable on an error or a timeout."""
        try:
            with domain_refusals(NAME):
                async with self._guard.steps(operation, background=background) as call:
                    yield call
        except SDK_ERRORS as error:
            raise self._failures.unavailable(NAME, error) from None
