"""`glossator encrypt`: encrypts stored names, e-mails and profiles, or re-encrypts them with a new key.

The summary goes to standard output, progress to standard error. Contents of fields are never shown: a skipped field is
reported with its account's id, its column and the reason.

JSON keys: `key_id, rows, changed, left`; for each skipped field in `left`: `account_id, column, reason`.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TextIO

import click

from glossator.commands.context import JOIN_DATABASE, command_configuration
from glossator.commands.runner import ProgressLines, format_json, run_to_exit
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ExitCode, ServiceError, StartupFailed
from glossator.kernel.settings.secret import Secret
from glossator.storage.accounts.reencryption import (
    Batch,
    Reencryption,
    SkippedField,
    begin_encryption,
    encrypt,
    number_of_rows,
)
from glossator.wiring.accounts import cipher_of
from glossator.wiring.partial import open_database

ReportRows = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True)
class EncryptionSummary:
    """`rows` of accounts and profiles were read, `changed` of them written; `left` are the skipped fields."""

    key_id: str
    rows: int = 0
    changed: int = 0
    left: tuple[SkippedField, ...] = ()

    def after(self, batch: Batch) -> "EncryptionSummary":
        return replace(
            self, rows=self.rows + batch.rows, changed=self.changed + batch.changed, left=(*self.left, *batch.left)
        )


def format_summary(summary: EncryptionSummary) -> str:
    lines = [f"{summary.rows:,} rows read, {summary.changed:,} encrypted with key {summary.key_id}."]
    if summary.left:
        lines.append("Skipped fields:")
        lines += [f"  account {field.account_id}  {field.column}  {field.reason}" for field in summary.left]
    return "\n".join(lines)


@contextmanager
def show_progress(stream: TextIO, total: int) -> Iterator[ReportRows]:
    """Shows a bar on a terminal, otherwise prints occasional lines."""
    if not stream.isatty():
        yield ProgressLines(stream, partial(progress_line, total=total))
        return
    with click.progressbar(length=total, label="Encrypting", file=stream) as bar:
        yield lambda rows: bar.update(rows - bar.pos)


def progress_line(rows: int, total: int) -> str:
    return f"{rows:,} of {total:,} rows read"


def encrypt_command(rotate: bool, as_json: bool) -> None:
    async def work() -> ExitCode:
        summary = await _encrypt(rotate=rotate)
        click.echo(format_json(asdict(summary)) if as_json else format_summary(summary))
        return ExitCode.FAILED if summary.left else ExitCode.OK

    run_to_exit(work)


async def _encrypt(*, rotate: bool) -> EncryptionSummary:
    configuration = command_configuration(JOIN_DATABASE)
    reencryption = reencryption_of(configuration, rotate=rotate)
    async with open_database(configuration) as services:
        database = services.get(Database)
        try:
            await begin_encryption(database, reencryption)
        except ServiceError as fault:
            raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault
        click.echo(f"Key {reencryption.cipher.key_id} is active.", err=True)
        return await encrypt_all(database, reencryption)


def reencryption_of(configuration: Configuration, *, rotate: bool) -> Reencryption:
    """Raises StartupFailed."""
    settings = configuration.settings
    new, old = settings[conf.DATA_ENCRYPTION_KEY], settings[conf.DATA_ENCRYPTION_KEY_PREVIOUS]
    if new is None:
        raise missing("DATA_ENCRYPTION_KEY", "set it to a long random text, here and on every server")
    if not rotate:
        return Reencryption(cipher_of(new))
    return Reencryption(cipher_of(new), cipher_of(previous(new, old)))


def previous(new: Secret, old: Secret | None) -> Secret:
    if old is None:
        raise missing("DATA_ENCRYPTION_KEY_PREVIOUS", "set it to the key that the fields are encrypted with")
    if old.reveal() == new.reveal():
        line = (
            "DATA_ENCRYPTION_KEY_PREVIOUS: is the same as DATA_ENCRYPTION_KEY - set DATA_ENCRYPTION_KEY to the new key"
        )
        raise StartupFailed(ExitCode.SETTINGS, [line])
    return old


def missing(name: str, what_to_do: str) -> StartupFailed:
    return StartupFailed(ExitCode.SETTINGS, [f"{name}: is not set - {what_to_do}"])


async def encrypt_all(database: Database, reencryption: Reencryption) -> EncryptionSummary:
    summary = EncryptionSummary(str(reencryption.cipher.key_id))
    try:
        with show_progress(sys.stderr, await number_of_rows(database)) as progress:
            async for batch in encrypt(database, reencryption):
                summary = summary.after(batch)
                progress(summary.rows)
    except asyncio.CancelledError:
        click.echo(f"Stopped after {summary.rows:,} rows. Run the command again to continue.", err=True)
        raise
    return summary
