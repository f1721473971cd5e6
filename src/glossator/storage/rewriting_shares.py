"""How many new results each client network caused today, for all replicas together; the keys are HMACs."""

import hmac
from datetime import date
from typing import Final

from glossator.domain.ports import Database

# Locked rows are skipped, or two replicas that sweep at once could wait for each other for ever.
TAKE: Final = """
WITH swept AS (
    DELETE FROM glossator.rewriting_shares WHERE (day, network_key) IN (
        SELECT day, network_key FROM glossator.rewriting_shares WHERE day < $1 LIMIT 100 FOR UPDATE SKIP LOCKED
    )
)
INSERT INTO glossator.rewriting_shares AS share (day, network_key, taken) VALUES ($1, $2, 1)
ON CONFLICT (day, network_key) DO UPDATE SET taken = share.taken + 1 WHERE share.taken < $3
RETURNING true
"""


class StoredShares:
    """The port Shares. `key` makes what is stored of a network."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def take(self, network: str, day: date, most: int) -> bool:
        network_key = hmac.digest(self._key, network.encode(), "sha256")
        return most > 0 and bool(await self._database.fetchval(TAKE, day, network_key, most))
