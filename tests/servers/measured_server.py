"""The whole app, served in a thread of this process whose event loop is measured."""

import asyncio
import gc
import os
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from glossator.app import running_app
from glossator.commands.server.serving import BACKLOG, serve_app
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.kernel.draining import Draining
from tests.loop_rounds import Rounds, measured_loop
from tests.servers.raw_http import exchange

ATTEMPTS: Final = 3
PATIENCE: Final = 60.0


@dataclass
class MeasuredServer:
    configuration: Configuration
    listener: socket.socket
    rounds: Rounds = field(default_factory=Rounds)
    started: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None
    loop: asyncio.AbstractEventLoop | None = None
    draining: Draining | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    async def longest_round(self, data: bytes, *, enough: float) -> tuple[int, float]:
        """The status, and the seconds of the longest round: of several attempts the shortest, unless one is `enough`.

        The status is 0 when the server only closes the connection.
        """
        found, status = float("inf"), 0
        for _ in range(ATTEMPTS):
            self.rounds.longest = 0.0
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(PATIENCE):
                    status = (await exchange(self.address, data)).status
            await asyncio.sleep(0.01)  # what the server does after its response
            found = min(found, self.rounds.longest)
            if found < enough:
                break
        return status, found

    def run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: measured_loop(self.rounds)) as runner:
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self.error = error
        finally:
            self.started.set()

    async def _serve(self) -> None:
        self.loop, self.draining = asyncio.get_running_loop(), Draining()
        async with running_app(self.configuration, self.draining) as app:
            gc.collect()
            gc.freeze()
            self.loop.call_soon(self.started.set)
            await serve_app(app, self.listener, self.draining)

    def stop(self) -> None:
        if self.loop is not None and self.draining is not None and self.error is None:
            self.loop.call_soon_threadsafe(self.draining.set)


@asynccontextmanager
async def measured_server(settings: Mapping[str, str]) -> AsyncIterator[MeasuredServer]:
    """`settings` are variables of a production server."""
    options = {name: value for name, value in settings.items() if name != "GLOSSATOR_ENV"}
    configuration = conf.load(options, environment="production", dotenv=Path(os.devnull))
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    server = MeasuredServer(configuration, listener)
    address, thread = server.address, threading.Thread(target=server.run, daemon=True)
    thread.start()
    await asyncio.to_thread(server.started.wait)
    if server.error is not None:
        raise server.error
    assert address
    try:
        yield server
    finally:
        server.stop()
        await asyncio.to_thread(thread.join, 20.0)
        gc.unfreeze()
