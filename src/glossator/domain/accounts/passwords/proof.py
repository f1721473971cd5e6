"""Verifies an account's password, with protection against guessing, and upgrades outdated hashes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from glossator.domain.accounts.account import Account, ClientInfo, email_hash
from glossator.domain.accounts.errors import WrongPassword
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.passwords import Passwords, PasswordVerdict
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.registration import check_password
from glossator.domain.errors import Unavailable

FindAccount = Callable[[], Awaitable[Account | None]]

ROUNDS: Final = 2


class PasswordProof:
    """Every route that takes an existing account's password verifies it here."""

    def __init__(self, accounts: Accounts, passwords: Passwords, failures: AttemptLimit) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._failures = failures

    async def by_email(self, email: str, password: str, client: ClientInfo) -> Account:
        """Raises WrongPassword, also for an unknown e-mail; TooManyFailures, PasswordRefused, Overloaded."""
        return await self._prove(lambda: self._accounts.by_email(email), email_hash(email), password, client)

    async def by_account(self, account: Account, password: str, client: ClientInfo) -> Account:
        """The account's current state, with the hash that matched. Raises as `by_email`."""
        return await self._prove(lambda: self._accounts.by_id(account.id), account.email_hash, password, client)

    async def _prove(self, find: FindAccount, email_hash: str, password: str, client: ClientInfo) -> Account:
        check_password(password)
        async with self._failures.slot(email_hash, client.network):
            return await self._attempt(find, email_hash, password, client)

    async def _attempt(self, find: FindAccount, email_hash: str, password: str, client: ClientInfo) -> Account:
        failure = await self._failures.count(email_hash, client.network)
        started = asyncio.Event()
        try:
            account = await self._verify(find, password, started.set)
        except Unavailable:
            await self._withdraw(failure)
            raise
        except asyncio.CancelledError:
            if not started.is_set():
                await self._withdraw(failure)
            raise
        await self._failures.forgive(email_hash, client.network)
        return account

    async def _withdraw(self, failure: int) -> None:
        with suppress(Unavailable):
            await self._failures.withdraw(failure)

    async def _verify(self, find: FindAccount, password: str, on_start: Callable[[], object]) -> Account:
        """Reads the account again after the wait in the queue, since its password may have been replaced."""
        account = await find()
        for _ in range(ROUNDS):
            verdict = await self._passwords.verify(password, account.password_hash if account else None, on_start)
            if account is None or not verdict.is_right:
                break
            current = await find()
            if current is not None and current.password_hash == account.password_hash:
                if (upgraded := await self._upgrade(current, verdict)) is not None:
                    return upgraded
                current = await find()
            account = current
        raise WrongPassword

    async def _upgrade(self, account: Account, verdict: PasswordVerdict) -> Account | None:
        """Stores the new hash, if there is one. None if another request replaced the hash first."""
        if verdict.new_hash is None:
            return account
        stored = await self._accounts.renew_password_hash(account.id, account.password_hash, verdict.new_hash)
        return replace(account, password_hash=verdict.new_hash) if stored else None
