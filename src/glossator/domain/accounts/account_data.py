"""What a reader may take along, and leaving without a trace."""

import logging
from collections.abc import AsyncGenerator

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.caller import Caller
from glossator.domain.accounts.errors import SessionTooOld
from glossator.domain.accounts.failures import FailureLimit
from glossator.domain.accounts.password_proof import PasswordProof
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.session_service import SessionService

log = logging.getLogger(__name__)


class AccountData:
    """Needs the password, or a session younger than a day; a token without a session is never enough."""

    def __init__(
        self, accounts: Accounts, sessions: SessionService, proof: PasswordProof, failures: FailureLimit
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._proof = proof
        self._failures = failures

    async def export(self, signed_in: SignedIn, password: str | None, caller: Caller) -> AsyncGenerator[str, None]:
        """Everything stored about the account, a JSON document in pieces. Raises as `delete`."""
        await self._confirm(signed_in, password, caller)
        return self._accounts.export(signed_in.account.id)

    async def delete(self, signed_in: SignedIn, password: str | None, caller: Caller) -> None:
        """Raises SessionTooOld, WrongPassword, TooManyFailures, PasswordRefused, Overloaded."""
        await self._confirm(signed_in, password, caller)
        await self.remove(signed_in.account.id)

    async def remove(self, account_id: str) -> None:
        """Without asking: for the operator. An account that is gone already is none to remove."""
        account = await self._accounts.by_id(account_id)
        await self._accounts.delete(account_id)
        self._sessions.forget(account_id)
        if account is not None:
            await self._failures.forget(account.email_hash)
        log.info("account_deleted: account %s", account_id)

    async def _confirm(self, signed_in: SignedIn, password: str | None, caller: Caller) -> None:
        if signed_in.session is None:
            raise SessionTooOld
        if password is not None:
            await self._proof.of_account(signed_in.account, password, caller)
        elif not self._sessions.is_fresh(signed_in.session):
            raise SessionTooOld
