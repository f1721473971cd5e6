import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.conversations.conversation import Message
from tests.conversations_in_memory import MemoryConversations
from tests.domain.answering.models import ScriptedModel
from tests.indexes import MemoryIndex
from tests.servers.app_server import serving_app
from tests.web.apps import Parts
from tests.web.chat.test_chat import events_of
from tests.web.reader_apps import ReaderParts, bearer

QUERY = {"query": "What does the inverted index map a word to?"}
NO_IDS = [
    "",
    "1",
    "'; DROP TABLE chat_sessions; --",
    "1 OR true",
    "../../etc/passwd",
    "{0b4e3c8e-5f0c-4a39-9d5a-3f1e7f1f0a11}",
    "0b4e3c8e5f0c4a399d5a3f1e7f1f0a11",
    "urn:uuid:0b4e3c8e-5f0c-4a39-9d5a-3f1e7f1f0a11",
    "x" * 8_000,
    "\u202e\U0001f600",
    "\x00",
]


class Reader:
    """One signed-in reader of an app."""

    def __init__(self, parts: ReaderParts, issued: IssuedSession) -> None:
        self._parts = parts
        self.headers = bearer(issued)
        self.account_id = issued.account.id
        self.client = parts.app().test_client()

    async def ask(self, **fields: Any) -> dict[str, Any]:
        reply = await self.client.post("/chat", json=QUERY | fields, headers=self.headers)
        assert reply.status_code == 200
        answer: dict[str, Any] = await reply.get_json()
        return answer

    async def stream(self, **fields: Any) -> list[tuple[str, dict[str, Any]]]:
        reply = await self.client.post("/chat/stream", json=QUERY | fields, headers=self.headers)
        assert reply.status_code == 200
        return events_of(await reply.get_data(as_text=False))


async def create_reader(parts: ReaderParts, email: str = "ada@example.com") -> Reader:
    return Reader(parts, await parts.sign_up(email))


def stored(parts: ReaderParts) -> list[Message]:
    """The messages of the only conversation."""
    (messages,) = parts.conversations.messages.values()
    return messages


async def test_a_first_question_starts_a_conversation_with_its_title() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)

    answer = await reader.ask(session_id=None)

    (conversation,) = parts.conversations.rows.values()
    question, reply = stored(parts)
    assert answer["stored"] is True
    assert (answer["session_id"], answer["message_id"]) == (conversation.id, reply.id)
    assert (conversation.title, conversation.account_id) == (QUERY["query"], reader.account_id)
    assert (question.content, reply.content) == (QUERY["query"], answer["response"])
    assert reply.request_id == answer["request_id"]
    assert list(reply.citations or ()) == answer["citations"]
    assert list(reply.sources or ()) == answer["sources"] == ["Words"]


async def test_a_stream_starts_with_the_ids_that_are_stored() -> None:
    parts = ReaderParts()

    events = await (await create_reader(parts)).stream()

    start, final = events[0][1], events[-1][1]
    assert UUID(start["session_id"]) != UUID(start["message_id"])
    assert (final["session_id"], final["message_id"]) == (start["session_id"], start["message_id"])
    assert final["stored"] is True
    assert [message.content for message in stored(parts)] == [QUERY["query"], final["response"]]


@pytest.mark.parametrize("way", ["ask", "stream"])
async def test_a_follow_up_uses_the_stored_history_and_ignores_the_clients(way: str) -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    session_id = (await reader.ask(selected_text="A stop word."))["session_id"]
    claimed = [{"role": "user", "content": "claimed by the client"}]

    await getattr(reader, way)(query="And why?", session_id=session_id, history=claimed)

    condensing = parts.model.prompts[1].user
    assert f"Reader: {QUERY['query']}" in condensing
    assert not any("claimed by the client" in prompt.user for prompt in parts.model.prompts)
    assert [message.role for message in stored(parts)] == ["user", "assistant", "user", "assistant"]
    assert stored(parts)[0].selected_text == "A stop word."


async def test_an_upper_case_id_is_the_same_conversation() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    session_id = (await reader.ask())["session_id"]

    assert (await reader.ask(session_id=session_id.upper()))["session_id"] == session_id


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize("session_id", [*NO_IDS, "12121212-3434-4565-8787-909090909090", "another reader's"])
async def test_a_foreign_conversation_causes_no_model_call_and_no_write(path: str, session_id: str) -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    other = await parts.conversations.create("somebody else", "Private")
    asked = other.id if session_id == "another reader's" else session_id

    reply = await reader.client.post(path, json=QUERY | {"session_id": asked}, headers=reader.headers)
    problem = await reply.get_json()

    assert (reply.status_code, problem["code"]) == (404, "conversation_not_found")
    assert parts.model.prompts == []
    assert "store" not in parts.conversations.calls
    assert path == "/chat/stream" or (problem["response"], problem["session_id"]) == (problem["detail"], None)


@pytest.mark.parametrize("session_id", [5, True, [], {}, 1.5])
async def test_an_id_of_another_type_is_a_bad_field(session_id: object) -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)

    reply = await reader.client.post("/chat", json=QUERY | {"session_id": session_id}, headers=reader.headers)

    assert (reply.status_code, (await reply.get_json())["fields"][0]["field"]) == (422, "session_id")


