"""What every command does around its work: faults of the start are told in their own lines, with their code.

What commands show alike: a document as JSON, and where a long run stands.
"""

import asyncio
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
    """Runs the command's work on an event loop of its own and ends the process with its code."""
    sys.exit(_run(work))


def _run(work: Callable[[], Coroutine[Any, Any, ExitCode]]) -> ExitCode:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())
    except StartupFailed as failure:
        return tell(failure)
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


def tell(failure: StartupFailed) -> ExitCode:
    """Prints why nothing could start; gives the code to end with."""
    for line in failure.lines:
        click.echo(f"glossator: {line}", err=True)
    return failure.code


State = TypeVar("State")

LINE_EVERY: Final = 3.0
"""Seconds between two plain lines of progress."""


def json_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


class PlainLines(Generic[State]):
    """For what is no terminal, as a log: what `line` says of a state, at most every `every` seconds."""

    def __init__(self, stream: TextIO, line: Callable[[State], str], every: float = LINE_EVERY) -> None:
        self._stream = stream
        self._line = line
        self._every = every
        self._last = time.monotonic()

    def __call__(self, state: State) -> None:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            click.echo(self._line(state), file=self._stream)
