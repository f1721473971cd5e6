"""Inspecting the state of a database without changing it."""

import pytest

from glossator.kernel.errors import ServiceError
from glossator.kernel.guards.guard import Guard
from glossator.storage.schema.existing_columns import TABLES
from glossator.storage.schema.migrations import Migration, SchemaState, bundled, inspect_schema, migrate
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.databases import OPTIONS, administer

TOYS = Migration(9001, "toys", "CREATE TABLE glossator.toys (name text)")


async def test_inspecting_an_empty_database_changes_nothing(empty_database_dsn: str) -> None:
    async with open_pool(empty_database_dsn, Guard("tests"), OPTIONS) as database:
        seen = [await inspect_schema(database), await inspect_schema(database)]

    assert seen == [SchemaState(applied=0, pending=len(bundled()), newer=0, absent=len(TABLES))] * 2


async def test_migrated_database_is_up_to_date(database: PostgresDatabase) -> None:
    assert await inspect_schema(database) == SchemaState(applied=len(bundled()), pending=0, newer=0, absent=0)


async def test_migrations_of_a_newer_version_are_counted_separately(database: PostgresDatabase) -> None:
    await migrate(database, [*bundled(), TOYS])

    assert await inspect_schema(database) == SchemaState(applied=len(bundled()), pending=0, newer=1, absent=0)


async def test_missing_index_is_reported(database: PostgresDatabase) -> None:
    await database.execute("DROP INDEX user_profiles_user_id_idx")

    assert (await inspect_schema(database)).unindexed == ("CREATE INDEX CONCURRENTLY ON user_profiles (user_id);",)


async def test_unusable_table_is_reported(database: PostgresDatabase) -> None:
    await database.execute("ALTER TABLE users DROP COLUMN proficiency")

    with pytest.raises(ServiceError, match="users has no column proficiency"):
        await inspect_schema(database)


async def test_missing_rights_are_reported_with_their_grant(postgres: PostgresServer, empty_database_dsn: str) -> None:
    await administer(postgres, "DROP ROLE IF EXISTS looker")
    await administer(postgres, "CREATE ROLE looker LOGIN")
    dsn = empty_database_dsn.replace("postgres@", "looker@")
    async with open_pool(dsn, Guard("tests"), OPTIONS) as database:
        with pytest.raises(ServiceError, match=r"GRANT CREATE ON DATABASE .* TO looker"):
            await inspect_schema(database)
