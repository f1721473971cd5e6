"""The services over real storage: behaviour that depends on both."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TypeVar

import pytest

from glossator.domain.accounts.account import SignedIn, is_address
from glossator.domain.accounts.encryption import KeyCipher
from glossator.domain.accounts.errors import (
    EmailRefused,
    InvalidToken,
    TooManyFailures,
    WrongCredentials,
    WrongPassword,
)
from glossator.domain.accounts.services import AccountServices, account_services
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.clock import now
from glossator.domain.errors import AlreadyExists, Overloaded
from glossator.domain.ports.workers import Workers
from glossator.wiring.accounts import account_store, hashing_threads
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.accounts_in_memory import ADA, BCRYPT, ELSEWHERE, HOME, SECRET, FullWorkers
from tests.options import ACCOUNT_OPTIONS

T = TypeVar("T")


@pytest.fixture
def services(database: PostgresDatabase) -> AccountServices:
    store = account_store(database, KeyCipher("example-data-key"))
    return account_services(store, SECRET, ACCOUNT_OPTIONS, hashing_threads(ACCOUNT_OPTIONS))


async def test_every_credential_signs_in_until_the_account_is_deleted(services: AccountServices) -> None:
    await services.accounts.sign_up(ADA, HOME)
    issued = await services.accounts.sign_in(ADA.email, ADA.password, ELSEWHERE)

    for bearer in (issued.token, issued.signed_token, issued.access_token):
        signed_in = await services.authentication.authenticate(bearer=bearer)
        assert signed_in is not None
        assert (signed_in.account.email, signed_in.session) == ("ada@example.com", issued.session)
    await services.accounts.delete(SignedIn(issued.account, issued.session), None, HOME)

    with pytest.raises(InvalidToken):
        await services.authentication.authenticate(bearer=issued.token)
    with pytest.raises(WrongCredentials):
        await services.accounts.sign_in(ADA.email, ADA.password, HOME)


async def test_one_of_ten_concurrent_sign_ups_succeeds(services: AccountServices) -> None:
    results = await asyncio.gather(*(services.accounts.sign_up(ADA, HOME) for _ in range(10)), return_exceptions=True)

    assert sum(isinstance(result, IssuedSession) for result in results) == 1
    assert sum(isinstance(result, AlreadyExists) for result in results) == 9


async def test_five_of_many_concurrent_wrong_passwords_are_verified(services: AccountServices) -> None:
    await services.accounts.sign_up(ADA, HOME)

    results = await asyncio.gather(
        *(services.accounts.sign_in(ADA.email, "wrong-password", HOME) for _ in range(40)), return_exceptions=True
    )

    assert sum(isinstance(result, WrongCredentials) for result in results) == 5
    assert {type(result) for result in results} == {WrongCredentials, TooManyFailures}


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(0), timedelta(hours=1)])
async def test_the_wait_does_not_depend_on_the_servers_clock(database: PostgresDatabase, ahead: timedelta) -> None:
    store, options = (
        account_store(database, KeyCipher("example-data-key")),
        ACCOUNT_OPTIONS,
    )
    services = account_services(store, SECRET, options, hashing_threads(options), lambda: now() + ahead)
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await services.accounts.sign_in(ADA.email, "wrong-password", HOME)

    with pytest.raises(TooManyFailures) as refused:
        await services.accounts.sign_in(ADA.email, "wrong-password", HOME)

    assert 14 * 60 < refused.value.retry_after <= 15 * 60


async def test_concurrent_right_passwords_each_open_a_session(services: AccountServices) -> None:
    await services.accounts.sign_up(ADA, HOME)
    attempts = [services.accounts.sign_in(ADA.email, ADA.password, HOME) for _ in range(12)]

    assert len({issued.token for issued in await asyncio.gather(*attempts)}) == 12


OLD_EMAILS = [
    " Ada@Example.com",
    "ada@example.com ",
    "Ada Lovelace",
    "ada",
    "ada@home@example.com",
    "\u00c4da@B\u00fccher",
]


@pytest.mark.parametrize("email", OLD_EMAILS)
async def test_any_email_of_an_existing_row_signs_in_and_is_rate_limited(
    services: AccountServices, database: PostgresDatabase, email: str
) -> None:
    """The existing deployment neither validated nor trimmed e-mails."""
    sql = "INSERT INTO users (id, email, email_hash, password_hash) VALUES ('1', $1, $2, $3)"
    await database.execute(sql, email, hashlib.sha256(email.lower().encode()).hexdigest(), BCRYPT)

    issued = await services.accounts.sign_in(email, ADA.password, HOME)
    assert issued.account.email == email
    with pytest.raises(WrongPassword):
        await services.passwords.verify(SignedIn(issued.account, issued.session), "wrong-password", HOME)
    for _ in range(4):
        with pytest.raises(WrongCredentials if is_address(email) else EmailRefused):
            await services.accounts.sign_in(email, "wrong-password", HOME)
    with pytest.raises(TooManyFailures):
        await services.accounts.sign_in(email, ADA.password, HOME)

    assert await services.accounts.sign_in(email.upper(), ADA.password, ELSEWHERE)


async def test_a_malformed_email_is_reported_whether_or_not_a_row_has_it(
    services: AccountServices, database: PostgresDatabase
) -> None:
    known = hashlib.sha256(b"ada").hexdigest()
    await database.execute(
        "INSERT INTO users (id, email, email_hash, password_hash) VALUES ('1', 'ada', $1, 'x')", known
    )

    for email in ("ada", "eve"):
        with pytest.raises(EmailRefused):
            await services.accounts.sign_in(email, ADA.password, HOME)


async def test_a_full_queue_is_not_counted_as_a_failure(database: PostgresDatabase) -> None:
    store = account_store(database, KeyCipher("example-data-key"))
    free = account_services(store, SECRET, ACCOUNT_OPTIONS, hashing_threads(ACCOUNT_OPTIONS))
    full = account_services(store, SECRET, ACCOUNT_OPTIONS, FullWorkers())
    await free.accounts.sign_up(ADA, HOME)

    for _ in range(10):
        with pytest.raises(Overloaded):
            await full.accounts.sign_in(ADA.email, ADA.password, HOME)

    assert await free.accounts.sign_in(ADA.email, ADA.password, HOME)


class AnnouncingWorkers:
    """Workers that say when a caller has reached their queue."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self.reached = asyncio.Semaphore(0)

    async def run(self, work: Callable[[], T], on_start: Callable[[], object] = lambda: None) -> T:
        self.reached.release()
        return await self._workers.run(work, on_start)

    def close(self) -> None:
        self._workers.close()


