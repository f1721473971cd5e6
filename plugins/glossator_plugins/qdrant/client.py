"""Calls the cluster through the guard, and raises the errors of the domain."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

import httpx
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport
from qdrant_client import AsyncQdrantClient

from glossator.domain.errors import Unavailable
from glossator.kernel.guards.guard import Guard
from glossator.kernel.settings.secret import Secret
from glossator.kernel.spans import TRACE_HEADERS, TracedOperation
from glossator_plugins.qdrant.cluster import QdrantCluster
from glossator_plugins.qdrant.failures import CLIENT_ERRORS, QdrantFailures, is_not_found
from glossator_plugins.refusals import domain_refusals

T = TypeVar("T")
QdrantCall = Callable[[AsyncQdrantClient], Awaitable[T]]

WRITE_TIMEOUT_FACTOR: Final = 6
"""A batch of vectors is a megabyte, and the server responds only after it is stored."""

RESPONSE_BYTES: Final = 67_108_864
"""Several times the largest batch of pages."""

READ: Final = TracedOperation("qdrant read", {"db.system.name": "qdrant", "db.operation.name": "read"})
WRITE: Final = TracedOperation("qdrant write", {"db.system.name": "qdrant", "db.operation.name": "write"})

MAX_CONNECTIONS: Final = 100
KEEPALIVE_SECONDS: Final = 60.0
"""Questions arrive seconds apart, and a new TLS connection costs two more round trips."""


class QdrantNotFound(Unavailable):
    """The collection or point does not exist (any more)."""


class GuardedQdrantClient:
    """Owns the SDK's client: `close` closes it. `timeout` limits one read, including a retry."""

    def __init__(self, client: AsyncQdrantClient, guard: Guard, failures: QdrantFailures, timeout: float) -> None:
        self._sdk = client
        self._guard = guard
        self._failures = failures
        self._timeout = timeout

    async def read(self, call: QdrantCall[T], operation: TracedOperation = READ) -> T:
        """Retried after a transient failure. Raises QdrantNotFound or another Unavailable."""
        return await self._call(call, operation, self._timeout, repeatable=True)

    async def write(self, call: QdrantCall[T]) -> T:
        """Retried only if it was not executed. Raises QdrantNotFound or another Unavailable."""
        return await self._call(call, WRITE, self._timeout * WRITE_TIMEOUT_FACTOR, repeatable=False)

    async def close(self) -> None:
        await self._sdk.close()

    async def write_all(self, calls: Sequence[QdrantCall[None]]) -> None:
        """Runs the calls concurrently; the first error cancels the others."""
        try:
            async with asyncio.TaskGroup() as group:
                for call in calls:
                    group.create_task(self.write(call))
        except ExceptionGroup as group_error:
            raise group_error.exceptions[0] from None

    async def _call(self, call: QdrantCall[T], operation: TracedOperation, timeout: float, *, repeatable: bool) -> T:
        try:
            with domain_refusals(self._guard.name):
                return await self._guard.run(
                    lambda: call(self._sdk), timeout, repeatable=repeatable, operation=operation
                )
        except (*CLIENT_ERRORS, ValueError) as error:
            kind = QdrantNotFound if is_not_found(error) else Unavailable
            raise kind(self._guard.name, self._failures.judge(error).reason) from None


def create_client(cluster: QdrantCluster, key: Secret | None, timeout: float) -> AsyncQdrantClient:
    """Sends nothing yet. The guard enforces the timeout of each call; the client's own timeout is only a fallback."""
    silence_libraries()
    return AsyncQdrantClient(
        cluster.url,
        port=cluster.port,
        # As `api_key` it would cause a warning for plain http, which the setting allows for private hosts only.
        headers={"api-key": key.reveal()} if key else None,
        timeout=math.ceil(timeout * WRITE_TIMEOUT_FACTOR),
        event_hooks={"request": [send_trace], "response": [limit_response]},
        transport=create_transport(cluster),
        check_compatibility=False,
    )


def create_transport(cluster: QdrantCluster) -> AiohttpTransport:
    """Costs half the CPU of the client's own transport."""
    certificates = httpx.create_ssl_context() if cluster.uses_tls else False

    def create_session() -> ClientSession:
        connector = TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS, ssl=certificates)
        session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        session._retry_connection = False  # the guard retries, and the library has no option for it
        return session

    return AiohttpTransport(
        verify=False, proxy=httpx.Proxy(cluster.proxy) if cluster.proxy else None, client=create_session
    )


async def send_trace(request: httpx.Request) -> None:
    """A hook of the HTTP client."""
    request.headers.update(TRACE_HEADERS.get())


class ResponseTooLarge(httpx.DecodingError):
    """The rest is not read."""


async def limit_response(response: httpx.Response) -> None:
    """A hook of the HTTP client, called before the body is read: the SDK would collect any amount of it in memory."""
    if isinstance(response.stream, httpx.AsyncByteStream):  # always: the client is asynchronous
        response.stream = LimitedResponse(response.stream)


class LimitedResponse(httpx.AsyncByteStream):
    """Raises ResponseTooLarge beyond RESPONSE_BYTES."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        total = 0
        async for part in self._stream:
            total += len(part)
            if total > RESPONSE_BYTES:
                raise ResponseTooLarge("too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def silence_libraries() -> None:
    """Their log records hold addresses, and headers with the key."""
    for library in ("httpx", "aiohttp", "qdrant_client"):
        logging.getLogger(library).setLevel(logging.WARNING)
