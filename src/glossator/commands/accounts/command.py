"""`glossator accounts`: manage accounts.

- E-mails and tokens are printed to standard output only, never logged.
- If a server is running on the embedded data, the command uses that server's PostgreSQL. The server's session cache
  expires within 5 seconds, as between any two servers on one database.
"""

import sys
from datetime import UTC, datetime
from typing import Final

import click

from glossator.commands.accounts import output
from glossator.commands.accounts.act import (
    AccountAdmin,
    ActionResult,
    open_account_admin,
    perform,
    print_result,
    result_of,
)
from glossator.commands.accounts.output import ResetToken
from glossator.commands.runner import run_to_exit
from glossator.domain.accounts.account import Account
from glossator.domain.accounts.passwords.change import RESET_TOKEN_LIFETIME
from glossator.kernel.errors import ExitCode

MAX_LISTED: Final = 1000

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def accounts() -> None:
    """Manage accounts: list, show, close and delete them, and reset forgotten passwords.

    Works on the database of the configured environment, also while servers use it: changes take effect within
    5 seconds. Exits with 1 if no account has the e-mail.
    """


@accounts.command("list")
@click.option(
    "--limit", type=click.IntRange(1, MAX_LISTED), default=50, show_default=True, help="Maximum number of accounts."
)
@click.option("--offset", type=click.IntRange(0, 2**31), default=0, help="Number of newest accounts to skip.")
@as_json_option
def list_accounts(limit: int, offset: int, as_json: bool) -> None:
    """List accounts, newest first."""

    async def work() -> ExitCode:
        async with open_account_admin() as admin:
            found, total = await admin.accounts.page(limit, offset)
        print_result(
            ActionResult(output.format_page(found, total, offset), output.page_to_json(found, total)), as_json=as_json
        )
        return ExitCode.OK

    run_to_exit(work)


@accounts.command()
@click.argument("email")
@as_json_option
def show(email: str, as_json: bool) -> None:
    """Show the account with this e-mail and its open sessions."""

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        sessions = await admin.services.sessions.of_account(account.id)
        return ActionResult(output.format_details(account, sessions), output.details_to_json(account, sessions))

    perform(email, action, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def reset_password(email: str, as_json: bool) -> None:
    """Print a one-time token that sets a new password.

    The token is valid for one hour, and nothing changes until it is used; the request that uses it is printed too.
    Send it to the reader through a trusted channel: anyone who has it can take over the account.
    """

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        expires_at = datetime.now(UTC) + RESET_TOKEN_LIFETIME
        reset = ResetToken(await admin.services.passwords.issue_reset_token(email), expires_at, admin.url)
        return ActionResult(output.format_reset(account, reset), output.reset_to_json(account, reset))

    perform(email, action, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def deactivate(email: str, as_json: bool) -> None:
    """Close the account, so that its reader cannot sign in.

    Its sessions are refused until `activate` reopens it. Nothing is deleted.
    """

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.accounts.set_active(account.id, active=False)
        return result_of("deactivated", "is closed", account)

    perform(email, action, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def activate(email: str, as_json: bool) -> None:
    """Reopen a closed account."""

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.accounts.set_active(account.id, active=True)
        return result_of("activated", "is open", account)

    perform(email, action, as_json=as_json)


@accounts.command()
@click.argument("email")
@as_json_option
def revoke(email: str, as_json: bool) -> None:
    """End all sessions of the account.

    Its reader must sign in again on every device.
    """

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.sessions.revoke_all(account.id)
        return result_of("revoked", "has no sessions now", account)

    perform(email, action, as_json=as_json)


@accounts.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@as_json_option
def delete(email: str, yes: bool, as_json: bool) -> None:
    """Delete the account with its profile, sessions and conversations.

    This cannot be undone.
    """
    confirm(email, yes=yes)

    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.accounts.remove(account.id)
        return result_of("deleted", "and all its data have been deleted", account)

    perform(email, action, as_json=as_json)


def confirm(email: str, *, yes: bool) -> None:
    """Asks before the event loop starts, since both handle Ctrl-C."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("stdin is not a terminal - pass --yes to delete without confirmation")
    question = f"Delete the account of {output.printable(email)} and all its data? This cannot be undone."
    click.confirm(question, abort=True, err=True)
