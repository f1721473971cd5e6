"""`glossator accounts`: manage accounts.

- E-mails and tokens are printed to standard output only, never logged.
- If a server is running on the embedded data, the command uses that server's PostgreSQL. The server's session cache
  expires within 5 seconds, as between any two servers on one database.
"""

import sys
from datetime import UTC, datetime

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


def list_accounts(limit: int, offset: int, as_json: bool) -> None:
    async def work() -> ExitCode:
        async with open_account_admin() as admin:
            found, total = await admin.accounts.page(limit, offset)
        print_result(
            ActionResult(output.format_page(found, total, offset), output.page_to_json(found, total)), as_json=as_json
        )
        return ExitCode.OK

    run_to_exit(work)


def show(email: str, as_json: bool) -> None:
    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        sessions = await admin.services.sessions.of_account(account.id)
        return ActionResult(output.format_details(account, sessions), output.details_to_json(account, sessions))

    perform(email, action, as_json=as_json)


def reset_password(email: str, as_json: bool) -> None:
    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        expires_at = datetime.now(UTC) + RESET_TOKEN_LIFETIME
        reset = ResetToken(await admin.services.passwords.issue_reset_token(email), expires_at, admin.url)
        return ActionResult(output.format_reset(account, reset), output.reset_to_json(account, reset))

    perform(email, action, as_json=as_json)


def deactivate(email: str, as_json: bool) -> None:
    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.accounts.set_active(account.id, active=False)
        return result_of("deactivated", "is closed", account)

    perform(email, action, as_json=as_json)


def activate(email: str, as_json: bool) -> None:
    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.accounts.set_active(account.id, active=True)
        return result_of("activated", "is open", account)

    perform(email, action, as_json=as_json)


def revoke(email: str, as_json: bool) -> None:
    async def action(admin: AccountAdmin, account: Account) -> ActionResult:
        await admin.services.sessions.revoke_all(account.id)
        return result_of("revoked", "has no sessions now", account)

    perform(email, action, as_json=as_json)


def delete(email: str, yes: bool, as_json: bool) -> None:
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
