"""Password hashes: argon2id for new ones; bcrypt and Better Auth's scrypt are verified and reported as outdated.

Every call blocks for tens to hundreds of milliseconds and releases the GIL meanwhile.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

import argon2
import bcrypt

_SCRYPT_SALT: Final = 32  # hex characters, used as the salt without decoding
_SCRYPT_MEMORY: Final = 64 * 1024 * 1024  # the standard library's default is too small for these parameters


@dataclass(frozen=True)
class Argon2Cost:
    """`memory` is in KiB."""

    memory: int
    time: int
    parallelism: int


class PasswordHasher:
    """Normalises passwords to NFKC, except for bcrypt, whose existing hashes were made without."""

    def __init__(self, cost: Argon2Cost) -> None:
        self._argon2 = argon2.PasswordHasher(cost.time, cost.memory, cost.parallelism)
        salt, key = (base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
        self._dummy = f"$argon2id$v=19$m={cost.memory},t={cost.time},p={cost.parallelism}${salt}${key}"

    @property
    def dummy(self) -> str:
        """A hash that matches no password and costs as much as a new one."""
        return self._dummy

    def hash(self, password: str) -> str:
        return self._argon2.hash(normalize("NFKC", password))

    def verify(self, password_hash: str, password: str) -> bool:
        """False also for a hash of an unknown kind."""
        if password_hash.startswith("$argon2"):
            return self._verify_argon2(password_hash, password)
        if password_hash.startswith("$2"):
            return _verify_bcrypt(password_hash, password)
        return password_hash[_SCRYPT_SALT : _SCRYPT_SALT + 1] == ":" and _verify_scrypt(password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash has another kind or cost than new ones."""
        return not password_hash.startswith("$argon2") or self._argon2.check_needs_rehash(password_hash)

    def _verify_argon2(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, normalize("NFKC", password))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


def _verify_bcrypt(password_hash: str, password: str) -> bool:
    """False for more than 72 bytes: the library that made these hashes rejects such passwords, as ours does."""
    try:
        return bcrypt.checkpw(password.encode(), password_hash.encode())
    except ValueError:
        return False


def _verify_scrypt(password_hash: str, password: str) -> bool:
    salt, _, key = password_hash.partition(":")
    computed = hashlib.scrypt(
        normalize("NFKC", password).encode(), salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=_SCRYPT_MEMORY
    )
    return hmac.compare_digest(computed.hex().encode(), key.encode())
