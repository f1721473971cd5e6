"""Changes to an account between verifying a password and using it, over memory and over PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from glossator.domain.accounts.account import LoginSession, SignedIn
from glossator.domain.accounts.encryption import NoCipher
from glossator.domain.accounts.errors import InvalidToken, WrongCredentials, WrongPassword
from glossator.domain.accounts.services import AccountStore, account_services
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.ports.database import Database
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields
from glossator.storage.accounts.login_sessions import StoredLoginSessions
from glossator.wiring.accounts import account_store, hashing_threads
from tests.accounts_in_memory import (
    ADA,
    BCRYPT,
    ELSEWHERE,
    HOME,
    SECRET,
    HandClock,
    MemoryAccounts,
    MemoryFailures,
    MemoryOneTimeTokens,
    MemorySessions,
)
from tests.options import ACCOUNT_OPTIONS

NEW, THEIRS = "a-new-password", "an-intruders-password"
Action = Callable[[], Awaitable[object]]


class Interruption:
    """Runs an action once, at its first call."""

    action: Action | None = None

    async def __call__(self) -> None:
        action, self.action = self.action, None
        if action is not None:
            await action()


@dataclass
class Interruptions:
    before_session: Interruption
    before_renewal: Interruption
    before_change: Interruption


class InterruptedMemorySessions(MemorySessions):
    interruptions: Interruptions

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, max_sessions: int) -> None:
        await self.interruptions.before_session()
        await super().add(session, token_hash, password_hash=password_hash, max_sessions=max_sessions)


class InterruptedStoredSessions(StoredLoginSessions):
    interruptions: Interruptions

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, max_sessions: int) -> None:
        await self.interruptions.before_session()
        await super().add(session, token_hash, password_hash=password_hash, max_sessions=max_sessions)


class InterruptedMemoryAccounts(MemoryAccounts):
    interruptions: Interruptions

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        await self.interruptions.before_renewal()
        return await super().renew_password_hash(account_id, old, new)

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        await self.interruptions.before_change()
        return await super().set_password(
            account_id, old, new, tokens_valid_from=tokens_valid_from, end_sessions=end_sessions
        )


class InterruptedStoredAccounts(StoredAccounts):
    interruptions: Interruptions

    async def renew_password_hash(self, account_id: str, old: str, new: str) -> bool:
        await self.interruptions.before_renewal()
        return await super().renew_password_hash(account_id, old, new)

    async def set_password(
        self, account_id: str, old: str, new: str, *, tokens_valid_from: datetime, end_sessions: bool
    ) -> bool:
        await self.interruptions.before_change()
        return await super().set_password(
            account_id, old, new, tokens_valid_from=tokens_valid_from, end_sessions=end_sessions
        )


@dataclass
class Setup:
    """The services, their storage, and the interruptions."""

    store: AccountStore
    interruptions: Interruptions

    def __post_init__(self) -> None:
        self.services = account_services(self.store, SECRET, ACCOUNT_OPTIONS, hashing_threads(ACCOUNT_OPTIONS))

    async def sign_up(self) -> IssuedSession:
        return await self.services.accounts.sign_up(ADA, HOME)

    async def sign_in(self, password: str = ADA.password) -> IssuedSession:
        return await self.services.accounts.sign_in(ADA.email, password, ELSEWHERE)

    async def change(self, issued: IssuedSession, new: str, *, revoke_others: bool = True) -> IssuedSession | None:
        reader = SignedIn(issued.account, issued.session)
        return await self.services.passwords.change(reader, ADA.password, new, HOME, revoke_others=revoke_others)

    async def reset(self, new: str = NEW) -> None:
        await self.services.passwords.reset(await self.services.passwords.issue_reset_token(ADA.email), new, HOME)

    async def store_hash(self, account_id: str, password_hash: str) -> None:
        account = await self.store.accounts.by_id(account_id)
        assert account is not None
        await self.store.accounts.renew_password_hash(account_id, account.password_hash, password_hash)


def in_memory() -> Setup:
    interruptions, clock = (
        Interruptions(Interruption(), Interruption(), Interruption()),
        HandClock(datetime.now().astimezone()),
    )
    accounts = InterruptedMemoryAccounts()
    sessions = InterruptedMemorySessions(accounts, clock)
    accounts.interruptions = sessions.interruptions = interruptions
    store = AccountStore(accounts, sessions, MemoryOneTimeTokens(accounts, clock), MemoryFailures(clock))
    return Setup(store, interruptions)


def in_postgres(database: Database) -> Setup:
    interruptions, fields = Interruptions(Interruption(), Interruption(), Interruption()), AccountFields(NoCipher())
    accounts, sessions = InterruptedStoredAccounts(database, fields), InterruptedStoredSessions(database, fields)
    accounts.interruptions = sessions.interruptions = interruptions
    store = replace(account_store(database, NoCipher()), accounts=accounts, sessions=sessions)
    return Setup(store, interruptions)


@pytest.fixture(params=["memory", "postgres"])
def setup(request: pytest.FixtureRequest) -> Setup:
    return in_memory() if request.param == "memory" else in_postgres(request.getfixturevalue("database"))


ENDINGS: dict[str, Callable[[Setup, IssuedSession], Awaitable[object]]] = {
    "reset": lambda setup, _: setup.reset(),
    "changed": lambda setup, issued: setup.change(issued, NEW, revoke_others=False),
    "changed, others revoked": lambda setup, issued: setup.change(issued, NEW),
    "closed": lambda setup, issued: setup.services.accounts.set_active(issued.account.id, active=False),
    "deleted": lambda setup, issued: setup.services.accounts.remove(issued.account.id),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_pending_sign_in_is_refused_once_its_password_is_invalid(setup: Setup, ending: str) -> None:
    issued = await setup.sign_up()
    left: dict[bytes, LoginSession] = {}

    async def end() -> None:
        await ENDINGS[ending](setup, issued)
        left.update(await setup.store.sessions.of_account(issued.account.id))

    setup.interruptions.before_session.action = end

    with pytest.raises(WrongCredentials):
        await setup.sign_in()

    assert await setup.store.sessions.of_account(issued.account.id) == left


async def test_a_sign_in_succeeds_when_a_concurrent_one_upgrades_the_hash(setup: Setup) -> None:
    issued = await setup.sign_up()
    await setup.store_hash(issued.account.id, BCRYPT)
    setup.interruptions.before_renewal.action = setup.sign_in

    second = await setup.sign_in()

    assert await setup.services.authentication.authenticate(bearer=second.token)
    assert len(await setup.store.sessions.of_account(issued.account.id)) == 3


async def test_a_password_that_is_reset_during_its_hash_upgrade_is_refused(setup: Setup) -> None:
    issued = await setup.sign_up()
    await setup.store_hash(issued.account.id, BCRYPT)
    setup.interruptions.before_renewal.action = setup.reset

    with pytest.raises(WrongCredentials):
        await setup.sign_in()

    assert await setup.store.sessions.of_account(issued.account.id) == {}
    assert await setup.sign_in(NEW)


@pytest.mark.parametrize("revoke_others", [True, False])
async def test_a_pending_change_does_not_undo_a_reset(setup: Setup, revoke_others: bool) -> None:
    issued = await setup.sign_up()
    setup.interruptions.before_change.action = setup.reset

    with pytest.raises(WrongPassword):
        await setup.change(issued, THEIRS, revoke_others=revoke_others)

    assert await setup.store.sessions.of_account(issued.account.id) == {}
    assert await setup.sign_in(NEW)


async def test_a_change_followed_by_a_concurrent_reset_opens_no_session(setup: Setup) -> None:
    issued = await setup.sign_up()
    setup.interruptions.before_session.action = setup.reset

    with pytest.raises(InvalidToken):
        await setup.change(issued, THEIRS)

    assert await setup.store.sessions.of_account(issued.account.id) == {}
