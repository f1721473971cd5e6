"""Expired rows are deleted periodically."""

import asyncio

import asyncpg
import pytest

from glossator.domain.errors import Unavailable
from glossator.domain.ports.database import Database
from glossator.domain.report.questions import ReportOptions
from glossator.kernel.services import Services
from glossator.storage.expiry import EXPIRED, ExpiredRows
from glossator.wiring.database import run_expiry
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.storage.test_costs import CallCounter

ROWS = """
INSERT INTO users (id, email, email_hash, password_hash) VALUES ('1', 'ada@example.com', 'hash', 'hash');
INSERT INTO glossator.login_sessions
    SELECT t, '1', t::bytea, now(), now(), now() + age * interval '1 hour', true, '', '' FROM given;
INSERT INTO glossator.one_time_tokens (token_hash, account_id, expires_at)
    SELECT t::bytea, '1', now() + age * interval '1 hour' FROM given;
INSERT INTO glossator.sign_in_failures (email_key, network_key, failed_at)
    SELECT t::bytea, '', now() - interval '1 day' + age * interval '1 hour' FROM given;
INSERT INTO glossator.known_networks (email_key, network_key, seen_at)
    SELECT t::bytea, '', now() - interval '30 days' + age * interval '1 hour' FROM given;
INSERT INTO glossator.feedback (answer_id, rating, sections, given_at)
    SELECT t, 'up', '[]', now() - interval '400 days' + age * interval '1 hour' FROM given;
INSERT INTO glossator.asked_questions (answer_id, question, problem, nearest, asked_at)
    SELECT t, t, 'declined', '', now() - interval '30 days' + age * interval '1 hour' FROM given;
INSERT INTO glossator.answer_counts (day, outcome, section, count)
    SELECT (now() AT TIME ZONE 'UTC')::date + (age < 0)::int * -31, 'cited', t, 1 FROM given;
INSERT INTO glossator.rewriting_shares (day, network_key, taken)
    SELECT (now() AT TIME ZONE 'UTC')::date + (age < 0)::int * -1, t::bytea, 1 FROM given;
INSERT INTO glossator.budget_counts (cap, key, period, counted)
    SELECT 'network_day', t::bytea, (now() AT TIME ZONE 'UTC')::date + (age < 0)::int * -1, 1 FROM given;
INSERT INTO glossator.budget_usage (day, kind, count, prompt_tokens, completion_tokens, embedding_tokens, nanos)
    SELECT (now() AT TIME ZONE 'UTC')::date + (age < 0)::int * -401, t, 1, 1, 1, 1, 1 FROM given;
"""
GIVEN = """
CREATE TEMP TABLE given AS
SELECT 'old ' || n AS t, -1 AS age FROM generate_series(1, 5) AS n UNION ALL SELECT 'young', 1;
"""
TABLES = sorted(EXPIRED)


@pytest.fixture
async def aged(database: PostgresDatabase, database_dsn: str) -> PostgresDatabase:
    """Five rows in each table that expired an hour ago, and one that has not."""
    connection = await asyncpg.connect(database_dsn)
    await connection.execute(GIVEN + ROWS)
    await connection.close()
    return database


async def left(database: Database) -> dict[str, int]:
    return {table: await database.fetchval(f"SELECT count(*) FROM glossator.{table}") for table in TABLES}


@pytest.mark.parametrize("batch", [1, 2, 5, 1000])
async def test_expired_rows_are_deleted_in_batches_and_the_rest_stays(aged: PostgresDatabase, batch: int) -> None:
    sweeper = ExpiredRows(aged, batch=batch)

    deleted = [await sweeper.sweep(), await sweeper.sweep()]

    assert deleted == [5 * len(TABLES), 0]
    assert await left(aged) == dict.fromkeys(TABLES, 1)


async def test_a_locked_row_is_left_for_the_next_run(aged: PostgresDatabase, database_dsn: str) -> None:
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute("SELECT FROM glossator.login_sessions WHERE id = 'old 1' FOR UPDATE")
        first = await ExpiredRows(aged).sweep()
    await holder.close()

    assert (first, await ExpiredRows(aged).sweep()) == (5 * len(TABLES) - 1, 1)


async def test_concurrent_sweeps_do_not_block_each_other(aged: PostgresDatabase) -> None:
    deleted = await asyncio.gather(*(ExpiredRows(aged, batch=1).sweep() for _ in range(3)))

    assert sum(deleted) == 5 * len(TABLES)


class Away(CallCounter):
    async def execute(self, sql: str, *args: object) -> str:
        raise Unavailable("neon", "is restarting")


async def test_an_unavailable_database_is_logged_and_not_an_error(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    assert await ExpiredRows(Away(database)).sweep() == 0
    assert "rows_not_swept" in caplog.text


async def test_a_running_server_sweeps(aged: PostgresDatabase) -> None:
    services = Services()
    services.provide(Database, aged)

    async with asyncio.timeout(60), run_expiry(services, first=0.0, every=0.0):
        while sum((await left(aged)).values()) > len(TABLES):
            await asyncio.sleep(0.01)


async def test_a_setting_decides_when_the_data_of_the_report_are_deleted(aged: PostgresDatabase) -> None:
    services = Services()
    services.provide(Database, aged)
    services.provide(ReportOptions, ReportOptions(retention_days=1))

    async with asyncio.timeout(60), run_expiry(services, first=0.0, every=0.0):
        while (kept := await left(aged))["asked_questions"] or kept["answer_counts"] > 1:
            await asyncio.sleep(0.01)


async def test_without_a_database_there_is_nothing_to_sweep() -> None:
    async with run_expiry(Services(), first=0.0, every=0.0):
        await asyncio.sleep(0)
