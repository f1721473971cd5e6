"""Seals the fields of accounts that are stored already, for `glossator encrypt`.

- Rows are read in the order of their ids, a batch at a time, and what is sealed with the key in force stays: a run that
  was cut off is simply begun again.
- A field that changed since it was read is left to whoever changed it: he held the key in force.
- The key is put in force first, after whatever was being written under another key; from then on nobody seals with
  that one. So nothing is left of it when every row was looked at.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from glossator.domain.accounts.encryption import looks_encrypted
from glossator.domain.ports.database import Database, Row
from glossator.kernel.errors import ServiceError
from glossator.storage.accounts.active_key import CHANGE_KEY, evidence, fitting_key, proof_of, replaced
from glossator.storage.accounts.encrypted_fields import FieldCipher

LONGEST: Final = {"email": 512, "name": 512}


@dataclass(frozen=True)
class EncryptedTable:
    """`write` takes the key that it holds and its proof, then a list for the ids, one for each column as it was read,
    and one for each as it shall be.
    """

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
class Left:
    """A field that stays as it was."""

    account_id: str
    column: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """`rows` were looked at, `changed` of them written."""

    rows: int
    changed: int
    left: tuple[Left, ...]


@dataclass(frozen=True)
class Reencryption:
    """From plain text, or from the previous key, to the key in force."""

    cipher: FieldCipher
    previous: FieldCipher | None = None

    def field(self, row: Row, column: str) -> str | Left | None:
        field: str | None = row[column]
        if not field or (looks_encrypted(field) and self.cipher.decrypt(field) is not None):
            return field
        text = self._plain(field)
        if text is None:
            return Left(row["account_id"], column, "looks sealed and does not open")
        encrypted = self.cipher.encrypt(text)
        if len(encrypted) > LONGEST.get(column, len(encrypted)):
            return Left(row["account_id"], column, "is too long to be stored sealed")
        return encrypted

    def _plain(self, field: str) -> str | None:
        if not looks_encrypted(field):
            return field
        return self.previous.decrypt(field) if self.previous else None


async def begin_encryption(database: Database, reencryption: Reencryption) -> None:
    """Raises ServiceError when the given keys are not those of this database."""
    cipher, previous = reencryption.cipher, reencryption.previous
    if cipher.key_id is None:
        raise ServiceError("there is no key to encrypt with - set DATA_ENCRYPTION_KEY")
    found = await evidence(database)
    if previous is None:
        fitting_key(found, cipher)
    elif found.encrypted and found.opened_by((cipher, previous)) is None:
        raise ServiceError(
            "names and e-mails in this database are encrypted with neither key - set DATA_ENCRYPTION_KEY_PREVIOUS "
            "to the key they were encrypted with"
        )
    former = None if previous is None else previous.key_id
    if await database.fetchval(CHANGE_KEY, *proof_of(cipher), former) != cipher.key_id:
        raise replaced()


async def number_of_rows(database: Database) -> int:
    """All that `encrypt` will look at."""
    found: int = await database.fetchval("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM user_profiles)")
    return found


async def encrypt(database: Database, reencryption: Reencryption, size: int = 200) -> AsyncIterator[Batch]:
    """After `begin_encryption`: one Batch for each `size` rows, until every row was looked at."""
    for table in (USERS, PROFILES):
        last = ""
        while rows := await database.fetch(table.read, last, size):
            yield await encrypt_rows(database, table, reencryption, rows)
            last = rows[-1]["id"]


async def encrypt_rows(
    database: Database, table: EncryptedTable, reencryption: Reencryption, rows: Sequence[Row]
) -> Batch:
    """Raises Unavailable when another key was put in force meanwhile."""
    left: list[Left] = []
    changes: list[tuple[str | None, ...]] = []
    for row in rows:
        found = [reencryption.field(row, column) for column in table.columns]
        left += [field for field in found if isinstance(field, Left)]
        old = [row[column] for column in table.columns]
        new = [was if isinstance(field, Left) else field for was, field in zip(old, found, strict=True)]
        if new != old:
            changes.append((row["id"], *old, *new))
    written = await write(database, table, reencryption.cipher, changes) if changes else 0
    return Batch(len(rows), written, tuple(left))


async def write(
    database: Database, table: EncryptedTable, cipher: FieldCipher, changes: Sequence[tuple[str | None, ...]]
) -> int:
    try:
        status = await database.execute(table.write, *proof_of(cipher), *zip(*changes, strict=True))
    except asyncpg.ObjectNotInPrerequisiteStateError:
        raise replaced() from None
    return int(status.split()[-1])
