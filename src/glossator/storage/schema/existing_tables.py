"""The four tables of the existing deployment: created if missing, checked if present, never altered.

- All four are in the first schema of the search path. It must not be our own, which is first for a role of that name.
- An existing table needs every column with its name, its family of types and at least its length; defaults may differ.
- A missing index only makes it slow: a warning shows the statement that creates it.
- Additional columns are allowed unless they require a value.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from glossator.domain.ports.database import Database, Row, Statements
from glossator.kernel.errors import ServiceError
from glossator.storage.schema.existing_columns import FAMILIES, TABLES, Column, ExistingTable

log = logging.getLogger(__name__)

LOCK: Final = 7_105_412_087_994  # arbitrary, but fixed: it serialises replicas that start at once
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

# A search path may contain "$user", the role's own schema, even before it exists.
HIDDEN: Final = """
SELECT quote_ident(current_user)
WHERE current_schema() = 'glossator'
    OR (current_user = 'glossator' AND position('$user' IN current_setting('search_path')) > 0)
"""
# A table also needs its name for its row type.
TAKEN: Final = """
SELECT relname AS name, CASE relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a view' WHEN 'i' THEN 'an index'
    WHEN 'S' THEN 'a sequence' ELSE 'something else' END AS kind
FROM pg_class WHERE relname = ANY ($1) AND relkind NOT IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT typname, 'a type' FROM pg_type
WHERE typname = ANY ($1) AND typrelid = 0 AND typnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True)
class ExistingTables:
    """`absent` tables must be created, in this order; `unindexed` are statements that would create missing indexes."""

    absent: tuple[ExistingTable, ...]
    unindexed: tuple[str, ...] = ()


async def prepare_existing_tables(database: Database) -> None:
    """Raises ServiceError without changes if an existing table cannot be used."""
    found = await inspect_tables(database)
    for statement in found.unindexed:
        log.warning(
            "index_missing: an index is missing, which slows down requests - as the table's owner run: %s", statement
        )
    if not found.absent:
        return
    async with database.transaction() as transaction:
        await transaction.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        for table in (await inspect_tables(transaction)).absent:
            await transaction.execute(table.definition)


async def inspect_tables(database: Statements) -> ExistingTables:
    """Raises ServiceError for existing tables that cannot be used."""
    if role := await database.fetchval(HIDDEN):
        raise ServiceError(
            f'the role {role} would look for accounts in our own schema "glossator" - as this role run: '
            f"ALTER ROLE {role} SET search_path = public; (or the schema that the tables are in), or use another role"
        )
    if await database.fetchval("SELECT current_schema() IS NULL"):
        raise ServiceError(
            "the search_path of this role contains no existing schema - as this role run: "
            "ALTER ROLE CURRENT_USER SET search_path = public; (or the schema that the tables are in)"
        )
    names = [table.name for table in TABLES]
    rows = await database.fetch(COLUMNS, names, RIGHTS)
    present = {name: list(columns) for name, columns in groupby(rows, key=lambda row: str(row["table"]))}
    errors = [error for table in TABLES if table.name in present for error in table_errors(table, present[table.name])]
    errors += [f"{row['name']} is {row['kind']}, not a table" for row in await database.fetch(TAKEN, names)]
    if errors:
        raise ServiceError(
            f"tables of the existing deployment cannot be used: {'; '.join(errors)} - correct them by hand, "
            "since Glossator never alters these tables; nothing was changed"
        )
    absent = tuple(table for table in TABLES if table.name not in present)
    return ExistingTables(absent, tuple(missing_indexes(present)))


def missing_indexes(present: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    looked_up = {(table.name, column.name) for table in TABLES for column in table.columns if column.is_looked_up}
    for table, rows in present.items():
        for row in rows:
            if (table, row["name"]) in looked_up and not row["is_indexed"]:
                yield f"CREATE INDEX CONCURRENTLY ON {table} ({row['name']});"


def table_errors(table: ExistingTable, found: Sequence[Row]) -> Iterator[str]:
    """Reasons why an existing table cannot be used."""
    if not found[0]["usable"]:
        yield f"this role lacks some of the rights {RIGHTS} on {table.name}"
    by_name = {row["name"]: row for row in found}
    for column in table.columns:
        row = by_name.pop(column.name, None)
        yield from (
            [f"{table.name} has no column {column.name} ({column.type})"] if row is None else column_errors(column, row)
        )
    for name, row in by_name.items():
        if row["required"] and not row["filled"]:
            yield f"{table.name}.{name} is unknown to Glossator and requires a value: give it a default"


def column_errors(column: Column, row: Row) -> Iterator[str]:
    name = f"{row['table']}.{column.name}"
    if FAMILIES.get(row["type"], row["type"]) != column.family:
        yield f"{name} is {row['type']}, not {column.type}"
    elif row["length"] is not None and row["length"] < column.length:
        yield f"{name} is {row['type']}({row['length']}), which is too short: not {column.type}"
    if column.is_unique and not row["is_unique"]:
        yield f"{name} is not unique"
    if column.may_be_empty and row["required"]:
        yield f"{name} must allow NULL"
