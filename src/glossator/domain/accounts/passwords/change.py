"""Changes passwords, and resets forgotten ones with one-time tokens."""

import logging
import secrets
import string
from dataclasses import replace
from datetime import timedelta
from typing import Final

from glossator.domain.accounts.account import Account, ClientInfo, SignedIn
from glossator.domain.accounts.errors import ResetTokenRefused, WrongPassword
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from glossator.domain.accounts.passwords.passwords import Passwords
from glossator.domain.accounts.passwords.proof import PasswordProof
from glossator.domain.accounts.ports import Accounts, OneTimeTokens
from glossator.domain.accounts.registration import check_new_password
from glossator.domain.accounts.sessions.credentials import IssuedSession, token_hash
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import Clock
from glossator.domain.errors import NotFound

log = logging.getLogger(__name__)

RESET_TOKEN_LIFETIME: Final = timedelta(hours=1)
RESET_TOKEN_LENGTH: Final = 24  # characters, as in the official server


class PasswordService:
    """A new password invalidates every token of the existing deployment.

    No e-mail is sent: the operator passes a reset token on to the reader.
    """

    def __init__(
        self,
        accounts: Accounts,
        tokens: OneTimeTokens,
        sessions: SessionService,
        passwords: Passwords,
        failures: AttemptLimit,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._sessions = sessions
        self._passwords = passwords
        self._failures = failures
        self._proof = PasswordProof(accounts, passwords, failures)
        self._clock = clock

    async def verify(self, signed_in: SignedIn, password: str, client: ClientInfo) -> None:
        """Raises WrongPassword, TooManyFailures, PasswordRefused, Overloaded."""
        await self._proof.by_account(signed_in.account, password, client)

    async def change(
        self, signed_in: SignedIn, current: str, new: str, client: ClientInfo, *, revoke_others: bool = False
    ) -> IssuedSession | None:
        """With `revoke_others` every earlier session ends, the caller's included, and a new one is returned.

        Raises as `verify`, and InvalidToken if the new password was replaced before the session opened.
        """
        check_new_password(new)
        account = await self._proof.by_account(signed_in.account, current, client)
        account = await self._replace(account, new, end_sessions=revoke_others)
        if not revoke_others:
            return None
        remember = signed_in.session is None or signed_in.session.remember
        return await self._sessions.open(account, client, remember=remember)

    async def _replace(self, account: Account, new: str, *, end_sessions: bool) -> Account:
        """Raises WrongPassword if another request replaced the current password meanwhile."""
        password_hash = await self._passwords.hash(new)
        replaced = await self._accounts.set_password(
            account.id,
            account.password_hash,
            password_hash,
            tokens_valid_from=self._clock(),
            end_sessions=end_sessions,
        )
        if not replaced:
            raise WrongPassword
        self._sessions.invalidate(account.id)
        log.info("password_changed: account %s", account.id)
        return replace(account, password_hash=password_hash)

    async def issue_reset_token(self, email: str) -> str:
        """A token that is valid for one hour and stored only as a hash. Raises NotFound."""
        account = await self._accounts.by_email(email)
        if account is None:
            raise NotFound("there is no account with this e-mail")
        alphabet = string.ascii_letters + string.digits
        token = "".join(secrets.choice(alphabet) for _ in range(RESET_TOKEN_LENGTH))
        await self._tokens.add(token_hash(token), account.id, self._clock() + RESET_TOKEN_LIFETIME)
        return token

    async def reset(self, token: str, new: str, client: ClientInfo) -> None:
        """Ends every session. A new password that is refused does not use up the token.

        Raises ResetTokenRefused, PasswordRefused, Overloaded.
        """
        check_new_password(new)
        password_hash = await self._passwords.hash(new)
        account_id = await self._tokens.spend(token_hash(token), password_hash, tokens_valid_from=self._clock())
        if account_id is None:
            raise ResetTokenRefused
        self._sessions.invalidate(account_id)
        account = await self._accounts.by_id(account_id)
        if account is None:  # deleted by a concurrent request
            raise ResetTokenRefused
        await self._failures.forgive(account.email_hash, client.network)
        log.info("password_reset: account %s", account.id)
