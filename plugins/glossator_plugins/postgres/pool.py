"""The port Database over a pool of connections; every statement passes through the service's guard.

- A statement that met a dead connection is sent once more when it was never sent, or when it only reads: when it
  begins with SELECT, SHOW, VALUES or TABLE. A SELECT that calls a function which writes belongs in a transaction.
- In a transaction only the first step, BEGIN, is repeated.
- A database that restarts is waited for, some seconds from the first statement that could not reach it; after that
  statements fail at once until it is back.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from itertools import repeat as forever
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator.kernel.guard import Guard
from glossator_plugins.postgres.dsn import clean_dsn, trusted_tls
from glossator_plugins.postgres.failures import Hopeless, Tell, absent, dropped, plainly, unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Call: TypeAlias = Callable[[Connection], Awaitable[T]]

READS: Final = re.compile(r"\s*(SELECT|SHOW|VALUES|TABLE)\b", re.IGNORECASE)
RELEASE_SECONDS: Final = 1.0
PAUSES: Final = (0.0, 0.1, 0.2, 0.4, 0.8)
"""Between the tries of a statement. The second one is at once: an idle connection may have died long ago."""
RESTART_SECONDS: Final = 5.0
OLDEST: Final = 14
ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@dataclass(frozen=True)
class PoolOptions:
    """`statement_seconds` holds for a statement with everything around it, other tries and new connections included.

    A `statement_cache` of 0 is for a pooler that loses prepared statements; each one then costs a round trip more.
    Without `reset` a statement costs one round trip instead of two; what a session would keep (SET, LISTEN) must then
    stay unused.
    """

    size: int
    statement_seconds: float
    connect_seconds: float = 5.0
    idle_seconds: float = 300.0
    close_seconds: float = 0.5
    statement_cache: int = 100
    reset: bool = True
    tell: Tell = plainly


class Failed(Exception):
    """A try that met no working database; `again`: another one is safe and may succeed. `sent`: it came that far."""

    def __init__(self, error: Exception, *, again: bool, sent: bool) -> None:
        super().__init__()
        self.error = error
        self.again = again
        self.sent = sent


class Run(Protocol):
    async def __call__(self, sql: str, call: Call[T], /) -> T: ...


class PostgresStatements:
    """The port's four calls, over what runs them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def fetch(self, sql: str, *args: object) -> Sequence[asyncpg.Record]:
        return await self._run(sql, lambda connection: connection.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        return await self._run(sql, lambda connection: connection.fetchrow(sql, *args))

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self._run(sql, lambda connection: connection.fetchval(sql, *args))

    async def execute(self, sql: str, *args: object) -> str:
        return await self._run(sql, lambda connection: connection.execute(sql, *args))


class PostgresDatabase(PostgresStatements):
    """Database over a pool. Errors of our own SQL pass as asyncpg's; all others are Unavailable."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", guard: Guard, options: PoolOptions) -> None:
        super().__init__(self._alone)
        self._pool = pool
        self._guard = guard
        self._options = options
        self._absent_since: float | None = None

    async def check(self) -> None:
        """One round trip: the connection knows the version since it was made."""
        try:
            version = await self._alone("SELECT 1", version_of)
        except Unavailable as fault:
            raise ServiceError(fault.reason) from None
        if version < OLDEST:
            raise ServiceError(
                f"the server is PostgreSQL {version}, and at least {OLDEST} is needed - upgrade it, or name another one"
            )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresStatements]:
        """Raises Unavailable at its end too: then nobody knows whether it was committed."""
        connection, begun = await self._guarded(lambda: self._borrow(begin, repeat=True))
        try:
            try:
                yield PostgresStatements(partial(self._within, connection))
            except BaseException:
                with suppress(Unavailable, *ERRORS):
                    await self._guarded(lambda: self._on(connection, lambda _: begun.rollback()), RELEASE_SECONDS)
                raise
            await self._guarded(lambda: self._on(connection, lambda _: begun.commit()))
        finally:
            await self._release(connection)

    async def _alone(self, sql: str, call: Call[T]) -> T:
        connection, result = await self._guarded(lambda: self._borrow(call, repeat=bool(READS.match(sql))))
        await self._release(connection)
        return result

    async def _within(self, connection: Connection, _sql: str, call: Call[T]) -> T:
        return await self._guarded(lambda: self._on(connection, call))

    async def _guarded(self, work: Callable[[], Awaitable[T]], seconds: float | None = None) -> T:
        """Errors of our own SQL are no failure of the service: they go around the guard."""
        limit = seconds or self._options.statement_seconds
        try:
            async with self._guard.call(limit):
                try:
                    return await work()
                except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    ours = error
        except TimeoutError as error:
            raise self._unavailable(error, limit) from None
        raise ours

    async def _borrow(self, first: Call[T], *, repeat: bool) -> tuple[Connection, T]:
        """A connection, which the caller releases, and what the first call on it gave."""
        pauses, sent = chain(PAUSES, forever(PAUSES[-1])), 0
        while True:
            try:
                done = await self._try(first, repeat=repeat)
            except Failed as failure:
                fault, sent = self._unavailable(failure.error), sent + failure.sent
                hopeless = not failure.again or sent > 1 or isinstance(fault, Hopeless)
                if hopeless or not self._may_be_restarting():
                    raise fault from None
            else:
                self._absent_since = None
                return done
            await self._pool.expire_connections()  # the others are likely dead too: the next try gets a new one
            await asyncio.sleep(next(pauses))

    def _may_be_restarting(self) -> bool:
        """Whether it has been away for moments only. The wait leaves time to say why it was in vain."""
        self._absent_since = self._absent_since or time.monotonic()
        most = min(RESTART_SECONDS, self._options.statement_seconds / 2)
        return time.monotonic() - self._absent_since < most

    async def _try(self, first: Call[T], *, repeat: bool) -> tuple[Connection, T]:
        try:
            connection = await self._pool.acquire(timeout=self._options.connect_seconds)
        except ERRORS as error:
            raise Failed(error, again=dropped(error, closed=True), sent=False) from None
        try:
            return connection, await first(connection)
        except BaseException as error:
            closed = is_closed(connection)
            await self._release(connection)
            if isinstance(error, ERRORS) and absent(error, closed=closed):
                raise Failed(error, again=repeat and dropped(error, closed=closed), sent=True) from None
            raise

    async def _on(self, connection: Connection, call: Call[T]) -> T:
        try:
            return await call(connection)
        except ERRORS as error:
            if absent(error, closed=is_closed(connection)):
                raise self._unavailable(error) from None
            raise

    async def _release(self, connection: Connection) -> None:
        """What was done on it stands, so a connection that dies now is no error of the caller's."""
        try:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)
        except ERRORS as error:
            log.debug("connection_lost_on_release: %s", type(error).__name__)

    def _unavailable(self, error: Exception, seconds: float | None = None) -> Unavailable:
        return unavailable(self._guard.name, error, seconds or self._options.connect_seconds, self._options.tell)