@pytest.mark.parametrize("way", ["ask", "stream"])
async def test_an_answer_is_returned_even_when_it_cannot_be_stored(way: str) -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    parts.conversations.failing = 2

    result = await getattr(reader, way)()

    answer = result if way == "ask" else result[-1][1]
    assert answer["response"].startswith("The inverted index maps a word")
    assert (answer["stored"], answer["session_id"], answer["message_id"]) == (False, None, None)


async def test_a_conversation_keeps_its_id_when_an_answer_is_not_stored() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    session_id = (await reader.ask())["session_id"]
    asking = asyncio.create_task(reader.ask(session_id=session_id))
    while parts.conversations.calls[-1] != "recent":
        await asyncio.sleep(0)
    parts.conversations.failing = 2

    answer = await asking

    assert (answer["stored"], answer["session_id"], answer["message_id"]) == (False, session_id, None)


async def test_a_lost_database_connection_loses_nothing() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    parts.conversations.failing = 1

    assert (await reader.ask())["stored"] is True

    assert len(stored(parts)) == 2


@pytest.mark.parametrize("way", ["ask", "stream"])
async def test_an_answer_to_a_deleted_conversation_is_not_stored(way: str) -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    conversation = await parts.conversations.create(reader.account_id, "Soon gone")
    parts.conversations.open.clear()
    asking = asyncio.create_task(getattr(reader, way)(session_id=conversation.id))
    while "store" not in parts.conversations.calls:
        await asyncio.sleep(0)
    await parts.conversations.delete(conversation.id, reader.account_id)
    parts.conversations.open.set()

    said = await asking
    answer = said[-1][1] if way == "stream" else said

    assert (answer["stored"], answer["session_id"], answer["message_id"]) == (False, None, None)
    assert parts.conversations.rows == {}


async def test_a_failed_conversation_lookup_uses_the_history_that_the_page_sent() -> None:
    parts = ReaderParts()
    reader = await create_reader(parts)
    parts.conversations.failing = 1
    conversation = str(uuid4())
    sent = {"session_id": conversation, "history": [{"role": "user", "content": "Tell me about Zanzibar nodes"}]}

    reply = await reader.client.post("/chat", json=QUERY | sent, headers=reader.headers)

    assert reply.status_code == 200
    assert "Zanzibar" in str(parts.model.prompts)


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
async def test_an_unanswered_question_is_not_stored(path: str) -> None:
    parts = ReaderParts(index=MemoryIndex())
    reader = await create_reader(parts)

    async with parts.history:
        await (await reader.client.post(path, json=QUERY, headers=reader.headers)).get_data()

    assert parts.conversations.calls == []


async def test_a_stream_that_breaks_off_is_stored_with_the_quotation_that_replaced_it() -> None:
    parts = ReaderParts(model=ScriptedModel(fail_after=5))
    reader = await create_reader(parts)

    async with parts.history:
        events = await reader.stream()

    name, final = events[-1]
    assert (name, final["mode"]) == ("final", "extractive")
    assert (stored(parts)[1].content, stored(parts)[1].interrupted) == (final["response"], False)


async def test_a_partial_answer_is_stored_when_the_reader_disconnects() -> None:
    parts = ReaderParts(model=ScriptedModel(fail_after=5, hangs=True))
    headers = bearer(await parts.sign_up())
    async with parts.history, serving_app(parts.app()) as url, httpx.AsyncClient(base_url=url) as client:
        async with client.stream("POST", "/chat/stream", json=QUERY, headers=headers) as reply:
            received = ""
            async for text in reply.aiter_text():
                received += text
                if "maps" in received:
                    break
        while not parts.model.closed:
            await asyncio.sleep(0.01)

    question, answer = stored(parts)
    assert question.content == QUERY["query"]
    assert answer.content.startswith("The inverted index maps")
    assert (answer.interrupted, answer.mode) == (True, None)


async def test_a_stream_that_ends_at_shutdown_is_stored() -> None:
    parts = ReaderParts(model=ScriptedModel(fail_after=5, hangs=True))
    reader = await create_reader(parts)
    async with parts.history:
        streaming = asyncio.create_task(reader.stream())
        while not parts.model.prompts:
            await asyncio.sleep(0.01)
        parts.draining.set()
        events = await streaming

    assert events[-1][1]["code"] == "shutting_down"
    assert stored(parts)[1].interrupted


async def test_an_anonymous_question_is_not_stored_and_needs_no_database_call() -> None:
    conversations = MemoryConversations()
    parts = ReaderParts(conversations=conversations)
    client = parts.app().test_client()

    answer = await (await client.post("/chat", json=QUERY | {"session_id": str(uuid4())})).get_json()
    stream = await client.post("/chat/stream", json=QUERY)

    assert (answer["session_id"], answer["message_id"], answer["stored"]) == (None, None, False)
    assert events_of(await stream.get_data(as_text=False))[-1][1]["stored"] is False
    assert (conversations.calls, parts.accounts.sessions.reads, parts.accounts.accounts.reads) == ([], 0, 0)


async def test_without_accounts_the_session_id_is_ignored() -> None:
    reply = await Parts().app().test_client().post("/chat", json=QUERY | {"session_id": "anything"})

    assert (reply.status_code, (await reply.get_json())["session_id"]) == (200, None)
