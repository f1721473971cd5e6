"""The suite of Database against NEON_API_KEY, without the tests that control the server process."""

from collections.abc import AsyncIterator

import pytest

from glossator.kernel.guards.guard import Guard
from glossator.kernel.services import Services
from glossator.storage.schema.migrations import applied, bundled, migrate
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.live.accounts import NEON, live, open_plugin, throwaway_database
from tests.plugins.ports.test_database import (  # noqa: F401 - collected here, over the fixtures below
    observer,
    test_cancelled_transaction_is_rolled_back,
    test_check_passes_on_a_working_database,
    test_error_of_our_own_sql_is_raised_unchanged,
    test_interrupted_read_is_retried,
    test_interrupted_transaction_is_not_committed,
    test_interrupted_write_is_not_retried,
    test_one_row_or_none,
    test_one_value_or_none,
    test_stored_rows_are_returned,
    test_terminated_idle_connections_are_replaced,
    test_text_of_any_script_is_returned_unchanged,
    test_transaction_begins_on_a_live_connection,
    test_transaction_is_committed_at_its_end,
    test_transaction_that_raises_is_rolled_back,
)

pytestmark = live(NEON)


@pytest.fixture
async def database_dsn() -> AsyncIterator[str]:
    async with throwaway_database() as dsn:
        yield dsn


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def guard(services: Services) -> Guard:
    return services.guard("neon")


@pytest.fixture
async def database(database_dsn: str, services: Services) -> AsyncIterator[PostgresDatabase]:
    async with open_plugin("neon", services, {NEON: database_dsn}) as service:
        assert isinstance(service, PostgresDatabase)
        await service.execute("CREATE TABLE toys (name text UNIQUE, price integer)")
        yield service


async def test_the_schema_is_created_only_once(database: PostgresDatabase) -> None:
    await migrate(database)
    await migrate(database)
    assert await applied(database) == {migration.number for migration in bundled()}
