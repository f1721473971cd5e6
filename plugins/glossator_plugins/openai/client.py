"""Calls the server through the guard of one kind of call, and raises the errors of the domain."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from openai import AsyncOpenAI

from glossator.kernel.guards.call import PATIENCE_SECONDS, Call
from glossator.kernel.guards.guard import Guard
from glossator_plugins.openai.failures import SDK_ERRORS, Failures
from glossator_plugins.refusals import domain_refusals

NAME: Final = "openai"

T = TypeVar("T")


class GuardedOpenAIClient:
    """The SDK's client, the guard of one kind of call, and the timeout of one step in seconds."""

    def __init__(self, client: AsyncOpenAI, guard: Guard, failures: Failures, timeout: float) -> None:
        self.sdk = client
        self.timeout = timeout
        self._guard = guard
        self._failures = failures

    async def run(self, attempt: Callable[[], Awaitable[T]], deadline: float, patience: float = PATIENCE_SECONDS) -> T:
        """Raises Unavailable."""
        async with self.steps() as call:
            return await call.run(attempt, deadline, patience=patience)

    @asynccontextmanager
    async def steps(self) -> AsyncIterator[Call]:
        """The block is one call. Raises Unavailable on an error or a timeout."""
        try:
            with domain_refusals(NAME):
                async with self._guard.steps() as call:
                    yield call
        except SDK_ERRORS as error:
            raise self._failures.unavailable(NAME, error) from None
