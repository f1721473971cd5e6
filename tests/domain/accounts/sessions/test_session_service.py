from dataclasses import replace
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken, SessionNotFresh
from glossator.domain.accounts.sessions.credentials import IssuedSession
from tests.accounts_in_memory import ADA, ELSEWHERE, HOME, AccountsInMemory, as_signed_in
from tests.options import ACCOUNT_OPTIONS


@pytest.fixture
def memory() -> AccountsInMemory:
    return AccountsInMemory()


async def is_valid(memory: AccountsInMemory, issued: IssuedSession) -> bool:
    try:
        return await memory.services.authentication.authenticate(bearer=issued.token) is not None
    except InvalidToken:
        return False


async def three_sessions(memory: AccountsInMemory) -> tuple[IssuedSession, IssuedSession, IssuedSession]:
    """Two of Ada and one of Grace, all cached."""
    opened = (
        await memory.sign_up(),
        await memory.sign_in(client=ELSEWHERE),
        await memory.sign_up(replace(ADA, email="grace@example.com")),
    )
    assert [await is_valid(memory, issued) for issued in opened] == [True] * 3
    return opened


async def all_valid(memory: AccountsInMemory, opened: tuple[IssuedSession, ...]) -> list[bool]:
    return [await is_valid(memory, issued) for issued in opened]


async def test_signing_out_ends_one_session(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    await memory.services.sessions.sign_out(as_signed_in(opened[0]))

    assert await all_valid(memory, opened) == [False, True, True]


async def test_signing_out_twice_succeeds(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    await memory.services.sessions.sign_out(as_signed_in(issued))
    await memory.services.sessions.sign_out(as_signed_in(issued))

    assert not await is_valid(memory, issued)


async def test_a_fresh_session_lists_only_its_own_account(memory: AccountsInMemory) -> None:
    first, second, _ = await three_sessions(memory)

    sessions = await memory.services.sessions.list(as_signed_in(first))

    assert {session.id for session in sessions} == {first.session.id, second.session.id}


async def test_a_session_of_another_secret_is_neither_listed_nor_stored(memory: AccountsInMemory) -> None:
    before = await memory.sign_up()
    after_change = memory.restarted(secret="another-secret-of-this-server")
    stored = len(memory.sessions.rows)

    issued = await after_change.accounts.sign_in(ADA.email, ADA.password, ELSEWHERE)

    assert await after_change.sessions.list(as_signed_in(issued)) == [issued.session]
    assert (stored, list(memory.sessions.rows.values())) == (1, [issued.session])
    assert not await is_valid(memory, before)


async def test_sessions_of_another_secret_do_not_count_towards_the_limit(memory: AccountsInMemory) -> None:
    """They may be younger if the servers' clocks differ."""
    issued = await memory.sign_up()
    options = replace(ACCOUNT_OPTIONS, max_sessions=2)
    former, current = memory.restarted(options, "a-former-secret-of-this-server"), memory.restarted(options)
    for _ in range(2):
        memory.clock.forward(timedelta(seconds=1))
        await former.sessions.open(issued.account, HOME)
    assert len(memory.sessions.rows) == 2
    memory.clock.forward(-timedelta(seconds=2))

    opened = [await current.sessions.open(issued.account, HOME) for _ in range(2)]

    assert {session.id for session in memory.sessions.rows.values()} == {issued.session.id for issued in opened}


async def test_a_session_older_than_a_day_cannot_list(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()
    memory.clock.forward(timedelta(hours=24))

    with pytest.raises(SessionNotFresh):
        await memory.services.sessions.list(as_signed_in(issued))
    with pytest.raises(SessionNotFresh):
        await memory.services.sessions.list(SignedIn(issued.account))


async def test_a_session_is_revoked_by_its_token(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    was_own = await memory.services.sessions.revoke(as_signed_in(opened[0]), opened[1].token)

    assert not was_own
    assert await all_valid(memory, opened) == [True, False, True]


async def test_revoking_the_own_session_is_reported(memory: AccountsInMemory) -> None:
    issued = await memory.sign_up()

    assert await memory.services.sessions.revoke(as_signed_in(issued), issued.token)
    assert not await is_valid(memory, issued)


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "a" * 100_000])
async def test_revoking_an_unknown_token_does_nothing(memory: AccountsInMemory, token: str) -> None:
    opened = await three_sessions(memory)

    assert not await memory.services.sessions.revoke(as_signed_in(opened[0]), token)
    assert await all_valid(memory, opened) == [True] * 3


async def test_revoking_another_accounts_session_does_nothing(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    assert not await memory.services.sessions.revoke(as_signed_in(opened[0]), opened[2].token)
    assert not await memory.services.sessions.revoke(as_signed_in(opened[0]), opened[1].session.id)
    assert await all_valid(memory, opened) == [True] * 3


async def test_all_sessions_of_an_account_are_revoked_together(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    await memory.services.sessions.revoke_all(opened[0].account.id)

    assert await all_valid(memory, opened) == [False, False, True]


async def test_all_but_the_callers_session_are_revoked(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    await memory.services.sessions.revoke_others(as_signed_in(opened[1]))

    assert await all_valid(memory, opened) == [False, True, True]


async def test_a_token_without_a_session_revokes_all_sessions_and_stays_valid(memory: AccountsInMemory) -> None:
    opened = await three_sessions(memory)

    await memory.services.sessions.revoke_others(SignedIn(opened[0].account))

    assert await all_valid(memory, opened) == [False, False, True]
    assert memory.accounts.rows[opened[0].account.id].tokens_valid_from is None
