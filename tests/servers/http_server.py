"""A small HTTP/1.1 server for fake services: it notices a disconnect, can hang, and can drop a connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import h11

READ_BYTES: Final = 65536


@dataclass(frozen=True)
class Request:
    """A received request; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Dropped(Exception):
    """A handler raises this to close the connection without a response."""


class Reply:
    """Writes one response: with `send_json`, or with `start`, `write` and `end`."""

    def __init__(self, connection: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._writer = writer

    async def send_json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        await self.start(
            status, {"content-type": "application/json", "content-length": str(len(content))} | dict(headers or {})
        )
        await self.write(content)
        await self.end()

    async def start(self, status: int, headers: Mapping[str, str]) -> None:
        await self._send(h11.Response(status_code=status, headers=list(headers.items())))

    async def write(self, data: bytes) -> None:
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        self._writer.write(self._connection.send(event) or b"")
        await self._writer.drain()


Handler = Callable[[Request, Reply], Awaitable[None]]
"""Answers one request; cancelled when its client disconnects."""


@asynccontextmanager
async def serving(handler: Handler, port: int = 0) -> AsyncIterator[int]:
    """Yields the port on 127.0.0.1; open connections are closed when the block ends."""
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await _handle_connection(handler, reader, writer)
        except (ConnectionError, Dropped, h11.RemoteProtocolError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _handle_connection(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = h11.Connection(h11.SERVER)
    while request := await _next_request(connection, reader):
        early = await _answer(handler(request, Reply(connection, writer)), reader)
        if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
            return
        connection.start_next_cycle()
        if early:
            connection.receive_data(early)


async def _next_request(connection: h11.Connection, reader: asyncio.StreamReader) -> Request | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ_BYTES))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {name.decode(): value.decode() for name, value in head.headers}
            return Request(head.method.decode(), head.target.decode(), headers, bytes(body))
        else:
            return None


async def _answer(answer: Awaitable[None], reader: asyncio.StreamReader) -> bytes:
    """Returns the data that the client sent meanwhile. The end of its data means that it disconnected."""
    task = asyncio.ensure_future(answer)
    reading = asyncio.ensure_future(reader.read(READ_BYTES))
    try:
        await asyncio.wait({task, reading}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not reading.result():
            raise Dropped
        await task
        return reading.result() if reading.done() else b""
    finally:
        task.cancel()
        reading.cancel()
        await asyncio.gather(task, reading, return_exceptions=True)
