"""Chats and conversations over PostgreSQL: database calls and stored results."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from quart import Quart

from glossator.domain.accounts.encryption import NoCipher
from glossator.domain.accounts.registration import Registration
from glossator.domain.accounts.services import AccountServices, account_services
from glossator.domain.accounts.sessions.authentication import Authentication
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.conversations.conversation import Conversations
from glossator.domain.conversations.history import History
from glossator.domain.feedback.feedback import FeedbackStore, RecentAnswers
from glossator.kernel.guards.guard import Guard
from glossator.kernel.services import Services
from glossator.storage.conversations import StoredConversations
from glossator.storage.feedback import StoredFeedback
from glossator.wiring.accounts import account_store, hashing_threads
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import PostgresDatabase, open_pool
from tests.accounts_in_memory import HOME, SECRET
from tests.domain.answering.models import ScriptedModel
from tests.options import ACCOUNT_OPTIONS, POOL_OPTIONS
from tests.plugins.neon.services import socket_of
from tests.servers.app_server import serving_app
from tests.servers.tcp_forwarder import Forwarder, forwarding
from tests.storage.test_costs import CallCounter
from tests.web.apps import Parts
from tests.web.chat.test_signed_in import NO_IDS
from tests.web.reader_apps import bearer

PATIENCE: Final = 60.0
"""Seconds; on a busy machine a store takes as long as it takes."""
QUERY = {"query": "What does the inverted index map a word to?"}


def stored_accounts(database: CallCounter, session_cache_time: float = 0.0) -> AccountServices:
    store = account_store(database, NoCipher())
    options = replace(ACCOUNT_OPTIONS, session_cache_time=session_cache_time)
    return account_services(store, SECRET, options, hashing_threads(options))


@dataclass
class StoredParts(Parts):
    """Stores all reader data in PostgreSQL. Sessions are not cached, so every request queries them."""

    database: CallCounter | None = None

    def __post_init__(self) -> None:
        assert self.database is not None
        self.accounts = stored_accounts(self.database)
        self.conversations = StoredConversations(self.database)
        self.history = History(self.conversations, open_seconds=PATIENCE, store_seconds=PATIENCE, wait_seconds=PATIENCE)
        self.feedback, self.recent_answers = StoredFeedback(self.database), RecentAnswers()

    async def sign_up(self, email: str = "ada@example.com") -> IssuedSession:
        return await self.accounts.accounts.sign_up(Registration(email, "Ada", "correct-horse"), HOME)

    def _services(self) -> Services:
        services = super()._services()
        services.provide(Authentication, self.accounts.authentication)
        services.provide(Conversations, self.conversations)
        services.provide(History, self.history)
        services.provide(FeedbackStore, self.feedback)
        services.provide(RecentAnswers, self.recent_answers)
        return services


@pytest.fixture
def counted(database: PostgresDatabase) -> CallCounter:
    return CallCounter(database)


@pytest.fixture
async def small_pool(database_dsn: str) -> AsyncIterator[PostgresDatabase]:
    """A pool with one connection."""
    async with open_pool(database_dsn, Guard("tests"), replace(POOL_OPTIONS, size=1)) as opened:
        yield opened


async def ask(app: Quart, headers: dict[str, str], **fields: Any) -> dict[str, Any]:
    reply = await app.test_client().post("/chat", json=QUERY | fields, headers=headers)
    assert reply.status_code == 200
    answer: dict[str, Any] = await reply.get_json()
    return answer


async def shown(app: Quart, path: str, headers: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = await (await app.test_client().get(f"/api/chat{path}", headers=headers)).get_json()
    return found


async def while_answering(model: ScriptedModel, asking: Awaitable[Any], meanwhile: Callable[[], Awaitable[Any]]) -> Any:
    """Runs `meanwhile` while the model is answering; then the model fails."""
    task = asyncio.ensure_future(asking)
    while not model.prompts:
        await asyncio.sleep(0.01)
    await meanwhile()
    model.may_fail.set()
    return await task


async def test_a_signed_in_question_needs_at_most_three_database_calls(counted: CallCounter) -> None:
    parts = StoredParts(database=counted)
    app, issued = parts.app(), await parts.sign_up()
    costs = []

    counted.round_trips = 0
    session_id = (await ask(app, bearer(issued)))["session_id"]
    costs.append(counted.round_trips)
    for headers in (bearer(issued), {"Authorization": f"Bearer {issued.access_token}"}, {}):
        counted.round_trips = 0
        answer = await ask(app, headers, session_id=session_id)
        costs.append(counted.round_trips)
        assert answer["stored"] is bool(headers)

    assert costs == [2, 3, 3, 0]


async def test_three_database_calls_are_three_messages_on_the_wire(database_dsn: str, postgres: PostgresServer) -> None:
    async with forwarding(socket_of(postgres)) as wire, one_connection(database_dsn, wire) as database:
        parts = StoredParts(database=CallCounter(database))
        app, issued = parts.app(), await parts.sign_up()
        session_id = (await ask(app, bearer(issued)))["session_id"]
        await ask(app, bearer(issued), session_id=session_id)  # prepares all statements

        before = wire.sent
        await ask(app, bearer(issued), session_id=session_id)
        assert wire.sent - before == 3


def one_connection(dsn: str, wire: Forwarder) -> AbstractAsyncContextManager[PostgresDatabase]:
    over_tcp = f"postgresql://postgres@127.0.0.1:{wire.port}{urlsplit(dsn).path}?sslmode=disable"
    return open_pool(over_tcp, Guard("tests"), replace(POOL_OPTIONS, size=1, reset=False))


async def test_no_connection_is_held_during_the_model_call(small_pool: PostgresDatabase) -> None:
    parts = StoredParts(model=ScriptedModel(fail_after=2, hangs=True), database=CallCounter(small_pool))
    app, issued = parts.app(), await parts.sign_up()

    async def another_query() -> None:
        assert await small_pool.fetchval("SELECT 1") == 1
        assert parts.model.closed == 0

    answer = await while_answering(parts.model, ask(app, bearer(issued)), another_query)

    assert answer["stored"] is True


async def test_lost_connections_between_question_and_answer_lose_nothing(
    counted: CallCounter, database_dsn: str
) -> None:
    parts = StoredParts(model=ScriptedModel(fail_after=2, hangs=True), database=counted)
    app, issued = parts.app(), await parts.sign_up()
    onlooker = await asyncpg.connect(database_dsn)

    async def cut() -> None:
        sql = """SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        assert await onlooker.fetchval(sql) > 0

    answer = await while_answering(parts.model, ask(app, bearer(issued)), cut)
    await onlooker.close()

    assert answer["stored"] is True
    messages = (await shown(app, f"/sessions/{answer['session_id']}", bearer(issued)))["messages"]
    assert [message["content"] for message in messages] == [QUERY["query"], answer["response"]]


