"""What readers say about answers: one suite over memory and over PostgreSQL, then what only a database can do."""

import asyncio
from dataclasses import dataclass, replace
from uuid import uuid4

import asyncpg
import pytest

from glossator.domain.accounts.account import Account
from glossator.domain.conversations.conversation import Conversations, Exchange
from glossator.domain.feedback.feedback import Feedback, FeedbackStore, RatedAnswer, RatedSection
from glossator.storage.accounts.accounts import DELETE
from glossator.storage.conversations import StoredConversations
from glossator.storage.feedback import StoredFeedback
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.conversations_in_memory import MemoryConversations
from tests.feedback_in_memory import MemoryFeedback
from tests.storage.accounts.people import a_stored_account, an_account, an_exchange, waiting

UP, DOWN = Feedback("up"), Feedback("down", "incorrect", 1, "It is two.")
CITATION = {"n": 1, "title": "Nodes", "heading": "What is a node?", "quote": "A node is a process.", "score": 0.75}
ROW = """
SELECT account_id, message_id, rating, reason, citation, comment, mode, mode_reason, sections FROM glossator.feedback
"""


@dataclass
class Kept:
    """`ada` has one conversation with one answer; `eve` has none."""

    store: FeedbackStore
    conversations: Conversations
    ada: Account
    eve: Account
    conversation_id: str
    exchange: Exchange

    @property
    def message_id(self) -> str:
        return self.exchange.answer.id

    async def rated(self) -> RatedAnswer:
        answer = await self.store.answer(self.message_id, self.ada.id)
        assert answer is not None
        return answer

    async def shown(self) -> Feedback | None:
        found = await self.conversations.get(self.conversation_id, self.ada.id)
        assert found is not None
        return found[1][1].feedback


async def kept(store: FeedbackStore, conversations: Conversations, ada: Account, eve: Account) -> Kept:
    conversation_id = str(uuid4())
    exchange = an_exchange(conversation_id)
    answer = replace(exchange.answer, request_id=uuid4().hex, citations=(CITATION,))
    exchange = replace(exchange, answer=answer)
    assert await conversations.store(ada.id, conversation_id, exchange, new_title="Nodes")
    return Kept(store, conversations, ada, eve, conversation_id, exchange)


@pytest.fixture
async def stored(database: PostgresDatabase) -> Kept:
    return await in_postgres(database)


async def in_postgres(database: PostgresDatabase) -> Kept:
    ada, eve = await a_stored_account(database), await a_stored_account(database)
    return await kept(StoredFeedback(database), StoredConversations(database), ada, eve)


@pytest.fixture(params=["memory", "postgres"])
def engine(request: pytest.FixtureRequest) -> PostgresDatabase | None:
    found: PostgresDatabase | None = request.getfixturevalue("database") if request.param == "postgres" else None
    return found


@pytest.fixture
async def either(engine: PostgresDatabase | None) -> Kept:
    if engine is None:
        conversations = MemoryConversations()
        return await kept(MemoryFeedback(conversations), conversations, an_account(), an_account())
    return await in_postgres(engine)


async def test_an_answer_is_known_with_its_mode_and_its_sections(either: Kept) -> None:
    assert await either.rated() == RatedAnswer(
        id=either.exchange.answer.request_id or "",
        account_id=either.ada.id,
        message_id=either.message_id,
        mode="generated",
        sections=(RatedSection("Nodes \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} What is a node?", 1),),
    )


async def test_neither_questions_nor_answers_of_others_can_be_rated(either: Kept) -> None:
    assert await either.store.answer(either.exchange.question.id, either.ada.id) is None
    assert await either.store.answer(either.message_id, either.eve.id) is None
    assert await either.store.answer(str(uuid4()), either.ada.id) is None


async def test_a_vote_is_shown_with_its_message_replaced_and_withdrawn(either: Kept) -> None:
    answer, shown = await either.rated(), [await either.shown()]

    for feedback in (UP, DOWN, Feedback("down")):
        assert await either.store.put(answer, feedback)
        shown.append(await either.shown())
    await either.store.withdraw(answer)
    await either.store.withdraw(answer)

    assert shown == [None, UP, DOWN, Feedback("down")]
    assert await either.shown() is None


async def test_by_its_request_an_answer_has_the_same_vote(either: Kept) -> None:
    answer = await either.rated()
    await either.store.put(answer, UP)

    await either.store.put(RatedAnswer(answer.id, either.ada.id, either.message_id, "generated"), DOWN)

    assert await either.shown() == DOWN


async def test_a_vote_without_account_has_no_text_of_the_question(stored: Kept, database: PostgresDatabase) -> None:
    answer = RatedAnswer("a" * 32, None, None, "declined", "not_in_book", (RatedSection("Nodes"),))

    assert await stored.store.put(answer, DOWN)
    assert await stored.store.put(answer, UP)

    [row] = await database.fetch(ROW)
    assert tuple(dict(row).values()) == (
        None, None, "up", None, None, None, "declined", "not_in_book", '[{"n": null, "label": "Nodes"}]',
    )  # fmt: skip


async def test_a_message_that_was_not_stored_leaves_the_vote_to_its_account(
    stored: Kept, database: PostgresDatabase
) -> None:
    assert await stored.store.put(RatedAnswer("a" * 32, stored.ada.id, str(uuid4())), UP)

    assert tuple(dict((await database.fetch(ROW))[0]).values())[:3] == (stored.ada.id, None, "up")


async def test_a_deleted_account_cannot_rate(stored: Kept, database: PostgresDatabase) -> None:
    answer = await stored.rated()
    for statement in DELETE:
        await database.execute(statement, stored.ada.id)

    assert not await stored.store.put(answer, UP)
    assert await database.fetch(ROW) == []


@pytest.mark.parametrize("what", ["conversation", "account"])
async def test_the_vote_is_deleted_with_what_it_belongs_to(stored: Kept, database: PostgresDatabase, what: str) -> None:
    await stored.store.put(await stored.rated(), DOWN)

    if what == "conversation":
        await stored.conversations.delete(stored.conversation_id, stored.ada.id)
    else:
        for statement in DELETE:
            await database.execute(statement, stored.ada.id)

    assert await database.fetch(ROW) == []


async def test_a_vote_waits_for_the_deletion_of_its_account(
    stored: Kept, database: PostgresDatabase, database_dsn: str
) -> None:
    answer, deleting = await stored.rated(), await asyncpg.connect(database_dsn)
    async with deleting.transaction():
        await deleting.execute(DELETE[0], stored.ada.id)
        vote = asyncio.create_task(stored.store.put(answer, UP))
        await waiting(deleting, 1)
        for statement in DELETE[1:]:
            await deleting.execute(statement, stored.ada.id)
    await deleting.close()

    assert not await vote
