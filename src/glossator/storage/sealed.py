"""What can be told of a stored field and of an e-mail without any key."""

import base64
import binascii
import hashlib
from typing import Final

PREFIX: Final = "ENC:"
LEAST_BYTES: Final = 28
"""A nonce of 12 and a tag of 16 around nothing."""


def looks_sealed(field: str) -> bool:
    """A text that somebody wrote can look the same: only the key tells."""
    if not field.startswith(PREFIX):
        return False
    try:
        return len(base64.b64decode(field.removeprefix(PREFIX), validate=True)) >= LEAST_BYTES
    except (binascii.Error, ValueError):
        return False


def email_hash(email: str) -> str:
    return hashlib.sha256(email.lower().encode()).hexdigest()
