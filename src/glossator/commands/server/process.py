"""The lifecycle of the server process: bind the port, start, serve, drain, stop.

- The port is bound before any service starts, so that a port in use is reported at once.
- During the start, SIGTERM or Ctrl-C ends the process within a second, whatever a service is doing.
- Later, the first signal drains: no new connections, and open streams get a final event. A second one exits at once.
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

from glossator.app import configure_logging, running_app
from glossator.commands.runner import exclude_from_collections, run_to_exit
from glossator.commands.server.serving import BACKLOG, serve_app
from glossator.configuration import core as conf
from glossator.configuration.server import SERVER_HOST
from glossator.kernel.draining import Draining
from glossator.kernel.errors import ExitCode, StartupFailed

CANCEL_SECONDS: Final = 0.8
STOP_SECONDS: Final = 9.0
"""For the whole shutdown. Containers are killed ten seconds after SIGTERM."""
MAX_PORT: Final = 65535
YOUNG_OBJECTS: Final = 10_000
"""New objects before a search for cycles. Python's own 700 cost a tenth of the CPU time of a crowd: each open stream
has hundreds of objects, and each search finds most of them in use."""
_EXIT_CODES: Final = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}


def bind_port(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises StartupFailed when the port is in use."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _port_error(port, error) from None
    return listener


def listen(listener: socket.socket, port: int) -> None:
    """Raises StartupFailed when another process listens: two processes can bind a port, but only one can listen."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _port_error(port, error) from None


def _port_error(port: int, error: OSError) -> StartupFailed:
    reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({os.strerror(error.errno or 0)})"
    other = port + 1 if port < MAX_PORT else port - 1
    line = f"port {port} {reason} - choose another, for example PORT={other} make dev"
    return StartupFailed(ExitCode.UNAVAILABLE, [line])


class Signals:
    """Handles SIGINT and SIGTERM: cancels the start or, once serving, drains.

    Handlers run on the main thread between bytecodes, so they also run while a service blocks the event loop.
    """

    def __init__(self) -> None:
        self.draining = Draining()
        self.received: signal.Signals | None = None
        self._loop = asyncio.get_running_loop()
        self._starting = asyncio.current_task()

    def __enter__(self) -> "Signals":
        self._before = [(number, signal.signal(number, self._on_signal)) for number in _EXIT_CODES]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before:
            signal.signal(number, handler)

    def mark_serving(self) -> None:
        """From now on a signal drains the server."""
        self._starting = None

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        code = _EXIT_CODES[signal.Signals(number)]
        if self.received is not None:
            os._exit(code)
        self.received = signal.Signals(number)
        if self._starting is None:
            _exit_after(STOP_SECONDS, ExitCode.OK)
            self._loop.call_soon_threadsafe(self.draining.set)
        else:
            _exit_after(CANCEL_SECONDS, code)
            self._loop.call_soon_threadsafe(self._starting.cancel)


def _exit_after(seconds: float, code: ExitCode) -> None:
    """Exits even when something still runs, such as a thread that waits for a response."""
    timer = threading.Timer(seconds, os._exit, [int(code)])
    timer.daemon = True
    timer.start()


AppFactory = Callable[[Draining], AbstractAsyncContextManager[Quart]]


async def run(start: AppFactory, *, host: str, port: int) -> ExitCode:
    """Serves until a signal arrives. Raises StartupFailed when the start fails."""
    with bind_port(host, port) as listener, Signals() as signals:
        gc.disable()  # during the imports of the services
        try:
            async with start(signals.draining) as app:
                listen(listener, port)
                signals.mark_serving()
                exclude_from_collections()
                gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
                await serve_app(app, listener, signals.draining)
        except (asyncio.CancelledError, StartupFailed):
            if signals.received is None:
                raise
            return _EXIT_CODES[signals.received]
        finally:
            gc.enable()
    return ExitCode.OK


def serve() -> None:
    run_to_exit(_serve)


async def _serve() -> ExitCode:
    configuration = conf.load()
    configure_logging(configuration)
    settings = configuration.settings
    return await run(
        lambda draining: running_app(configuration, draining), host=settings[SERVER_HOST], port=settings[conf.PORT]
    )
