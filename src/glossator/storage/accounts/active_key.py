"""Whether names and e-mails are encrypted, and with which key: a row of ours, or else what the newest e-mails show.

Every statement that writes such a field holds the key it was sealed with (`glossator.hold_key`): it writes nothing when
another key is in force.
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
    "DATA_ENCRYPTION_KEY_PREVIOUS to that key and then run: glossator encrypt --rotate"
)
REPLACED: Final = (
    "names and e-mails are encrypted with another key than this server's, so none is written - restart it with "
    "DATA_ENCRYPTION_KEY set to the key in force"
)


@dataclass(frozen=True)
class KeyEvidence:
    """Sealed texts that the key in force opens, one of them at least; none where nothing is encrypted.

    `key_id` is known when the key was written down.
    """

    encrypted: tuple[str, ...] = ()
    key_id: str | None = None

    def opened_by(self, keys: Iterable[FieldCipher]) -> FieldCipher | None:
        return next((key for key in keys if any(key.decrypt(field) is not None for field in self.encrypted)), None)


async def evidence(database: Database) -> KeyEvidence:
    row = await database.fetchrow(ACTIVE_KEY)
    return await shown_by_emails(database) if row is None else KeyEvidence((row["check_value"],), row["key_id"])


async def evidence_anywhere(database: Database) -> KeyEvidence:
    """Also in a database that lacks our tables, or all."""
    if await database.fetchval(EXISTS, "glossator.encryption"):
        return await evidence(database)
    return await shown_by_emails(database) if await database.fetchval(EXISTS, "users") else KeyEvidence()


async def shown_by_emails(database: Database) -> KeyEvidence:
    """By the newest e-mails that look sealed; none when most of the newest do not, since then nothing was encrypted."""
    emails = [str(row["email"]) for row in await database.fetch(NEWEST_EMAILS)]
    fields = tuple(email for email in emails if looks_encrypted(email))
    return KeyEvidence(fields if 2 * len(fields) >= len(emails) else ())


async def verify_key(database: Database, cipher: FieldCipher) -> None:
    """Raises ServiceError when fields are encrypted and the key is missing or another one; else it is written down."""
    key = fitting_key(await evidence(database), cipher)
    if key is not None:
        await hold(database, key)


def fitting_key(found: KeyEvidence, cipher: FieldCipher) -> FieldCipher | None:
    """The one of the sealer's keys that is in force, None where nothing is encrypted. Raises ServiceError."""
    if not found.encrypted:
        return None
    encrypted = f"{ENCRYPTED} (key {found.key_id})" if found.key_id else ENCRYPTED
    if cipher.key_id is None:
        raise ServiceError(f"{encrypted}, {MISSING}")
    key = found.opened_by(cipher.keys)
    if key is None:
        raise ServiceError(f"{encrypted}, {WRONG}")
    return key


async def hold(database: Database, key: FieldCipher) -> None:
    """Writes down that it is in force. Raises Unavailable when another key is."""
    try:
        await database.execute(HOLD_KEY, *proof_of(key))
    except asyncpg.ObjectNotInPrerequisiteStateError:
        raise replaced() from None


def proof_of(key: FieldCipher) -> tuple[str | None, str]:
    """What `glossator.hold_key` wants to see."""
    return key.key_id, key.encrypt(CHECK_TEXT)


def replaced() -> Unavailable:
    return Unavailable("database", REPLACED)


class HeldKey:
    """Seals with that of a server's keys which is in force, also when it is changed while the server runs."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._keys: Sequence[FieldCipher] = cipher.keys

    async def write(self, statement: Callable[[FieldCipher], Awaitable[T]]) -> T:
        """`statement` holds the key it is given. Raises Unavailable, and nothing was written, when none is in force."""
        for key in (*self._keys, self._keys[0]):  # again, because it may have come into force after its first turn
            try:
                written = await statement(key)
            except asyncpg.ObjectNotInPrerequisiteStateError:
                continue
            self._keys = (key, *(other for other in self._keys if other is not key))
            return written
        raise replaced()
