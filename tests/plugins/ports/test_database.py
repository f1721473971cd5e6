"""The suite of the port Database, for direct and pooled connections."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import asyncpg
import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator_plugins.postgres.dsn import clean_dsn
from glossator_plugins.postgres.pool import PoolOptions, PostgresDatabase, guard_options, open_pool
from tests.databases import OPTIONS

CONNECTION_MODES: Final = {
    "direct": ("", OPTIONS),
    "pooled": ("&channel_binding=prefer", replace(OPTIONS, statement_cache=0, reset=False)),
}


@pytest.fixture(params=CONNECTION_MODES)
def mode(request: pytest.FixtureRequest) -> tuple[str, PoolOptions]:
    return CONNECTION_MODES[request.param]


@pytest.fixture
def guard() -> Guard:
    return Guard("database", guard_options(OPTIONS))


@pytest.fixture
async def database(database_dsn: str, mode: tuple[str, PoolOptions], guard: Guard) -> AsyncIterator[PostgresDatabase]:
    keys, options = mode
    async with open_pool(database_dsn + keys, guard, options) as database:
        await database.execute("CREATE TABLE toys (name text UNIQUE, price integer)")
        yield database


@pytest.fixture
async def observer(database_dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The test's own connection, which can observe and terminate the others."""
    connection = await asyncpg.connect(database_dsn)
    yield connection
    await connection.close()


async def terminate(observer: "asyncpg.Connection[asyncpg.Record]", where: str = "true") -> int:
    """Ends the matching other connections to this database, and returns their number once they have ended."""
    terminated = await observer.fetch(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        f"WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
    )
    return len(terminated)


async def terminate_when_sleeping(observer: "asyncpg.Connection[asyncpg.Record]") -> None:
    async with asyncio.timeout(60):
        while not await terminate(observer, "wait_event = 'PgSleep'"):
            await asyncio.sleep(0.01)


async def test_a_read_only_database_refuses_writes_and_still_answers_reads(
    database: PostgresDatabase, observer: "asyncpg.Connection[asyncpg.Record]", guard: Guard
) -> None:
    name = await observer.fetchval("SELECT current_database()")
    await observer.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await terminate(observer)
    await database.fetch("SELECT 1")  # on a new connection
    try:
        for _ in range(10):
            with pytest.raises(Unavailable, match="read-only"):
                await database.execute("INSERT INTO toys VALUES ('ball', 3)")

        assert (guard.state, await database.fetch("SELECT name FROM toys")) == ("closed", [])
    finally:
        await observer.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await terminate(observer)


async def test_a_deadlock_is_unavailable(database: PostgresDatabase) -> None:
    with pytest.raises(Unavailable, match="aborted"):
        await database.execute("DO $$ BEGIN RAISE deadlock_detected; END $$")


async def test_stored_rows_are_returned(database: Database) -> None:
    status = await database.execute("INSERT INTO toys VALUES ($1, $2), ('doll', 9)", "ball", 3)

    rows = await database.fetch("SELECT name, price FROM toys ORDER BY price")
    assert status == "INSERT 0 2"
    assert [(row["name"], row["price"]) for row in rows] == [("ball", 3), ("doll", 9)]


async def test_one_row_or_none(database: Database) -> None:
    await database.execute("INSERT INTO toys VALUES ('ball', 3)")

    found = await database.fetchrow("SELECT price FROM toys WHERE name = $1", "ball")
    assert found is not None
    assert found["price"] == 3
    assert await database.fetchrow("SELECT price FROM toys WHERE name = $1", "car") is None


async def test_one_value_or_none(database: Database) -> None:
    assert await database.fetchval("SELECT count(*) FROM toys") == 0
    assert await database.fetchval("SELECT name FROM toys") is None


async def test_text_of_any_script_is_returned_unchanged(database: Database) -> None:
    await database.execute("INSERT INTO toys VALUES ($1, 1)", "Ärger, کتاب, 🙂")

    assert await database.fetchval("SELECT upper(name) FROM toys") == "ÄRGER, کتاب, 🙂"


