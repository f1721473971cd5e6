"""Replacing a forgotten password with a token that works once; only the token's hash is stored."""

import logging
import secrets
import string
from datetime import timedelta
from typing import Final

from glossator.domain.accounts.caller import Caller
from glossator.domain.accounts.clock import Clock
from glossator.domain.accounts.errors import ResetTokenRefused
from glossator.domain.accounts.failures import FailureLimit
from glossator.domain.accounts.passwords import Passwords
from glossator.domain.accounts.ports import Accounts, OneTimeTokens
from glossator.domain.accounts.rules import check_new_password
from glossator.domain.accounts.session_service import SessionService
from glossator.domain.accounts.session_tokens import token_hash
from glossator.domain.errors import NotFound

log = logging.getLogger(__name__)

RESET_LIFE: Final = timedelta(hours=1)
RESET_LENGTH: Final = 24  # characters, as the official server's


class PasswordResets:
    """For those who forgot theirs: the operator hands out a token, by whatever way he reaches them."""

    def __init__(
        self,
        accounts: Accounts,
        tokens: OneTimeTokens,
        sessions: SessionService,
        passwords: Passwords,
        failures: FailureLimit,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._sessions = sessions
        self._passwords = passwords
        self._failures = failures
        self._clock = clock

    async def issue(self, email: str) -> str:
        """A token for one hour, stored only as a hash. Raises NotFound."""
        account = await self._accounts.by_email(email)
        if account is None:
            raise NotFound("there is no account with this e-mail")
        alphabet = string.ascii_letters + string.digits
        token = "".join(secrets.choice(alphabet) for _ in range(RESET_LENGTH))
        await self._tokens.add(token_hash(token), account.id, self._clock() + RESET_LIFE)
        return token

    async def use(self, token: str, new: str, caller: Caller) -> None:
        """Ends every session. Hashes before it looks: a token is not spent on a password that cannot be set.

        Raises ResetTokenRefused, PasswordRefused, Overloaded.
        """
        check_new_password(new)
        password_hash = await self._passwords.hash(new)
        account_id = await self._tokens.spend(token_hash(token), password_hash, tokens_valid_from=self._clock())
        if account_id is None:
            raise ResetTokenRefused
        self._sessions.forget(account_id)
        account = await self._accounts.by_id(account_id)
        if account is None:  # deleted at this very moment
            raise ResetTokenRefused
        await self._failures.forgive(account.email_hash, caller.network)
        log.info("password_reset: account %s", account.id)
