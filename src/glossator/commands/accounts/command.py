"""`glossator accounts`: what the operator does by hand, since the server sends no mail and has no page for him.

- E-mails and tokens go to standard output, which is the operator's own screen, and to no log.
- A server that runs on the embedded data is joined: both use its PostgreSQL. What it remembers of a session ends
  within 5 seconds, as between any two servers on one database.
"""

import sys
from datetime import UTC, datetime
from typing import Final

import click

from glossator.commands.accounts import output
from glossator.commands.accounts.act import AccountAdmin, Told, account_desk, done, perform, tell
from glossator.commands.accounts.output import ResetToken
from glossator.commands.runner import run_to_exit
from glossator.domain.accounts.account import Account
from glossator.domain.accounts.passwords.change import RESET_LIFE
from glossator.kernel.errors import ExitCode

MOST_LISTED: Final = 1000

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def accounts() -> None:
    """Look after readers' accounts: list, show, close, delete them, and replace a forgotten password.

    Works on the database of the configured environment, also while servers use it: they notice within 5 seconds.
    Ends with 1 when no account has the e-mail.
    """


@accounts.command("list")
@click.option("--limit", type=click.IntRange(1, MOST_LISTED), default=50, show_default=True, help="How many.")
@click.option("--offset", type=click.IntRange(0, 2**31), default=0, help="How many of the newest to leave out.")
@as_json_option
def list_accounts(limit: int, offset: int, as_json: bool) -> None:
    """List accounts, newest first."""

    async def work() -> ExitCode:
        async with account_desk() as desk:
            found, total = await desk.accounts.page(limit, offset)
        tell(Told(output.page_text(found, total, offset), output.page_document(found, total)), as_json=as_json)
        return ExitCode.OK

    run_to_exit(work)


@accounts.command()
@click.argument("email")
@as_json_option
def show(email: str, as_json: bool) -> None:
    """Show the account with this e-mail and its open sessions."""

    async def act(desk: AccountAdmin, account: Account) -> Told:
        sessions = await desk.services.sessions.of_account(account.id)
        return Told(output.whole_text(account, sessions), output.whole_document(account, sessions))

    perform(email, act, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def reset_password(email: str, as_json: bool) -> None:
    """Print a token that sets a new password once.

    It holds for an hour, and nothing changes before it is used; the call that does it is printed too. Give it to the
    reader by a way that you trust: whoever has it has the account.
    """

    async def act(desk: AccountAdmin, account: Account) -> Told:
        expires_at = datetime.now(UTC) + RESET_LIFE
        reset = ResetToken(await desk.services.resets.issue(email), expires_at, desk.url)
        return Told(output.reset_text(account, reset), output.reset_document(account, reset))

    perform(email, act, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def deactivate(email: str, as_json: bool) -> None:
    """Close the account: nobody can sign in to it.

    Its sessions open nothing meanwhile. Nothing is deleted: `activate` opens it again.
    """

    async def act(desk: AccountAdmin, account: Account) -> Told:
        await desk.services.accounts.set_active(account.id, active=False)
        return done("deactivated", "is closed", account)

    perform(email, act, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def activate(email: str, as_json: bool) -> None:
    """Open a closed account again."""

    async def act(desk: AccountAdmin, account: Account) -> Told:
        await desk.services.accounts.set_active(account.id, active=True)
        return done("activated", "is open", account)

    perform(email, act, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def revoke(email: str, as_json: bool) -> None:
    """End every session of the account.

    Its reader must sign in again everywhere.
    """

    async def act(desk: AccountAdmin, account: Account) -> Told:
        await desk.services.account_sessions.revoke_all(account.id)
        return done("revoked", "has no session any more", account)

    perform(email, act, as_json=as_json)


@accounts.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json_option
def delete(email: str, yes: bool, as_json: bool) -> None:
    """Delete the account and everything about it.

    Profile, sessions, conversations: all of it goes, and there is no way back.
    """
    confirm(email, yes=yes)

    async def act(desk: AccountAdmin, account: Account) -> Told:
        await desk.services.data.remove(account.id)
        return done("deleted", "and everything about it is deleted", account)

    perform(email, act, as_json=as_json)


def confirm(email: str, *, yes: bool) -> None:
    """Asks before anything is started, since a prompt and an event loop both want Ctrl-C."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("nobody can be asked here - add --yes to delete without asking")
    question = f"Delete the account of {output.plain(email)} and everything about it, for ever?"
    click.confirm(question, abort=True, err=True)
