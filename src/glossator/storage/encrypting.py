"""Seals the fields of accounts that are stored already, for `glossator encrypt`.

- Rows are read in the order of their ids, a batch at a time, and what is sealed with the key in force stays: a run that
  was cut off is simply begun again.
- A row that changed since it was read is left to whoever changed it.
- The key in force is written down first. Servers must be restarted with it before a rotation, since fields that are
  still sealed with the former key read as empty until their turn.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from glossator.domain.accounts.sealing import CHECK_TEXT, looks_sealed
from glossator.domain.ports import Database, Row
from glossator.kernel.errors import ServiceFault
from glossator.storage.account_fields import Sealer
from glossator.storage.encryption import KEY_IN_FORCE, KeyMark, sealed_emails, verify_key

LONGEST: Final = {"email": 512, "name": 512}
REPLACE_KEY: Final = "UPDATE glossator.encryption SET key_id = $1, check_value = $2, since = now() WHERE key_id = $3"


@dataclass(frozen=True)
class SealedTable:
    """`write` takes a list for the ids, one for each column as it was read, and one for each as it shall be."""

    columns: tuple[str, ...]
    read: str
    write: str


USERS: Final = SealedTable(
    ("email", "name"),
    "SELECT id, id AS account_id, email, name FROM users WHERE id > $1 ORDER BY id LIMIT $2",
    """
UPDATE users u SET email = n.email, name = n.name
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n (id, old_email, old_name, email, name)
WHERE u.id = n.id AND u.email = n.old_email AND u.name IS NOT DISTINCT FROM n.old_name
""",
)
PROFILES: Final = SealedTable(
    ("technical_background", "hardware_access", "learning_goals"),
    """
SELECT id, user_id AS account_id, technical_background, hardware_access, learning_goals
FROM user_profiles WHERE id > $1 ORDER BY id LIMIT $2
""",
    """
UPDATE user_profiles p
SET technical_background = n.background, hardware_access = n.hardware, learning_goals = n.goals
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS n (id, old_background, old_hardware, old_goals, background, hardware, goals)
WHERE p.id = n.id AND p.technical_background IS NOT DISTINCT FROM n.old_background
    AND p.hardware_access IS NOT DISTINCT FROM n.old_hardware AND p.learning_goals IS NOT DISTINCT FROM n.old_goals
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
class Resealing:
    """From plain text, or from the previous key, to the key in force."""

    sealer: Sealer
    previous: Sealer | None = None

    def field(self, row: Row, column: str) -> str | Left | None:
        field: str | None = row[column]
        if not field or (looks_sealed(field) and self.sealer.open(field) is not None):
            return field
        text = self._plain(field)
        if text is None:
            return Left(row["account_id"], column, "looks sealed and does not open")
        sealed = self.sealer.seal(text)
        if len(sealed) > LONGEST.get(column, len(sealed)):
            return Left(row["account_id"], column, "is too long to be stored sealed")
        return sealed

    def _plain(self, field: str) -> str | None:
        if not looks_sealed(field):
            return field
        return self.previous.open(field) if self.previous else None


async def begin_encryption(database: Database, resealing: Resealing) -> None:
    """Raises ServiceFault when the given keys are not those of this database."""
    sealer, previous = resealing.sealer, resealing.previous
    if sealer.key_id is None:
        raise ServiceFault("there is no key to encrypt with - set DATA_ENCRYPTION_KEY")
    if previous is None:
        await verify_key(database, sealer)
    else:
        await replace_key(database, sealer, previous)
    await KeyMark(database, sealer).ensure()


async def replace_key(database: Database, sealer: Sealer, previous: Sealer) -> None:
    """Nothing when the new key is in force already: a rotation goes on."""
    row = await database.fetchrow(KEY_IN_FORCE)
    fields = [row["check_value"]] if row else await sealed_emails(database)
    if fields and all(key.open(field) is None for key in (sealer, previous) for field in fields):
        raise ServiceFault(
            "names and e-mails in this database are encrypted with neither key - set DATA_ENCRYPTION_KEY_PREVIOUS "
            "to the key they were encrypted with"
        )
    if row and row["key_id"] != sealer.key_id:
        await database.execute(REPLACE_KEY, sealer.key_id, sealer.seal(CHECK_TEXT), row["key_id"])


async def number_of_rows(database: Database) -> int:
    """All that `encrypt` will look at."""
    found: int = await database.fetchval("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM user_profiles)")
    return found


async def encrypt(database: Database, resealing: Resealing, size: int = 200) -> AsyncIterator[Batch]:
    """After `begin_encryption`: one Batch for each `size` rows, until every row was looked at."""
    for table in (USERS, PROFILES):
        last = ""
        while rows := await database.fetch(table.read, last, size):
            yield await encrypt_rows(database, table, resealing, rows)
            last = rows[-1]["id"]


async def encrypt_rows(database: Database, table: SealedTable, resealing: Resealing, rows: Sequence[Row]) -> Batch:
    left: list[Left] = []
    changes: list[tuple[str | None, ...]] = []
    for row in rows:
        found = [resealing.field(row, column) for column in table.columns]
        left += [field for field in found if isinstance(field, Left)]
        old = [row[column] for column in table.columns]
        new = [was if isinstance(field, Left) else field for was, field in zip(old, found, strict=True)]
        if new != old:
            changes.append((row["id"], *old, *new))
    status = await database.execute(table.write, *zip(*changes, strict=True)) if changes else "UPDATE 0"
    return Batch(len(rows), int(status.split()[-1]), tuple(left))
