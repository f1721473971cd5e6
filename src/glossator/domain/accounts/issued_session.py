"""A login session as its reader gets it, and what its tokens are made with."""

from dataclasses import dataclass, field

from glossator.domain.accounts.access_token import AccessTokens
from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.session_tokens import SessionTokens
from glossator.domain.accounts.signed_cookie import CookieSigner


@dataclass(frozen=True)
class IssuedSession:
    """A session with everything that opens it. `cookie` is the cookie's value, `signed_token` the same undressed."""

    account: Account = field(repr=False)
    session: LoginSession
    token: str = field(repr=False)
    signed_token: str = field(repr=False)
    cookie: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """What makes and reads tokens."""

    tokens: SessionTokens
    cookies: CookieSigner
    access: AccessTokens
