"""Derives a separate key from BETTER_AUTH_SECRET for each purpose."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derived_key(secret: str, purpose: str) -> bytes:
    """Returns 32 bytes."""
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
