"""Whether a password is an account's: guarded against guessing, and renewed in its new form when it is."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from glossator.domain.accounts.account import Account, ClientInfo
from glossator.domain.accounts.emails import email_hash
from glossator.domain.accounts.errors import WrongPassword
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.passwords import Passwords, Verdict
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.registration import check_password
from glossator.domain.errors import Overloaded, Unavailable

Find = Callable[[], Awaitable[Account | None]]

ATTEMPTS: Final = 2


class PasswordProof:
    """One way for every route that takes a password of an existing account."""

    def __init__(self, accounts: Accounts, passwords: Passwords, failures: AttemptLimit) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._failures = failures

    async def of_email(self, email: str, password: str, client: ClientInfo) -> Account:
        """Raises WrongPassword, also when nobody has this e-mail; TooManyFailures, PasswordRefused, Overloaded."""
        return await self._prove(lambda: self._accounts.by_email(email), email_hash(email), password, client)

    async def of_account(self, account: Account, password: str, client: ClientInfo) -> Account:
        """The account as it is now, with the hash that the password was proved by. Raises as `of_email`."""
        return await self._prove(lambda: self._accounts.by_id(account.id), account.email_hash, password, client)

    async def _prove(self, find: Find, counted_by: str, password: str, client: ClientInfo) -> Account:
        check_password(password)
        async with self._failures.turn(counted_by, client.network):
            return await self._tried(find, counted_by, password, client)

    async def _tried(self, find: Find, counted_by: str, password: str, client: ClientInfo) -> Account:
        failure = await self._failures.count(counted_by, client.network)
        looked_at = asyncio.Event()
        try:
            account = await self._verified(find, password, looked_at.set)
        except (Overloaded, Unavailable):
            await self._withdraw(failure)
            raise
        except asyncio.CancelledError:
            if not looked_at.is_set():
                await self._withdraw(failure)
            raise
        await self._failures.forgive(counted_by, client.network)
        return account

    async def _withdraw(self, failure: int) -> None:
        with suppress(Unavailable):
            await self._failures.withdraw(failure)

    async def _verified(self, find: Find, password: str, looked_at: Callable[[], object]) -> Account:
        """Looks again after the wait in line: a password that was replaced meanwhile must not open anything."""
        account = await find()
        for _ in range(ATTEMPTS):
            verdict = await self._passwords.check(password, account.password_hash if account else None, looked_at)
            if account is None or not verdict.is_right:
                break
            current = await find()
            if current is not None and current.password_hash == account.password_hash:
                if (renewed := await self._renewed(current, verdict)) is not None:
                    return renewed
                current = await find()
            account = current
        raise WrongPassword

    async def _renewed(self, account: Account, verdict: Verdict) -> Account | None:
        """With its new hash where there is one; None when another request wrote one first."""
        if verdict.renewed is None:
            return account
        written = await self._accounts.renew_password_hash(account.id, account.password_hash, verdict.renewed)
        return replace(account, password_hash=verdict.renewed) if written else None