async def test_transaction_is_committed_at_its_end(database: Database) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO toys VALUES ('ball', 3)")
        assert await database.fetchval("SELECT count(*) FROM toys") == 0

    assert await database.fetchval("SELECT count(*) FROM toys") == 1


async def test_transaction_that_raises_is_rolled_back(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO toys VALUES ('ball', 3)")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert await database.fetchval("SELECT count(*) FROM toys") == 0


async def test_cancelled_transaction_is_rolled_back(database: Database) -> None:
    inserted = asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO toys VALUES ('ball', 3)")
            inserted.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await inserted.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert await database.fetchval("SELECT count(*) FROM toys") == 0


async def test_error_of_our_own_sql_is_raised_unchanged(database: Database, guard: Guard) -> None:
    await database.execute("INSERT INTO toys VALUES ('ball', 3)")

    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute("INSERT INTO toys VALUES ('ball', 4)")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await database.fetch("SELEKT")
    with pytest.raises(asyncpg.InterfaceError):
        await database.fetch("SELECT 1", "one argument too many")
    with pytest.raises(asyncpg.DataError):
        await database.fetch("SELECT $1::integer", "not a number")
    assert guard.failure_count == 0


async def test_terminated_idle_connections_are_replaced(
    database: Database, observer: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(3)))
    await terminate(observer)

    assert [await database.fetchval("SELECT $1::integer", number) for number in range(6)] == list(range(6))


async def test_transaction_begins_on_a_live_connection(
    database: Database, observer: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(3)))
    await terminate(observer)

    for name in ("ball", "doll", "car"):
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO toys VALUES ($1, 1)", name)
    assert await database.fetchval("SELECT count(*) FROM toys") == 3


FIRST_SLEEPS: Final = """
    SELECT attempt, pg_sleep(CASE attempt WHEN 1 THEN 60 ELSE 0 END)
    FROM (SELECT nextval('attempts') AS attempt OFFSET 0) AS attempts
"""


async def test_interrupted_read_is_retried(database: Database, observer: "asyncpg.Connection[asyncpg.Record]") -> None:
    await database.execute("CREATE SEQUENCE attempts")
    reading = asyncio.create_task(database.fetchrow(FIRST_SLEEPS))
    await terminate_when_sleeping(observer)

    row = await reading

    assert row is not None
    assert row["attempt"] == 2


async def test_read_interrupted_twice_fails(
    database: Database, observer: "asyncpg.Connection[asyncpg.Record]", guard: Guard
) -> None:
    reading = asyncio.create_task(database.fetchval("SELECT pg_sleep(60)"))
    await terminate_when_sleeping(observer)
    await terminate_when_sleeping(observer)

    with pytest.raises(Unavailable, match="database: not connected"):
        await reading
    assert guard.failure_count == 1


