"""What commands show alike: a document as JSON, and where a long run stands."""

import json
import time
from collections.abc import Callable
from typing import Final, Generic, TextIO, TypeVar

import click

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
