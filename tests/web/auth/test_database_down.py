"""Who is signed in while the database is frozen, and what a chat and a search need of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest

from glossator.domain.accounts.account import Account, LoginSession
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.conversations.history import WAIT_SECONDS
from glossator.domain.errors import Unavailable
from tests.accounts_in_memory import MemoryAccounts, MemorySessions
from tests.domain.accounts.sessions.test_authentication import legacy_token
from tests.web.auth.apps import AuthParts, Client

pytestmark = pytest.mark.virtual_time

QUERY = {"query": "What does a node do?"}
KINDS = ["raw", "signed", "jwt", "cookie"]


@dataclass
class FrozenSessions(MemorySessions):
    """Statements end with the driver's timeout."""

    frozen: bool = True

    async def by_token(self, token_hash: bytes) -> tuple[LoginSession, Account] | None:
        if self.frozen:
            await asyncio.sleep(20)
            raise Unavailable("database", "no answer within 20 s")
        return await super().by_token(token_hash)


@dataclass
class FrozenAccounts(MemoryAccounts):
    async def by_id(self, account_id: str) -> Account | None:
        await asyncio.sleep(20)
        raise Unavailable("database", "no answer within 20 s")


@dataclass
class Outage:
    """A reader who signed up, and a database that freezes."""

    parts: AuthParts = field(default_factory=lambda: AuthParts(store_wait=WAIT_SECONDS))

    async def sign_up(self) -> IssuedSession:
        issued, memory = await self.parts.sign_up(), self.parts.accounts
        memory.sessions = FrozenSessions(memory.accounts, memory.clock, frozen=False)
        memory.services = memory.restarted()
        return issued

    @property
    def sessions(self) -> FrozenSessions:
        assert isinstance(self.parts.accounts.sessions, FrozenSessions)
        return self.parts.accounts.sessions

    def client(self, issued: IssuedSession, kind: str = "raw") -> Client:
        if kind == "cookie":
            return self.parts.client.having(Cookie=f"better-auth.session_token={issued.cookie}")
        return self.parts.client.bearing(
            {"raw": issued.token, "signed": issued.signed_token, "jwt": issued.access_token}[kind]
        )


@asynccontextmanager
async def taking(seconds: float) -> AsyncIterator[None]:
    """Virtual time: nothing but waiting for the database passes it."""
    started = asyncio.get_running_loop().time()
    yield
    assert asyncio.get_running_loop().time() - started <= seconds


@pytest.mark.parametrize("path", ["get-session", "verify"])
@pytest.mark.parametrize("kind", KINDS)
async def test_the_last_known_answer_is_given_again(path: str, kind: str) -> None:
    outage = Outage()
    client = outage.client(await outage.sign_up(), kind)
    before = await client.get(path)
    outage.sessions.frozen = True
    outage.parts.accounts.clock.forward(timedelta(hours=23))

    async with taking(2.0):
        during = await client.get(path)

    assert during.status == 200
    assert during.body.get("user") == before.body["user"]
    assert "degraded" not in during.body


@pytest.mark.parametrize("legacy", [True, False])
async def test_an_unknown_access_token_proves_who_it_is(legacy: bool) -> None:
    outage = Outage()
    issued, memory = await outage.sign_up(), outage.parts.accounts
    outage.sessions.frozen = True
    token = legacy_token(memory, issued.account.id) if legacy else issued.access_token
    memory.accounts = FrozenAccounts(memory.accounts.rows, memory.accounts.sessions)
    memory.services = memory.restarted()

    replies = [await outage.parts.client.bearing(token).get(path) for path in ("get-session", "verify")]

    assert [reply.status for reply in replies] == [200, 200]
    for body in (reply.body for reply in replies):
        assert (body["degraded"], body["user"]["id"]) == (True, issued.account.id)
        assert (body["user"]["name"], body["user"]["email"]) == ("", "")
    assert replies[0].body["session"]["accessToken"] == token


@pytest.mark.parametrize("path", ["get-session", "verify"])
@pytest.mark.parametrize("kind", ["raw", "signed", "cookie"])
async def test_an_unknown_opaque_token_is_a_503_and_never_null(path: str, kind: str) -> None:
    outage = Outage()
    issued = await outage.sign_up()
    outage.sessions.frozen = True

    assert (await outage.client(issued, kind).get(path)).outcome == (503, "UNAVAILABLE")


async def test_a_session_that_was_found_ended_is_not_recalled() -> None:
    outage = Outage()
    issued = await outage.sign_up()
    client = outage.client(issued)
    await client.get("get-session")
    outage.parts.accounts.accounts.end_sessions(issued.account.id)
    outage.parts.accounts.clock.forward(timedelta(seconds=6))
    assert (await client.get("get-session")).body is None
    outage.sessions.frozen = True

    assert (await client.get("get-session")).outcome == (503, "UNAVAILABLE")


async def test_a_signed_in_chat_answers_within_two_seconds_and_is_stored_later() -> None:
    outage = Outage()
    client = outage.client(await outage.sign_up())
    await client.get("get-session")
    outage.parts.accounts.clock.forward(timedelta(minutes=1))
    outage.sessions.frozen = True
    conversations = outage.parts.conversations
    conversations.open.clear()

    async with taking(2.0), outage.parts.history:
        reply = await client.post("/chat", QUERY)
        conversations.open.set()

    assert (reply.status, reply.body["stored"]) == (200, False)
    assert [len(messages) for messages in conversations.messages.values()] == [2]


async def test_an_existing_conversation_keeps_its_id_when_it_is_not_stored() -> None:
    outage = Outage()
    client = outage.client(await outage.sign_up())
    outage.parts.conversations.failing = 99
    conversation = str(uuid4())

    reply = await client.post("/chat", QUERY | {"session_id": conversation})

    assert (reply.body["stored"], reply.body["session_id"], reply.body["message_id"]) == (False, conversation, None)


@pytest.mark.parametrize("path", ["/chat", "/search"])
async def test_a_reader_whom_only_the_database_knows_is_answered_without_an_account(path: str) -> None:
    outage = Outage()
    issued = await outage.sign_up()
    outage.sessions.frozen = True

    async with taking(2.0):
        reply = await outage.client(issued).post(path, QUERY)

    assert reply.status == 200
    assert outage.parts.conversations.calls == []
