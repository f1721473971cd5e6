"""Access tokens: HS256 JWTs, compatible in both directions with the existing deployment.

- Ours have exactly the claims `sub, user_id, sid, iat, exp`; the existing deployment's have `sub, user_id, exp`.
- `exp` is an integer, at most 30 days ahead, or 31 minutes for a token without `sid`; `iat` is not in the future.
- A valid token is not enough: the session `sid`, or the account, must be valid too.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.errors import InvalidToken, TokenExpired
from glossator.domain.clock import Clock

ALGORITHM: Final = "HS256"
MAX_LENGTH: Final = 2048
LIFETIME: Final = timedelta(days=30)
LEGACY_LIFETIME: Final = timedelta(minutes=30)
CLOCK_SKEW: Final = timedelta(minutes=1)  # tolerated between two servers
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_OURS: Final = {"sub": str, "user_id": str, "sid": str, "iat": int, "exp": int}
_LEGACY: Final = {"sub": str, "user_id": str, "exp": int}


@dataclass(frozen=True)
class Claims:
    """`session_id` is None for a token of the existing deployment."""

    account_id: str
    session_id: str | None
    issued_at: datetime
    expires_at: datetime


class AccessTokens:
    """Issues and reads access tokens. `legacy`: whether tokens of the existing deployment are accepted."""

    def __init__(self, secret: str, clock: Clock, *, legacy: bool = True) -> None:
        # HMAC pads a short key with zeros anyway; padding it here only avoids the library's warning.
        self._key = secret.encode().ljust(32, b"\0")
        self._clock = clock
        self._legacy = legacy
        self._signer = jwt.PyJWS(algorithms=[ALGORITHM])

    def issue(self, account: Account, session: LoginSession) -> str:
        now = int(self._clock().timestamp())
        claims = {
            "sub": account.email_hash,
            "user_id": account.id,
            "sid": session.id,
            "iat": now,
            "exp": now + int(LIFETIME.total_seconds()),
        }
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return self._signer.encode(payload, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Claims:
        """Raises InvalidToken, TokenExpired."""
        claims = self._signed_claims(token)
        if _has_types(claims, _OURS):
            self._check_expiry(claims["exp"], LIFETIME)
            issued_at = self._issued_at(claims["iat"])
            return Claims(claims["user_id"], claims["sid"], issued_at, _moment(claims["exp"]))
        if self._legacy and _has_types(claims, _LEGACY):
            self._check_expiry(claims["exp"], LEGACY_LIFETIME)
            issued_at = self._issued_at(claims["exp"] - int(LEGACY_LIFETIME.total_seconds()))
            return Claims(claims["user_id"], None, issued_at, _moment(claims["exp"]))
        raise InvalidToken

    def _signed_claims(self, token: str) -> Any:
        if len(token) > MAX_LENGTH or not _SHAPE.fullmatch(token):
            raise InvalidToken
        try:
            return json.loads(self._signer.decode(token, self._key, algorithms=[ALGORITHM]))
        except (jwt.PyJWTError, ValueError):
            raise InvalidToken from None

    def _check_expiry(self, exp: int, lifetime: timedelta) -> None:
        now = self._clock()
        if exp <= now.timestamp():
            raise TokenExpired
        if exp > (now + lifetime + CLOCK_SKEW).timestamp():
            raise InvalidToken

    def _issued_at(self, moment: int) -> datetime:
        if not 0 <= moment <= (self._clock() + CLOCK_SKEW).timestamp():
            raise InvalidToken
        return _moment(moment)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _has_types(claims: Any, types: dict[str, type]) -> bool:
    """Uses `type() is`, since a bool is an int for isinstance. Unprintable texts cannot be stored, so they fail too."""
    return (
        isinstance(claims, dict)
        and claims.keys() == types.keys()
        and all(type(claims[name]) is kind and str(claims[name]).isprintable() for name, kind in types.items())
    )
