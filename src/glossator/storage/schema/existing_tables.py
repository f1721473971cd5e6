"""The four tables that the first deployment made: created when absent, compared when there, never altered.

- All four are in the first schema of the search path, which must never be our own: a role named like it has it first.
- A table that is there needs every column by its name and family of types, and no shorter; defaults are its own.
- An index that it lacks makes it slow, not wrong: a warning tells the statement that makes it.
- A column of another program is fine, unless a row cannot be made without it.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from glossator.domain.ports.database import Database, Row, Statements
from glossator.kernel.errors import ServiceError
from glossator.storage.schema.existing_columns import FAMILIES, TABLES, Column, Table

log = logging.getLogger(__name__)

LOCK: Final = 7_105_412_087_994  # any number, the same in every version: replicas that start at once take turns
RIGHTS: Final = "SELECT, INSERT, UPDATE, DELETE, REFERENCES"
COLUMNS: Final = """
SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS required,
    CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4 THEN a.atttypmod - 4 END
        AS length,
    a.atthasdef OR a.attidentity <> '' AS filled,
    (SELECT bool_and(has_table_privilege(c.oid, r)) FROM unnest(string_to_array($2, ', ')) AS r) AS usable,
    EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum
            AND i.indnkeyatts = 1 AND i.indisunique AND i.indpred IS NULL
    ) AS is_unique,
    EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL
    ) AS is_indexed
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relname = ANY ($1) AND c.relkind IN ('r', 'p')
ORDER BY c.relname
"""

# A search path names the role's own schema as "$user", also while there is none yet.
HIDDEN: Final = """
SELECT quote_ident(current_user)
WHERE current_schema() = 'glossator'
    OR (current_user = 'glossator' AND position('$user' IN current_setting('search_path')) > 0)
"""
# A table takes the name of its row type too.
TAKEN: Final = """
SELECT relname AS name, CASE relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a view' WHEN 'i' THEN 'an index'
    WHEN 'S' THEN 'a sequence' ELSE 'something else' END AS kind
FROM pg_class WHERE relname = ANY ($1) AND relkind NOT IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT typname, 'a type' FROM pg_type
WHERE typname = ANY ($1) AND typrelid = 0 AND typnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True)
class Survey:
    """`absent` tables have to be made, in this order; `unindexed` are statements that would make reading faster."""

    absent: tuple[Table, ...]
    unindexed: tuple[str, ...] = ()


async def prepare_existing_tables(database: Database) -> None:
    """Raises ServiceError, and has changed nothing, when a table that is there cannot serve."""
    found = await survey(database)
    for statement in found.unindexed:
        log.warning(
            "index_missing: a table of the existing deployment is read slowly - let its owner run: %s", statement
        )
    if not found.absent:
        return
    async with database.transaction() as transaction:
        await transaction.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        for table in (await survey(transaction)).absent:
            await transaction.execute(table.definition)


async def survey(database: Statements) -> Survey:
    """Raises ServiceError for tables that are there and do not fit."""
    if role := await database.fetchval(HIDDEN):
        raise ServiceError(
            f'the role {role} would look for accounts in our own schema "glossator" - let it run: '
            f"ALTER ROLE {role} SET search_path = public; (or the schema that the tables are in), or use another role"
        )
    if await database.fetchval("SELECT current_schema() IS NULL"):
        raise ServiceError(
            "the search_path of this role names no schema that exists - let it run: "
            "ALTER ROLE CURRENT_USER SET search_path = public; (or the schema that the tables are in)"
        )
    names = [table.name for table in TABLES]
    rows = await database.fetch(COLUMNS, names, RIGHTS)
    present = {name: list(columns) for name, columns in groupby(rows, key=lambda row: str(row["table"]))}
    faults = [fault for table in TABLES if table.name in present for fault in misfits(table, present[table.name])]
    faults += [f"{row['name']} is {row['kind']}, not a table" for row in await database.fetch(TAKEN, names)]
    if faults:
        raise ServiceError(
            f"tables of the existing deployment cannot be used: {'; '.join(faults)} - put them right by hand, "
            "since Glossator never alters these tables; nothing was changed"
        )
    return Survey(tuple(table for table in TABLES if table.name not in present), tuple(lacking_indexes(present)))


def lacking_indexes(present: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    looked_up = {(table.name, column.name) for table in TABLES for column in table.columns if column.is_looked_up}
    for table, rows in present.items():
        for row in rows:
            if (table, row["name"]) in looked_up and not row["is_indexed"]:
                yield f"CREATE INDEX CONCURRENTLY ON {table} ({row['name']});"


def misfits(table: Table, found: Sequence[Row]) -> Iterator[str]:
    """What keeps a table that is there from being used, a phrase each."""
    if not found[0]["usable"]:
        yield f"this role has not all of the rights {RIGHTS} on {table.name}"
    by_name = {row["name"]: row for row in found}
    for column in table.columns:
        row = by_name.pop(column.name, None)
        yield from [f"{table.name} has no column {column.name} ({column.type})"] if row is None else misfit(column, row)
    for name, row in by_name.items():
        if row["required"] and not row["filled"]:
            yield f"{table.name}.{name} is unknown to Glossator and must not be empty: give it a default"


def misfit(column: Column, row: Row) -> Iterator[str]:
    place = f"{row['table']}.{column.name}"
    if FAMILIES.get(row["type"], row["type"]) != column.family:
        yield f"{place} is {row['type']}, not {column.type}"
    elif row["length"] is not None and row["length"] < column.length:
        yield f"{place} is {row['type']}({row['length']}), which is too short: not {column.type}"
    if column.is_unique and not row["is_unique"]:
        yield f"{place} is not unique"
    if column.may_be_empty and row["required"]:
        yield f"{place} must be allowed to be NULL"
