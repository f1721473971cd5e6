"""A fake PostgreSQL server that rejects every connection, with an error message that no log may contain."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

SSL_REQUEST: Final = 80877103


@dataclass
class RejectingPostgres:
    """`tls` is the answer to the driver's request for TLS: `N`, or `S` without TLS after it."""

    sqlstate: str
    message: str
    tls: bytes = b"N"
    port: int = 0
    connections: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await first_code(reader) == SSL_REQUEST:
                writer.write(self.tls if self.tls == b"N" else self.tls + b"this is not TLS")
            writer.write(self.error())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def error(self) -> bytes:
        fields = {
            "S": "FATAL",
            "V": "FATAL",
            "C": self.sqlstate,
            "M": self.message,
            "D": self.message,
            "H": self.message,
        }
        content = b"".join(f"{name}{text}\0".encode() for name, text in fields.items()) + b"\0"
        return b"E" + struct.pack("!i", len(content) + 4) + content


async def first_code(reader: asyncio.StreamReader) -> int:
    """The code of a start-up message: the protocol version, or a request for TLS."""
    length, code = struct.unpack("!ii", await reader.readexactly(8))
    await reader.readexactly(length - 8)
    return int(code)


@asynccontextmanager
async def rejecting_postgres(sqlstate: str, message: str, tls: bytes = b"N") -> AsyncIterator[RejectingPostgres]:
    """Listens on a free port of 127.0.0.1."""
    rejecting = RejectingPostgres(sqlstate, message, tls)
    server = await asyncio.start_server(rejecting.connected, "127.0.0.1", 0)
    async with server:
        rejecting.port = server.sockets[0].getsockname()[1]
        yield rejecting
