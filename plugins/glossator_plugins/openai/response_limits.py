"""Limits the size of a response while it arrives, whatever the server sends.

The SDK itself collects a whole line of a stream, and a whole JSON document, in memory.
"""

from collections.abc import AsyncIterator
from typing import Final

from httpx2 import AsyncByteStream, ReadError, Response

LINE_BYTES: Final = 262_144
STREAM_BYTES: Final = 16_777_216
DOCUMENT_BYTES: Final = 67_108_864
"""The largest batch of vectors has half as much, from a server that sends numbers instead of base64."""
STREAM_ROUTE: Final = "/chat/completions"
PLAIN: Final = {"accept-encoding": "identity"}
"""Header for every request: a compressed response grows a thousandfold after it was counted."""


class ResponseTooLong(ReadError):
    """The rest is not read."""


async def limit_response(response: Response) -> None:
    """A hook of the HTTP client, called before the body is read. Raises ResponseTooLong for a compressed body."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise ResponseTooLong("compressed")
    total, line = (STREAM_BYTES, LINE_BYTES) if response.url.path.endswith(STREAM_ROUTE) else (DOCUMENT_BYTES,) * 2
    if isinstance(response.stream, AsyncByteStream):  # always: the client is asynchronous
        response.stream = LimitedStream(response.stream, total, line)


class LimitedStream(AsyncByteStream):
    """Raises ResponseTooLong beyond `total` bytes, or `line` bytes without a line end."""

    def __init__(self, stream: AsyncByteStream, total: int, line: int) -> None:
        self._stream = stream
        self._parts: AsyncIterator[bytes] = aiter(stream)
        self._total_left = total
        self._max_line = line
        self._line = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """No generator, which could still run when a reader leaves and it is collected."""
        part = await anext(self._parts)
        self._total_left -= len(part)
        end = part.rfind(b"\n")
        self._line = self._line + len(part) if end < 0 else len(part) - end - 1
        if self._total_left < 0 or self._line > self._max_line:
            raise ResponseTooLong("too long")
        return part

    async def aclose(self) -> None:
        await self._stream.aclose()
