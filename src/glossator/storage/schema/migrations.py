"""Brings the schema `glossator` up to date: numbered SQL files, each applied once, all or none.

A number is never used again and an applied file never changes. Numbers that this version does not know are left
alone: a newer version runs beside this one, or ran before it.

How far a database is on the way to what this version needs, found out without changing it.
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
from glossator.storage.schema.existing_tables import prepare_existing_tables, survey

log = logging.getLogger(__name__)

LOCK: Final = 7_105_412_087_993  # any number, the same in every version: replicas that start at once take turns
# Not to_regclass(): it may answer from a cache that does not know what was committed while we waited for the lock.
EXISTS: Final = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'glossator' AND tablename = 'migrations')"
WHO: Final = """
SELECT quote_ident(current_database()) AS place, quote_ident(current_schema()) AS schema,
    quote_ident(current_user) AS role
"""


@dataclass(frozen=True)
class Migration:
    number: int
    name: str
    sql: str


def bundled(folder: Traversable | None = None) -> list[Migration]:
    """The files `NNNN_name.sql` of the folder, in the order of their numbers."""
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
    """The existing deployment's tables come first, since ours refer to them.

    Raises ServiceError when those tables do not fit, or, naming the GRANT, when the role may not; Unavailable when the
    database is not there.
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
        raise ServiceError(await denied(database)) from None


async def applied(database: Statements) -> set[int]:
    """Numbers of what was applied; none before the first."""
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


async def denied(database: Database) -> str:
    row = await database.fetchrow(WHO)
    place, schema, role = (row["place"], row["schema"], row["role"]) if row else ("the_database", "public", "the_role")
    return (
        'the database role may not make its tables and the schema "glossator" or change them - let its owner run: '
        f"GRANT CREATE ON DATABASE {place} TO {role}; GRANT CREATE ON SCHEMA {schema} TO {role};"
    )


MAY_MIGRATE: Final = """
SELECT CASE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = 'glossator')
    THEN has_schema_privilege('glossator', 'CREATE') ELSE has_database_privilege(current_database(), 'CREATE') END
"""
MAY_MAKE_TABLES: Final = "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"


@dataclass(frozen=True)
class State:
    """Counts: migrations applied, lacking, and applied by a newer version; existing deployment's tables absent.

    `unindexed` are statements that would make those tables faster.
    """

    done: int
    lacking: int
    newer: int
    absent: int
    unindexed: tuple[str, ...] = ()


async def look_at(database: Database) -> State:
    """Raises ServiceError when a start would not succeed: tables do not fit, or the role may not make what is lacking.

    Raises Unavailable when the database is not there.
    """
    wanted = bundled()
    try:
        done, tables = await applied(database), await survey(database)
        lacking = missing(wanted, done)
        may = (not lacking or await database.fetchval(MAY_MIGRATE)) and (
            not tables.absent or await database.fetchval(MAY_MAKE_TABLES)
        )
    except asyncpg.InsufficientPrivilegeError:
        may = False
    if not may:
        raise ServiceError(await denied(database))
    newer = len(done - {migration.number for migration in wanted})
    return State(len(wanted) - len(lacking), len(lacking), newer, len(tables.absent), tables.unindexed)
