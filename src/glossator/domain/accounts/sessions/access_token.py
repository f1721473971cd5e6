"""Access tokens: HS256 JWTs that the existing deployment's verifiers understand, and its own tokens read by us.

- Ours carry exactly `sub, user_id, sid, iat, exp`; those of the existing deployment exactly `sub, user_id, exp`.
- `exp` is an integer, at most 30 days ahead, and 31 minutes for a token without `sid`; `iat` is not ahead at all.
- A token proves nothing by itself: the session behind `sid`, or the account, decides.
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
LONGEST: Final = 2048
LIFE: Final = timedelta(days=30)
LEGACY_LIFE: Final = timedelta(minutes=30)
TOLERANCE: Final = timedelta(minutes=1)  # between the clocks of two servers
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_OURS: Final = {"sub": str, "user_id": str, "sid": str, "iat": int, "exp": int}
_LEGACY: Final = {"sub": str, "user_id": str, "exp": int}


@dataclass(frozen=True)
class Claims:
    """`session_id` is None in a token of the existing deployment."""

    account_id: str
    session_id: str | None
    issued_at: datetime
    expires_at: datetime


class AccessTokens:
    """Issues and reads them. `legacy`: whether tokens of the existing deployment count."""

    def __init__(self, secret: str, clock: Clock, *, legacy: bool = True) -> None:
        # HMAC fills a short key up with zeros, so nothing changes but the library's warning about short ones.
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
            "exp": now + int(LIFE.total_seconds()),
        }
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return self._signer.encode(payload, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> Claims:
        """Raises InvalidToken and TokenExpired."""
        claims = self._signed_claims(token)
        if _has_types(claims, _OURS):
            self._check_expiry(claims["exp"], LIFE)
            issued_at = self._issued_at(claims["iat"])
            return Claims(claims["user_id"], claims["sid"], issued_at, _moment(claims["exp"]))
        if self._legacy and _has_types(claims, _LEGACY):
            self._check_expiry(claims["exp"], LEGACY_LIFE)
            issued_at = self._issued_at(claims["exp"] - int(LEGACY_LIFE.total_seconds()))
            return Claims(claims["user_id"], None, issued_at, _moment(claims["exp"]))
        raise InvalidToken

    def _signed_claims(self, token: str) -> Any:
        if len(token) > LONGEST or not _SHAPE.fullmatch(token):
            raise InvalidToken
        try:
            return json.loads(self._signer.decode(token, self._key, algorithms=[ALGORITHM]))
        except (jwt.PyJWTError, ValueError):
            raise InvalidToken from None

    def _check_expiry(self, exp: int, life: timedelta) -> None:
        now = self._clock()
        if exp <= now.timestamp():
            raise TokenExpired
        if exp > (now + life + TOLERANCE).timestamp():
            raise InvalidToken

    def _issued_at(self, moment: int) -> datetime:
        if not 0 <= moment <= (self._clock() + TOLERANCE).timestamp():
            raise InvalidToken
        return _moment(moment)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _has_types(claims: Any, types: dict[str, type]) -> bool:
    """`type() is` and not isinstance, because true is an integer for Python. What no database takes is no text."""
    return (
        isinstance(claims, dict)
        and claims.keys() == types.keys()
        and all(type(claims[name]) is kind and str(claims[name]).isprintable() for name, kind in types.items())
    )
