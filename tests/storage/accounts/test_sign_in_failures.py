import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from glossator.domain.accounts.ports import FailureCounts, SignInFailures
from glossator.domain.ports.database import Database
from glossator.kernel.guards.guard import Guard
from glossator.storage.accounts.passwords import StoredSignInFailures
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import open_pool
from tests.options import POOL_OPTIONS
from tests.plugins.neon.services import socket_of
from tests.servers.tcp_forwarder import forwarding
from tests.storage.conftest import Stores

WITHIN = timedelta(minutes=15)
in_postgres = pytest.mark.parametrize("stores", ["postgres"], indirect=True)


@pytest.fixture
def failures(stores: Stores) -> SignInFailures:
    return stores.failures


async def fail(failures: SignInFailures, email: bytes, network: bytes) -> FailureCounts:
    """Adds a failure without limits."""
    return await failures.count(email, network, WITHIN, max_per_pair=1000, max_per_email=1000)


async def read_counts(failures: SignInFailures, email: bytes, network: bytes) -> FailureCounts:
    """Reads the counts with limits of zero, which changes nothing."""
    return await failures.count(email, network, WITHIN, max_per_pair=0, max_per_email=0)


def without_age(counts: FailureCounts) -> tuple[int | None, int, int, bool]:
    return counts.failure, counts.pair, counts.email, counts.known


async def test_nothing_failed_yet(failures: SignInFailures) -> None:
    counts = await read_counts(failures, b"ada", b"home")

    assert (without_age(counts), counts.oldest) == ((None, 0, 0, False), None)


async def test_failures_are_counted_by_pair_and_by_email(failures: SignInFailures) -> None:
    for email, network in [(b"ada", b"home"), (b"ada", b"home"), (b"ada", b"cafe"), (b"bob", b"home")]:
        await fail(failures, email, network)

    counts = await read_counts(failures, b"ada", b"home")

    assert without_age(counts) == (None, 2, 3, False)


async def test_the_age_of_the_oldest_failure_of_the_pair_is_returned(stores: Stores, failures: SignInFailures) -> None:
    await fail(failures, b"ada", b"home")
    await stores.age(timedelta(minutes=10))
    await fail(failures, b"ada", b"home")
    await fail(failures, b"ada", b"cafe")

    oldest = (await read_counts(failures, b"ada", b"home")).oldest

    assert oldest is not None
    assert timedelta(minutes=10) <= oldest < timedelta(minutes=11)


async def test_failures_before_the_moment_do_not_count(stores: Stores, failures: SignInFailures) -> None:
    await fail(failures, b"ada", b"home")
    await stores.age(timedelta(minutes=16))

    assert (await read_counts(failures, b"ada", b"home")).email == 0


async def test_twenty_concurrent_failures_are_all_counted(failures: SignInFailures) -> None:
    await asyncio.gather(*(fail(failures, b"ada", b"home") for _ in range(20)))

    assert (await read_counts(failures, b"ada", b"home")).pair == 20


async def test_success_resets_the_pair_and_makes_the_network_known(failures: SignInFailures) -> None:
    await fail(failures, b"ada", b"home")
    await fail(failures, b"ada", b"cafe")

    for _ in range(2):
        await failures.forgive(b"ada", b"home")

    assert without_age(await read_counts(failures, b"ada", b"home")) == (None, 0, 1, True)
    assert not (await read_counts(failures, b"ada", b"cafe")).known
    assert not (await read_counts(failures, b"bob", b"home")).known


async def test_only_the_last_five_networks_are_known(failures: SignInFailures) -> None:
    for network in (b"1", b"2", b"3", b"4", b"5", b"1", b"6"):
        await failures.forgive(b"ada", network)
    await failures.forgive(b"bob", b"7")

    known = [
        network
        for network in (b"1", b"2", b"3", b"4", b"5", b"6")
        if (await read_counts(failures, b"ada", network)).known
    ]

    assert known == [b"1", b"3", b"4", b"5", b"6"]


async def test_network_is_known_for_30_days(stores: Stores, failures: SignInFailures) -> None:
    await failures.forgive(b"ada", b"home")
    await stores.age(timedelta(days=30, seconds=1))

    assert not (await read_counts(failures, b"ada", b"home")).known


