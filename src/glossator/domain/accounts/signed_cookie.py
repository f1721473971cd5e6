"""Cookie values signed as the official server signs them: value, dot, base64 HMAC-SHA256, all percent-encoded."""

import base64
import hmac
from typing import Final
from urllib.parse import quote, unquote

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
