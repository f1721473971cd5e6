"""Login sessions: opening, looking up, extending and ending them.

- A session lasts seven days and is extended at most once a day; with `remember=False` it lasts one day, unextended.
- The server always creates the token; a token from a client is only looked up.
- A session opened under another secret has ended: it is not listed, and the account's next sign-in removes it.
- Ending all sessions of an account also ends its tokens of the existing deployment.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import uuid4

from glossator.domain.accounts.account import Account, ClientInfo, LoginSession, SignedIn
from glossator.domain.accounts.errors import InvalidToken, SessionNotFresh
from glossator.domain.accounts.ports import Accounts, LoginSessions
from glossator.domain.accounts.sessions.credentials import Credentials, IssuedSession, token_hash
from glossator.domain.accounts.sessions.session_cache import SessionAndAccount, SessionCache
from glossator.domain.clock import Clock
from glossator.domain.errors import NotFound

log = logging.getLogger(__name__)

REMEMBERED: Final = timedelta(days=7)
NOT_REMEMBERED: Final = timedelta(days=1)
EXTEND_EVERY: Final = timedelta(days=1)
FRESH: Final = timedelta(days=1)
MAX_USER_AGENT_LENGTH: Final = 500


class SessionService:
    """`max_sessions`: sessions that an account may have; opening more removes the oldest."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: LoginSessions,
        credentials: Credentials,
        cache: SessionCache,
        clock: Clock,
        *,
        max_sessions: int = 50,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._credentials = credentials
        self._cache = cache
        self._clock = clock
        self._max_sessions = max_sessions

    async def open(self, account: Account, client: ClientInfo, *, remember: bool = True) -> IssuedSession:
        """`account` must hold the hash that its password was verified with.

        Raises InvalidToken if the password was replaced or the account closed meanwhile.
        """
        now = self._clock()
        session = LoginSession(
            id=str(uuid4()),
            account_id=account.id,
            created_at=now,
            updated_at=now,
            expires_at=now + (REMEMBERED if remember else NOT_REMEMBERED),
            remember=remember,
            ip_address=client.ip_address,
            user_agent=client.user_agent[:MAX_USER_AGENT_LENGTH],
        )
        await self._remove_ended(account.id)
        key = token_hash(self.token(session))
        try:
            await self._sessions.add(session, key, password_hash=account.password_hash, max_sessions=self._max_sessions)
        except NotFound:
            raise InvalidToken from None
        self.invalidate(account.id)
        log.info("signed_in: account %s", account.id)
        return self.issue(account, session)

    async def _remove_ended(self, account_id: str) -> None:
        """Sessions of another secret must not count towards `max_sessions`."""
        stored = await self._sessions.of_account(account_id)
        ended = [session.id for key, session in stored.items() if not self._is_ours(key, session)]
        if ended:
            await self._sessions.remove(*ended)

    def _is_ours(self, stored_hash: bytes, session: LoginSession) -> bool:
        return stored_hash == token_hash(self.token(session))

    def token(self, session: LoginSession) -> str:
        return self._credentials.tokens.token(session.id)

    def issue(self, account: Account, session: LoginSession) -> IssuedSession:
        """The credentials of an open session, with a new access token."""
        token = self.token(session)
        cookies = self._credentials.cookies
        access_token = self._credentials.access.issue(account, session)
        return IssuedSession(account, session, token, cookies.sign_unencoded(token), cookies.sign(token), access_token)

    async def find(self, token: str) -> SessionAndAccount | None:
        """Looks up the session of a token with at most one query, or none if it is cached."""
        key = token_hash(token)
        if (cached := self._cache.get(key)) is not None:
            return cached
        generation = self._cache.generation
        found = await self._load(token)
        if found is not None:
            self._cache.put(key, found, generation=generation)
        else:
            self._cache.forget(key)
        return found

    def recall(self, token: str) -> SessionAndAccount | None:
        """What was last known of a token, for the time that the database is unavailable."""
        return self._cache.recall(token_hash(token))

    async def _load(self, token: str) -> SessionAndAccount | None:
        """Computes the token again, so that sessions of another secret are not found."""
        found = await self._sessions.by_token(token_hash(token))
        return found if found is not None and self.token(found[0]) == token else None

    async def find_by_id(self, session_id: str) -> SessionAndAccount | None:
        """Only for an id from a signed access token: an id alone is not a credential."""
        return await self.find(self._credentials.tokens.token(session_id))

    async def extend_if_due(self, session: LoginSession) -> LoginSession | None:
        """The extended session, or None if it is not due."""
        now = self._clock()
        if not session.remember or session.expires_at - REMEMBERED + EXTEND_EVERY > now:
            return None
        await self._sessions.extend(session.id, now + REMEMBERED)
        self.invalidate(session.account_id)
        return replace(session, expires_at=now + REMEMBERED, updated_at=now)

    async def of_account(self, account_id: str) -> Sequence[LoginSession]:
        """Open sessions, newest first."""
        stored = await self._sessions.of_account(account_id)
        return [session for key, session in stored.items() if self._is_ours(key, session)]

    async def list(self, signed_in: SignedIn) -> Sequence[LoginSession]:
        """The reader's open sessions, newest first. Raises SessionNotFresh unless signed in within a day."""
        if not self.is_fresh(signed_in.session):
            raise SessionNotFresh
        return await self.of_account(signed_in.account.id)

    async def end(self, session: LoginSession) -> None:
        await self._sessions.remove(session.id)
        self.invalidate(session.account_id)

    async def sign_out(self, signed_in: SignedIn) -> None:
        """A token without a session cannot be ended alone: all such tokens of the account end."""
        if signed_in.session is None:
            await self._accounts.end_tokens(signed_in.account.id, self._clock())
        else:
            await self.end(signed_in.session)

    async def revoke(self, signed_in: SignedIn, token: str) -> bool:
        """Returns whether it was the caller's own session. Ignores unknown tokens and those of other accounts."""
        found = await self._load(token)
        if found is None or found[0].account_id != signed_in.account.id:
            return False
        await self.end(found[0])
        return signed_in.session is not None and found[0].id == signed_in.session.id

    async def revoke_all(self, account_id: str, *, keep: str | None = None) -> None:
        """`keep` is the id of a session that stays open."""
        await self._accounts.end_tokens(account_id, self._clock())
        await self._sessions.remove_all(account_id, keep=keep)
        self.invalidate(account_id)

    async def revoke_others(self, signed_in: SignedIn) -> None:
        """Ends all sessions but the caller's; a caller with a token without a session keeps that token."""
        account_id = signed_in.account.id
        if signed_in.session is not None:
            await self.revoke_all(account_id, keep=signed_in.session.id)
            return
        await self._sessions.remove_all(account_id)
        self.invalidate(account_id)

    def invalidate(self, account_id: str) -> None:
        """Must be called after every change to an account: its cached sessions are stale."""
        self._cache.invalidate(account_id)

    def is_fresh(self, session: LoginSession | None) -> bool:
        """Whether the reader signed in within a day."""
        return session is not None and self._clock() - session.created_at < FRESH
