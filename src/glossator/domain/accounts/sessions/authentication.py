"""Authenticates a request by its bearer token, or else by its cookie.

- A request without credentials is anonymous. An invalid bearer is an error, even if the cookie is valid.
- A cookie that this server did not sign belongs to another program and is ignored.
- The number of dots tells the kind of bearer: none in a raw session token, one in a signed one, two in a JWT.
"""

from contextlib import suppress
from dataclasses import replace
from enum import Enum

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import AccountInactive, InvalidToken, TokenExpired
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.sessions.access_token import Claims
from glossator.domain.accounts.sessions.credentials import Credentials
from glossator.domain.accounts.sessions.session_cache import SessionAndAccount
from glossator.domain.accounts.sessions.session_service import SessionService


class BearerKind(Enum):
    RAW = 0
    SIGNED = 1
    JWT = 2


def bearer_kind(bearer: str) -> BearerKind:
    """Raises InvalidToken."""
    dots = bearer.count(".")
    if dots > BearerKind.JWT.value:
        raise InvalidToken
    return BearerKind(dots)


class Authentication:
    """Needs at most one indexed query, and once a day a write that extends the session."""

    def __init__(self, accounts: Accounts, sessions: SessionService, credentials: Credentials) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._credentials = credentials

    async def authenticate(
        self, *, bearer: str | None = None, cookie: str | None = None, extend: bool = True
    ) -> SignedIn | None:
        """`bearer` is the token after the scheme, `cookie` the value of the session cookie.

        Returns None without credentials. Raises InvalidToken, TokenExpired, AccountInactive, Unavailable.
        """
        if bearer:
            signed_in = await self._by_bearer(bearer)
        elif cookie and (token := self._credentials.cookies.read(cookie)):
            signed_in = await self._by_token(token)
        else:
            return None
        if not signed_in.account.is_active:
            raise AccountInactive
        return await self._extend(signed_in) if extend else signed_in

    async def resolve_all(self, *, bearer: str | None, cookie: str | None) -> list[SignedIn]:
        """The reader of each valid credential, closed accounts included. Raises Unavailable."""
        found = []
        if bearer:
            with suppress(InvalidToken, TokenExpired):
                found.append(await self._by_bearer(bearer))
        if cookie:
            with suppress(InvalidToken):
                found.append(await self._by_token(self._credentials.cookies.read(cookie)))
        return found

    async def _by_bearer(self, bearer: str) -> SignedIn:
        kind = bearer_kind(bearer)
        if kind is BearerKind.JWT:
            return await self._by_claims(self._credentials.access.read(bearer))
        return await self._by_token(self._credentials.cookies.read(bearer) if kind is BearerKind.SIGNED else bearer)

    async def _by_token(self, token: str | None) -> SignedIn:
        return _signed_in(await self._sessions.find(token) if token else None)

    async def _by_claims(self, claims: Claims) -> SignedIn:
        if claims.session_id is None:
            return await self._by_account(claims)
        signed_in = _signed_in(await self._sessions.find_by_id(claims.session_id))
        if signed_in.account.id != claims.account_id:
            raise InvalidToken
        return signed_in

    async def _by_account(self, claims: Claims) -> SignedIn:
        """Authenticates a token of the existing deployment, which cannot be revoked one by one."""
        account = await self._accounts.by_id(claims.account_id)
        if account is None or (account.tokens_valid_from and claims.issued_at < account.tokens_valid_from):
            raise InvalidToken
        return SignedIn(account, token_expires_at=claims.expires_at)

    async def _extend(self, signed_in: SignedIn) -> SignedIn:
        session = signed_in.session and await self._sessions.extend_if_due(signed_in.session)
        return replace(signed_in, session=session, renewed=True) if session else signed_in


def _signed_in(found: SessionAndAccount | None) -> SignedIn:
    if found is None:
        raise InvalidToken
    session, account = found
    return SignedIn(account, session)
