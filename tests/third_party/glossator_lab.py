"""Third-party plugins in their own distribution, written only against the kernel's contract and the ports."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg

from glossator.domain.ports.database import Database, Row, Statements
from glossator.kernel.errors import ServiceError
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import Setting, Settings
from glossator.kernel.settings.types import SECRET, choice, integer

STAMP_KEY: Final = Setting("STAMP_KEY", SECRET, "Key of the stamp", required=True)
RECORDS_DSN: Final = Setting("RECORDS_DSN", SECRET, "Connection string of the records", required=True)
STAMP_SIZE: Final = Setting("STAMP__SIZE", integer(1, 9), "How large it is", default=3)
SLOW_HOW: Final = Setting("SLOW__HOW", choice("waits", "blocks", "swallows"), "How it is slow", default="waits")
SLOW_SECONDS: Final = 100.0
SLOW_UNTIL: Final = Path("opened")
"""A file in the working folder that ends the wait."""
BROKEN_HOW: Final = Setting("BROKEN__HOW", choice("fault", "crash", "check"), "How it fails", default="fault")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


class Lab:
    """The service of every plugin here but `records`."""

    def __init__(self, fault: ServiceError | None = None) -> None:
        self._fault = fault

    async def check(self) -> None:
        if self._fault:
            raise self._fault


class StampPlugin:
    name = "stamp"
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (STAMP_KEY, STAMP_SIZE)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Lab]:
        key = settings[STAMP_KEY].reveal()
        say(f"stamp: opened with a key of {len(key)} letters and size {settings[STAMP_SIZE]}")
        try:
            yield Lab()
        finally:
            say("stamp: closed")


class SlowPlugin:
    name = "slow"
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (SLOW_HOW,)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Lab]:
        how = settings[SLOW_HOW]
        say("slow: opening")
        if how == "blocks":
            time.sleep(SLOW_SECONDS)  # noqa: ASYNC251 - a careless plugin is what is meant
        if how == "swallows":
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(SLOW_SECONDS)
        async with asyncio.timeout(SLOW_SECONDS):
            while not SLOW_UNTIL.exists():
                await asyncio.sleep(0.02)
        yield Lab()


class LatePlugin(SlowPlugin):
    """Opens when the database has started; other plugins start at the same time."""

    name = "late"
    requires: tuple[type, ...] = (Database,)


class BrokenPlugin:
    name = "broken"
    provides: tuple[type, ...] = ()
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (BROKEN_HOW,)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Lab]:
        how = settings[BROKEN_HOW]
        fault = ServiceError("cannot reach the lab - check that it is open")
        if how == "fault":
            raise fault
        if how == "crash":
            raise RuntimeError("the words of an upstream with a leaked key")
        yield Lab(fault)


class Records:
    """The port Database over a plain connection pool."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def check(self) -> None:
        await self._pool.execute("SELECT 1")

    async def fetch(self, sql: str, *args: object) -> Sequence[Row]:
        return await self._pool.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        return await self._pool.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self._pool.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        return await self._pool.execute(sql, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Statements]:
        async with self._pool.acquire() as connection, connection.transaction():
            yield connection


class RecordsPlugin:
    name = "records"
    provides: tuple[type, ...] = (Database,)
    requires: tuple[type, ...] = ()
    settings: tuple[Setting[Any], ...] = (RECORDS_DSN,)

    @asynccontextmanager
    async def open(self, settings: Settings, services: Services) -> AsyncIterator[Records]:
        async with asyncpg.create_pool(settings[RECORDS_DSN].reveal(), min_size=0, max_size=4) as pool:
            yield Records(pool)
