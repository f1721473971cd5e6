import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from glossator.domain.accounts.account import Account, Profile
from glossator.domain.accounts.sealing import KeySealer
from glossator.domain.errors import NotFound
from glossator.storage.account_fields import AccountFields
from glossator.storage.accounts import StoredAccounts
from glossator.storage.login_sessions import StoredLoginSessions
from glossator.storage.one_time_tokens import StoredOneTimeTokens
from glossator_plugins.postgres_pool import PostgresDatabase
from tests.storage.people import NOW, a_login, an_account

DAY = timedelta(days=1)
PROVED = an_account().password_hash
EXPIRED = -timedelta(seconds=1)


@pytest.fixture
def fields() -> AccountFields:
    return AccountFields(KeySealer("a key"))


@pytest.fixture
async def ada(database: PostgresDatabase, fields: AccountFields) -> Account:
    account = replace(an_account(), profile=Profile("Python"))
    await StoredAccounts(database, fields).add(account)
    return account


@pytest.fixture
def sessions(database: PostgresDatabase, fields: AccountFields) -> StoredLoginSessions:
    return StoredLoginSessions(database, fields)


async def test_session_is_found_with_its_account_by_token(sessions: StoredLoginSessions, ada: Account) -> None:
    session = replace(a_login(ada), remember=False)

    await sessions.add(session, b"token", password_hash=PROVED, most=50)

    assert await sessions.by_token(b"token") == (session, ada)
    assert await sessions.by_token(b"other") is None


async def test_expired_session_is_not_found(sessions: StoredLoginSessions, ada: Account) -> None:
    session = a_login(ada, lasts=EXPIRED)
    await sessions.add(session, b"expired", password_hash=PROVED, most=50)
    await sessions.add(a_login(ada), b"token", password_hash=PROVED, most=50)

    assert await sessions.by_token(b"expired") is None
    assert len(await sessions.of_account(ada.id)) == 1


async def test_extended_session_lasts_longer(sessions: StoredLoginSessions, ada: Account) -> None:
    session = a_login(ada, age=DAY)
    await sessions.add(session, b"token", password_hash=PROVED, most=50)

    await sessions.extend(session.id, NOW + 7 * DAY)

    found = await sessions.by_token(b"token")
    assert found is not None
    assert found[0].expires_at == NOW + 7 * DAY
    assert found[0].updated_at > session.updated_at


async def test_oldest_sessions_beyond_the_most_are_removed(sessions: StoredLoginSessions, ada: Account) -> None:
    logins = [a_login(ada, age=timedelta(hours=5 - number)) for number in range(5)]

    for number, login in enumerate(logins):
        await sessions.add(login, bytes([number]), password_hash=PROVED, most=3)

    assert [session.id for session in (await sessions.of_account(ada.id)).values()] == [
        login.id for login in logins[:1:-1]
    ]


async def test_sessions_begun_at_once_do_not_pass_the_most(sessions: StoredLoginSessions, ada: Account) -> None:
    await asyncio.gather(
        *(sessions.add(a_login(ada), bytes([number]), password_hash=PROVED, most=3) for number in range(20))
    )

    assert len(await sessions.of_account(ada.id)) == 3


async def test_removed_sessions_open_nothing(sessions: StoredLoginSessions, ada: Account) -> None:
    one, two, three = (a_login(ada) for _ in range(3))
    for session in (one, two, three):
        await sessions.add(session, session.id.encode(), password_hash=PROVED, most=50)

    await sessions.remove(one.id)
    after_one = {session.id for session in (await sessions.of_account(ada.id)).values()}
    await sessions.remove_all(ada.id, keep=two.id)
    after_others = {session.id for session in (await sessions.of_account(ada.id)).values()}
    await sessions.remove_all(ada.id)

    assert (after_one, after_others) == ({two.id, three.id}, {two.id})
    assert await sessions.of_account(ada.id) == {}


async def test_session_of_a_vanished_account_is_refused(sessions: StoredLoginSessions) -> None:
    with pytest.raises(NotFound):
        await sessions.add(a_login(an_account()), b"token", password_hash=PROVED, most=50)


@pytest.mark.parametrize(
    "change", ["password_hash = 'another'", "is_active = false"], ids=["password replaced", "account closed"]
)
async def test_session_of_a_password_that_is_ending_waits_and_is_refused(
    sessions: StoredLoginSessions, database_dsn: str, ada: Account, change: str
) -> None:
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute(f"UPDATE users SET {change}")
        adding = asyncio.create_task(sessions.add(a_login(ada), b"token", password_hash=PROVED, most=50))
        async with asyncio.timeout(5):
            while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
    await holder.close()

    with pytest.raises(NotFound):
        await adding
    assert await sessions.of_account(ada.id) == {}


async def test_deleted_account_has_no_session(
    database: PostgresDatabase, sessions: StoredLoginSessions, fields: AccountFields, ada: Account
) -> None:
    await sessions.add(a_login(ada), b"token", password_hash=PROVED, most=50)

    await StoredAccounts(database, fields).delete(ada.id)

    assert await sessions.by_token(b"token") is None


async def test_one_time_token_works_once(database: PostgresDatabase, ada: Account) -> None:
    tokens = StoredOneTimeTokens(database)
    await tokens.add(b"token", ada.id, NOW + DAY)

    spent = await asyncio.gather(*(spend(tokens, f"hash {number}") for number in range(5)))

    assert sorted(spent, key=str) == sorted([ada.id, None, None, None, None], key=str)
    assert await tokens.spend(b"unknown", "hash", tokens_valid_from=NOW) is None


async def spend(tokens: StoredOneTimeTokens, password_hash: str) -> str | None:
    return await tokens.spend(b"token", password_hash, tokens_valid_from=NOW)


async def test_a_reset_ends_every_session_and_every_other_token(
    database: PostgresDatabase, sessions: StoredLoginSessions, ada: Account
) -> None:
    tokens = StoredOneTimeTokens(database)
    await sessions.add(a_login(ada), b"session", password_hash=PROVED, most=50)
    for name in (b"token", b"another"):
        await tokens.add(name, ada.id, NOW + DAY)

    assert await spend(tokens, "new hash") == ada.id

    assert await database.fetchval("SELECT password_hash FROM users") == "new hash"
    assert await sessions.by_token(b"session") is None
    assert await tokens.spend(b"another", "hash", tokens_valid_from=NOW) is None


async def test_a_reset_that_is_cut_off_leaves_its_token_good(
    database: PostgresDatabase, database_dsn: str, ada: Account
) -> None:
    """Whoever hangs up cancels the work: it waits here for a session that somebody else holds."""
    tokens = StoredOneTimeTokens(database)
    await tokens.add(b"token", ada.id, NOW + DAY)
    holder = await asyncpg.connect(database_dsn)
    async with holder.transaction():
        await holder.execute("LOCK glossator.login_sessions IN SHARE MODE")
        resetting = asyncio.create_task(spend(tokens, "never"))
        async with asyncio.timeout(5):
            while not await holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                await asyncio.sleep(0.01)
        resetting.cancel()
        await asyncio.gather(resetting, return_exceptions=True)
    await holder.close()

    assert await database.fetchval("SELECT password_hash FROM users") == ada.password_hash
    assert await spend(tokens, "new hash") == ada.id


async def test_expired_one_time_token_does_not_work(database: PostgresDatabase, ada: Account) -> None:
    tokens = StoredOneTimeTokens(database)
    await tokens.add(b"token", ada.id, NOW + EXPIRED)

    assert await spend(tokens, "hash") is None
