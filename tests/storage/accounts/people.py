"""Accounts, login sessions, exchanges, and waiting for locks, for storage tests."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import uuid4

import asyncpg

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.encryption import NoCipher
from glossator.domain.conversations.conversation import Exchange, Message
from glossator.domain.ports.database import Database
from glossator.storage.accounts.accounts import StoredAccounts
from glossator.storage.accounts.encrypted_fields import AccountFields

NOW: Final = datetime.now(UTC).replace(microsecond=0)
NUMBERS: Final = count()


def an_account(email: str = "") -> Account:
    return Account(
        id=str(uuid4()),
        email=email or f"reader{next(NUMBERS)}@example.com",
        name="Ada",
        password_hash="$argon2id$hash",
        proficiency="pro",
        created_at=NOW,
        updated_at=NOW,
    )


async def a_stored_account(database: Database) -> Account:
    account = an_account()
    await StoredAccounts(database, AccountFields(NoCipher())).add(account)
    return account


def a_session(account: Account, age: timedelta = timedelta(), lasts: timedelta = timedelta(days=7)) -> LoginSession:
    began = NOW - age
    return LoginSession(
        str(uuid4()), account.id, began, began, began + lasts, ip_address="192.0.2.7", user_agent="curl"
    )


def an_exchange(conversation_id: str, question: str = "What is a node?", answer: str = "A process [1].") -> Exchange:
    said = datetime.now(UTC)
    return Exchange(
        Message(str(uuid4()), conversation_id, "user", question, said, selected_text="Nodes talk."),
        Message(
            str(uuid4()),
            conversation_id,
            "assistant",
            answer,
            said + timedelta(milliseconds=1),
            sources=("Week 3 · Nodes",),
            citations=({"n": 1, "quote": "A node is a process.", "score": 0.75},),
            mode="generated",
            request_id="request-1",
        ),
    )


async def waiting(observer: "asyncpg.Connection[asyncpg.Record]", number: int) -> None:
    """Returns when `number` statements are waiting for a lock."""
    sql = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(60):
        while await observer.fetchval(sql) < number:
            await asyncio.sleep(0.01)
