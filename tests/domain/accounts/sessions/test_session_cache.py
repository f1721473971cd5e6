from datetime import timedelta

import pytest

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.sessions.session_cache import Found, SessionCache
from tests.accounts_in_memory import START, HandClock


def found(account_id: str, *, life: timedelta = timedelta(days=7)) -> Found:
    account = Account(account_id, "", "", "", "pro", START, START)
    return LoginSession(f"session of {account_id}", account_id, START, START, START + life), account


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def recent(clock: HandClock) -> SessionCache:
    return SessionCache(clock, most=3)


def test_what_was_kept_is_found_for_5_seconds(recent: SessionCache, clock: HandClock) -> None:
    recent.keep(b"1", found("a"), endings=recent.endings)
    clock.forward(timedelta(seconds=4.9))
    assert recent.get(b"1") == found("a")

    clock.forward(timedelta(seconds=0.1))

    assert recent.get(b"1") is None


def test_a_clock_that_was_set_back_keeps_nothing_alive(recent: SessionCache, clock: HandClock) -> None:
    recent.keep(b"1", found("a"), endings=recent.endings)

    clock.forward(timedelta(hours=-1))

    assert recent.get(b"1") is None


def test_a_session_is_not_found_after_its_end(recent: SessionCache, clock: HandClock) -> None:
    recent.keep(b"1", found("a", life=timedelta(seconds=1)), endings=recent.endings)

    clock.forward(timedelta(seconds=1))

    assert recent.get(b"1") is None


def test_forgetting_takes_all_of_an_account_and_nothing_else(recent: SessionCache) -> None:
    for key, account_id in [(b"1", "a"), (b"2", "a"), (b"3", "b")]:
        recent.keep(key, found(account_id), endings=recent.endings)

    recent.forget("a")

    assert [recent.get(key) for key in (b"1", b"2", b"3")] == [None, None, found("b")]


def test_what_was_read_before_an_ending_is_not_kept_after_it(recent: SessionCache) -> None:
    endings = recent.endings
    recent.forget("a")

    recent.keep(b"1", found("a"), endings=endings)

    assert recent.get(b"1") is None


def test_the_oldest_make_room(recent: SessionCache) -> None:
    for number in range(5):
        recent.keep(bytes([number]), found("a"), endings=recent.endings)

    assert [recent.get(bytes([number])) is not None for number in range(5)] == [False, False, True, True, True]
