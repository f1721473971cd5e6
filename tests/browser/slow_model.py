"""A language model that a test can hold and release while it writes."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.openai_behaviour import Behaviour
from tests.servers.openai_server import openai_server


@dataclass(frozen=True)
class Model:
    """Its behaviour may be changed while it runs."""

    url: str
    behaviour: Behaviour

    @contextmanager
    def stalling(self, after: int = 3) -> Iterator[None]:
        """Answers stop after so many pieces, until their reader leaves."""
        self.behaviour.stall_after = after
        try:
            yield
        finally:
            self.behaviour.stall_after = None


@contextmanager
def slow_model() -> Iterator[Model]:
    """Runs in a thread, because the tests of a browser have no event loop."""
    behaviour, started = Behaviour(), Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]]()

    async def serve() -> None:
        stop = asyncio.Event()
        async with openai_server(behaviour) as server:
            started.set_result((server.url, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    url, loop, stop = started.result()
    try:
        yield Model(url, behaviour)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
