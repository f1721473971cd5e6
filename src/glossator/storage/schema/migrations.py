"""Migrates the schema `glossator` with numbered SQL files, each applied once, all in one transaction.

A number is never reused and an applied file never changes. Unknown numbers are ignored: a newer version runs next to
this one or ran before it. `inspect_schema` reports the state of a database without changing it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import asyncpg

from glossator.domain.ports.database import Database, Statements
from glossator.kernel.errors import ServiceError
from glossator.storage.schema.existing_tables import inspect_tables, prepare_existing_tables

log = logging.getLogger(__name__)

LOCK: Final = 7_105_412_087_993  # arbitrary, but fixed: it serialises replicas that start at once
# Not to_regclass(): its cache may miss what was committed while we waited for the lock.
EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'glossator' AND tablename = 'migrations')"
WHO: Final = """
SELECT quote_ident(current_database()) AS database, quote_ident(current_schema()) AS schema,
    quote_ident(current_user) AS role
"""


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str


def bundled(folder: Traversable | None = None) -> list[Migration]:
    """The files `NNNN_name.sql` of the folder, by number."""
    folder = folder or files("glossator.storage") / "schema"
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    migrations = [read(file) for file in sorted(found, key=lambda file: file.name)]
    if len({migration.number for migration in migrations}) < len(migrations):
        raise ValueError("two migrations have the same number")
    return migrations


def read(file: Traversable) -> Migration:
    number, _, name = file.name.removesuffix(".sql").partition("_")
    return Migration(int(number), name, file.read_text("utf-8"))


async def migrate(database: Database, migrations: Sequence[Migration] | None = None) -> None:
    """Prepares the existing deployment's tables first, since ours refer to them.

    Raises ServiceError if those tables cannot be used, or with the missing GRANT if the role lacks rights; Unavailable
    if the database cannot be reached.
    """
    wanted = bundled() if migrations is None else migrations
    try:
        await prepare_existing_tables(database)
        if not missing(wanted, await applied(database)):
            return
        async with database.transaction() as transaction:
            await transaction.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            for migration in missing(wanted, await applied(transaction)):
                await apply(migration, transaction)
    except asyncpg.InsufficientPrivilegeError:
        raise ServiceError(await missing_rights(database)) from None


async def applied(database: Statements) -> set[int]:
    """The numbers of applied migrations."""
    if not await database.fetchval(EXISTS):
        return set()
    return {row["number"] for row in await database.fetch("SELECT number FROM glossator.migrations")}


def missing(wanted: Sequence[Migration], done: set[int]) -> list[Migration]:
    return [migration for migration in wanted if migration.number not in done]


async def apply(migration: Migration, transaction: Statements) -> None:
    await transaction.execute(migration.sql)
    await transaction.execute(
        "INSERT INTO glossator.migrations (number, name) VALUES ($1, $2)", migration.number, migration.name
    )
    log.info("migration_applied: %04d %s", migration.number, migration.name)


async def missing_rights(database: Database) -> str:
    row = await database.fetchrow(WHO)
    name, schema, role = (
        (row["database"], row["schema"], row["role"]) if row else ("the_database", "public", "the_role")
    )
    return (
        'the database role may not create or change its tables and the schema "glossator" - as the database owner run: '
        f"GRANT CREATE ON DATABASE {name} TO {role}; GRANT CREATE ON SCHEMA {schema} TO {role};"
    )


MAY_MIGRATE: Final = """
SELECT CASE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = 'glossator')
    THEN has_schema_privilege('glossator', 'CREATE') ELSE has_database_privilege(current_database(), 'CREATE') END
"""
MAY_CREATE_TABLES: Final = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"


@dataclass(frozen=True)
class SchemaState:
    """Numbers of migrations applied, pending, and applied by a newer version, and of the existing tables absent.

    `unindexed` are statements that would create missing indexes.
    """

    applied: int
    pending: int
    newer: int
    absent: int
    unindexed: tuple[str, ...] = ()


async def inspect_schema(database: Database) -> SchemaState:
    """Raises ServiceError if a start would fail: tables cannot be used, or the role lacks rights to create them.

    Raises Unavailable if the database cannot be reached.
    """
    wanted = bundled()
    try:
        done, tables = await applied(database), await inspect_tables(database)
        pending = missing(wanted, done)
        allowed = (not pending or await database.fetchval(MAY_MIGRATE)) and (
            not tables.absent or await database.fetchval(MAY_CREATE_TABLES)
        )
    except asyncpg.InsufficientPrivilegeError:
        allowed = False
    if not allowed:
        raise ServiceError(await missing_rights(database))
    newer = len(done - {migration.number for migration in wanted})
    return SchemaState(len(wanted) - len(pending), len(pending), newer, len(tables.absent), tables.unindexed)
