"""The life of the server process: port, signals, start, serving, draining, stop.

- The port is taken before any service starts, so that a taken one is found at once.
- SIGTERM or Ctrl-C during the start ends the process within a second, whatever a service is doing.
- Later, the first signal drains: nothing new is accepted, open streams say good-bye; a second one ends at once.
"""

import asyncio
import errno
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import Final

from quart import Quart

from glossator.commands.server.serving import serve_app
from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode, StartupFailed

ABANDON_SECONDS: Final = 0.8
STOP_SECONDS: Final = 9.0
"""For the whole stop: containers are killed ten seconds after they were told to end."""
HIGHEST_PORT: Final = 65535
_CODES: Final = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


def take_port(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises StartupFailed when the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _no_port(port, error) from None
    return listener


def listen(listener: socket.socket, port: int) -> None:
    """Raises StartupFailed: two processes can have the same port as long as neither listens."""
    try:
        listener.listen()
    except OSError as error:
        raise _no_port(port, error) from None


def _no_port(port: int, error: OSError) -> StartupFailed:
    reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({os.strerror(error.errno or 0)})"
    other = port + 1 if port < HIGHEST_PORT else port - 1
    line = f"port {port} {reason} - choose another one, for instance PORT={other} make dev"
    return StartupFailed(ExitCode.UNAVAILABLE, [line])


class Signals:
    """Turns signals into a cancelled start or, once serving, into draining.

    The handlers run between any two steps of the main thread, so also while a service keeps the event loop busy.
    """

    def __init__(self) -> None:
        self.draining = Draining()
        self.received: signal.Signals | None = None
        self._loop = asyncio.get_running_loop()
        self._starting = asyncio.current_task()

    def __enter__(self) -> "Signals":
        self._before = [(number, signal.signal(number, self._on_signal)) for number in _CODES]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def serving(self) -> None:
        """From now on a signal drains."""
        self._starting = None

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        code = _CODES[signal.Signals(number)]
        if self.received is not None:
            os._exit(code)
        self.received = signal.Signals(number)
        if self._starting is None:
            _end_after(STOP_SECONDS, ExitCode.OK)
            self._loop.call_soon_threadsafe(self.draining.set)
        else:
            _end_after(ABANDON_SECONDS, code)
            self._loop.call_soon_threadsafe(self._starting.cancel)


def _end_after(seconds: float, code: ExitCode) -> None:
    """Whatever still runs then, such as a thread that waits for an answer."""
    timer = threading.Timer(seconds, os._exit, [int(code)])
    timer.daemon = True
    timer.start()


AppFactory = Callable[[Draining], AbstractAsyncContextManager[Quart]]


async def run(start: AppFactory, *, host: str, port: int) -> ExitCode:
    """Serves until a signal comes. Raises StartupFailed when nothing could be served."""
    with take_port(host, port) as listener, Signals() as signals:
        try:
            async with start(signals.draining) as app:
                listen(listener, port)
                signals.serving()
                settle()
                await serve_app(app, listener, signals.draining)
        except (asyncio.CancelledError, StartupFailed):
            if signals.received is None:
                raise
            return _CODES[signals.received]
    return ExitCode.OK


def settle() -> None:
    """What the start has made stays: a full collection among it would stop every request for a tenth of a second."""
    gc.collect()
    gc.freeze()