async def test_twenty_concurrent_questions_are_stored_and_one_conversation_is_active(counted: CallCounter) -> None:
    parts = StoredParts(database=counted)
    parts.accounts = stored_accounts(counted, session_cache_time=PATIENCE)
    app, issued = parts.app(), await parts.sign_up()
    await shown(app, "/sessions", bearer(issued))  # from now on the session is cached

    answers = await asyncio.gather(*(ask(app, bearer(issued)) for _ in range(20)))

    found = await shown(app, "/sessions?limit=100", bearer(issued))
    assert all(answer["stored"] for answer in answers)
    assert (found["total"], {session["message_count"] for session in found["sessions"]}) == (20, {2})
    assert [session["is_active"] for session in found["sessions"]].count(True) == 1


async def test_an_account_deleted_during_its_question_leaves_no_rows(
    counted: CallCounter, database: PostgresDatabase
) -> None:
    parts = StoredParts(model=ScriptedModel(fail_after=2, hangs=True), database=counted)
    app, issued = parts.app(), await parts.sign_up()

    async def leave() -> None:
        await database.execute("DELETE FROM users")

    answer = await while_answering(parts.model, ask(app, bearer(issued)), leave)

    assert (answer["stored"], answer["session_id"]) == (False, None)
    assert await database.fetchval("SELECT count(*) FROM chat_messages") == 0


