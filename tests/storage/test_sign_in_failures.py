import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from glossator.storage.sign_in_failures import Counts, StoredSignInFailures
from glossator_plugins.postgres_pool import PostgresDatabase


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=15)


@pytest.fixture
def failures(database: PostgresDatabase) -> StoredSignInFailures:
    return StoredSignInFailures(database)


async def age(database: PostgresDatabase, table: str, column: str, interval: str) -> None:
    await database.execute(f"UPDATE glossator.{table} SET {column} = now() - interval '{interval}'")


async def test_nothing_failed_yet(failures: StoredSignInFailures) -> None:
    assert await failures.counts(b"ada", b"home", since()) == Counts(pair=0, email=0, oldest=None, known=False)


async def test_failures_are_counted_by_pair_and_by_email(
    failures: StoredSignInFailures, database: PostgresDatabase
) -> None:
    for email, network in [(b"ada", b"home"), (b"ada", b"home"), (b"ada", b"cafe"), (b"bob", b"home")]:
        await failures.add(email, network)

    counts = await failures.counts(b"ada", b"home", since())

    first = await database.fetchval("SELECT min(failed_at) FROM glossator.sign_in_failures")
    assert counts == Counts(pair=2, email=3, oldest=first, known=False)


async def test_failures_before_the_moment_do_not_count(
    failures: StoredSignInFailures, database: PostgresDatabase
) -> None:
    await failures.add(b"ada", b"home")
    await age(database, "sign_in_failures", "failed_at", "16 minutes")

    assert (await failures.counts(b"ada", b"home", since())).email == 0


async def test_failures_of_twenty_at_once_are_all_counted(failures: StoredSignInFailures) -> None:
    await asyncio.gather(*(failures.add(b"ada", b"home") for _ in range(20)))

    assert (await failures.counts(b"ada", b"home", since())).pair == 20


async def test_success_forgives_the_pair_and_makes_the_network_known(failures: StoredSignInFailures) -> None:
    await failures.add(b"ada", b"home")
    await failures.add(b"ada", b"cafe")

    for _ in range(2):
        await failures.forgive(b"ada", b"home")

    assert await failures.counts(b"ada", b"home", since()) == Counts(pair=0, email=1, oldest=None, known=True)
    assert not (await failures.counts(b"ada", b"cafe", since())).known
    assert not (await failures.counts(b"bob", b"home", since())).known


async def test_network_is_known_for_30_days(failures: StoredSignInFailures, database: PostgresDatabase) -> None:
    await failures.forgive(b"ada", b"home")
    await age(database, "known_networks", "seen_at", "30 days 1 second")

    assert not (await failures.counts(b"ada", b"home", since())).known


async def test_old_rows_go_with_the_next_ones(failures: StoredSignInFailures, database: PostgresDatabase) -> None:
    await failures.add(b"ada", b"home")
    await failures.forgive(b"bob", b"home")
    await age(database, "sign_in_failures", "failed_at", "25 hours")
    await age(database, "known_networks", "seen_at", "31 days")

    await failures.add(b"eve", b"home")
    await failures.forgive(b"cid", b"home")

    assert await database.fetchval("SELECT count(*) FROM glossator.sign_in_failures WHERE email_key = 'ada'") == 0
    assert await database.fetchval("SELECT count(*) FROM glossator.known_networks WHERE email_key = 'bob'") == 0


async def test_old_network_that_succeeds_again_is_known_again(
    failures: StoredSignInFailures, database: PostgresDatabase
) -> None:
    await failures.forgive(b"ada", b"home")
    await age(database, "known_networks", "seen_at", "31 days")

    await failures.forgive(b"ada", b"home")

    assert (await failures.counts(b"ada", b"home", since())).known


async def test_forgotten_email_leaves_nothing(failures: StoredSignInFailures, database: PostgresDatabase) -> None:
    await failures.forgive(b"ada", b"home")
    await failures.add(b"ada", b"home")

    await failures.forget(b"ada")

    assert await database.fetchval("SELECT count(*) FROM glossator.sign_in_failures") == 0
    assert await database.fetchval("SELECT count(*) FROM glossator.known_networks") == 0
