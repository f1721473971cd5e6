"""Hypercorn's HTTP/1.1 connections, with three differences.

- A head is read and parsed in small pieces: 64 KiB of tiny headers, which Hypercorn parses at once, take 20 ms.
- HTTP/2 without TLS is not offered: 64 KiB of its empty frames take 90 ms.
- A malformed request is logged and answered with a problem. Hypercorn sends an empty response.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import h11
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import MAX_RECV, TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.events import Closed, RawData
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h11 import H11Protocol

from glossator.kernel.services import Asgi
from glossator.web.http.errors.problem import Problem
from glossator.web.http.request_head import MAX_HEADER_BYTES, MAX_TARGET_BYTES, log_and_encode

MAX_HEAD_BYTES: Final = MAX_TARGET_BYTES + MAX_HEADER_BYTES
PIECE_BYTES: Final = 4 * 1024
LINGER_SECONDS: Final = 0.5
LINGER_READS: Final = 64


class Http1Protocol(H11Protocol):
    """`before_close` runs between an error response and the end of the connection."""

    before_close: Callable[[], Awaitable[None]]

    @property
    def reads_body(self) -> bool:
        return self.connection.their_state is h11.SEND_BODY

    async def _check_protocol(self, event: h11.Request) -> None:
        """Never switches to HTTP/2; a client that asks for it gets HTTP/1.1."""

    async def _send_error_response(self, status_code: int) -> None:
        problem = Problem(431, "headers_too_large") if status_code == 431 else Problem(400, "bad_request")
        headers, body = await log_and_encode(problem)
        headers += [(b"connection", b"close"), *self.config.response_headers("h11")]
        await self._send_h11_event(h11.Response(headers=headers, status_code=problem.status))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())
        await self.before_close()


class Http1Connection(TCPServer):
    """One connection; await it."""

    async def _read_data(self) -> None:
        http1 = self._with_own_protocol(self.protocol)
        while not self.reader.at_eof():
            size = MAX_RECV if http1.reads_body else PIECE_BYTES
            try:
                data = await self.reader.read(size)
            except OSError:
                break
            await self.protocol.handle(RawData(data))
            if len(data) == size:
                await asyncio.sleep(0)  # more may have arrived already, and other connections get their turn
        await self.protocol.handle(Closed())

    def _with_own_protocol(self, wrapper: ProtocolWrapper) -> Http1Protocol:
        http1 = Http1Protocol(
            wrapper.app, wrapper.config, wrapper.context, wrapper.task_group, wrapper.state, wrapper.ssl,
            wrapper.client, wrapper.server, wrapper.send,
        )  # fmt: skip
        http1.before_close = self._discard_rest
        wrapper.protocol = http1
        return http1

    async def _discard_rest(self) -> None:
        """Closing a connection with unread data would reset it, and the client could not read the response."""
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(LINGER_SECONDS):
                for _ in range(LINGER_READS):
                    if not await self.reader.read(MAX_RECV):
                        return


class Connections:
    """The open connections of a server."""

    def __init__(self, app: Asgi, config: Config) -> None:
        self._app = ASGIWrapper(app)
        self._config = config
        self._context = WorkerContext(None)
        self._open: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        loop = asyncio.get_running_loop()
        await Http1Connection(self._app, loop, self._config, self._context, {}, reader, writer)

    async def close(self, seconds: float) -> None:
        """Closes idle connections at once, and the others when their response has ended or the seconds are over."""
        await self._context.terminated.set()
        if self._open:
            await asyncio.wait(set(self._open), timeout=seconds)
        unfinished = set(self._open)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
