"""A TCP port before a server on a Unix socket: it can go quiet, cut what is open, and change what passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

READ_BYTES: Final = 65536


@dataclass
class Forwarder:
    """`quiet`: how many of the next connections are accepted and never answered."""

    socket: Path
    port: int = 0
    quiet: int = 0
    changed: tuple[bytes, bytes] = (b"", b"")
    """What the server sends as the first of these arrives as the second, which is as long."""
    accepted: int = 0
    sent: int = 0
    """How often clients sent something."""
    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        self.accepted += 1
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.open.discard(task)
            writer.close()

    def cut(self) -> None:
        for task in tuple(self.open):
            task.cancel()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.quiet:
            self.quiet -= 1
            await asyncio.Event().wait()
        server_reader, server_writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            ways = [
                asyncio.ensure_future(self._copy(reader, server_writer, count=1)),
                asyncio.ensure_future(self._copy(server_reader, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            server_writer.close()

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, count: int = 0) -> None:
        with suppress(ConnectionError):
            while data := await source.read(READ_BYTES):
                self.sent += count
                target.write(data.replace(*self.changed) if self.changed[0] else data)
                await target.drain()


@asynccontextmanager
async def forwarding(socket: Path) -> AsyncIterator[Forwarder]:
    """On a free port of 127.0.0.1 until the block ends; open connections are cut then."""
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