async def test_a_partially_read_stream_is_stored(counted: CallCounter) -> None:
    parts = StoredParts(model=ScriptedModel(fail_after=5, hangs=True), database=counted)
    app, issued = parts.app(), await parts.sign_up()
    async with parts.history, serving_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        async with client.stream("POST", "/chat/stream", json=QUERY, headers=bearer(issued)) as reply:
            received = ""
            async for text in reply.aiter_text():
                received += text
                if "maps" in received:  # a word of the answer that is not in the question, which comes first
                    break
        while not parts.model.closed:
            await asyncio.sleep(0.01)

    (session,) = (await shown(app, "/sessions", bearer(issued)))["sessions"]
    messages = (await shown(app, f"/sessions/{session['id']}", bearer(issued)))["messages"]
    assert messages[0]["content"] == QUERY["query"]
    assert messages[1]["content"].startswith("The inverted")


@pytest.mark.parametrize(
    "text",
    ["\u202eright to left \N{GRINNING FACE}", "'; DROP TABLE users; --", "$1 %s {x}", "\\u0000 \\0", "\ufffe\uffff"],
)
async def test_any_text_is_returned_unchanged(counted: CallCounter, text: str) -> None:
    parts = StoredParts(model=ScriptedModel(f"Said: {text}"), database=counted)
    app, issued = parts.app(), await parts.sign_up()

    answer = await ask(app, bearer(issued), query=text, selected_text=text)

    found = await shown(app, f"/sessions/{answer['session_id']}", bearer(issued))
    question, reply = found["messages"]
    assert (question["content"], question["selected_text"], reply["content"]) == (text, text, answer["response"])
    assert found["session"]["title"] == text


@pytest.mark.parametrize("said", ["A word\0 maps.", "A word \ud800 maps."])
async def test_characters_that_postgresql_rejects_are_removed(counted: CallCounter, said: str) -> None:
    parts = StoredParts(model=ScriptedModel(said), database=counted)

    answer = await ask(parts.app(), bearer(await parts.sign_up()))

    assert answer["stored"] is True


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/export?format=markdown"), ("DELETE", ""), ("PATCH", "/title")]
)
async def test_no_route_opens_a_foreign_conversation(counted: CallCounter, method: str, path: str) -> None:
    parts = StoredParts(database=counted)
    app, ada, eve = parts.app(), await parts.sign_up(), await parts.sign_up("eve@example.com")
    session_id = (await ask(app, bearer(ada)))["session_id"]
    before = await shown(app, f"/sessions/{session_id}", bearer(ada))

    for wanted in (session_id, session_id.upper(), str(uuid4()), *(name for name in NO_IDS if name.isalnum())):
        extra = {"json": {"title": "taken"}} if method == "PATCH" else {}
        call = getattr(app.test_client(), method.lower())
        reply = await call(f"/api/chat/sessions/{wanted}{path}", headers=bearer(eve), **extra)
        assert reply.status_code == 404

    assert await shown(app, f"/sessions/{session_id}", bearer(ada)) == before


async def test_a_conversation_from_start_to_deletion(counted: CallCounter) -> None:
    parts = StoredParts(database=counted)
    app, issued = parts.app(), await parts.sign_up()
    client, headers = app.test_client(), bearer(issued)
    session_id = (await ask(app, headers))["session_id"]
    await ask(app, headers, query="And why?", session_id=session_id)
    created = await (await client.post("/api/chat/sessions", headers=headers)).get_json()

    renamed = await client.patch(f"/api/chat/sessions/{session_id}/title", json={"title": "Index"}, headers=headers)
    listed = await shown(app, "/sessions?limit=1&offset=0", headers)
    text = await shown(app, f"/sessions/{session_id}/export", headers)
    deleted = await client.delete(f"/api/chat/sessions/{created['id']}", headers=headers)
    left = (await shown(app, "/sessions", headers))["sessions"]
    all_deleted = await (await client.delete("/api/chat/history", headers=headers)).get_json()

    assert (created["title"], created["is_active"], renamed.status_code, deleted.status_code) == (
        "New Chat",
        True,
        200,
        200,
    )
    assert (listed["total"], listed["sessions"][0]["title"], listed["sessions"][0]["message_count"]) == (2, "Index", 4)
    assert text["content"].startswith("Index\n\nQuestion, ")
    assert [(session["id"], session["is_active"]) for session in left] == [(session_id, True)]
    assert all_deleted["deleted"] == 1
