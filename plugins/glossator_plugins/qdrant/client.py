"""The one way to the cluster: a deadline, at most one repetition, and failures told in our own words."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from httpx import Limits
from qdrant_client import AsyncQdrantClient

from glossator.domain.errors import Unavailable
from glossator.kernel.guard import Guard
from glossator.kernel.settings.secret import Secret
from glossator_plugins.qdrant.cluster import Cluster
from glossator_plugins.qdrant.failures import FAILURES, is_answer, is_missing, reason, wait_before_repeat

T = TypeVar("T")
Call = Callable[[AsyncQdrantClient], Awaitable[T]]

WRITE_TIMES: Final = 6
"""A batch of vectors is a megabyte, and is answered when it is stored: on a slow line that takes so much longer."""

IDLE_SECONDS: Final = 60.0
"""Questions come seconds apart, and a new TLS connection costs two more round trips."""


class Missing(Unavailable):
    """What was asked for does not exist (any more)."""


class Upstream:
    """Owns the client: `close` closes it. `seconds` is the time for one read, a repetition included."""

    def __init__(self, client: AsyncQdrantClient, guard: Guard, cluster: Cluster, seconds: float) -> None:
        self._client = client
        self._guard = guard
        self._cluster = cluster
        self._seconds = seconds

    async def read(self, call: Call[T]) -> T:
        """Raises Missing or another Unavailable; sent once more when the connection broke or there were too many."""
        return await self._sent(call, self._seconds, reads=True)

    async def write(self, call: Call[T]) -> T:
        """The same, but sent once more only when it was refused for being one too many."""
        return await self._sent(call, self._seconds * WRITE_TIMES, reads=False)

    async def close(self) -> None:
        await self._client.close()

    async def write_all(self, calls: Sequence[Call[None]]) -> None:
        """At the same time; the first failure ends the others."""
        try:
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(self.write(call))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def _sent(self, call: Call[T], seconds: float, *, reads: bool) -> T:
        try:
            async with self._guard.call(seconds):
                try:
                    return await self._twice(call, reads=reads)
                except (*FAILURES, ValueError) as error:
                    if not is_answer(error):
                        raise
                    answer = error
        except FAILURES as error:
            raise Unavailable(self._guard.name, reason(error, self._cluster, seconds)) from None
        kind = Missing if is_missing(answer) else Unavailable
        raise kind(self._guard.name, reason(answer, self._cluster, seconds)) from None

    async def _twice(self, call: Call[T], *, reads: bool) -> T:
        try:
            return await call(self._client)
        except FAILURES as error:
            wait = wait_before_repeat(error, reads=reads)
            if wait is None:
                raise
        await asyncio.sleep(wait)
        return await call(self._client)


def connect(cluster: Cluster, key: Secret | None, seconds: float) -> AsyncQdrantClient:
    """Nothing is sent yet. The deadline of each call is the guard's; the client's own only ends what that missed."""
    quiet()
    return AsyncQdrantClient(
        cluster.url,
        port=cluster.port,
        # Given as `api_key` it would warn of plain http, which the setting allows for private hosts only.
        headers={"api-key": key.reveal()} if key else None,
        timeout=math.ceil(seconds * WRITE_TIMES),
        limits=Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS),
        check_compatibility=False,
    )


def quiet() -> None:
    """The libraries' own logs hold addresses, and headers with the key."""
    for library in ("httpx", "httpcore", "qdrant_client"):
        logging.getLogger(library).setLevel(logging.WARNING)
