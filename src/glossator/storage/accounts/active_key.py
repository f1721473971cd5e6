"""Whether names and e-mails are encrypted and which key is active, from our own row or else from the newest e-mails.

Every statement that writes an encrypted field calls `glossator.hold_key` with its key and writes nothing if another
key is active.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import asyncpg

from glossator.domain.accounts.encryption import CHECK_TEXT, looks_encrypted
from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator.storage.accounts.encrypted_fields import FieldCipher

T = TypeVar("T")

ACTIVE_KEY: Final = "SELECT key_id, check_value FROM glossator.encryption"
NEWEST_EMAILS: Final = "SELECT email FROM users ORDER BY created_at DESC NULLS LAST LIMIT 20"
EXISTS: Final = "SELECT to_regclass($1) IS NOT NULL"
HOLD_KEY: Final = "SELECT glossator.hold_key($1, $2)"
CHANGE_KEY: Final = "SELECT glossator.change_key($1, $2, $3)"

ENCRYPTED: Final = "names and e-mails in this database are encrypted"
MISSING: Final = "and no key is set - set DATA_ENCRYPTION_KEY to the key they were encrypted with"
WRONG: Final = (
    "and DATA_ENCRYPTION_KEY is another key - set it to the key they were encrypted with, or set "
    "DATA_ENCRYPTION_KEY_PREVIOUS to that key and run: glossator encrypt --rotate"
)
REPLACED: Final = (
    "names and e-mails are encrypted with another key than this server's, so it cannot write any - restart it with "
    "DATA_ENCRYPTION_KEY set to the active key"
)


@dataclass(frozen=True)
class KeyEvidence:
    """Encrypted texts, at least one of which the active key decrypts; empty if nothing is encrypted.

    `key_id` is known if the key was recorded.
    """

    encrypted: tuple[str, ...] = ()
    key_id: str | None = None

    def matching(self, keys: Iterable[FieldCipher]) -> FieldCipher | None:
        return next((key for key in keys if any(key.decrypt(field) is not None for field in self.encrypted)), None)


async def key_evidence(database: Database) -> KeyEvidence:
    row = await database.fetchrow(ACTIVE_KEY)
    return await evidence_from_emails(database) if row is None else KeyEvidence((row["check_value"],), row["key_id"])


async def key_evidence_unmigrated(database: Database) -> KeyEvidence:
    """Works in a database without our tables, or without any."""
    if await database.fetchval(EXISTS, "glossator.encryption"):
        return await key_evidence(database)
    return await evidence_from_emails(database) if await database.fetchval(EXISTS, "users") else KeyEvidence()


async def evidence_from_emails(database: Database) -> KeyEvidence:
    """The newest e-mails that look encrypted; empty if fewer than half of the newest do: then nothing is encrypted."""
    emails = [str(row["email"]) for row in await database.fetch(NEWEST_EMAILS)]
    fields = tuple(email for email in emails if looks_encrypted(email))
    return KeyEvidence(fields if 2 * len(fields) >= len(emails) else ())


async def verify_key(database: Database, cipher: FieldCipher) -> None:
    """Records the active key. Raises ServiceError if fields are encrypted and the key is missing or wrong."""
    key = matching_key(await key_evidence(database), cipher)
    if key is not None:
        await record_key(database, key)


def matching_key(found: KeyEvidence, cipher: FieldCipher) -> FieldCipher | None:
    """The active key among the cipher's keys, None if nothing is encrypted. Raises ServiceError."""
    if not found.encrypted:
        return None
    encrypted = f"{ENCRYPTED} (key {found.key_id})" if found.key_id else ENCRYPTED
    if cipher.key_id is None:
        raise ServiceError(f"{encrypted}, {MISSING}")
    key = found.matching(cipher.keys)
    if key is None:
        raise ServiceError(f"{encrypted}, {WRONG}")
    return key


async def record_key(database: Database, key: FieldCipher) -> None:
    """Records the active key. Raises Unavailable if another key is active."""
    try:
        await database.execute(HOLD_KEY, *key_proof(key))
    except asyncpg.ObjectNotInPrerequisiteStateError:
        raise key_replaced() from None


def key_proof(key: FieldCipher) -> tuple[str | None, str]:
    """The arguments of `glossator.hold_key`."""
    return key.key_id, key.encrypt(CHECK_TEXT)


def key_replaced() -> Unavailable:
    return Unavailable("database", REPLACED)


class HeldKey:
    """Encrypts with the active one of a server's keys, also if it changes while the server runs."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._keys: Sequence[FieldCipher] = cipher.keys

    async def write(self, statement: Callable[[FieldCipher], Awaitable[T]]) -> T:
        """`statement` writes with the key it gets. Raises Unavailable without changes if none of the keys is active."""
        for key in (*self._keys, self._keys[0]):  # the first one again: it may have become active meanwhile
            try:
                written = await statement(key)
            except asyncpg.ObjectNotInPrerequisiteStateError:
                continue
            self._keys = (key, *(other for other in self._keys if other is not key))
            return written
        raise key_replaced()
