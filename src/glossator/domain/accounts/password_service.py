"""Proving a password and changing it."""

import logging
from dataclasses import replace

from glossator.domain.accounts.account import Account, SignedIn
from glossator.domain.accounts.caller import Caller
from glossator.domain.accounts.clock import Clock
from glossator.domain.accounts.errors import WrongPassword
from glossator.domain.accounts.issued_session import IssuedSession
from glossator.domain.accounts.password_proof import PasswordProof
from glossator.domain.accounts.passwords import Passwords
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.rules import check_new_password
from glossator.domain.accounts.session_service import SessionService

log = logging.getLogger(__name__)


class PasswordService:
    """A new password ends every token of the existing deployment."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: SessionService,
        passwords: Passwords,
        proof: PasswordProof,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._proof = proof
        self._clock = clock

    async def verify(self, signed_in: SignedIn, password: str, caller: Caller) -> None:
        """Raises WrongPassword, TooManyFailures, PasswordRefused, Overloaded."""
        await self._proof.of_account(signed_in.account, password, caller)

    async def change(
        self, signed_in: SignedIn, current: str, new: str, caller: Caller, *, revoke_others: bool = False
    ) -> IssuedSession | None:
        """With `revoke_others` every earlier session is gone, the caller's too, and the new one is given.

        Raises as `verify`; InvalidToken when the new password has ended before the session began.
        """
        check_new_password(new)
        account = await self._proof.of_account(signed_in.account, current, caller)
        account = await self._with(account, new, end_sessions=revoke_others)
        if not revoke_others:
            return None
        remember = signed_in.session is None or signed_in.session.remember
        return await self._sessions.open(account, caller, remember=remember)

    async def _with(self, account: Account, new: str, *, end_sessions: bool) -> Account:
        """Raises WrongPassword when another request has replaced the current one meanwhile."""
        password_hash = await self._passwords.hash(new)
        done = await self._accounts.set_password(
            account.id,
            account.password_hash,
            password_hash,
            tokens_valid_from=self._clock(),
            end_sessions=end_sessions,
        )
        if not done:
            raise WrongPassword
        self._sessions.forget(account.id)
        log.info("password_changed: account %s", account.id)
        return replace(account, password_hash=password_hash)
