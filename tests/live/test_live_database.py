"""The suite of Database against the server of NEON_API_KEY, without what needs the server's own process."""

from collections.abc import AsyncIterator

import pytest

from glossator.kernel.guard import Guard
from glossator.kernel.services import Services
from glossator.storage.schema.migrations import applied, bundled, migrate
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.live.accounts import NEON, live, opened, throwaway_database
from tests.plugins.ports.test_database import (  # noqa: F401 - collected here, over the fixtures below
    onlooker,
    test_cancelled_transaction_is_rolled_back,
    test_check_passes_on_a_working_database,
    test_error_of_our_own_sql_passes_as_it_is,
    test_gives_back_what_was_written,
    test_idle_connections_that_were_cut_are_replaced,
    test_one_row_or_none,
    test_one_value_or_none,
    test_read_that_was_cut_is_sent_once_more,
    test_text_of_any_script_comes_back,
    test_transaction_begins_on_a_live_connection,
    test_transaction_is_committed_at_its_end,
    test_transaction_that_raises_is_rolled_back,
    test_transaction_that_was_cut_is_not_committed,
    test_write_that_was_cut_is_never_sent_again,
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
    async with opened("neon", services, {NEON: database_dsn}) as service:
        assert isinstance(service, PostgresDatabase)
        await service.execute("CREATE TABLE toys (name text UNIQUE, price integer)")
        yield service


async def test_our_schema_is_made_and_is_made_only_once(database: PostgresDatabase) -> None:
    await migrate(database)
    await migrate(database)
    assert await applied(database) == {migration.number for migration in bundled()}
