"""Results of rewriting, shared by all replicas.

- When one was used is known to the hour, so that reading a page seldom writes.
- The bound is kept with every fiftieth new result, so it may be passed by that many.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from glossator.domain.ports import Database
from glossator.domain.rewriting.ports import CacheStats, Entry

GET: Final = """
SELECT key, result, used_at < now() - interval '1 hour' AS stale FROM glossator.rewritings
WHERE key = ANY($1::bytea[])
"""
TOUCH: Final = "UPDATE glossator.rewritings SET used_at = now() WHERE key = ANY($1::bytea[])"
PUT: Final = """
INSERT INTO glossator.rewritings AS there (key, result, size, pinned) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET pinned = true WHERE excluded.pinned AND NOT there.pinned
"""
PIN: Final = "UPDATE glossator.rewritings SET pinned = true WHERE key = ANY($1::bytea[]) AND NOT pinned"
# Locked rows are skipped, or two replicas that sweep at once could wait for each other for ever.
SWEEP: Final = """
DELETE FROM glossator.rewritings WHERE key IN (
    SELECT key FROM glossator.rewritings WHERE key IN (
        SELECT key FROM (
            SELECT key, pinned, sum(size) OVER (ORDER BY pinned DESC, used_at DESC, key) AS kept
            FROM glossator.rewritings
        ) ranked
        WHERE kept > $1 AND NOT pinned
    )
    FOR UPDATE SKIP LOCKED
)
"""
STATS: Final = """
SELECT count(*) AS entries, count(*) FILTER (WHERE pinned) AS pinned, coalesce(sum(size), 0)::bigint AS bytes
FROM glossator.rewritings
"""
CLEAR: Final = "DELETE FROM glossator.rewritings WHERE $1 OR NOT pinned"
SWEEP_EVERY: Final = 50


class StoredRewritings:
    """The port Rewritings."""

    def __init__(self, database: Database, most_bytes: int, *, sweep_every: int = SWEEP_EVERY) -> None:
        self._database = database
        self._most = most_bytes
        self._sweep_every = sweep_every
        self._put = 0

    async def get(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        rows = await self._database.fetch(GET, list(keys))
        stale = [row["key"] for row in rows if row["stale"]]
        if stale:
            await self._database.execute(TOUCH, stale)
        return {bytes(row["key"]): row["result"] for row in rows}

    async def put(self, entry: Entry) -> None:
        await self._database.execute(PUT, entry.key, entry.text, entry.size, entry.pinned)
        self._put += 1
        if self._put % self._sweep_every == 0:
            await self._database.execute(SWEEP, self._most)

    async def pin(self, keys: Sequence[bytes]) -> None:
        await self._database.execute(PIN, list(keys))

    async def stats(self) -> CacheStats:
        row = await self._database.fetchrow(STATS)
        if row is None:
            raise LookupError("a count always has a row")
        return CacheStats(row["entries"], row["pinned"], row["bytes"])

    async def clear(self, *, pinned: bool) -> int:
        done = await self._database.execute(CLEAR, pinned)
        return int(done.rpartition(" ")[2])
