"""The ledger of the budget in the database, which all processes share.

- Networks and accounts are stored as HMACs, and their rows are deleted after their day.
- Rows are written in one order, so that two processes never wait for each other's.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from glossator.domain.budget.caps import Cap
from glossator.domain.budget.ports import Draw, Drawn, Used
from glossator.domain.ports.database import Database

# Begins with WITH: a statement that begins with SELECT is sent again after a lost connection.
DRAW: Final = """
WITH drawn AS (SELECT * FROM glossator.draw_leases($1, $2, $3, $4, $5, $6)) SELECT granted, remaining FROM drawn
"""
ADD: Final = """
INSERT INTO glossator.budget_counts AS there (cap, key, period, counted)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::date[], $4::bigint[])
ON CONFLICT (period, cap, key) DO UPDATE SET counted = there.counted + excluded.counted
"""
COUNTED: Final = """
SELECT coalesce(counted, 0) AS counted
FROM unnest($1::text[], $2::bytea[], $3::date[]) WITH ORDINALITY AS wanted (cap, key, period, at)
LEFT JOIN glossator.budget_counts USING (cap, key, period) ORDER BY at
"""
RECORD: Final = """
INSERT INTO glossator.budget_usage AS there
SELECT * FROM unnest($1::date[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
ON CONFLICT (day, kind) DO UPDATE SET
    count = there.count + excluded.count,
    prompt_tokens = there.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = there.completion_tokens + excluded.completion_tokens,
    embedding_tokens = there.embedding_tokens + excluded.embedding_tokens,
    nanos = there.nanos + excluded.nanos
"""
USED: Final = "SELECT * FROM glossator.budget_usage WHERE day >= $1 ORDER BY day, kind"


class StoredLedger:
    """Implements Ledger. `key` is the HMAC key for networks and accounts."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def draw(self, draws: Sequence[Draw]) -> Sequence[Drawn]:
        ordered = sorted(draws, key=lambda draw: draw.cap.order)
        columns = self._columns([draw.cap for draw in ordered])
        amounts = [draw.cap.amount for draw in ordered]
        needs, wants = [draw.needed for draw in ordered], [draw.wanted for draw in ordered]
        rows = await self._database.fetch(DRAW, *columns, amounts, needs, wants)
        drawn = {draw.cap: Drawn(row["granted"], row["remaining"]) for draw, row in zip(ordered, rows, strict=True)}
        return [drawn[draw.cap] for draw in draws]

    async def add(self, amounts: Sequence[tuple[Cap, int]]) -> None:
        ordered = sorted(amounts, key=lambda pair: pair[0].order)
        await self._database.execute(
            ADD, *self._columns([cap for cap, _ in ordered]), [amount for _, amount in ordered]
        )

    async def counted(self, caps: Sequence[Cap]) -> Sequence[int]:
        return [row["counted"] for row in await self._database.fetch(COUNTED, *self._columns(caps))]

    async def record(self, used: Sequence[Used]) -> None:
        rows = [
            (one.day, one.kind, one.count, one.prompt_tokens, one.completion_tokens, one.embedding_tokens, one.nanos)
            for one in sorted(used, key=lambda one: (one.day, one.kind))
        ]
        await self._database.execute(RECORD, *(list(column) for column in zip(*rows, strict=True)))

    async def used(self, since: date) -> Sequence[Used]:
        return [Used(**dict(row)) for row in await self._database.fetch(USED, since)]

    def _columns(self, caps: Iterable[Cap]) -> tuple[list[str], list[bytes], list[date]]:
        listed = list(caps)
        return [cap.limit for cap in listed], [self._hash(cap.key) for cap in listed], [cap.period for cap in listed]

    def _hash(self, key: str) -> bytes:
        return hmac.digest(self._key, key.encode(), "sha256") if key else b""
