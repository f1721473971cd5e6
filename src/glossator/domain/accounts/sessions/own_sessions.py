"""A reader's own sessions: shown, and ended one by one or all at once."""

from collections.abc import Sequence

from glossator.domain.accounts.account import LoginSession, SignedIn
from glossator.domain.accounts.errors import SessionNotFresh
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import Clock


class OwnSessions:
    """Whatever ends all sessions ends the tokens of the existing deployment too."""

    def __init__(self, accounts: Accounts, sessions: SessionService, clock: Clock) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock

    async def sign_out(self, signed_in: SignedIn) -> None:
        """A token without a session cannot end alone: all such tokens of the account end with it."""
        if signed_in.session is None:
            await self._accounts.end_tokens(signed_in.account.id, self._clock())
        else:
            await self._sessions.end(signed_in.session)

    async def list(self, signed_in: SignedIn) -> Sequence[LoginSession]:
        """Unexpired ones, newest first. Raises SessionNotFresh for a session older than a day, or none."""
        if not self._sessions.is_fresh(signed_in.session):
            raise SessionNotFresh
        return await self._sessions.of_account(signed_in.account.id)

    async def revoke(self, signed_in: SignedIn, token: str) -> bool:
        """Whether it was the caller's own session; an unknown token and another account's do nothing."""
        ended = await self._sessions.end_by_token(signed_in.account.id, token)
        return ended is not None and signed_in.session is not None and ended.id == signed_in.session.id

    async def revoke_all(self, account_id: str) -> None:
        await self._accounts.end_tokens(account_id, self._clock())
        await self._sessions.end_all(account_id)

    async def revoke_others(self, signed_in: SignedIn) -> None:
        """All but the caller's session; a caller without one keeps his token."""
        session = signed_in.session
        if session is not None:
            await self._accounts.end_tokens(signed_in.account.id, self._clock())
        await self._sessions.end_all(signed_in.account.id, keep=None if session is None else session.id)
