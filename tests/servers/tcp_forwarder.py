"""Forwards a TCP port to a Unix socket: it can stop answering, close connections and change the data."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

READ_BYTES: Final = 65536


@dataclass
class Forwarder:
    """`unanswered`: number of next connections that are accepted but never answered."""

    socket: Path
    port: int = 0
    unanswered: int = 0
    replacement: tuple[bytes, bytes] = (b"", b"")
    """The first text, if the server sends it, is replaced by the second, which must have the same length."""
    accepted: int = 0
    sent: int = 0
    """Number of packets from clients."""
    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        self.accepted += 1
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.open.discard(task)
            writer.close()

    def cut(self) -> None:
        for task in tuple(self.open):
            task.cancel()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.unanswered:
            self.unanswered -= 1
            await asyncio.Event().wait()
        server_reader, server_writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            copies = [
                asyncio.ensure_future(self._copy(reader, server_writer, count=1)),
                asyncio.ensure_future(self._copy(server_reader, writer)),
            ]
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
        finally:
            server_writer.close()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, count: int = 0) -> None:
        with suppress(ConnectionError):
            while data := await source.read(READ_BYTES):
                self.sent += count
                target.write(data.replace(*self.replacement) if self.replacement[0] else data)
                await target.drain()


@asynccontextmanager
async def forwarding(socket: Path) -> AsyncIterator[Forwarder]:
    """Listens on a free port of 127.0.0.1; open connections are closed when the block ends."""
    forwarder = Forwarder(socket)
    server = await asyncio.start_server(forwarder.connected, "127.0.0.1", 0)
    forwarder.port = server.sockets[0].getsockname()[1]
    try:
        yield forwarder
    finally:
        server.close()
        tasks = tuple(forwarder.open)
        forwarder.cut()
        await asyncio.gather(*tasks, return_exceptions=True)