async def test_a_client_that_leaves_the_queue_is_not_counted(database: PostgresDatabase) -> None:
    workers = AnnouncingWorkers(hashing_threads(ACCOUNT_OPTIONS))
    store = account_store(database, KeyCipher("example-data-key"))
    services = account_services(store, SECRET, ACCOUNT_OPTIONS, workers)
    await services.accounts.sign_up(ADA, HOME)
    may_end = Event()
    busy = [asyncio.create_task(workers.run(may_end.wait)) for _ in range(2)]
    for _ in range(3):
        await workers.reached.acquire()

    for _ in range(10):
        leaving = asyncio.create_task(services.accounts.sign_in(ADA.email, ADA.password, HOME))
        await workers.reached.acquire()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving

    may_end.set()
    await asyncio.gather(*busy)
    assert await services.accounts.sign_in(ADA.email, ADA.password, HOME)


async def test_an_older_hash_is_renewed_unless_the_password_was_changed(
    services: AccountServices, database: PostgresDatabase
) -> None:
    issued = await services.accounts.sign_up(ADA, HOME)
    await database.execute("UPDATE users SET password_hash = $1", BCRYPT)

    await services.accounts.sign_in(ADA.email, ADA.password, HOME)

    renewed = await database.fetchval("SELECT password_hash FROM users")
    assert renewed.startswith("$argon2id$")
    store = account_store(database, KeyCipher("example-data-key"))
    await store.accounts.renew_password_hash(issued.account.id, BCRYPT, "of an earlier moment")
    assert await database.fetchval("SELECT password_hash FROM users") == renewed


async def test_no_credentials_and_no_personal_data_are_stored_in_plain_text(
    services: AccountServices, database: PostgresDatabase
) -> None:
    issued = await services.accounts.sign_up(replace(ADA, name="Zanzibarina"), HOME)
    token = await services.passwords.issue_reset_token(ADA.email)

    tables = await database.fetch(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables "
        "WHERE table_schema IN ('public', 'glossator')"
    )
    rows = [str(await database.fetch(f"SELECT t::text FROM {table['name']} t")) for table in tables]

    assert any(issued.session.id in row for row in rows)
    private = (issued.token, token, "Zanzibarina", "example.com", ADA.password)
    assert not [text for text in private if any(text.lower() in row.lower() for row in rows)]
