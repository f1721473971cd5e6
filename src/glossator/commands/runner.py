"""Runs a command's work and maps its errors to messages and exit codes. Also prints JSON and progress lines."""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TextIO, TypeVar

import click
import uvloop

from glossator.domain.errors import BookEmpty, BookMismatch, DomainError
from glossator.kernel.errors import ExitCode, StartupFailed


def run_to_exit(work: Callable[[], Coroutine[Any, Any, ExitCode]]) -> None:
    """Runs the work on a new event loop and exits with its code."""
    sys.exit(_run(work))


def _run(work: Callable[[], Coroutine[Any, Any, ExitCode]]) -> ExitCode:
    exclude_from_collections()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())
    except StartupFailed as failure:
        return print_failure(failure)
    except BookMismatch as error:
        click.echo(f"glossator: {error}", err=True)
        return ExitCode.SETTINGS
    except BookEmpty as error:
        click.echo(f"glossator: {error} Run `glossator ingest PATH` first.", err=True)
        return ExitCode.UNAVAILABLE
    except DomainError as error:
        click.echo(f"glossator: {error}", err=True)
        return ExitCode.UNAVAILABLE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def exclude_from_collections() -> None:
    """What exists now will be needed until the end: collecting it would pause a server for 100 ms."""
    gc.freeze()
    gc.enable()


def print_failure(failure: StartupFailed) -> ExitCode:
    """Prints why the start failed and returns the exit code."""
    for line in failure.lines:
        click.echo(f"glossator: {line}", err=True)
    return failure.code


T = TypeVar("T")

PROGRESS_SECONDS: Final = 3.0
"""Minimum seconds between two progress lines."""


def format_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


class ProgressLines(Generic[T]):
    """Progress for logs: prints `line(state)` at most once in `every` seconds."""

    def __init__(self, stream: TextIO, line: Callable[[T], str], every: float = PROGRESS_SECONDS) -> None:
        self._stream = stream
        self._line = line
        self._every = every
        self._last = time.monotonic()

    def __call__(self, state: T) -> None:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            click.echo(self._line(state), file=self._stream)
