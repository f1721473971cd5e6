"""Sign-up, sign-in, and changing, exporting and deleting an account."""

import logging
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from glossator.domain.accounts.account import Account, ClientInfo, Profile, SignedIn, is_address, known_email, new_email
from glossator.domain.accounts.errors import (
    AccountInactive,
    EmailRefused,
    InvalidToken,
    NothingToChange,
    SessionTooOld,
    SignUpClosed,
    WrongCredentials,
    WrongPassword,
)
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.passwords import Passwords
from glossator.domain.accounts.passwords.proof import PasswordProof
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.registration import (
    AccountChanges,
    ProfileChanges,
    Registration,
    check_changes,
    check_new_password,
    check_profile,
)
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import Clock
from glossator.domain.errors import Unavailable

log = logging.getLogger(__name__)


class AccountService:
    """`sign_up_open`: whether new accounts can be created."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: SessionService,
        passwords: Passwords,
        failures: AttemptLimit,
        clock: Clock,
        *,
        sign_up_open: bool,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._failures = failures
        self._proof = PasswordProof(accounts, passwords, failures)
        self._clock = clock
        self._sign_up_open = sign_up_open

    async def sign_up(self, registration: Registration, client: ClientInfo) -> IssuedSession:
        """Hashes before the look-up, so that the response time does not reveal whether an address is taken.

        Raises SignUpClosed, EmailRefused, PasswordRefused, FieldRefused, AlreadyExists, Overloaded.
        """
        if not self._sign_up_open:
            raise SignUpClosed
        email = new_email(registration.email)
        check_new_password(registration.password)
        check_changes({"name": registration.name, "image": registration.image, "proficiency": registration.proficiency})
        now = self._clock()
        account = Account(
            id=str(uuid4()),
            email=email,
            name=registration.name,
            password_hash=await self._passwords.hash(registration.password),
            proficiency=registration.proficiency,
            created_at=now,
            updated_at=now,
            image=registration.image,
        )
        await self._accounts.add(account)
        with suppress(Unavailable):  # the account exists; its next sign-in makes the network known
            await self._failures.forgive(account.email_hash, client.network)
        log.info("signed_up: account %s", account.id)
        return await self._sessions.open(account, client, remember=registration.remember)

    async def sign_in(self, email: str, password: str, client: ClientInfo, *, remember: bool = True) -> IssuedSession:
        """A malformed e-mail is reported only after a failed sign-in, with the same response time.

        Raises EmailRefused, PasswordRefused, TooManyFailures, WrongCredentials, AccountInactive, Overloaded.
        """
        try:
            account = await self._proof.by_email(known_email(email), password, client)
        except WrongPassword:
            raise (WrongCredentials if is_address(email) else EmailRefused) from None
        if not account.is_active:
            raise AccountInactive
        try:
            return await self._sessions.open(account, client, remember=remember)
        except InvalidToken:
            raise WrongCredentials from None

    async def update(self, signed_in: SignedIn, changes: AccountChanges) -> Account:
        """Raises NothingToChange, FieldRefused, and InvalidToken if the account was just deleted."""
        if not changes:
            raise NothingToChange
        check_changes(changes)
        account = replace(await self._current(signed_in), **changes)
        await self._accounts.change(account.id, changes)
        self._sessions.invalidate(account.id)
        return account

    async def profile(self, signed_in: SignedIn) -> Profile | None:
        return (await self._current(signed_in)).profile

    async def update_profile(self, signed_in: SignedIn, changes: ProfileChanges) -> Profile:
        """Raises FieldRefused, and InvalidToken if the account was just deleted."""
        check_profile(changes)
        profile = replace((await self._current(signed_in)).profile or Profile(), **changes)
        await self._accounts.change_profile(signed_in.account.id, changes)
        self._sessions.invalidate(signed_in.account.id)
        return profile

    async def set_active(self, account_id: str, *, active: bool) -> None:
        """Sessions of an inactive account are kept but refused until it is active again."""
        await self._accounts.set_active(account_id, active=active)
        self._sessions.invalidate(account_id)

    async def _current(self, signed_in: SignedIn) -> Account:
        account = await self._accounts.by_id(signed_in.account.id)
        if account is None:
            raise InvalidToken
        return account

    async def export(self, signed_in: SignedIn, password: str | None, client: ClientInfo) -> AsyncGenerator[str, None]:
        """Everything stored about the account, as a JSON document in pieces. Raises as `delete`."""
        await self._confirm(signed_in, password, client)
        return self._accounts.export(signed_in.account.id)

    async def delete(self, signed_in: SignedIn, password: str | None, client: ClientInfo) -> None:
        """Requires the password or a session younger than a day; a token without a session is never enough.

        Raises SessionTooOld, WrongPassword, TooManyFailures, PasswordRefused, Overloaded.
        """
        await self._confirm(signed_in, password, client)
        await self.remove(signed_in.account.id)

    async def remove(self, account_id: str) -> None:
        """Deletes without confirmation, for the operator; does nothing for an unknown account."""
        account = await self._accounts.by_id(account_id)
        await self._accounts.delete(account_id)
        self._sessions.invalidate(account_id)
        if account is not None:
            await self._failures.forget(account.email_hash)
        log.info("account_deleted: account %s", account_id)

    async def _confirm(self, signed_in: SignedIn, password: str | None, client: ClientInfo) -> None:
        if signed_in.session is None:
            raise SessionTooOld
        if password is not None:
            await self._proof.by_account(signed_in.account, password, client)
        elif not self._sessions.is_fresh(signed_in.session):
            raise SessionTooOld
