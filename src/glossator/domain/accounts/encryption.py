"""Fields encrypted at rest as the existing deployment does: ENC: and base64 of nonce, ciphertext and tag.

- An empty text stays empty. A field without the prefix is read as it is: rows of both kinds stand side by side.
- A field with the prefix that does not open is None; it never raises.
"""

import base64
import binascii
import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX: Final = "ENC:"
CHECK_TEXT: Final = "glossator"  # sealed and stored, it proves later which key was in force
NONCE_BYTES: Final = 12
LEAST_BYTES: Final = 28  # a nonce and a tag around nothing
_SALT: Final = b"physical-ai-textbook-salt-v1"
_ROUNDS: Final = 100_000


class KeyCipher:
    """AES-256-GCM under one key. Making it costs a key derivation of some 50 ms: make it once."""

    def __init__(self, key: str) -> None:
        derived = hashlib.pbkdf2_hmac("sha256", key.encode(), _SALT, _ROUNDS, 32)
        self._cipher = AESGCM(derived)
        self._key_id = hashlib.sha256(derived).hexdigest()[:8]

    @property
    def key_id(self) -> str:
        """Tells keys apart and gives nothing away."""
        return self._key_id

    @property
    def keys(self) -> "tuple[KeyCipher, ...]":
        return (self,)

    def encrypt(self, text: str) -> str:
        if not text:
            return ""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return PREFIX + base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def decrypt(self, field: str) -> str | None:
        if not field.startswith(PREFIX):
            return field
        encrypted = encrypted_bytes(field)
        if encrypted is None:
            return None
        try:
            return self._cipher.decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], None).decode()
        except (InvalidTag, UnicodeDecodeError):
            return None


class NoCipher:
    """Where no key is set: texts are stored as they are, and sealed fields stay closed."""

    @property
    def key_id(self) -> None:
        return None

    @property
    def keys(self) -> "tuple[NoCipher, ...]":
        return (self,)

    def encrypt(self, text: str) -> str:
        return text

    def decrypt(self, field: str) -> str | None:
        return None if field.startswith(PREFIX) else field


class KeyRing:
    """While one key takes the place of another: opens what either sealed, and is known by the new one."""

    def __init__(self, new: KeyCipher, previous: KeyCipher) -> None:
        self._new = new
        self._previous = previous

    @property
    def key_id(self) -> str:
        return self._new.key_id

    @property
    def keys(self) -> tuple[KeyCipher, ...]:
        return self._new, self._previous

    def encrypt(self, text: str) -> str:
        return self._new.encrypt(text)

    def decrypt(self, field: str) -> str | None:
        text = self._new.decrypt(field)
        return self._previous.decrypt(field) if text is None else text


def looks_encrypted(field: str) -> bool:
    """The exact shape of a sealed field; a text that somebody wrote can have it too: only the key tells."""
    return encrypted_bytes(field) is not None


def encrypted_bytes(field: str) -> bytes | None:
    if not field.startswith(PREFIX):
        return None
    try:
        encrypted = base64.b64decode(field.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return encrypted if len(encrypted) >= LEAST_BYTES else None
