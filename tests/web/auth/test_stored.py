"""Accounts over PostgreSQL: concurrent requests, and deletion without remnants."""

import asyncio
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import asyncpg
import pytest
from quart import Quart

from glossator.domain.accounts.services import AccountServices
from glossator.domain.rewriting.allowance import DailyAllowance
from glossator.domain.rewriting.book_texts.membership import IndexedBook
from glossator.domain.rewriting.rewriting import Rewriting
from glossator.kernel.services import Services
from glossator.storage.rewritings import StoredRewritings, StoredUsageCounter
from glossator_plugins.postgres.pool import PostgresDatabase
from tests.domain.answering.models import library
from tests.domain.rewriting.models import RewritingModel, plainer
from tests.options import REWRITING_OPTIONS
from tests.storage.test_costs import CallCounter
from tests.web.apps import ORIGIN
from tests.web.auth.apps import ADA, Client, Reply
from tests.web.chat.test_stored import StoredParts

WORD: Final = "quokkaberry"
OTHER_WORD: Final = "numbatseed"
TABLES: Final = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
WHERE schemaname IN ('public', 'glossator')
"""


BOOK_TEXT: Final = "The inverted index of a book maps each word of it to its passages, and each passage to its page."


@dataclass
class StoredAuthParts(StoredParts):
    """`only_book` False allows rewriting any text."""

    only_book: bool | None = None

    @cached_property
    def rewriting(self) -> Rewriting:
        assert self.database is not None
        allowance = DailyAllowance(500, counter=StoredUsageCounter(self.database, b"k" * 32))
        book = IndexedBook(library([("Words", BOOK_TEXT)]), only_book=self.only_book)
        model, cache = RewritingModel(rewrite=plainer), StoredRewritings(self.database, 2**20)
        return Rewriting(model, cache, book, allowance, REWRITING_OPTIONS)

    def _services(self) -> Services:
        services = super()._services()
        services.provide(AccountServices, self.accounts)
        services.provide(Rewriting, self.rewriting)
        return services


@pytest.fixture
def app(database: PostgresDatabase) -> Quart:
    return StoredAuthParts(database=CallCounter(database)).app()


@pytest.mark.parametrize("path", ["sign-up", "sign-up/email"])
async def test_one_of_many_concurrent_sign_ups_succeeds(app: Quart, path: str) -> None:
    bodies = [{**ADA, "email": email} for email in ("ada@example.com", "ADA@example.com", "Ada@Example.com") * 3]

    replies = await asyncio.gather(*(Client(app).post(path, body) for body in bodies))

    assert sorted(reply.status for reply in replies)[:2] == [200, 400 if path == "sign-up" else 422]
    assert [reply.status for reply in replies].count(200) == 1
    refused = {reply.body["code"] for reply in replies if reply.status != 200}
    assert refused == {"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}


@pytest.mark.parametrize("only_book", [None, False])
async def test_after_a_deletion_no_table_and_no_log_contains_the_readers_texts(
    database: PostgresDatabase, database_dsn: str, caplog: pytest.LogCaptureFixture, only_book: bool | None
) -> None:
    caplog.set_level("DEBUG")
    parts = StoredAuthParts(database=CallCounter(database), only_book=only_book)
    reader = await with_the_word_everywhere(parts, WORD)
    await with_the_word_everywhere(parts, OTHER_WORD)
    await parts.rewriting.cache.flush()
    exported = await reader.get("account/export")
    planted, others = await tables_with(database_dsn, WORD), await rows_with(database_dsn, OTHER_WORD)

    left = await reader.post("delete-user", {"password": f"{WORD}-horse"})

    assert json.dumps(exported.body).count(WORD) >= 10
    assert {"public.users", "public.user_profiles", "public.chat_sessions", "public.chat_messages"} <= planted
    assert {"glossator.login_sessions", "glossator.feedback"} <= planted
    assert left.status == 200
    assert await tables_with(database_dsn, WORD) == set()
    assert await rows_with(database_dsn, OTHER_WORD) == others
    assert WORD not in caplog.text


async def test_after_the_last_deletion_only_texts_of_the_book_are_left(
    database: PostgresDatabase, database_dsn: str
) -> None:
    parts = StoredAuthParts(database=CallCounter(database))
    reader = await with_the_word_everywhere(parts, WORD)
    await parts.rewriting.cache.flush()

    await reader.post("delete-user", {"password": f"{WORD}-horse"})

    assert await rows_of(database_dsn) == {
        "glossator.migrations", "glossator.rewritings", "glossator.rewriting_shares"
    }  # fmt: skip
    kept = await database.fetch("SELECT result FROM glossator.rewritings")
    assert {row["result"] for row in kept} == {f"{BOOK_TEXT} Put simply."}


async def test_rewritings_of_anonymous_readers_are_stored(database: PostgresDatabase, database_dsn: str) -> None:
    parts = StoredAuthParts(database=CallCounter(database))

    await has_texts_rewritten(Client(parts.app()), WORD)
    await parts.rewriting.cache.flush()

    assert await tables_with(database_dsn, WORD) == {"glossator.rewritings"}


async def with_the_word_everywhere(parts: StoredAuthParts, word: str) -> Client:
    """A reader who wrote the word in every field."""
    fields = {"name": word, "email": f"{word}@example.com", "image": f"/{word}", "proficiency": word}
    client = Client(parts.app(), {"User-Agent": word})
    signed_up = await client.post("sign-up/email", {**fields, "password": f"{word}-horse"})
    reader = client.bearing(signed_up.body["token"])
    await client.post("sign-in/email", {"email": fields["email"], "password": f"wrong-{word}"})
    profile = dict.fromkeys(("technical_background", "hardware_access", "learning_goals"), word)
    assert (await reader.post("profile/update", profile)).status == 200
    asked = await reader.post("/chat", {"query": f"What does the index map {word} to?", "selected_text": word})
    assert asked.body["stored"] is True
    rated = {"message_id": asked.body["message_id"], "rating": "down", "comment": f"My {word} is missing."}
    assert (await reader.post("/feedback", rated)).status == 204
    assert (await reader.post("/api/chat/sessions", {"title": f"About {word}"})).status in {200, 201}
    await parts.accounts.passwords.issue_reset_token(fields["email"])
    await has_texts_rewritten(reader, word)
    await has_texts_rewritten(Client(parts.app(), cookie_of(signed_up)), word)
    return reader


def cookie_of(signed_up: Reply) -> dict[str, str]:
    """The session cookie as a browser sends it."""
    return {"Cookie": signed_up.cookies[0].partition(";")[0], "Origin": ORIGIN}


async def has_texts_rewritten(client: Client, word: str) -> None:
    """Texts of the book, of the interface, of the reader, and of the book with a word of the reader."""
    letter = f"Dear {word}, thank you for the parcel that you sent me at the beginning of the year, it was a joy."
    texts = [BOOK_TEXT, word, f"My {word} is ill", letter, BOOK_TEXT.replace("a book", f"my {word}")]
    for path, target in (("/translate", {"target_language": "de"}), ("/adjust-content", {"target_level": "beginner"})):
        batch = await client.post(f"{path}/batch", {"texts": texts, **target})
        alone = [await client.post(path, {"text": text, **target}) for text in texts]
        assert {reply.status for reply in (batch, *alone)} == {200}


async def tables_with(dsn: str, word: str) -> set[str]:
    """Tables with a row that contains the word."""
    return {name for name, count in (await rows_with(dsn, word)).items() if count}


async def rows_with(dsn: str, word: str) -> dict[str, int]:
    """The number of rows that contain the word, by table."""
    connection = await asyncpg.connect(dsn)
    try:
        names = [row["name"] for row in await connection.fetch(TABLES)]
        sql = "SELECT count(*) FROM {} AS r WHERE r::text LIKE '%' || $1 || '%'"
        return {name: await connection.fetchval(sql.format(name), word) for name in names}
    finally:
        await connection.close()


async def rows_of(dsn: str) -> set[str]:
    """Tables that are not empty."""
    connection = await asyncpg.connect(dsn)
    try:
        names = [row["name"] for row in await connection.fetch(TABLES)]
        return {name for name in names if await connection.fetchval(f"SELECT count(*) FROM {name}")}
    finally:
        await connection.close()
