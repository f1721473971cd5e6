"""Login sessions: opened, found by their token, extended, ended.

- Seven days, moved forward at most once a day; one day, never moved, for a reader who is not to be remembered.
- A token is always made here; one that a client sends is only looked up.
- What was opened under another secret has ended: nobody sees it, and the account's next sign-in removes it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

from glossator.domain.accounts.account import Account, ClientInfo, LoginSession
from glossator.domain.accounts.errors import InvalidToken
from glossator.domain.accounts.ports import LoginSessions
from glossator.domain.accounts.sessions.credentials import Credentials, IssuedSession, token_hash
from glossator.domain.accounts.sessions.session_cache import SessionCache
from glossator.domain.clock import Clock
from glossator.domain.errors import NotFound

log = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(days=7)
NOT_REMEMBERED: Final = timedelta(days=1)
EXTENDED_EVERY: Final = timedelta(days=1)
FRESH: Final = timedelta(days=1)
LONGEST_USER_AGENT: Final = 500


class SessionService:
    """`most`: sessions that an account may have; the oldest make room."""

    def __init__(
        self,
        sessions: LoginSessions,
        credentials: Credentials,
        recent: SessionCache,
        clock: Clock,
        *,
        most: int = 50,
    ) -> None:
        self._sessions = sessions
        self._credentials = credentials
        self._recent = recent
        self._clock = clock
        self._most = most

    async def open(self, account: Account, client: ClientInfo, *, remember: bool = True) -> IssuedSession:
        """`account` is as its password was proved. Raises InvalidToken when that password has just ended."""
        now = self._clock()
        session = LoginSession(
            id=str(uuid4()),
            account_id=account.id,
            created_at=now,
            updated_at=now,
            expires_at=now + (REMEMBERED if remember else NOT_REMEMBERED),
            remember=remember,
            ip_address=client.ip_address,
            user_agent=client.user_agent[:LONGEST_USER_AGENT],
        )
        await self._remove_ended(account.id)
        try:
            await self._sessions.add(
                session, token_hash(self.token(session)), password_hash=account.password_hash, most=self._most
            )
        except NotFound:  # replaced, closed or deleted at this very moment
            raise InvalidToken from None
        self._recent.forget(account.id)
        log.info("signed_in: account %s", account.id)
        return self.issue(account, session)

    async def _remove_ended(self, account_id: str) -> None:
        """What another secret opened must not take the place of a session that lives."""
        stored = await self._sessions.of_account(account_id)
        ended = [session.id for key, session in stored.items() if not self._is_ours(key, session)]
        if ended:
            await self._sessions.remove(*ended)

    def _is_ours(self, stored_hash: bytes, session: LoginSession) -> bool:
        return stored_hash == token_hash(self.token(session))

    def token(self, session: LoginSession) -> str:
        return self._credentials.tokens.token(session.id)

    def issue(self, account: Account, session: LoginSession) -> IssuedSession:
        """Of a session that is open already; the access token is a new one."""
        token = self.token(session)
        cookies = self._credentials.cookies
        access_token = self._credentials.access.issue(account, session)
        return IssuedSession(account, session, token, cookies.signed(token), cookies.sign(token), access_token)

    async def find(self, token: str) -> tuple[LoginSession, Account] | None:
        """The session a token opens; at most one query, none within seconds of the last one."""
        key = token_hash(token)
        if (kept := self._recent.get(key)) is not None:
            return kept
        endings = self._recent.endings
        found = await self._stored(token)
        if found is not None:
            self._recent.keep(key, found, endings=endings)
        return found

    async def _stored(self, token: str) -> tuple[LoginSession, Account] | None:
        """Computes the token once more: a session that was opened under another secret has ended."""
        found = await self._sessions.by_token(token_hash(token))
        return found if found is not None and self.token(found[0]) == token else None

    async def find_by_id(self, session_id: str) -> tuple[LoginSession, Account] | None:
        """For an id that a signed access token vouches for: an id alone is no credential."""
        return await self.find(self._credentials.tokens.token(session_id))

    async def extended(self, session: LoginSession) -> LoginSession | None:
        """The session with its new end, or None when it is not due."""
        now = self._clock()
        if not session.remember or session.expires_at - REMEMBERED + EXTENDED_EVERY > now:
            return None
        await self._sessions.extend(session.id, now + REMEMBERED)
        self._recent.forget(session.account_id)
        return replace(session, expires_at=now + REMEMBERED, updated_at=now)

    async def of_account(self, account_id: str) -> Sequence[LoginSession]:
        """Those that a token opens, newest first."""
        stored = await self._sessions.of_account(account_id)
        return [session for key, session in stored.items() if self._is_ours(key, session)]

    async def end(self, session: LoginSession) -> None:
        await self._sessions.remove(session.id)
        self._recent.forget(session.account_id)

    async def end_by_token(self, account_id: str, token: str) -> LoginSession | None:
        """The ended session; None, and nothing was done, when the token is unknown or another account's."""
        found = await self._stored(token)
        if found is None or found[0].account_id != account_id:
            return None
        await self.end(found[0])
        return found[0]

    async def end_all(self, account_id: str, *, keep: str | None = None) -> None:
        """`keep` is the id of the one session that stays."""
        await self._sessions.remove_all(account_id, keep=keep)
        self.forget(account_id)

    def forget(self, account_id: str) -> None:
        """The account was changed or is gone: nobody may be answered from memory."""
        self._recent.forget(account_id)

    def is_fresh(self, session: LoginSession | None) -> bool:
        """Whether the reader signed in within a day."""
        return session is not None and self._clock() - session.created_at < FRESH
