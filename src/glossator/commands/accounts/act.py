"""What an operator's act on one account needs, does and says; its e-mail finds the account."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import click

from glossator.commands.accounts import output
from glossator.commands.check.environment import base_url
from glossator.commands.context import JOINED, command_configuration, owner_of_data
from glossator.commands.runner import json_text, run_to_exit
from glossator.domain.accounts.account import Account
from glossator.domain.accounts.emails import known_email
from glossator.domain.accounts.errors import EmailRefused
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.services import AccountServices
from glossator.kernel.errors import ExitCode
from glossator.wiring.partial import started_for_accounts


@dataclass(frozen=True)
class AccountAdmin:
    """`url` is where the server of these accounts is reached."""

    accounts: Accounts
    services: AccountServices
    url: str


@dataclass(frozen=True)
class Told:
    """What an act has to say, in both forms."""

    text: str
    document: dict[str, Any]


Act = Callable[[AccountAdmin, Account], Awaitable[Told]]


def perform(email: str, act: Act, *, as_json: bool) -> None:
    """Does it to the account with this e-mail and ends the process."""

    async def work() -> ExitCode:
        async with account_desk() as desk:
            account = await find(desk.accounts, email)
            if account is None:
                click.echo(f"glossator: no account has the e-mail {output.plain(email)}", err=True)
                return ExitCode.FAILED
            tell(await act(desk, account), as_json=as_json)
        return ExitCode.OK

    run_to_exit(work)


@asynccontextmanager
async def account_desk() -> AsyncIterator[AccountAdmin]:
    configuration = command_configuration(JOINED)
    server = await owner_of_data(configuration)
    async with started_for_accounts(configuration) as services:
        url = server.url if server else base_url(configuration)
        yield AccountAdmin(services.get(Accounts), services.get(AccountServices), url)


async def find(accounts: Accounts, email: str) -> Account | None:
    try:
        return await accounts.by_email(known_email(email))
    except EmailRefused:
        return None


def done(action: str, sentence: str, account: Account) -> Told:
    name = output.plain(account.email) or account.id
    return Told(f"The account of {name} {sentence}.", {"action": action, "account": output.account_document(account)})


def tell(told: Told, *, as_json: bool) -> None:
    click.echo(json_text(told.document) if as_json else told.text)
