"""Field encryption at rest in the existing deployment's format: `ENC:` and base64 of nonce, ciphertext and tag.

- An empty text stays empty. A field without the prefix is plain text: a table may hold both kinds.
- Decrypting never raises: a field with the prefix that cannot be decrypted gives None.
"""

import base64
import binascii
import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX: Final = "ENC:"
CHECK_TEXT: Final = "glossator"  # stored encrypted, to verify later which key is active
NONCE_BYTES: Final = 12
MIN_BYTES: Final = 28  # nonce and tag of an empty text
_SALT: Final = b"physical-ai-textbook-salt-v1"
_ROUNDS: Final = 100_000


class KeyCipher:
    """AES-256-GCM with one key. Key derivation takes about 50 ms, so create it once."""

    def __init__(self, key: str) -> None:
        derived = hashlib.pbkdf2_hmac("sha256", key.encode(), _SALT, _ROUNDS, 32)
        self._cipher = AESGCM(derived)
        self._key_id = hashlib.sha256(derived).hexdigest()[:8]

    @property
    def key_id(self) -> str:
        """Distinguishes keys without revealing them."""
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
    """Used when no key is set: stores plain text and cannot decrypt encrypted fields."""

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
    """Two keys during a rotation: encrypts with the new one and decrypts with either."""

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
    """Whether the field has the format of an encrypted one. Plain text may have it too; only the key can tell."""
    return encrypted_bytes(field) is not None


def encrypted_bytes(field: str) -> bytes | None:
    if not field.startswith(PREFIX):
        return None
    try:
        encrypted = base64.b64decode(field.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return encrypted if len(encrypted) >= MIN_BYTES else None
