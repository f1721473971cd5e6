"""What `glossator encrypt` shows: progress on standard error, the summary on standard output, never a field's content.

The document's keys: `key_id, rows, changed, left`; of a field that was left: `account_id, column, reason`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, TextIO

import click

from glossator.storage.resealing import Batch, Left

LINE_EVERY = 3.0
"""Seconds between two plain lines of progress."""

Rows = Callable[[int], None]
"""Told how many rows have been looked at."""


@dataclass(frozen=True)
class Outcome:
    """`rows` of accounts and of profiles were looked at, `changed` of them written; `left` are fields as they were."""

    key_id: str
    rows: int = 0
    changed: int = 0
    left: tuple[Left, ...] = ()

    def after(self, batch: Batch) -> "Outcome":
        return replace(
            self, rows=self.rows + batch.rows, changed=self.changed + batch.changed, left=(*self.left, *batch.left)
        )


def document(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome)


def text(outcome: Outcome) -> str:
    lines = [f"{outcome.rows:,} rows looked at, {outcome.changed:,} encrypted with key {outcome.key_id}."]
    if outcome.left:
        lines.append("Fields that were left as they are:")
        lines += [f"  account {field.account_id}  {field.column}  {field.reason}" for field in outcome.left]
    return "\n".join(lines)


@contextmanager
def shown_progress(stream: TextIO, total: int) -> Iterator[Rows]:
    """A bar on a terminal; elsewhere, as in a log, a line now and then."""
    if not stream.isatty():
        yield PlainLines(stream, total)
        return
    with click.progressbar(length=total, label="Encrypting", file=stream) as bar:
        yield lambda rows: bar.update(rows - bar.pos)


class PlainLines:
    """Says where a run stands, at most every `every` seconds."""

    def __init__(self, stream: TextIO, total: int, every: float = LINE_EVERY) -> None:
        self._stream = stream
        self._total = total
        self._every = every
        self._last = time.monotonic()

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            click.echo(f"{rows:,} of {self._total:,} rows looked at", file=self._stream)
