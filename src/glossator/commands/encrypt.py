"""`glossator encrypt`: seals names, e-mails and profiles that are stored plain, or under the key before.

Standard output gets the summary, or with `--json` one document; progress goes to standard error. What was stored is
never shown: a field that cannot be sealed is told by its account's id, its column and the reason.

What `glossator encrypt` shows: progress on standard error, the summary on standard output, never a field's content.

The document's keys: `key_id, rows, changed, left`; of a field that was left: `account_id, column, reason`.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TextIO

import click

from glossator.commands.context import JOINED, command_configuration
from glossator.commands.runner import PlainLines, json_text, run_to_exit
from glossator.configuration import core as conf
from glossator.configuration.core import Configuration
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ExitCode, ServiceError, StartupFailed
from glossator.kernel.settings.secret import Secret
from glossator.storage.accounts.reencryption import Batch, Left, Reencryption, begin_encryption, encrypt, number_of_rows
from glossator.wiring.accounts import cipher_of
from glossator.wiring.partial import started_with_database

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


@click.command("encrypt")
@click.option("--rotate", is_flag=True, help="From DATA_ENCRYPTION_KEY_PREVIOUS to DATA_ENCRYPTION_KEY.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
def encrypt_command(rotate: bool, as_json: bool) -> None:
    """Encrypt names, e-mails and profiles that are stored plain, with DATA_ENCRYPTION_KEY.

    A run that was stopped is simply started again: what is encrypted stays. Ends with 1 when fields were left as they
    are, because they look encrypted and no key opens them.

    Servers must run with the same key, since others read encrypted fields as empty, and write none. Set the key, stop
    such servers, run this, and start them as soon as it says that the key is in force.

    With --rotate the key before stands in DATA_ENCRYPTION_KEY_PREVIOUS. Restart every server with both first: they
    read both and seal with the one in force. When this has ended with 0, restart them without the key before.
    """

    async def work() -> ExitCode:
        outcome = await _encrypt(rotate=rotate)
        click.echo(json_text(document(outcome)) if as_json else text(outcome))
        return ExitCode.FAILED if outcome.left else ExitCode.OK

    run_to_exit(work)


async def _encrypt(*, rotate: bool) -> Outcome:
    configuration = command_configuration(JOINED)
    reencryption = reencryption_of(configuration, rotate=rotate)
    async with started_with_database(configuration) as services:
        database = services.get(Database)
        try:
            await begin_encryption(database, reencryption)
        except ServiceError as fault:
            raise StartupFailed(ExitCode.UNAVAILABLE, [f"database: {fault}"]) from fault
        click.echo(f"Key {reencryption.cipher.key_id} is in force.", err=True)
        return await all_rows(database, reencryption)


def reencryption_of(configuration: Configuration, *, rotate: bool) -> Reencryption:
    """Raises StartupFailed."""
    settings = configuration.settings
    new, old = settings[conf.DATA_ENCRYPTION_KEY], settings[conf.DATA_ENCRYPTION_KEY_PREVIOUS]
    if new is None:
        raise missing("DATA_ENCRYPTION_KEY", "set it to any long random text, here and for every server")
    if not rotate:
        return Reencryption(cipher_of(new))
    return Reencryption(cipher_of(new), cipher_of(previous(new, old)))


def previous(new: Secret, old: Secret | None) -> Secret:
    if old is None:
        raise missing("DATA_ENCRYPTION_KEY_PREVIOUS", "set it to the key that the fields are encrypted with")
    if old.reveal() == new.reveal():
        line = "DATA_ENCRYPTION_KEY_PREVIOUS: is the same as DATA_ENCRYPTION_KEY - set that one to the new key"
        raise StartupFailed(ExitCode.SETTINGS, [line])
    return old


def missing(name: str, what_to_do: str) -> StartupFailed:
    return StartupFailed(ExitCode.SETTINGS, [f"{name}: is not set - {what_to_do}"])


async def all_rows(database: Database, reencryption: Reencryption) -> Outcome:
    outcome = Outcome(str(reencryption.cipher.key_id))
    try:
        with shown_progress(sys.stderr, await number_of_rows(database)) as progress:
            async for batch in encrypt(database, reencryption):
                outcome = outcome.after(batch)
                progress(outcome.rows)
    except asyncio.CancelledError:
        click.echo(f"Stopped after {outcome.rows:,} rows. Run it again to go on: what is encrypted stays.", err=True)
        raise
    return outcome
