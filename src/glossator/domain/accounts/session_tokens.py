"""A session's token is computed from its id, never stored: a copy of the database opens nothing without the secret."""

import hashlib
import hmac
import string
from typing import Final

from glossator.domain.accounts.keys import derived_key

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
