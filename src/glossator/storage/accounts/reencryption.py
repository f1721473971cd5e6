"""Encrypts stored fields of accounts, for `glossator encrypt`.

- Rows are read in batches, ordered by id. Fields encrypted with the active key stay, so an interrupted run can simply
  be restarted.
- A field that changed since it was read is skipped: the change used the active key.
- The key becomes active first, after pending writes under another key; from then on no write uses the other key. So
  no field of the other key is left when every row was read.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from glossator.domain.accounts.encryption import looks_encrypted
from glossator.domain.ports.database import Database, Row
from glossator.kernel.errors import ServiceError
from glossator.storage.accounts.active_key import CHANGE_KEY, key_evidence, key_proof, key_replaced, matching_key
from glossator.storage.accounts.encrypted_fields import FieldCipher

MAX_LENGTHS: Final = {"email": 512, "name": 512}


@dataclass(frozen=True)
class EncryptedTable:
    """`write` takes the two arguments of `hold_key`, a list of ids, the old values of each column, and the new ones."""

    columns: tuple[str, ...]
    read: str
    write: str


USERS: Final = EncryptedTable(
    ("email", "name"),
    "SELECT id, id AS account_id, email, name FROM users WHERE id > $1 ORDER BY id LIMIT $2",
    """
UPDATE users u SET email = CASE WHEN u.email = n.old_email THEN n.email ELSE u.email END,
    name = CASE WHEN u.name IS NOT DISTINCT FROM n.old_name THEN n.name ELSE u.name END
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS n (id, old_email, old_name, email, name)
WHERE u.id = n.id AND (SELECT glossator.hold_key($1, $2))
""",
)
PROFILES: Final = EncryptedTable(
    ("technical_background", "hardware_access", "learning_goals"),
    """
SELECT id, user_id AS account_id, technical_background, hardware_access, learning_goals
FROM user_profiles WHERE id > $1 ORDER BY id LIMIT $2
""",
    """
UPDATE user_profiles p SET
    technical_background = CASE WHEN p.technical_background IS NOT DISTINCT FROM n.old_background
        THEN n.background ELSE p.technical_background END,
    hardware_access = CASE WHEN p.hardware_access IS NOT DISTINCT FROM n.old_hardware
        THEN n.hardware ELSE p.hardware_access END,
    learning_goals = CASE WHEN p.learning_goals IS NOT DISTINCT FROM n.old_goals THEN n.goals ELSE p.learning_goals END
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS n (id, old_background, old_hardware, old_goals, background, hardware, goals)
WHERE p.id = n.id AND (SELECT glossator.hold_key($1, $2))
""",
)


@dataclass(frozen=True)
class SkippedField:
    """A field that was not changed."""

    account_id: str
    column: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """`rows` were read, `changed` of them written."""

    rows: int
    changed: int
    left: tuple[SkippedField, ...]


@dataclass(frozen=True)
class Reencryption:
    """From plain text or the previous key to the active key."""

    cipher: FieldCipher
    previous: FieldCipher | None = None

    def convert(self, row: Row, column: str) -> str | SkippedField | None:
        field: str | None = row[column]
        if not field or (looks_encrypted(field) and self.cipher.decrypt(field) is not None):
            return field
        text = self._decrypt(field)
        if text is None:
            return SkippedField(row["account_id"], column, "looks encrypted but cannot be decrypted")
        encrypted = self.cipher.encrypt(text)
        if len(encrypted) > MAX_LENGTHS.get(column, len(encrypted)):
            return SkippedField(row["account_id"], column, "is too long to be stored encrypted")
        return encrypted

    def _decrypt(self, field: str) -> str | None:
        if not looks_encrypted(field):
            return field
        return self.previous.decrypt(field) if self.previous else None


async def begin_encryption(database: Database, reencryption: Reencryption) -> None:
    """Activates the key. Raises ServiceError if the keys are not those of this database."""
    cipher, previous = reencryption.cipher, reencryption.previous
    if cipher.key_id is None:
        raise ServiceError("there is no key to encrypt with - set DATA_ENCRYPTION_KEY")
    found = await key_evidence(database)
    if previous is None:
        matching_key(found, cipher)
    elif found.encrypted and found.matching((cipher, previous)) is None:
        raise ServiceError(
            "names and e-mails in this database are encrypted with neither key - set DATA_ENCRYPTION_KEY_PREVIOUS "
            "to the key they were encrypted with"
        )
    former = None if previous is None else previous.key_id
    if await database.fetchval(CHANGE_KEY, *key_proof(cipher), former) != cipher.key_id:
        raise key_replaced()


async def number_of_rows(database: Database) -> int:
    """The number of rows that `encrypt` reads."""
    count: int = await database.fetchval("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM user_profiles)")
    return count


async def encrypt(database: Database, reencryption: Reencryption, size: int = 200) -> AsyncIterator[Batch]:
    """Call after `begin_encryption`; yields a Batch for every `size` rows."""
    for table in (USERS, PROFILES):
        last = ""
        while rows := await database.fetch(table.read, last, size):
            yield await encrypt_rows(database, table, reencryption, rows)
            last = rows[-1]["id"]


async def encrypt_rows(
    database: Database, table: EncryptedTable, reencryption: Reencryption, rows: Sequence[Row]
) -> Batch:
    """Raises Unavailable if another key became active meanwhile."""
    skipped: list[SkippedField] = []
    changes: list[tuple[str | None, ...]] = []
    for row in rows:
        fields = [reencryption.convert(row, column) for column in table.columns]
        skipped += [field for field in fields if isinstance(field, SkippedField)]
        old = [row[column] for column in table.columns]
        new = [value if isinstance(field, SkippedField) else field for value, field in zip(old, fields, strict=True)]
        if new != old:
            changes.append((row["id"], *old, *new))
    written = await write(database, table, reencryption.cipher, changes) if changes else 0
    return Batch(len(rows), written, tuple(skipped))


async def write(
    database: Database, table: EncryptedTable, cipher: FieldCipher, changes: Sequence[tuple[str | None, ...]]
) -> int:
    try:
        status = await database.execute(table.write, *key_proof(cipher), *zip(*changes, strict=True))
    except asyncpg.ObjectNotInPrerequisiteStateError:
        raise key_replaced() from None
    return int(status.split()[-1])
