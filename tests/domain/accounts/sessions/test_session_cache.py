from datetime import timedelta

import pytest

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.sessions.session_cache import SessionAndAccount, SessionCache
from tests.accounts_in_memory import START, HandClock


def found(account_id: str, *, life: timedelta = timedelta(days=7)) -> SessionAndAccount:
    account = Account(account_id, "", "", "", "pro", START, START)
    return LoginSession(f"session of {account_id}", account_id, START, START, START + life), account


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cache(clock: HandClock) -> SessionCache:
    return SessionCache(clock, max_entries=3)


def test_an_entry_is_cached_for_5_seconds(cache: SessionCache, clock: HandClock) -> None:
    cache.put(b"1", found("a"), generation=cache.generation)
    clock.forward(timedelta(seconds=4.9))
    assert cache.get(b"1") == found("a")

    clock.forward(timedelta(seconds=0.1))

    assert cache.get(b"1") is None


def test_a_clock_set_back_does_not_prolong_entries(cache: SessionCache, clock: HandClock) -> None:
    cache.put(b"1", found("a"), generation=cache.generation)

    clock.forward(timedelta(hours=-1))

    assert cache.get(b"1") is None


def test_an_expired_session_is_not_found(cache: SessionCache, clock: HandClock) -> None:
    cache.put(b"1", found("a", life=timedelta(seconds=1)), generation=cache.generation)

    clock.forward(timedelta(seconds=1))

    assert cache.get(b"1") is None


def test_invalidation_removes_only_the_accounts_entries(cache: SessionCache) -> None:
    for key, account_id in [(b"1", "a"), (b"2", "a"), (b"3", "b")]:
        cache.put(key, found(account_id), generation=cache.generation)

    cache.invalidate("a")

    assert [cache.get(key) for key in (b"1", b"2", b"3")] == [None, None, found("b")]


def test_an_entry_read_before_an_invalidation_is_not_stored_after_it(cache: SessionCache) -> None:
    generation = cache.generation
    cache.invalidate("a")

    cache.put(b"1", found("a"), generation=generation)

    assert cache.get(b"1") is None


def test_the_oldest_entries_are_evicted(cache: SessionCache) -> None:
    for number in range(5):
        cache.put(bytes([number]), found("a"), generation=cache.generation)

    assert [cache.get(bytes([number])) is not None for number in range(5)] == [False, False, True, True, True]


def test_an_entry_is_recalled_for_a_day(cache: SessionCache, clock: HandClock) -> None:
    cache.put(b"1", found("a"), generation=cache.generation)
    clock.forward(timedelta(hours=23.9))
    assert (cache.get(b"1"), cache.recall(b"1")) == (None, found("a"))

    clock.forward(timedelta(hours=0.1))

    assert cache.recall(b"1") is None


def test_what_was_found_invalid_is_not_recalled(cache: SessionCache) -> None:
    for key, account_id in [(b"1", "a"), (b"2", "b")]:
        cache.put(key, found(account_id), generation=cache.generation)

    cache.forget(b"1")
    cache.invalidate("b")

    assert (cache.recall(b"1"), cache.recall(b"2")) == (None, None)
