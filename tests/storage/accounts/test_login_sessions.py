import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.ports import LoginSessions, OneTimeTokens
from glossator.domain.errors import NotFound
from tests.storage.accounts.people import NOW, a_session, an_account
from tests.storage.conftest import Stores

DAY = timedelta(days=1)
VERIFIED = an_account().password_hash
EXPIRED = -timedelta(seconds=1)
in_postgres = pytest.mark.parametrize("stores", ["postgres"], indirect=True)


@pytest.fixture
async def ada(stores: Stores) -> Account:
    account = replace(an_account(), profile=Profile("Python"))
    await stores.accounts.add(account)
    return account


@pytest.fixture
def sessions(stores: Stores) -> LoginSessions:
    return stores.sessions


@pytest.fixture
def tokens(stores: Stores) -> OneTimeTokens:
    return stores.tokens


async def test_session_is_found_with_its_account_by_token(sessions: LoginSessions, ada: Account) -> None:
    session = replace(a_session(ada), remember=False)

    await sessions.add(session, b"token", password_hash=VERIFIED, max_sessions=50)

    assert await sessions.by_token(b"token") == (session, ada)
    assert await sessions.by_token(b"other") is None


async def test_expired_session_is_not_found(sessions: LoginSessions, ada: Account) -> None:
    session = a_session(ada, lasts=EXPIRED)
    await sessions.add(session, b"expired", password_hash=VERIFIED, max_sessions=50)
    await sessions.add(a_session(ada), b"token", password_hash=VERIFIED, max_sessions=50)

    assert await sessions.by_token(b"expired") is None
    assert len(await sessions.of_account(ada.id)) == 1


async def test_extended_session_lasts_longer(sessions: LoginSessions, ada: Account) -> None:
    session = a_session(ada, age=DAY)
    await sessions.add(session, b"token", password_hash=VERIFIED, max_sessions=50)

    await sessions.extend(session.id, NOW + 7 * DAY)

    found = await sessions.by_token(b"token")
    assert found is not None
    assert found[0].expires_at == NOW + 7 * DAY
    assert found[0].updated_at > session.updated_at


async def test_oldest_sessions_beyond_the_maximum_are_removed(sessions: LoginSessions, ada: Account) -> None:
    opened = [a_session(ada, age=timedelta(hours=5 - number)) for number in range(5)]

    for number, session in enumerate(opened):
        await sessions.add(session, bytes([number]), password_hash=VERIFIED, max_sessions=3)

    assert [session.id for session in (await sessions.of_account(ada.id)).values()] == [
        session.id for session in opened[:1:-1]
    ]


async def test_concurrent_sessions_do_not_exceed_the_maximum(sessions: LoginSessions, ada: Account) -> None:
    await asyncio.gather(
        *(sessions.add(a_session(ada), bytes([number]), password_hash=VERIFIED, max_sessions=3) for number in range(20))
    )

    assert len(await sessions.of_account(ada.id)) == 3


async def test_removed_sessions_are_not_found(sessions: LoginSessions, ada: Account) -> None:
    one, two, three = (a_session(ada) for _ in range(3))
    for session in (one, two, three):
        await sessions.add(session, session.id.encode(), password_hash=VERIFIED, max_sessions=50)

    await sessions.remove(one.id)
    after_one = {session.id for session in (await sessions.of_account(ada.id)).values()}
    await sessions.remove_all(ada.id, keep=two.id)
    after_others = {session.id for session in (await sessions.of_account(ada.id)).values()}
    await sessions.remove_all(ada.id)

    assert (after_one, after_others) == ({two.id, three.id}, {two.id})
    assert await sessions.of_account(ada.id) == {}


async def test_session_of_an_unknown_account_is_refused(sessions: LoginSessions) -> None:
    with pytest.raises(NotFound):
        await sessions.add(a_session(an_account()), b"token", password_hash=VERIFIED, max_sessions=50)


@in_postgres
@pytest.mark.parametrize(
    "change", ["password_hash = 'another'", "is_active = false"], ids=["password replaced", "account closed"]
)
async def test_session_waits_for_a_pending_password_change_and_is_refused(
    sessions: LoginSessions, database_dsn: str, ada: Account, change: str
) -> None:
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute(f"UPDATE users SET {change}")
        adding = asyncio.create_task(sessions.add(a_session(ada), b"token", password_hash=VERIFIED, max_sessions=50))
        async with asyncio.timeout(60):
            while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
    await holder.close()

    with pytest.raises(NotFound):
        await adding
    assert await sessions.of_account(ada.id) == {}


async def test_deleted_account_has_no_session(stores: Stores, sessions: LoginSessions, ada: Account) -> None:
    await sessions.add(a_session(ada), b"token", password_hash=VERIFIED, max_sessions=50)

    await stores.accounts.delete(ada.id)

    assert await sessions.by_token(b"token") is None


async def test_one_time_token_works_once(tokens: OneTimeTokens, ada: Account) -> None:
    await tokens.add(b"token", ada.id, NOW + DAY)

    spent = await asyncio.gather(*(spend(tokens, f"hash {number}") for number in range(5)))

    assert sorted(spent, key=str) == sorted([ada.id, None, None, None, None], key=str)
    assert await tokens.spend(b"unknown", "hash", tokens_valid_from=NOW) is None


async def hash_of(stores: Stores, account: Account) -> str | None:
    found = await stores.accounts.by_id(account.id)
    return found.password_hash if found else None


async def spend(tokens: OneTimeTokens, password_hash: str) -> str | None:
    return await tokens.spend(b"token", password_hash, tokens_valid_from=NOW)


async def test_a_reset_ends_every_session_and_every_other_token(
    stores: Stores, sessions: LoginSessions, tokens: OneTimeTokens, ada: Account
) -> None:
    await sessions.add(a_session(ada), b"session", password_hash=VERIFIED, max_sessions=50)
    for name in (b"token", b"another"):
        await tokens.add(name, ada.id, NOW + DAY)

    assert await spend(tokens, "new hash") == ada.id

    assert await hash_of(stores, ada) == "new hash"
    assert await sessions.by_token(b"session") is None
    assert await tokens.spend(b"another", "hash", tokens_valid_from=NOW) is None


@in_postgres
async def test_an_interrupted_reset_does_not_use_up_its_token(
    stores: Stores, tokens: OneTimeTokens, database_dsn: str, ada: Account
) -> None:
    """A client that disconnects cancels the work, which here waits for a lock."""
    await tokens.add(b"token", ada.id, NOW + DAY)
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute("LOCK glossator.login_sessions IN SHARE MODE")
        resetting = asyncio.create_task(spend(tokens, "never"))
        async with asyncio.timeout(60):
            while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        resetting.cancel()
        await asyncio.gather(resetting, return_exceptions=True)
    await holder.close()

    assert await hash_of(stores, ada) == ada.password_hash
    assert await spend(tokens, "new hash") == ada.id


async def test_expired_one_time_token_does_not_work(tokens: OneTimeTokens, ada: Account) -> None:
    await tokens.add(b"token", ada.id, NOW + EXPIRED)

    assert await spend(tokens, "hash") is None
