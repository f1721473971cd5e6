"""Runs an operator's action on the account with a given e-mail and prints its result."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import click

from glossator.commands.accounts import output
from glossator.commands.check.environment import base_url
from glossator.commands.context import JOIN_DATABASE, command_configuration, find_data_owner
from glossator.commands.runner import format_json, run_to_exit
from glossator.domain.accounts.account import Account, known_email
from glossator.domain.accounts.errors import EmailRefused
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.services import AccountServices
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import open_account_services


@dataclass(frozen=True)
class AccountAdmin:
    """`url` is the address of the server."""

    accounts: Accounts
    services: AccountServices
    url: str


@dataclass(frozen=True)
class ActionResult:
    """The result as text and as JSON."""

    text: str
    json: dict[str, Any]


Action = Callable[[AccountAdmin, Account], Awaitable[ActionResult]]


def perform(email: str, action: Action, *, as_json: bool) -> None:
    """Runs the action and exits the process."""

    async def work() -> ExitCode:
        async with open_account_admin() as admin:
            account = await find(admin.accounts, email)
            if account is None:
                click.echo(f"glossator: no account has the e-mail {output.printable(email)}", err=True)
                return ExitCode.FAILED
            print_result(await action(admin, account), as_json=as_json)
        return ExitCode.OK

    run_to_exit(work)


@asynccontextmanager
async def open_account_admin() -> AsyncIterator[AccountAdmin]:
    configuration = command_configuration(JOIN_DATABASE)
    server = await find_data_owner(configuration)
    async with open_account_services(configuration) as services:
        url = server.url if server else base_url(configuration)
        yield AccountAdmin(services.get(Accounts), services.get(AccountServices), url)


async def find(accounts: Accounts, email: str) -> Account | None:
    try:
        return await accounts.by_email(known_email(email))
    except EmailRefused:
        return None


def result_of(action: str, outcome: str, account: Account) -> ActionResult:
    name = output.printable(account.email) or account.id
    return ActionResult(
        f"The account of {name} {outcome}.", {"action": action, "account": output.account_to_json(account)}
    )


def print_result(result: ActionResult, *, as_json: bool) -> None:
    click.echo(format_json(result.json) if as_json else result.text)
