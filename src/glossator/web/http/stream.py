"""Server-sent events with ids, keep-alive comments and a final `error` event when the process stops.

The source is closed as soon as the client disconnects, which cancels the upstream call at once.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from quart import Response

from glossator.domain.ports.workers import Workers
from glossator.kernel.draining import Draining
from glossator.web.http.context import services
from glossator.web.http.errors import to_problem
from glossator.web.http.problem import Problem, problem_to_json

_PING = b": still here\n\n"


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]


def event_stream(events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float) -> Response:
    """A response without a time limit."""
    response = Response(encode_events(events, draining, heartbeat), content_type="text/event-stream")
    response.timeout = None
    response.headers["Cache-Control"] = "no-cache, no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def encode_events(
    events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float
) -> AsyncIterator[bytes]:
    """Turns an exception into a final `error` event and sends a comment after every `heartbeat` idle seconds."""
    # Not bounded, since answers are: a client that reads slowly must not hold a place at the model.
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    # One task runs the whole source, because asyncio timeouts must start and end in the same task.
    tasks = [asyncio.create_task(_pump(events, queue)), asyncio.create_task(_report_draining(draining, queue))]
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
            yield _encode_event(number, event)
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
    except Exception as error:  # noqa: BLE001 - the status is already sent, so every error becomes an event
        await queue.put(_error(error))
    await queue.put(None)


async def _report_draining(draining: Draining, queue: asyncio.Queue[Event | None]) -> None:
    await draining.wait()
    await queue.put(_error(Problem(503, "shutting_down", retry_after=5)))


def _error(error: Exception) -> Event:
    return Event("error", problem_to_json(to_problem(error)))


def _encode_event(number: int, event: Event) -> bytes:
    text = f"id: {number}\nevent: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"
    return text.encode(errors="replace")  # a model may return half of a surrogate pair


async def json_response(build: Callable[[], dict[str, Any]]) -> Response:
    """Builds and encodes a long body in a worker. Raises Overloaded."""
    body = await services().get(Workers).run(lambda: json.dumps(build()))
    return Response(body, content_type="application/json")


def json_stream(first: str, rest: AsyncGenerator[str, None]) -> Response:
    """Streams a JSON document piece by piece. An error after the first piece closes the connection."""

    async def pieces() -> AsyncIterator[str]:
        async with aclosing(rest):
            yield first
            async for piece in rest:
                yield piece

    response = Response(pieces(), content_type="application/json")
    response.timeout = None
    return response
