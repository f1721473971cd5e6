"""Authenticates a request by its bearer token, or else by its cookie.

- A request without credentials is anonymous. An invalid bearer is an error, even if the cookie is valid.
- A cookie that this server did not sign belongs to another program and is ignored.
- While the database is unavailable, what was last known of the credentials counts, or what a signed token proves.
- The number of dots tells the kind of bearer: none in a raw session token, one in a signed one, two in a JWT.
"""

from contextlib import suppress
from dataclasses import replace
from enum import Enum
from typing import Final

from glossator.domain.accounts.account import Account, LoginSession, SignedIn
from glossator.domain.accounts.errors import AccountInactive, InvalidToken, TokenExpired
from glossator.domain.accounts.ports import Accounts
from glossator.domain.accounts.sessions.access_token import Claims
from glossator.domain.accounts.sessions.credentials import Credentials
from glossator.domain.accounts.sessions.session_cache import SessionAndAccount
from glossator.domain.accounts.sessions.session_service import SessionService
from glossator.domain.clock import within
from glossator.domain.errors import Unavailable

RECALL_AFTER: Final = 0.6  # seconds


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

    async def recognize(
        self, *, bearer: str | None, cookie: str | None, extend: bool = False, seconds: float | None = None
    ) -> SignedIn | None:
        """As `authenticate`, but does not need the database for credentials that are known, or prove enough.

        Waits at most `seconds` for the database if nothing is known. Raises also Unavailable then.
        """
        if not bearer and not cookie:
            return None
        work = self.authenticate(bearer=bearer, cookie=cookie, extend=extend)
        known = self._recall(bearer, cookie)
        if known is None:
            return await within(seconds, work, "database")
        try:
            return await within(RECALL_AFTER, work, "database")
        except Unavailable:
            if not known.account.is_active:
                raise AccountInactive from None
            return known

    def _recall(self, bearer: str | None, cookie: str | None) -> SignedIn | None:
        """None without credentials or knowledge. What is invalid is for `authenticate` to say."""
        try:
            kind = bearer_kind(bearer) if bearer else BearerKind.SIGNED
            if bearer and kind is BearerKind.JWT:
                return self._recall_claims(self._credentials.access.read(bearer))
        except (InvalidToken, TokenExpired):
            return None
        token = bearer if kind is BearerKind.RAW else self._credentials.cookies.read(bearer or cookie or "")
        found = self._sessions.recall(token) if token else None
        return None if found is None else _signed_in(found)

    def _recall_claims(self, claims: Claims) -> SignedIn:
        session_id = claims.session_id
        if session_id is None:
            return SignedIn(_proved(claims), token_expires_at=claims.expires_at, degraded=True)
        found = self._sessions.recall(self._credentials.tokens.token(session_id))
        if found is not None:
            return _signed_in(found)
        issued_at = claims.issued_at
        session = LoginSession(session_id, claims.account_id, issued_at, issued_at, claims.expires_at)
        return SignedIn(_proved(claims), session, degraded=True)

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


def _proved(claims: Claims) -> Account:
    """Nothing but its id is known."""
    return Account(claims.account_id, "", "", "", "", claims.issued_at, claims.issued_at)


def _signed_in(found: SessionAndAccount | None) -> SignedIn:
    if found is None:
        raise InvalidToken
    session, account = found
    return SignedIn(account, session)
