"""Server-sent events with ids, keep-alive comments and a final `error` event when the process stops.

The source is closed as soon as the client disconnects, which cancels the upstream call at once.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from quart import Response

from glossator.domain.ports.workers import Workers
from glossator.kernel.draining import Draining
from glossator.web.http.context import services
from glossator.web.http.errors.problem import Problem, problem_to_json
from glossator.web.http.errors.responses import to_problem

DELTA: Final = "delta"
STILL_HERE: Final = b": still here\n\n"
JSON: Final = json.JSONEncoder(ensure_ascii=False)
GATHER_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, Any]


_PING: Final = Event("", {})
_END: Final = Event("", {})


Encode = Callable[[int, Event], bytes]
"""From the number of an event and the event to what is sent; an event without a name is a ping."""


def event_stream(
    events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float, encode: Encode | None = None
) -> Response:
    """A response without a time limit. `encode` is for a protocol with events of its own."""
    encoded = encode_events(events, draining, heartbeat, encode or encode_event)
    response = Response(encoded, content_type="text/event-stream")
    response.timeout = None
    response.headers["Cache-Control"] = "no-cache, no-store, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def encode_events(
    events: AsyncGenerator[Event, None], draining: Draining, heartbeat: float, encode: Encode
) -> AsyncIterator[bytes]:
    """Turns an exception into a final `error` event and sends a comment after every `heartbeat` idle seconds."""
    # Not bounded, since answers are: a client that reads slowly must not hold a place at the model.
    queue: asyncio.Queue[Event] = asyncio.Queue()
    # One task runs the whole source, because asyncio timeouts must start and end in the same task.
    tasks = [asyncio.create_task(_pump(events, queue)), asyncio.create_task(_report_draining(draining, queue))]
    pulse = _Pulse(queue, heartbeat)
    number, last = 0, _PING
    try:
        while last is not _END and last.name != "error":
            encoded = []
            for last in _joined(await _gathered(queue, pulse.sent_at + GATHER_SECONDS)):
                number += last.name != ""
                encoded.append(encode(number, last) if last is not _END else b"")
                if last.name == "error":
                    break
            pulse.sent_at = asyncio.get_running_loop().time()
            if data := b"".join(encoded):
                yield data
    finally:
        pulse.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Pulse:
    """Adds a ping after `seconds` without an event. Its timer is set again only when it fires, not for each event."""

    def __init__(self, queue: asyncio.Queue[Event], seconds: float) -> None:
        self._queue = queue
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(seconds, self._fire)
        self.sent_at = self._loop.time() - GATHER_SECONDS

    def stop(self) -> None:
        self._handle.cancel()

    def _fire(self) -> None:
        now = self._loop.time()
        due = self.sent_at + self._seconds
        if now >= due:
            self._queue.put_nowait(_PING)
            due = now + self._seconds
        self._handle = self._loop.call_at(due, self._fire)


async def _gathered(queue: asyncio.Queue[Event], not_before: float) -> list[Event]:
    """The next event and those that are there with it. A delta that follows close on another waits for the next ones:
    encoding and sending each of them costs more than writing it."""
    events = [await queue.get()]
    pause = not_before - asyncio.get_running_loop().time()
    if events[0].name == DELTA and pause > 0:
        await asyncio.sleep(pause)
    while not queue.empty():
        events.append(queue.get_nowait())
    return events


def _joined(events: Sequence[Event]) -> Iterable[Event]:
    """Neighbouring deltas become one."""
    return events if len(events) == 1 else _join(events)


def _join(events: Sequence[Event]) -> Iterator[Event]:
    for name, group in groupby(events, key=attrgetter("name")):
        if name == DELTA:
            yield Event(DELTA, {"text": "".join(event.data["text"] for event in group)})
        else:
            yield from group


async def _pump(events: AsyncGenerator[Event, None], queue: asyncio.Queue[Event]) -> None:
    try:
        async with aclosing(events):
            async for event in events:
                await queue.put(event)
    except Exception as error:  # noqa: BLE001 - the status is already sent, so every error becomes an event
        await queue.put(_error(error))
    await queue.put(_END)


async def _report_draining(draining: Draining, queue: asyncio.Queue[Event]) -> None:
    await draining.wait()
    await queue.put(_error(Problem(503, "shutting_down", retry_after=5)))


def _error(error: Exception) -> Event:
    return Event("error", problem_to_json(to_problem(error)))


def encode_event(number: int, event: Event) -> bytes:
    if not event.name:
        return STILL_HERE
    text = f"id: {number}\nevent: {event.name}\ndata: {JSON.encode(event.data)}\n\n"
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
