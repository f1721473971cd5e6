"""Session tokens and signed cookies.

- A session's token is computed from its id and the secret and never stored, so a copy of the database is not enough.
- Cookies are signed like the official server's: value, dot, base64 HMAC-SHA256, all percent-encoded.
"""

import base64
import hashlib
import hmac
import string
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.sessions.access_token import AccessTokens
from glossator.domain.derived_keys import derived_key

TOKEN_LENGTH: Final = 32
MAX_COOKIE_LENGTH: Final = 1024
_DIGITS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS_OF_256_BITS: Final = 43
_UNESCAPED_BY_ENCODE_URI_COMPONENT: Final = "!'()*-._~"


class SessionTokens:
    """The first 32 characters of base62(HMAC-SHA256(key, session id)): 190 bits."""

    def __init__(self, secret: str) -> None:
        self._key = derived_key(secret, "session-token")

    def token(self, session_id: str) -> str:
        return _base62(hmac.digest(self._key, session_id.encode(), "sha256"))[:TOKEN_LENGTH]


def token_hash(token: str) -> bytes:
    """The lookup key of a token. Accepts any text, lone surrogates included."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _base62(digest: bytes) -> str:
    """Most significant digit first, zero-padded to a fixed length."""
    number = int.from_bytes(digest, "big")
    digits = []
    for _ in range(_DIGITS_OF_256_BITS):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


class CookieSigner:
    """Signs with BETTER_AUTH_SECRET itself, as the official server does."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def sign(self, value: str) -> str:
        """The cookie's value, percent-encoded."""
        return quote(self.sign_unencoded(value), safe=_UNESCAPED_BY_ENCODE_URI_COMPONENT)

    def sign_unencoded(self, value: str) -> str:
        """Without percent-encoding, for the header set-auth-token."""
        return f"{value}.{self._signature(value)}"

    def read(self, signed: str) -> str | None:
        """The value from either form; None if the signature does not match."""
        if len(signed) > MAX_COOKIE_LENGTH or not signed.isascii():
            return None
        value, dot, signature = unquote(signed, errors="replace").rpartition(".")
        if not dot or not value.isascii() or not signature.isascii():
            return None
        return value if hmac.compare_digest(signature, self._signature(value)) else None

    def _signature(self, value: str) -> str:
        return base64.b64encode(hmac.digest(self._key, value.encode(), "sha256")).decode()


@dataclass(frozen=True)
class IssuedSession:
    """A session with its credentials. `cookie` is the percent-encoded form of `signed_token`."""

    account: Account = field(repr=False)
    session: LoginSession
    token: str = field(repr=False)
    signed_token: str = field(repr=False)
    cookie: str = field(repr=False)
    access_token: str = field(repr=False)


@dataclass(frozen=True)
class Credentials:
    """The three kinds of credentials of a session."""

    tokens: SessionTokens
    cookies: CookieSigner
    access: AccessTokens
