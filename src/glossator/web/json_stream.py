from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from quart import Response


def json_stream(first: str, rest: AsyncGenerator[str, None]) -> Response:
    """A JSON document that need never be whole in memory. A fault after the first piece breaks the connection off."""

    async def pieces() -> AsyncIterator[str]:
        async with aclosing(rest):
            yield first
            async for piece in rest:
                yield piece

    response = Response(pieces(), content_type="application/json")
    response.timeout = None
    return response
