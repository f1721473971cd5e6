"""Rewriting results and usage counters in the database, shared by all replicas.

- The time of last use is updated at most once an hour, so that reading a page rarely writes.
- A process evicts entries with its first new result and with every fiftieth after it, so the size limit may be exceeded
  by that many results. After the limit is lowered, each eviction removes at most a thousand entries.
- Client networks are stored as HMACs.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from glossator.domain.ports.database import Database
from glossator.domain.rewriting.ports import CachedRewriting, CacheStats

GET: Final = """
SELECT key, result, used_at < now() - interval '1 hour' AS stale FROM glossator.rewritings
WHERE key = ANY($1::bytea[])
"""
TOUCH: Final = "UPDATE glossator.rewritings SET used_at = now() WHERE key = ANY($1::bytea[])"
HAS_RESULT: Final = "SELECT EXISTS (SELECT FROM glossator.rewritings WHERE result = $1)"
PUT: Final = """
INSERT INTO glossator.rewritings AS there (key, result, size, pinned, version) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (key) DO UPDATE SET pinned = true, version = excluded.version
    WHERE excluded.pinned AND (NOT there.pinned OR there.version IS DISTINCT FROM excluded.version)
"""
PIN: Final = """
UPDATE glossator.rewritings SET pinned = true, version = $2
WHERE key = ANY($1::bytea[]) AND (NOT pinned OR version IS DISTINCT FROM $2)
"""
UNPIN_OTHERS: Final = "UPDATE glossator.rewritings SET pinned = false WHERE pinned AND version IS DISTINCT FROM $1"
# Skips locked rows: two replicas that evict at the same time would otherwise deadlock.
EVICT: Final = """
DELETE FROM glossator.rewritings WHERE key IN (
    SELECT key FROM glossator.rewritings WHERE key IN (
        SELECT key FROM (
            SELECT key, sum(size) OVER (ORDER BY used_at, key) - size AS before
            FROM (SELECT * FROM glossator.rewritings WHERE NOT pinned ORDER BY used_at, key LIMIT $2) oldest
        ) ranked
        WHERE before < (SELECT sum(size) FROM glossator.rewritings) - $1
    )
    FOR UPDATE SKIP LOCKED
)
"""
STATS: Final = """
SELECT count(*) AS entries, count(*) FILTER (WHERE pinned) AS pinned, coalesce(sum(size), 0)::bigint AS bytes
FROM glossator.rewritings
"""
CLEAR: Final = "DELETE FROM glossator.rewritings WHERE $1 OR NOT pinned"
EVICT_EVERY: Final = 50
MAX_EVICTED: Final = 1000


class StoredRewritings:
    """Implements Rewritings."""

    def __init__(self, database: Database, max_bytes: int, *, evict_every: int = EVICT_EVERY) -> None:
        self._database = database
        self._max_bytes = max_bytes
        self._evict_every = evict_every
        self._puts = 0

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        rows = await self._database.fetch(GET, list(keys))
        stale = [row["key"] for row in rows if row["stale"]]
        if stale:
            await self._database.execute(TOUCH, stale)
        return {bytes(row["key"]): row["result"] for row in rows}

    async def has_result(self, text: str) -> bool:
        return bool(await self._database.fetchval(HAS_RESULT, text))

    async def put(self, entry: CachedRewriting) -> None:
        """Raises ValueError for an entry with an owner."""
        if entry.owner is not None:
            raise ValueError("a result that belongs to one account must not be stored")
        await self._database.execute(PUT, entry.key, entry.text, entry.size, entry.pinned, entry.version)
        if self._puts % self._evict_every == 0:
            await self._database.execute(EVICT, self._max_bytes, MAX_EVICTED)
        self._puts += 1

    async def pin(self, keys: Sequence[bytes], version: str) -> None:
        await self._database.execute(PIN, list(keys), version)

    async def unpin_others(self, version: str) -> int:
        return row_count(await self._database.execute(UNPIN_OTHERS, version))

    async def stats(self) -> CacheStats:
        row = await self._database.fetchrow(STATS)
        if row is None:
            raise LookupError("the statistics query returned no row")
        return CacheStats(row["entries"], row["pinned"], row["bytes"])

    async def clear(self, *, pinned: bool) -> int:
        return row_count(await self._database.execute(CLEAR, pinned))


def row_count(status: str) -> int:
    """The number of rows in a command's status, such as `DELETE 3`."""
    return int(status.rpartition(" ")[2])


# Skips locked rows, like EVICT.
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


class StoredUsageCounter:
    """Implements UsageCounter. `key` is the HMAC key for client networks."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def take(self, network: str, day: date, limit: int) -> bool:
        network_key = hmac.digest(self._key, network.encode(), "sha256")
        return limit > 0 and bool(await self._database.fetchval(TAKE, day, network_key, limit))
