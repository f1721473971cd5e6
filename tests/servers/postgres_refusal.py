"""A stand-in for a PostgreSQL server that lets nobody in, and says why in words that no log may repeat."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

SSL_REQUEST: Final = 80877103


@dataclass
class Refusal:
    """`tls` is the answer to the driver's question for TLS: `S`, and then no TLS, or `N`."""

    sqlstate: str
    words: str
    tls: bytes = b"N"
    port: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await first_code(reader) == SSL_REQUEST:
                writer.write(self.tls if self.tls == b"N" else self.tls + b"this is no TLS")
            writer.write(self.error())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def error(self) -> bytes:
        fields = {"S": "FATAL", "V": "FATAL", "C": self.sqlstate, "M": self.words, "D": self.words, "H": self.words}
        content = b"".join(f"{name}{text}\0".encode() for name, text in fields.items()) + b"\0"
        return b"E" + struct.pack("!i", len(content) + 4) + content


async def first_code(reader: asyncio.StreamReader) -> int:
    """Of a start-up message: the protocol's version, or a request for TLS."""
    length, code = struct.unpack("!ii", await reader.readexactly(8))
    await reader.readexactly(length - 8)
    return int(code)


@asynccontextmanager
async def refusing(sqlstate: str, words: str, tls: bytes = b"N") -> AsyncIterator[Refusal]:
    """On a free port of 127.0.0.1."""
    refusal = Refusal(sqlstate, words, tls)
    server = await asyncio.start_server(refusal.connected, "127.0.0.1", 0)
    async with server:
        refusal.port = server.sockets[0].getsockname()[1]
        yield refusal
