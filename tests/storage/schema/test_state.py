"""How far a database is, seen without changing it."""

import pytest

from glossator.kernel.errors import ServiceError
from glossator.kernel.guard import Guard
from glossator.storage.schema.existing_columns import TABLES
from glossator.storage.schema.migrations import Migration, State, bundled, look_at, migrate
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.databases import OPTIONS, administer

TOYS = Migration(9001, "toys", "CREATE TABLE glossator.toys (name text)")


async def test_empty_database_lacks_everything_and_still_does_afterwards(empty_database_dsn: str) -> None:
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
        seen = [await look_at(database), await look_at(database)]

    assert seen == [State(done=0, lacking=len(bundled()), newer=0, absent=len(TABLES))] * 2


async def test_migrated_database_lacks_nothing(database: PostgresDatabase) -> None:
    assert await look_at(database) == State(done=len(bundled()), lacking=0, newer=0, absent=0)


async def test_migrations_of_a_newer_version_are_counted_apart(database: PostgresDatabase) -> None:
    await migrate(database, [*bundled(), TOYS])

    assert await look_at(database) == State(done=len(bundled()), lacking=0, newer=1, absent=0)


async def test_lacking_index_is_told(database: PostgresDatabase) -> None:
    await database.execute("DROP INDEX user_profiles_user_id_idx")

    assert (await look_at(database)).unindexed == ("CREATE INDEX CONCURRENTLY ON user_profiles (user_id);",)


async def test_table_that_does_not_fit_is_named(database: PostgresDatabase) -> None:
    await database.execute("ALTER TABLE users DROP COLUMN proficiency")

    with pytest.raises(ServiceError, match="users has no column proficiency"):
        await look_at(database)


async def test_role_that_may_make_nothing_gets_the_grant_to_run(
    postgres: PostgresServer, empty_database_dsn: str
) -> None:
    await administer(postgres, "DROP ROLE IF EXISTS looker")
    await administer(postgres, "CREATE ROLE looker LOGIN")
    dsn = empty_database_dsn.replace("postgres@", "looker@")
    async with open_pool(dsn, Guard("tests"), OPTIONS) as database:
        with pytest.raises(ServiceError, match=r"GRANT CREATE ON DATABASE .* TO looker"):
            await look_at(database)
