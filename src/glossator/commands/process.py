"""The life of the server process: port, signals, start, serving, draining, stop.

- The port is taken before any service starts, so that a taken one is found at once.
- SIGTERM or Ctrl-C during the start ends the process within a second, whatever a service is doing.
- Later, the first signal drains: nothing new is accepted, open streams say good-bye; a second one ends at once.
"""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart

from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode, StartupFailed

GRACEFUL_SECONDS: Final = 5.0
ABANDON_SECONDS: Final = 0.8
_CODES: Final = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


def take_port(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises StartupFailed when the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({os.strerror(error.errno or 0)})"
        line = f"port {port} {reason} - choose another one, for instance PORT={port + 1} make dev"
        raise StartupFailed(ExitCode.UNAVAILABLE, [line]) from None
    return listener


class Signals:
    """Turns signals into a cancelled start or, once serving, into draining."""

    def __init__(self) -> None:
        self.draining = Draining()
        self.received: signal.Signals | None = None
        self._starting: asyncio.Task[object] | None = None

    def __enter__(self) -> "Signals":
        loop = asyncio.get_running_loop()
        self._starting = asyncio.current_task()
        for number in _CODES:
            loop.add_signal_handler(number, self._on_signal, number)
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in _CODES:
            loop.remove_signal_handler(number)

    def serving(self) -> None:
        """From now on a signal drains."""
        self._starting = None

    def _on_signal(self, number: signal.Signals) -> None:
        if self.received is not None:
            os._exit(_CODES[number])
        self.received = number
        if self._starting is None:
            self.draining.set()
            return
        self._starting.cancel()
        asyncio.get_running_loop().call_later(ABANDON_SECONDS, os._exit, int(_CODES[number]))


AppFactory = Callable[[Draining], AbstractAsyncContextManager[Quart]]


async def run(start: AppFactory, *, host: str, port: int) -> ExitCode:
    """Serves until a signal comes. Raises StartupFailed when nothing could be served."""
    with take_port(host, port) as listener, Signals() as signals:
        try:
            async with start(signals.draining) as app:
                signals.serving()
                await _serve(app, listener, signals.draining)
        except asyncio.CancelledError:
            if signals.received is None:
                raise
            return _CODES[signals.received]
    return ExitCode.OK


async def _serve(app: Quart, listener: socket.socket, draining: Draining) -> None:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = GRACEFUL_SECONDS
    config.include_server_header = False
    config.h11_max_incomplete_size = 32 * 1024
    config.accesslog = None
    config.errorlog = None

    async def told_to_stop() -> None:
        await draining.wait()

    await serve(app, config, shutdown_trigger=told_to_stop, mode="asgi")
