from dataclasses import replace
from datetime import timedelta

import pytest

from glossator.domain.accounts.account import SignedIn
from glossator.domain.accounts.errors import InvalidToken, SessionNotFresh
from glossator.domain.accounts.login import Login
from glossator.domain.accounts.services import AccountRules
from tests.accounts_in_memory import ADA, CHEAP, ELSEWHERE, HOME, AccountsInMemory


@pytest.fixture
def memory() -> AccountsInMemory:
    return AccountsInMemory()


def whoever(login: Login) -> SignedIn:
    return SignedIn(login.account, login.session)


async def opens(memory: AccountsInMemory, login: Login) -> bool:
    try:
        return await memory.services.authentication.authenticate(bearer=login.token) is not None
    except InvalidToken:
        return False


async def three_logins(memory: AccountsInMemory) -> tuple[Login, Login, Login]:
    """Two of Ada and one of Grace; all of them have been used."""
    logins = (
        await memory.sign_up(),
        await memory.sign_in(caller=ELSEWHERE),
        await memory.sign_up(replace(ADA, email="grace@example.com")),
    )
    assert [await opens(memory, login) for login in logins] == [True] * 3
    return logins


async def still_open(memory: AccountsInMemory, logins: tuple[Login, ...]) -> list[bool]:
    return [await opens(memory, login) for login in logins]


async def test_signing_out_ends_one_session(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    await memory.services.logins.sign_out(whoever(logins[0]))

    assert await still_open(memory, logins) == [False, True, True]


async def test_signing_out_twice_is_fine(memory: AccountsInMemory) -> None:
    login = await memory.sign_up()

    await memory.services.logins.sign_out(whoever(login))
    await memory.services.logins.sign_out(whoever(login))

    assert not await opens(memory, login)


async def test_a_fresh_session_sees_its_own_account_only(memory: AccountsInMemory) -> None:
    first, second, _ = await three_logins(memory)

    sessions = await memory.services.logins.list(whoever(first))

    assert {session.id for session in sessions} == {first.session.id, second.session.id}


async def test_a_session_of_another_secret_is_neither_shown_nor_kept(memory: AccountsInMemory) -> None:
    before = await memory.sign_up()
    after_change = memory.restarted(secret="another-secret-of-this-house")
    stored = len(memory.sessions.rows)

    login = await after_change.accounts.sign_in(ADA.email, ADA.password, ELSEWHERE)

    assert await after_change.logins.list(whoever(login)) == [login.session]
    assert (stored, list(memory.sessions.rows.values())) == (1, [login.session])
    assert not await opens(memory, before)


async def test_sessions_of_another_secret_take_no_place(memory: AccountsInMemory) -> None:
    """They may be younger, when servers do not agree on the time."""
    login = await memory.sign_up()
    rules = AccountRules(argon2=CHEAP, refused_after=0.0, most_sessions=2)
    former, current = memory.restarted(rules, "a-former-secret-of-this-house"), memory.restarted(rules)
    for _ in range(2):
        memory.clock.forward(timedelta(seconds=1))
        await former.open_logins.open(login.account, HOME)
    assert len(memory.sessions.rows) == 2
    memory.clock.forward(-timedelta(seconds=2))

    opened = [await current.open_logins.open(login.account, HOME) for _ in range(2)]

    assert {session.id for session in memory.sessions.rows.values()} == {login.session.id for login in opened}


async def test_a_session_older_than_a_day_sees_none(memory: AccountsInMemory) -> None:
    login = await memory.sign_up()
    memory.clock.forward(timedelta(hours=24))

    with pytest.raises(SessionNotFresh):
        await memory.services.logins.list(whoever(login))
    with pytest.raises(SessionNotFresh):
        await memory.services.logins.list(SignedIn(login.account))


async def test_a_session_is_revoked_by_its_token(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    was_own = await memory.services.logins.revoke(whoever(logins[0]), logins[1].token)

    assert not was_own
    assert await still_open(memory, logins) == [True, False, True]


async def test_revoking_ones_own_session_is_told(memory: AccountsInMemory) -> None:
    login = await memory.sign_up()

    assert await memory.services.logins.revoke(whoever(login), login.token)
    assert not await opens(memory, login)


@pytest.mark.parametrize("token", ["", "unknown", "\ud800", "a" * 100_000])
async def test_revoking_an_unknown_token_does_nothing(memory: AccountsInMemory, token: str) -> None:
    logins = await three_logins(memory)

    assert not await memory.services.logins.revoke(whoever(logins[0]), token)
    assert await still_open(memory, logins) == [True] * 3


async def test_revoking_another_accounts_session_does_nothing(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    assert not await memory.services.logins.revoke(whoever(logins[0]), logins[2].token)
    assert not await memory.services.logins.revoke(whoever(logins[0]), logins[1].session.id)
    assert await still_open(memory, logins) == [True] * 3


async def test_all_sessions_of_an_account_are_revoked_at_once(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    await memory.services.logins.revoke_all(logins[0].account.id)

    assert await still_open(memory, logins) == [False, False, True]


async def test_all_but_the_callers_session_are_revoked(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    await memory.services.logins.revoke_others(whoever(logins[1]))

    assert await still_open(memory, logins) == [False, True, True]


async def test_a_token_without_a_session_revokes_all_sessions_and_stays(memory: AccountsInMemory) -> None:
    logins = await three_logins(memory)

    await memory.services.logins.revoke_others(SignedIn(logins[0].account))

    assert await still_open(memory, logins) == [False, False, True]
    assert memory.accounts.rows[logins[0].account.id].tokens_valid_from is None