@in_postgres
async def test_old_rows_are_deleted_with_new_inserts(
    stores: Stores, failures: SignInFailures, database: Database
) -> None:
    await fail(failures, b"ada", b"home")
    await failures.forgive(b"bob", b"home")
    await stores.age(timedelta(days=31))

    await fail(failures, b"eve", b"home")
    await failures.forgive(b"cid", b"home")

    assert await database.fetchval("SELECT count(*) FROM glossator.sign_in_failures WHERE email_key = 'ada'") == 0
    assert await database.fetchval("SELECT count(*) FROM glossator.known_networks WHERE email_key = 'bob'") == 0


async def test_expired_network_that_succeeds_again_is_known_again(stores: Stores, failures: SignInFailures) -> None:
    await failures.forgive(b"ada", b"home")
    await stores.age(timedelta(days=31))

    await failures.forgive(b"ada", b"home")

    assert (await read_counts(failures, b"ada", b"home")).known


async def test_a_forgotten_email_has_no_failures(failures: SignInFailures) -> None:
    await failures.forgive(b"ada", b"home")
    await fail(failures, b"ada", b"home")
    await fail(failures, b"bob", b"home")

    await failures.forget(b"ada")

    assert without_age(await read_counts(failures, b"ada", b"home")) == (None, 0, 0, False)
    assert without_age(await read_counts(failures, b"bob", b"home")) == (None, 1, 1, False)


@in_postgres
async def test_a_forgotten_email_leaves_no_rows(failures: SignInFailures, database: Database) -> None:
    await failures.forgive(b"ada", b"home")
    await fail(failures, b"ada", b"home")

    await failures.forget(b"ada")

    assert await database.fetchval("SELECT count(*) FROM glossator.sign_in_failures") == 0
    assert await database.fetchval("SELECT count(*) FROM glossator.known_networks") == 0


@pytest.mark.parametrize(("pair", "email", "known"), [(5, 50, False), (50, 5, False), (5, 0, True)])
async def test_exactly_the_allowed_number_of_concurrent_attempts_passes(
    failures: SignInFailures, pair: int, email: int, known: bool
) -> None:
    if known:
        await failures.forgive(b"ada", b"home")
    attempts = [failures.count(b"ada", b"home", WITHIN, max_per_pair=pair, max_per_email=email) for _ in range(20)]

    passed = [counts.failure for counts in await asyncio.gather(*attempts) if counts.failure is not None]

    assert len(set(passed)) == 5
    assert (await read_counts(failures, b"ada", b"home")).pair == 5


async def test_a_failure_can_be_withdrawn(failures: SignInFailures) -> None:
    counted = [await fail(failures, b"ada", b"home") for _ in range(2)]
    assert counted[0].failure is not None

    await failures.withdraw(counted[0].failure)

    assert (await read_counts(failures, b"ada", b"home")).pair == 1


@in_postgres
async def test_concurrent_forgive_and_forget_do_not_deadlock(
    stores: Stores, failures: SignInFailures, database_dsn: str
) -> None:
    await failures.forgive(b"ada", b"home")
    rows = [(await fail(failures, b"ada", b"home")).failure for _ in range(2)]
    async with hold_lock(database_dsn, "SELECT FROM glossator.sign_in_failures WHERE id = $1 FOR UPDATE", rows[1]):
        forgetting = asyncio.create_task(failures.forget(b"ada"))
        await asyncio.sleep(0.2)
        forgiving = asyncio.create_task(failures.forgive(b"ada", b"home"))
        await asyncio.sleep(0.2)

    await asyncio.gather(forgetting, forgiving)

    assert (await read_counts(failures, b"ada", b"home")).pair == 0


async def test_an_attempt_on_a_dropped_connection_is_counted(database_dsn: str, postgres: PostgresServer) -> None:
    async with forwarding(socket_of(postgres)) as wire:
        dsn = f"postgresql://postgres@127.0.0.1:{wire.port}{urlsplit(database_dsn).path}?sslmode=disable"
        async with open_pool(dsn, Guard("tests"), replace(POOL_OPTIONS, size=1, reset=False)) as database:
            failures = StoredSignInFailures(database)
            await fail(failures, b"ada", b"home")
            wire.cut()

            await fail(failures, b"ada", b"home")

            assert (await read_counts(failures, b"ada", b"home")).pair == 2


@asynccontextmanager
async def hold_lock(dsn: str, sql: str, *args: object) -> AsyncIterator[None]:
    """Holds the statement's locks until the block ends."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(sql, *args)
            yield
    finally:
        await connection.close()