async def test_interrupted_write_is_not_retried(
    database: Database, observer: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await database.execute("CREATE SEQUENCE attempts")
    writing = asyncio.create_task(
        database.execute("INSERT INTO toys SELECT 'ball', nextval('attempts') FROM pg_sleep(60)")
    )
    await terminate_when_sleeping(observer)

    with pytest.raises(Unavailable):
        await writing
    assert await database.fetchval("SELECT is_called FROM attempts") is False
    assert await database.fetchval("SELECT count(*) FROM toys") == 0


async def test_interrupted_transaction_is_not_committed(
    database: Database, observer: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    async def write() -> None:
        async with database.transaction() as transaction:
            await transaction.execute("INSERT INTO toys VALUES ('ball', 3)")
            await terminate(observer)
            await transaction.execute("INSERT INTO toys VALUES ('doll', 3)")

    with pytest.raises(Unavailable):
        await write()

    assert await database.fetchval("SELECT count(*) FROM toys") == 0


async def once_connected(database: PostgresDatabase, sql: str) -> object:
    """On a busy machine a new connection takes longer than the short timeouts of these tests."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await database.fetchval(sql)
            except Unavailable:
                await asyncio.sleep(0.05)


async def test_slow_statement_ends_at_its_timeout(database_dsn: str, guard: Guard) -> None:
    async with open_pool(database_dsn, guard, replace(OPTIONS, statement_seconds=0.2)) as database:
        with pytest.raises(Unavailable, match=r"no answer within 0\.2 s"):
            await database.fetchval("SELECT pg_sleep(30)")

        assert await once_connected(database, "SELECT 1") == 1


async def test_waiting_for_a_free_connection_ends(database_dsn: str, guard: Guard) -> None:
    options = replace(OPTIONS, size=1, connect_seconds=2.0)
    async with open_pool(database_dsn, guard, options) as database, database.transaction():
        with pytest.raises(Unavailable, match="no answer within"):
            await database.fetchval("SELECT 1")


async def test_hung_server_process_is_abandoned_within_the_timeout(database_dsn: str, guard: Guard) -> None:
    async with open_pool(database_dsn, guard, replace(OPTIONS, statement_seconds=0.3)) as database:
        pid = await once_connected(database, "SELECT pg_backend_pid()")
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable, match="no answer within"):
                await database.fetchval("SELECT 1")
            assert await once_connected(database, "SELECT pg_backend_pid()") != pid
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_pool_closes_with_an_open_transaction(database_dsn: str, guard: Guard) -> None:
    began = asyncio.Event()

    async def hold(database: PostgresDatabase) -> None:
        async with database.transaction():
            began.set()
            await asyncio.sleep(60)

    async with asyncio.timeout(60):
        async with open_pool(database_dsn, guard, replace(OPTIONS, close_seconds=0.1)) as database:
            holding = asyncio.create_task(hold(database))
            await began.wait()
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("host=", "host=/nowhere"), "not connected"),
        (("/test_", "/missing_"), "the database does not exist"),
        (("postgres@", "stranger@"), "authentication failed"),
    ],
)
async def test_failure_is_reported_with_our_own_message(
    database_dsn: str, guard: Guard, change: tuple[str, str], message: str
) -> None:
    options = replace(OPTIONS, statement_seconds=2.0)  # half of it is spent on trying again
    async with open_pool(database_dsn.replace(*change), guard, options) as database:
        with pytest.raises(Unavailable, match=message):
            await database.execute("SELECT 1")
        with pytest.raises(ServiceError, match=message):
            await database.check()


async def test_check_passes_on_a_working_database(database: PostgresDatabase, guard: Guard) -> None:
    await database.check()

    assert guard.last is not None
    assert guard.last.ok


@pytest.mark.parametrize(
    ("dsn", "clean"),
    [
        (
            " postgresql://u:p%40ss@host/db?sslmode=require&channel_binding=require \n",
            "postgresql://u:p%40ss@host/db?sslmode=require",
        ),
        ("postgres://u@h:1/db?pgbouncer=true&connect_timeout=10", "postgres://u@h:1/db"),
        ("postgresql://u@/db?host=%2Frun%2Fx&port=5432", "postgresql://u@/db?host=%2Frun%2Fx&port=5432"),
        (
            "postgresql://u@h/db?options=-c%20statement_timeout%3D5s",
            "postgresql://u@h/db?options=-c+statement_timeout%3D5s",
        ),
    ],
)
def test_unsupported_query_keys_are_removed(dsn: str, clean: str) -> None:
    assert clean_dsn(dsn) == clean


@pytest.mark.parametrize("dsn", ["", "napi_s3cret", "postgresql+asyncpg://u:s3cret@h/db", '"postgresql://s3cret"', "["])
def test_invalid_connection_string_is_rejected_without_quoting_it(dsn: str) -> None:
    with pytest.raises(ValueError, match="connection string") as raised:
        clean_dsn(dsn)

    assert "s3cret" not in str(raised.value)
