"""What accounts are stored in: one suite for each port, over memory and over PostgreSQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from glossator.domain.accounts.encryption import KeyCipher
from glossator.domain.accounts.ports import Accounts, LoginSessions, OneTimeTokens, SignInFailures
from glossator.domain.ports.database import Database
from glossator.wiring.accounts import account_store
from tests.accounts_in_memory import HandClock, MemoryAccounts, MemoryFailures, MemoryOneTimeTokens, MemorySessions

AGE: Final = """
WITH failed AS (UPDATE glossator.sign_in_failures SET failed_at = failed_at - $1::interval)
UPDATE glossator.known_networks SET seen_at = seen_at - $1::interval
"""


@dataclass(frozen=True)
class Stores:
    """`age` makes what failed and what succeeded so much older."""

    accounts: Accounts
    sessions: LoginSessions
    tokens: OneTimeTokens
    failures: SignInFailures
    age: Callable[[timedelta], Awaitable[None]]


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    return in_memory() if request.param == "memory" else in_postgres(request.getfixturevalue("database"))


def in_memory() -> Stores:
    clock, accounts = HandClock(datetime.now(UTC)), MemoryAccounts()

    async def age(interval: timedelta) -> None:
        clock.forward(interval)

    return Stores(
        accounts, MemorySessions(accounts, clock), MemoryOneTimeTokens(accounts, clock), MemoryFailures(clock), age
    )


def in_postgres(database: Database) -> Stores:
    store = account_store(database, KeyCipher("a key"))

    async def age(interval: timedelta) -> None:
        await database.execute(AGE, interval)

    return Stores(store.accounts, store.sessions, store.one_time_tokens, store.failures, age)
