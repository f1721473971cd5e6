import asyncio
from pathlib import Path

import asyncpg
import pytest

from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator.storage.schema.migrations import Migration, applied, bundled, migrate
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.databases import OPTIONS, administer

TOYS = Migration(9001, "toys", "CREATE TABLE glossator.toys (name text); INSERT INTO glossator.toys VALUES ('ball')")
BROKEN = Migration(9002, "broken", "CREATE TABLE glossator.dolls (name text); SELECT nonsense")


async def test_empty_database_gets_every_migration(empty_database_dsn: str) -> None:
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
        await migrate(database)

        assert await applied(database) == {migration.number for migration in bundled()}


async def test_second_run_changes_nothing(database: PostgresDatabase) -> None:
    before = await database.fetch("SELECT * FROM glossator.migrations ORDER BY number")

    await migrate(database)

    assert await database.fetch("SELECT * FROM glossator.migrations ORDER BY number") == before


async def test_only_what_is_missing_is_applied(database: PostgresDatabase) -> None:
    for _ in range(2):
        await migrate(database, [*bundled(), TOYS])

    assert await database.fetchval("SELECT count(*) FROM glossator.toys") == 1


async def test_cached_rewritings_of_readers_texts_are_deleted(empty_database_dsn: str) -> None:
    sql = "INSERT INTO glossator.rewritings (key, result, size, pinned) VALUES ($1, $2, 1, $3)"
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
        await migrate(database, [migration for migration in bundled() if migration.number < 9])
        await database.execute(sql, b"a", "a reader's", False)
        await database.execute(sql, b"b", "the operator's", True)

        await migrate(database)

        assert [row["key"] for row in await database.fetch("SELECT key FROM glossator.rewritings")] == [b"b"]


async def test_skipped_number_is_applied_later(database: PostgresDatabase) -> None:
    await migrate(database, [*bundled(), TOYS])

    await migrate(database, [*bundled(), Migration(9000, "dolls", "CREATE TABLE glossator.dolls ()"), TOYS])

    assert {9000, 9001} <= await applied(database)


async def test_concurrent_migrations_are_serialised(empty_database_dsn: str) -> None:
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as one:
        async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as other:
            await asyncio.gather(*(migrate(database, [*bundled(), TOYS]) for database in (one, other, one, other)))

        assert await one.fetchval("SELECT count(*) FROM glossator.toys") == 1


async def test_failing_migration_is_rolled_back(database: PostgresDatabase) -> None:
    with pytest.raises(asyncpg.UndefinedColumnError):
        await migrate(database, [*bundled(), TOYS, BROKEN])

    assert await database.fetchval("SELECT to_regclass('glossator.toys')") is None
    assert not {TOYS.number, BROKEN.number} & await applied(database)


async def test_migrations_of_a_newer_version_are_ignored(database: PostgresDatabase) -> None:
    await migrate(database, [*bundled(), TOYS])

    await migrate(database)

    assert TOYS.number in await applied(database)


async def test_missing_right_is_reported_with_its_grant(postgres: PostgresServer, empty_database_dsn: str) -> None:
    await administer(postgres, "CREATE ROLE reader LOGIN")
    dsn = empty_database_dsn.replace("postgres@", "reader@")

    try:
        async with open_pool(dsn, Guard("tests"), OPTIONS) as database:
            with pytest.raises(ServiceError, match=r"GRANT CREATE ON DATABASE test_\d+ TO reader;"):
                await migrate(database)
    finally:
        await administer(postgres, "DROP ROLE reader")


def test_bundled_files_are_numbered_from_one_without_gaps() -> None:
    assert [migration.number for migration in bundled()] == list(range(1, len(bundled()) + 1))


def test_number_used_twice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "0001_one.sql").write_text("SELECT 1")
    (tmp_path / "0001_two.sql").write_text("SELECT 2")

    with pytest.raises(ValueError, match="same number"):
        bundled(tmp_path)
