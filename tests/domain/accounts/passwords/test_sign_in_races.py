"""What is done to an account just before a proven password takes effect: over memory and over PostgreSQL."""

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
from glossator.wiring.accounts import account_store
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
Act = Callable[[], Awaitable[object]]


class Meanwhile:
    """What happens once, when somebody comes here for the first time."""

    act: Act | None = None

    async def __call__(self) -> None:
        act, self.act = self.act, None
        if act is not None:
            await act()


@dataclass
class Interruptions:
    before_session: Meanwhile
    before_renewal: Meanwhile
    before_change: Meanwhile


class InterruptedMemorySessions(MemorySessions):
    interruptions: Interruptions

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, most: int) -> None:
        await self.interruptions.before_session()
        await super().add(session, token_hash, password_hash=password_hash, most=most)


class InterruptedStoredSessions(StoredLoginSessions):
    interruptions: Interruptions

    async def add(self, session: LoginSession, token_hash: bytes, *, password_hash: str, most: int) -> None:
        await self.interruptions.before_session()
        await super().add(session, token_hash, password_hash=password_hash, most=most)


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
class House:
    """The services, what is stored under them, and what can come between."""

    store: AccountStore
    interruptions: Interruptions

    def __post_init__(self) -> None:
        self.services = account_services(self.store, SECRET, ACCOUNT_OPTIONS)

    async def sign_up(self) -> IssuedSession:
        return await self.services.accounts.sign_up(ADA, HOME)

    async def sign_in(self, password: str = ADA.password) -> IssuedSession:
        return await self.services.accounts.sign_in(ADA.email, password, ELSEWHERE)

    async def change(self, issued: IssuedSession, new: str, *, revoke_others: bool = True) -> IssuedSession | None:
        asking = SignedIn(issued.account, issued.session)
        return await self.services.passwords.change(asking, ADA.password, new, HOME, revoke_others=revoke_others)

    async def reset(self, new: str = NEW) -> None:
        await self.services.resets.use(await self.services.resets.issue(ADA.email), new, HOME)

    async def store_hash(self, account_id: str, password_hash: str) -> None:
        account = await self.store.accounts.by_id(account_id)
        assert account is not None
        await self.store.accounts.renew_password_hash(account_id, account.password_hash, password_hash)


def in_memory() -> House:
    interruptions, clock = Interruptions(Meanwhile(), Meanwhile(), Meanwhile()), HandClock(datetime.now().astimezone())
    accounts = InterruptedMemoryAccounts()
    sessions = InterruptedMemorySessions(accounts, clock)
    accounts.interruptions = sessions.interruptions = interruptions
    store = AccountStore(accounts, sessions, MemoryOneTimeTokens(accounts, clock), MemoryFailures(clock))
    return House(store, interruptions)


def in_postgres(database: Database) -> House:
    interruptions, fields = Interruptions(Meanwhile(), Meanwhile(), Meanwhile()), AccountFields(NoCipher())
    accounts, sessions = InterruptedStoredAccounts(database, fields), InterruptedStoredSessions(database, fields)
    accounts.interruptions = sessions.interruptions = interruptions
    store = replace(account_store(database, NoCipher()), accounts=accounts, sessions=sessions)
    return House(store, interruptions)


@pytest.fixture(params=["memory", "postgres"])
def house(request: pytest.FixtureRequest) -> House:
    return in_memory() if request.param == "memory" else in_postgres(request.getfixturevalue("database"))


ENDINGS: dict[str, Callable[[House, IssuedSession], Awaitable[object]]] = {
    "reset": lambda house, _: house.reset(),
    "changed": lambda house, issued: house.change(issued, NEW, revoke_others=False),
    "changed, others revoked": lambda house, issued: house.change(issued, NEW),
    "closed": lambda house, issued: house.services.accounts.set_active(issued.account.id, active=False),
    "deleted": lambda house, issued: house.services.data.remove(issued.account.id),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_sign_in_under_way_opens_nothing_once_its_password_has_ended(house: House, ending: str) -> None:
    issued = await house.sign_up()
    left: dict[bytes, LoginSession] = {}

    async def end() -> None:
        await ENDINGS[ending](house, issued)
        left.update(await house.store.sessions.of_account(issued.account.id))

    house.interruptions.before_session.act = end

    with pytest.raises(WrongCredentials):
        await house.sign_in()

    assert await house.store.sessions.of_account(issued.account.id) == left


async def test_a_sign_in_whose_hash_is_renewed_by_another_one_meanwhile_succeeds(house: House) -> None:
    issued = await house.sign_up()
    await house.store_hash(issued.account.id, BCRYPT)
    house.interruptions.before_renewal.act = house.sign_in

    second = await house.sign_in()

    assert await house.services.authentication.authenticate(bearer=second.token)
    assert len(await house.store.sessions.of_account(issued.account.id)) == 3


async def test_a_password_that_is_reset_while_its_hash_is_renewed_opens_nothing(house: House) -> None:
    issued = await house.sign_up()
    await house.store_hash(issued.account.id, BCRYPT)
    house.interruptions.before_renewal.act = house.reset

    with pytest.raises(WrongCredentials):
        await house.sign_in()

    assert await house.store.sessions.of_account(issued.account.id) == {}
    assert await house.sign_in(NEW)


@pytest.mark.parametrize("revoke_others", [True, False])
async def test_a_change_under_way_does_not_undo_a_reset(house: House, revoke_others: bool) -> None:
    issued = await house.sign_up()
    house.interruptions.before_change.act = house.reset

    with pytest.raises(WrongPassword):
        await house.change(issued, THEIRS, revoke_others=revoke_others)

    assert await house.store.sessions.of_account(issued.account.id) == {}
    assert await house.sign_in(NEW)


async def test_a_change_whose_password_is_reset_at_once_opens_no_session(house: House) -> None:
    issued = await house.sign_up()
    house.interruptions.before_session.act = house.reset

    with pytest.raises(InvalidToken):
        await house.change(issued, THEIRS)

    assert await house.store.sessions.of_account(issued.account.id) == {}
