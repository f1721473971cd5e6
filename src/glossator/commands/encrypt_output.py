"""What `glossator encrypt` shows: progress on standard error, the summary on standard output, never a field's content.

The document's keys: `key_id, rows, changed, left`; of a field that was left: `account_id, column, reason`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TextIO

import click

from glossator.commands.showing import PlainLines
from glossator.storage.resealing import Batch, Left

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
        yield PlainLines(stream, partial(progress_line, total=total))
        return
    with click.progressbar(length=total, label="Encrypting", file=stream) as bar:
        yield lambda rows: bar.update(rows - bar.pos)


def progress_line(rows: int, total: int) -> str:
    return f"{rows:,} of {total:,} rows looked at"
