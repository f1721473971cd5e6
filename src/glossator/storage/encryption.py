"""Whether names and e-mails are encrypted, and with which key: a row of ours, or else what the newest e-mails show."""

from typing import Final

from glossator.domain.accounts.sealing import CHECK_TEXT, looks_sealed
from glossator.domain.errors import Unavailable
from glossator.domain.ports import Database
from glossator.kernel.errors import ServiceFault
from glossator.storage.account_fields import Sealer

KEY_IN_FORCE: Final = "SELECT key_id, check_value FROM glossator.encryption"
NEWEST_EMAILS: Final = "SELECT email FROM users ORDER BY created_at DESC NULLS LAST LIMIT 20"
WRITE_KEY: Final = "INSERT INTO glossator.encryption (key_id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"

ENCRYPTED: Final = "names and e-mails in this database are encrypted"
MISSING: Final = "and no key is set - set DATA_ENCRYPTION_KEY to the key they were encrypted with"
WRONG: Final = (
    "and DATA_ENCRYPTION_KEY is another key - set it to the key they were encrypted with, or run: "
    "glossator encrypt --rotate, with that key in DATA_ENCRYPTION_KEY_PREVIOUS"
)


async def verify_key(database: Database, sealer: Sealer) -> None:
    """Raises ServiceFault when fields are encrypted and the key is missing or another one."""
    row = await database.fetchrow(KEY_IN_FORCE)
    fields = [row["check_value"]] if row else await sealed_emails(database)
    if not fields:
        return
    encrypted = f"{ENCRYPTED} (key {row['key_id']})" if row else ENCRYPTED
    if sealer.key_id is None:
        raise ServiceFault(f"{encrypted}, {MISSING}")
    if all(sealer.open(field) is None for field in fields):
        raise ServiceFault(f"{encrypted}, {WRONG}")
    await KeyMark(database, sealer).ensure()


async def sealed_emails(database: Database) -> list[str]:
    """The newest e-mails that look sealed; none when most of the newest do not, since then nothing was encrypted."""
    emails = [str(row["email"]) for row in await database.fetch(NEWEST_EMAILS)]
    fields = [email for email in emails if looks_sealed(email)]
    return fields if 2 * len(fields) >= len(emails) else []


class KeyMark:
    """Writes down which key is in force, before the first field is sealed with it."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._is_written = False

    async def ensure(self) -> None:
        """Nothing without a key. Raises Unavailable when another key is in force: fields would get two keys."""
        key_id = self._sealer.key_id
        if key_id is None or self._is_written:
            return
        row = await self._database.fetchrow(KEY_IN_FORCE)
        if row is None:
            await self._database.execute(WRITE_KEY, key_id, self._sealer.seal(CHECK_TEXT))
            row = await self._database.fetchrow(KEY_IN_FORCE)
        if row is None or row["key_id"] != key_id:
            raise Unavailable("database", "names and e-mails are encrypted with another key than this server's")
        self._is_written = True
