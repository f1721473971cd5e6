"""Server-sent events: numbered, kept alive, ended politely when the process stops.

The source is closed as soon as the client leaves, so that the upstream call behind it is cancelled at once.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from quart import Response

from glossator.kernel.draining import Draining
from glossator.web.http.errors import problem_of
from glossator.web.http.problem import Problem, document

_PING = b": still here\n\n"


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]


def event_stream(events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float) -> Response:
    """A response that may last as long as its events do."""
    response = Response(encode(events, draining, heartbeat), content_type="text/event-stream")
    response.timeout = None
    response.headers["Cache-Control"] = "no-cache, no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def encode(events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float) -> AsyncIterator[bytes]:
    """The wire form. A fault becomes a last `error` event; a comment line fills silences of `heartbeat` seconds."""
    queue: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=8)
    # One task runs the whole source: its time-outs must begin and end in the same task.
    tasks = [asyncio.create_task(_pump(events, queue)), asyncio.create_task(_announce(draining, queue))]
    number = 0
    try:
        while True:
            try:
                async with asyncio.timeout(heartbeat):
                    event = await queue.get()
            except TimeoutError:
                yield _PING
                continue
            if event is None:
                return
            number += 1
            yield _wire(number, event)
            if event.name == "error":
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(events: AsyncGenerator[Event, None], queue: asyncio.Queue[Event | None]) -> None:
    try:
        async with aclosing(events):
            async for event in events:
                await queue.put(event)
    except Exception as error:  # noqa: BLE001 - the status is sent already: any fault becomes an event
        await queue.put(_error(error))
    await queue.put(None)


async def _announce(draining: Draining, queue: asyncio.Queue[Event | None]) -> None:
    await draining.wait()
    await queue.put(_error(Problem(503, "shutting_down", retry_after=5)))


def _error(error: Exception) -> Event:
    return Event("error", document(problem_of(error)))


def _wire(number: int, event: Event) -> bytes:
    text = f"id: {number}\nevent: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"
    return text.encode(errors="replace")  # a model may give half of a surrogate pair


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
