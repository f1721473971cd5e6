from datetime import timedelta

import pytest

from glossator.domain.accounts.account import UNKNOWN_NETWORK, email_hash
from glossator.domain.accounts.errors import TooManyFailures
from glossator.domain.accounts.passwords.attempt_limit import AttemptLimit
from tests.accounts_in_memory import SECRET, HandClock, MemoryFailures

EMAIL, HERE, THERE = email_hash("ada@example.com"), "192.0.2.1", "198.51.100.7"


class Guarded:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.store = MemoryFailures(self.clock)
        self.limit = AttemptLimit(self.store, SECRET)

    async def fail(self, times: int, email: str = EMAIL, network: str = HERE) -> None:
        for _ in range(times):
            await self.limit.count(email, network)

    async def fail_from_many_networks(self, times: int) -> None:
        for number in range(times):
            await self.limit.count(EMAIL, f"203.0.113.{number}")


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


async def test_the_sixth_attempt_of_a_pair_waits_until_the_oldest_is_15_minutes_old(guarded: Guarded) -> None:
    await guarded.fail(1)
    guarded.clock.forward(timedelta(minutes=4))
    await guarded.fail(4)

    with pytest.raises(TooManyFailures) as refused:
        await guarded.limit.count(EMAIL, HERE)

    assert refused.value.retry_after == 11 * 60
    guarded.clock.forward(timedelta(minutes=11))
    await guarded.limit.count(EMAIL, HERE)


async def test_blocked_attempts_do_not_extend_the_wait(guarded: Guarded) -> None:
    await guarded.fail(5)
    for _ in range(20):
        with pytest.raises(TooManyFailures):
            await guarded.limit.count(EMAIL, HERE)

    guarded.clock.forward(timedelta(minutes=15))

    await guarded.fail(5)


async def test_the_case_of_an_address_does_not_matter(guarded: Guarded) -> None:
    await guarded.fail(5)

    with pytest.raises(TooManyFailures):
        await guarded.limit.count(email_hash("ADA@example.com"), HERE)


async def test_other_networks_and_addresses_are_not_blocked(guarded: Guarded) -> None:
    await guarded.fail(5)

    await guarded.fail(5, network=THERE)
    await guarded.fail(5, email=email_hash("grace@example.com"))


async def test_a_success_resets_the_count(guarded: Guarded) -> None:
    await guarded.fail(5)
    await guarded.limit.forgive(EMAIL, HERE)

    await guarded.fail(5)


async def test_fifty_failures_block_an_address_everywhere(guarded: Guarded) -> None:
    await guarded.fail_from_many_networks(50)

    with pytest.raises(TooManyFailures) as refused:
        await guarded.limit.count(EMAIL, THERE)

    assert refused.value.retry_after == 15 * 60


async def test_a_known_network_is_not_locked_out_by_others(guarded: Guarded) -> None:
    await guarded.limit.forgive(EMAIL, HERE)
    guarded.clock.forward(timedelta(days=29))
    await guarded.fail_from_many_networks(50)

    await guarded.fail(5)

    with pytest.raises(TooManyFailures):
        await guarded.limit.count(EMAIL, HERE)


async def test_a_network_is_no_longer_known_after_30_days(guarded: Guarded) -> None:
    await guarded.limit.forgive(EMAIL, HERE)
    guarded.clock.forward(timedelta(days=30))
    await guarded.fail_from_many_networks(50)

    with pytest.raises(TooManyFailures):
        await guarded.limit.count(EMAIL, HERE)


async def test_clients_without_a_known_address_share_the_limit_of_the_email(guarded: Guarded) -> None:
    await guarded.fail(49, network=UNKNOWN_NETWORK)
    await guarded.limit.count(EMAIL, UNKNOWN_NETWORK)

    with pytest.raises(TooManyFailures):
        await guarded.limit.count(EMAIL, UNKNOWN_NETWORK)


async def test_a_withdrawn_attempt_is_not_counted(guarded: Guarded) -> None:
    for _ in range(10):
        await guarded.limit.withdraw(await guarded.limit.count(EMAIL, HERE))

    await guarded.fail(5)


async def test_stored_keys_reveal_nothing_and_depend_on_the_secret(guarded: Guarded) -> None:
    elsewhere = MemoryFailures(guarded.clock)
    await guarded.fail(1)
    await AttemptLimit(elsewhere, "another-secret").count(EMAIL, HERE)

    keys = {key for row in guarded.store.rows + elsewhere.rows for key in row[:2]}

    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


async def test_nothing_is_left_of_a_deleted_account(guarded: Guarded) -> None:
    await guarded.limit.forgive(EMAIL, HERE)
    await guarded.fail(5)

    await guarded.limit.forget(EMAIL)

    assert not guarded.store.rows
    assert not guarded.store.networks
