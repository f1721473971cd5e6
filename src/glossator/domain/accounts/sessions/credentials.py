"""A login session as its reader gets it, and what its tokens are made with.

A session's token is computed from its id, never stored: a copy of the database opens nothing without the secret.

Cookie values signed as the official server signs them: value, dot, base64 HMAC-SHA256, all percent-encoded.
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

LENGTH: Final = 32
_DIGITS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS_OF_256_BITS: Final = 43


class SessionTokens:
    """base62(HMAC-SHA256(key, session id)), its first 32 characters: 190 bits."""

    def __init__(self, secret: str) -> None:
        self._key = derived_key(secret, "session-token")

    def token(self, session_id: str) -> str:
        return _base62(hmac.digest(self._key, session_id.encode(), "sha256"))[:LENGTH]


def token_hash(token: str) -> bytes:
    """What a token is looked up by. Any text will do; lone surrogates are hashed like others and found nowhere."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _base62(digest: bytes) -> str:
    """Most significant digit first, padded, so that every digest gives the same length."""
    number = int.from_bytes(digest, "big")
    digits = []
    for _ in range(_DIGITS_OF_256_BITS):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


LONGEST: Final = 1024
_LEFT_BY_ENCODE_URI_COMPONENT: Final = "!'()*-._~"


class CookieSigner:
    """The key is BETTER_AUTH_SECRET itself: the official server's rule."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def sign(self, value: str) -> str:
        """As it stands after `name=`."""
        return quote(self.signed(value), safe=_LEFT_BY_ENCODE_URI_COMPONENT)

    def signed(self, value: str) -> str:
        """Without percent-encoding, as the header set-auth-token carries it."""
        return f"{value}.{self._signature(value)}"

    def read(self, signed: str) -> str | None:
        """The value, from either form; None when it was not signed with this secret."""
        if len(signed) > LONGEST or not signed.isascii():
            return None
        value, dot, signature = unquote(signed, errors="replace").rpartition(".")
        if not dot or not value.isascii() or not signature.isascii():
            return None
        return value if hmac.compare_digest(signature, self._signature(value)) else None

    def _signature(self, value: str) -> str:
        return base64.b64encode(hmac.digest(self._key, value.encode(), "sha256")).decode()


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