async def version_of(connection: Connection) -> int:
    await connection.fetchval("SELECT 1")
    return connection.get_server_version().major


async def no_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The driver itself rolls an open transaction back."""


async def begin(connection: Connection) -> Transaction:
    begun = connection.transaction()
    await begun.start()
    return begun


def is_closed(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool took it back when it broke
        return True


@asynccontextmanager
async def open_pool(dsn: str, guard: Guard, options: PoolOptions) -> AsyncIterator[PostgresDatabase]:
    """No connection is made before the first statement. Raises ValueError when `dsn` is no connection string."""
    pool = asyncpg.create_pool(
        clean_dsn(dsn),
        min_size=0,
        max_size=options.size,
        timeout=options.connect_seconds,
        max_inactive_connection_lifetime=options.idle_seconds,
        statement_cache_size=options.statement_cache,
        ssl=trusted_tls(dsn),
        reset=None if options.reset else no_reset,
    )
    async with asyncio.timeout(options.connect_seconds):
        await pool
    try:
        yield PostgresDatabase(pool, guard, options)
    finally:
        await close(pool, options.close_seconds)


async def close(pool: "asyncpg.Pool[asyncpg.Record]", seconds: float) -> None:
    """Without the limit it would wait for borrowed connections for ever."""
    try:
        async with asyncio.timeout(seconds):
            await pool.close()
    except TimeoutError:
        pool.terminate()
