"""How far a database is on the way to what this version needs, found out without changing it."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from glossator.domain.ports import Database
from glossator.kernel.errors import ServiceFault
from glossator.storage.existing_tables import survey
from glossator.storage.migrations import applied, bundled, denied, missing

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
    """Raises ServiceFault when a start would not succeed: tables do not fit, or the role may not make what is lacking.

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
        raise ServiceFault(await denied(database))
    newer = len(done - {migration.number for migration in wanted})
    return State(len(wanted) - len(lacking), len(lacking), newer, len(tables.absent), tables.unindexed)
