"""Implements the port Database with a connection pool. Each statement or transaction is one call of its guard.

- A statement that fails on a dead connection is retried if it was never sent, or if it only reads: if it begins with
  SELECT, SHOW, VALUES or TABLE. A SELECT that calls a function which writes belongs in a transaction.
- In a transaction only the first step, BEGIN, is retried.
- Requests wait up to five seconds for a restarting database. After that, statements fail at once until it is back.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from glossator.domain.errors import Unavailable
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.call import Call as Turn
from glossator.kernel.guards.call import Fault, FaultKind
from glossator.kernel.guards.guard import Guard, GuardOptions
from glossator.kernel.spans import TracedOperation
from glossator_plugins.postgres.dsn import clean_dsn, system_tls
from glossator_plugins.postgres.failures import (
    FailureMessage,
    PermanentFailure,
    ReadOnly,
    Refusing,
    default_message,
    is_closed,
    is_connection_lost,
    is_unavailable,
    to_unavailable,
)
from glossator_plugins.postgres.statements import TRANSACTION, operation_of
from glossator_plugins.refusals import domain_refusals

log = logging.getLogger(__name__)

T = TypeVar("T")
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
ConnectionCall: TypeAlias = Callable[[Connection], Awaitable[T]]

READ_ONLY: Final = re.compile(r"\s*(SELECT|SHOW|VALUES|TABLE)\b", re.IGNORECASE)
RELEASE_SECONDS: Final = 1.0
RETRY_PAUSES: Final = (0.0, 0.1, 0.2, 0.4, 0.8)
"""The first retry is immediate: an idle connection may have been dead for long."""
RESTART_SECONDS: Final = 5.0
QUEUE: Final = 500
MIN_VERSION: Final = 14
ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@dataclass(frozen=True)
class PoolOptions:
    """`statement_seconds` limits a statement with its retries and new connections.

    Use a `statement_cache` of 0 for a pooler that loses prepared statements; each statement then costs another round
    trip. Without `reset` a statement costs one round trip instead of two, but session state (SET, LISTEN) must not be
    used.
    """

    size: int
    statement_seconds: float
    statement_cache: int
    idle_seconds: float
    connect_seconds: float = 5.0
    close_seconds: float = 0.5
    reset: bool = True
    message: FailureMessage = default_message


def guard_options(options: PoolOptions) -> GuardOptions:
    """As many turns as connections, so that nothing waits in the pool, where waiting would count as a timeout."""
    return GuardOptions(options.size, QUEUE, options.statement_seconds, judge=judge)


def judge(error: Exception) -> Fault:
    """A read-only database still answers reads, which an open breaker would refuse."""
    reason = error.reason if isinstance(error, Unavailable) else ""
    if isinstance(error, ReadOnly):
        return Fault(FaultKind.REQUEST, reason)
    return Fault(FaultKind.REFUSED if isinstance(error, PermanentFailure) else FaultKind.FAILED, reason)


class AttemptFailed(Exception):
    """An attempt found the database unavailable. `retryable`: a retry is safe. `sent`: the statement was sent."""

    def __init__(self, error: Exception, *, retryable: bool, sent: bool) -> None:
        super().__init__()
        self.error = error
        self.retryable = retryable
        self.sent = sent


class RunStatement(Protocol):
    async def __call__(self, sql: str, call: ConnectionCall[T], /) -> T: ...


class PostgresStatements:
    """The four methods of the port Statements."""

    def __init__(self, run: RunStatement) -> None:
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
    """Raises asyncpg's errors for mistakes in our own SQL, and Unavailable for all others."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", guard: Guard, options: PoolOptions) -> None:
        super().__init__(self._run_alone)
        self._pool = pool
        self._guard = guard
        self._options = options
        self._unreachable_since: float | None = None
        self._has_answered = False

    async def check(self) -> None:
        """One round trip: the connection has known the server's version since its start."""
        try:
            version = await self._run_alone("SELECT 1", version_of)
        except Unavailable as error:
            raise ServiceError(error.reason) from None
        if version < MIN_VERSION:
            raise ServiceError(
                f"the server runs PostgreSQL {version}, but {MIN_VERSION} or later is required - upgrade it"
            )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresStatements]:
        """Unavailable at the end of the block means that the transaction may or may not be committed."""
        async with self._turn(TRANSACTION) as turn:
            connection, started = await self._step(turn, lambda: self._acquire(begin, retry=True))
            try:
                try:
                    yield PostgresStatements(partial(self._run_on, turn, connection))
                except BaseException:
                    with suppress(Unavailable, *ERRORS):
                        await self._step(
                            turn, lambda: self._on(connection, lambda _: started.rollback()), RELEASE_SECONDS
                        )
                    raise
                await self._step(turn, lambda: self._on(connection, lambda _: started.commit()))
            finally:
                await self._release(connection)

    async def _run_alone(self, sql: str, call: ConnectionCall[T]) -> T:
        async with self._turn(operation_of(sql)) as turn:
            attempt = partial(self._acquire, call, retry=bool(READ_ONLY.match(sql)))
            connection, result = await self._step(turn, attempt)
            await self._release(connection)
            return result

    async def _run_on(self, turn: Turn, connection: Connection, sql: str, call: ConnectionCall[T]) -> T:
        with turn.span.child(operation_of(sql)):
            return await self._step(turn, lambda: self._on(connection, call))

    @asynccontextmanager
    async def _turn(self, operation: TracedOperation) -> AsyncIterator[Turn]:
        """A turn has one connection. Only Unavailable is a failure of the service: our own errors bypass the guard."""
        own_error: Exception | None = None
        with domain_refusals(self._guard.name):
            async with self._guard.steps(operation) as turn:
                try:
                    yield turn
                except Unavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - raised below
                    turn.span.fail(error)
                    own_error = error
        if own_error is not None:
            raise own_error

    async def _step(self, turn: Turn, work: Callable[[], Awaitable[T]], seconds: float | None = None) -> T:
        limit = seconds or self._options.statement_seconds
        try:
            async with turn.limit(limit):
                return await work()
        except TimeoutError as error:
            raise self._unavailable(error, limit) from None

    async def _acquire(self, call: ConnectionCall[T], *, retry: bool) -> tuple[Connection, T]:
        """Returns a connection, which the caller releases, and the result of the first call on it."""
        pauses, sent = chain(RETRY_PAUSES, repeat(RETRY_PAUSES[-1])), 0
        while True:
            try:
                result = await self._attempt(call, retry=retry)
            except AttemptFailed as failure:
                error, sent = self._unavailable(failure.error), sent + failure.sent
                final = not failure.retryable or sent > 1 or isinstance(error, PermanentFailure)
                if final or not self._may_be_restarting(error):
                    raise error from None
            else:
                self._unreachable_since, self._has_answered = None, True
                return result
            await self._pool.expire_connections()  # the others are probably dead too: the retry gets a new one
            await asyncio.sleep(next(pauses))

    def _may_be_restarting(self, error: Unavailable) -> bool:
        """Whether the database became unreachable only moments ago. Half of the timeout remains for the message."""
        if isinstance(error, Refusing) and not self._has_answered:
            return False
        if self._unreachable_since is None:
            self._unreachable_since = time.monotonic()
        max_wait = min(RESTART_SECONDS, self._options.statement_seconds / 2)
        return time.monotonic() - self._unreachable_since < max_wait

    async def _attempt(self, call: ConnectionCall[T], *, retry: bool) -> tuple[Connection, T]:
        try:
            connection = await self._pool.acquire(timeout=self._options.connect_seconds)
        except ERRORS as error:
            raise AttemptFailed(error, retryable=is_connection_lost(error, closed=True), sent=False) from None
        try:
            return connection, await call(connection)
        except BaseException as error:
            closed = is_closed(connection)
            await self._release(connection)
            if isinstance(error, ERRORS) and is_unavailable(error, closed=closed):
                retryable = retry and is_connection_lost(error, closed=closed)
                raise AttemptFailed(error, retryable=retryable, sent=True) from None
            raise

    async def _on(self, connection: Connection, call: ConnectionCall[T]) -> T:
        try:
            return await call(connection)
        except ERRORS as error:
            if is_unavailable(error, closed=is_closed(connection)):
                raise self._unavailable(error) from None
            raise

    async def _release(self, connection: Connection) -> None:
        """The statement is done, so a connection that dies now is not an error for the caller."""
        try:
            await self._pool.release(connection, timeout=RELEASE_SECONDS)
        except ERRORS as error:
            log.debug("connection_lost_on_release: %s", type(error).__name__)

    def _unavailable(self, error: Exception, seconds: float | None = None) -> Unavailable:
        return to_unavailable(self._guard.name, error, seconds or self._options.connect_seconds, self._options.message)


async def version_of(connection: Connection) -> int:
    await connection.fetchval("SELECT 1")
    return connection.get_server_version().major


async def no_reset(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """The driver itself rolls back an open transaction."""


async def begin(connection: Connection) -> Transaction:
    transaction = connection.transaction()
    await transaction.start()
    return transaction


@asynccontextmanager
async def open_pool(dsn: str, guard: Guard, options: PoolOptions) -> AsyncIterator[PostgresDatabase]:
    """Connects with the first statement. Raises ValueError when `dsn` is not a connection string."""
    pool = asyncpg.create_pool(
        clean_dsn(dsn),
        min_size=0,
        max_size=options.size,
        timeout=options.connect_seconds,
        max_inactive_connection_lifetime=options.idle_seconds,
        statement_cache_size=options.statement_cache,
        ssl=system_tls(dsn),
        reset=None if options.reset else no_reset,
    )
    async with asyncio.timeout(options.connect_seconds):
        await pool
    try:
        yield PostgresDatabase(pool, guard, options)
    finally:
        try:
            async with asyncio.timeout(options.close_seconds):
                await pool.close()
        except TimeoutError:  # some connections are still in use
            pool.terminate()
