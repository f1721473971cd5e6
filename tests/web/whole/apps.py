"""The whole app over PostgreSQL, with a reader who asks and another one of whom nobody may learn anything."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final
from uuid import uuid4

import pytest
from quart import Quart

from glossator.domain.accounts.registration import Registration
from glossator.domain.accounts.services import AccountOptions
from glossator.domain.accounts.sessions.credentials import IssuedSession
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.ingest.job_records import MemoryJobs
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from glossator.domain.ports.database import Database
from glossator.kernel.guard import Guard
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import open_pool
from tests.accounts_in_memory import HOME, SECRET
from tests.databases import OPTIONS, TEMPLATE, administer
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import ACCOUNT_OPTIONS
from tests.storage.accounts.people import an_exchange
from tests.storage.test_costs import Counted
from tests.web.apps import ADMIN_KEY
from tests.web.auth.test_stored import TABLES, StoredAuthParts
from tests.web.wire import Reply, Sent, answered_at_once, assert_in_form

SECRET_WORD: Final = "quokkaberry"
OWN_WORD: Final = "zebrafinch"
OWN_PASSWORD: Final = f"correct-{OWN_WORD}"
NEVER_SHOWN: Final = (SECRET_WORD, SECRET, ADMIN_KEY, "$argon2")
NEVER_LOGGED: Final = (*NEVER_SHOWN, OWN_WORD)


@dataclass
class WholeParts(StoredAuthParts):
    """The book that is filled is not the one that is asked. Each client names its own network."""

    jobs: JobRunner = field(default_factory=lambda: JobRunner(MemoryJobs(), single_process=True))

    def _services(self) -> Services:
        services = super()._services()
        embedder = CountingEmbedder()
        splitter = Splitter("docusaurus", Limits(1000))
        ingest = Ingest(MemoryIndex(), embedder, splitter, batch=256)
        services.provide(AccountOptions, ACCOUNT_OPTIONS)
        services.provide(JobRunner, self.jobs)
        services.provide(IngestJobs, IngestJobs(self.jobs, ingest, services.get(BookOptions)))
        return services

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=1, session_patience=0.0)


@dataclass(frozen=True)
class Person:
    """A signed-in reader; `deleted` is a conversation that he had."""

    issued: IssuedSession
    conversation: str
    deleted: str
    messages: tuple[str, ...]

    @property
    def marks(self) -> dict[str, str]:
        return {
            "@conversation": self.conversation,
            "@deleted": self.deleted,
            "@token": self.issued.token,
            "@signed": self.issued.signed_token,
            "@jwt": self.issued.access_token,
            "@cookie": self.issued.cookie,
            "@email": self.issued.account.email,
            "@own-message": self.messages[0],
        }

    @property
    def ids(self) -> list[str]:
        return [self.issued.account.id, self.issued.session.id, self.conversation, *self.messages]

    @property
    def credentials(self) -> tuple[str, ...]:
        return self.issued.token, self.issued.access_token, self.issued.cookie


@dataclass(frozen=True)
class House:
    """Used from outside of any running loop. Whatever it answers is looked at before it is given."""

    runner: asyncio.Runner
    parts: WholeParts
    app: Quart
    database: Database
    other: Person
    numbers: Iterator[int]
    readers: list[Person] = field(default_factory=list)

    def reader(self) -> Person:
        """A new one: whatever he asks may end his session or his account."""
        self.readers.append(self.runner.run(a_person(self.parts, f"reader{next(self.numbers)}", OWN_WORD)))
        return self.readers[-1]

    def network(self) -> str:
        """One that was not seen before."""
        number = next(self.numbers)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    @property
    def marks(self) -> dict[str, str]:
        """What anybody may send."""
        return {
            "@other": self.other.conversation,
            "@theirs": self.other.issued.token,
            "@their-signed": self.other.issued.signed_token,
            "@their-jwt": self.other.issued.access_token,
            "@their-account": self.other.issued.account.id,
            "@their-session": self.other.issued.session.id,
            "@their-message": self.other.messages[0],
            "@unknown": str(uuid4()),
            "@new": f"new{next(self.numbers)}@example.com",
            "@email": "nobody@example.com",
            "@password": OWN_PASSWORD,
            "@admin": ADMIN_KEY,
        }

    def sends(self, sent: Sent, reader: Person | None = None) -> Reply:
        return self.sends_at_once([sent], reader)[0]

    def sends_at_once(self, requests: Sequence[Sent], reader: Person | None = None) -> list[Reply]:
        marks = {**self.marks, **(reader.marks if reader else {})}
        filled = [sent.filled(marks).having({"X-Forwarded-For": self.network()}) for sent in requests]
        replies = self.runner.run(answered_at_once(self.app, filled))
        for sent, reply in zip(filled, replies, strict=True):
            assert_in_form(sent, reply)
            shown = f"{reply.headers.raw!r} {reply.text}"
            assert not [word for word in (*NEVER_SHOWN, *self.other.credentials) if word in shown], reply
        return replies

    def told_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log has no fault of ours and no word of a reader."""
        assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
        secrets = [secret for person in (self.other, *self.readers) for secret in person.credentials]
        assert [word for word in (*NEVER_LOGGED, *secrets) if word in caplog.text] == []
        caplog.clear()
        self.readers.clear()

    def rows(self, *about: str) -> dict[str, list[str]]:
        """Every row, or those that hold one of these words, by table; what is still being written is waited for."""
        self.runner.run(self.parts.rewriting.cache.flush())
        return self.runner.run(rows_of(self.database, [f"%{word}%" for word in about or ("",)]))


async def rows_of(database: Database, patterns: list[str]) -> dict[str, list[str]]:
    found = {}
    for table in [str(row["name"]) for row in await database.fetch(TABLES)]:
        sql = f"SELECT r::text AS text FROM {table} AS r WHERE r::text LIKE ANY($1) ORDER BY 1"
        found[table] = [str(row["text"]) for row in await database.fetch(sql, patterns)]
    return found


async def a_person(parts: WholeParts, name: str, word: str) -> Person:
    """Signed up, with the word in all that he wrote and in his password."""
    registration = Registration(f"{name}-{word}@example.com", f"{name} {word}", f"correct-{word}")
    issued = await parts.accounts.accounts.sign_up(registration, HOME)
    account_id = issued.account.id
    deleted = await parts.conversations.create(account_id, word)
    await parts.conversations.delete(deleted.id, account_id)
    kept = await parts.conversations.create(account_id, word)
    exchange = an_exchange(kept.id, f"What is {word}?", f"It is {word}.")
    await parts.conversations.store(account_id, kept.id, exchange, new_title=None)
    return Person(issued, kept.id, deleted.id, (exchange.question.id, exchange.answer.id))


@asynccontextmanager
async def open_house(runner: asyncio.Runner, dsn: str) -> AsyncIterator[House]:
    async with open_pool(dsn, Guard("tests"), OPTIONS) as pool:
        parts = WholeParts(database=Counted(pool), only_book=False)
        async with parts.jobs, parts.history:
            yield House(runner, parts, parts.app(), pool, await a_person(parts, "other", SECRET_WORD), count())
            await parts.rewriting.cache.flush()


@pytest.fixture(scope="module")
def shared_house(postgres: PostgresServer, database_names: Iterator[str]) -> Iterator[House]:
    name = next(database_names)
    with asyncio.Runner() as runner:
        runner.run(administer(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        opened = open_house(runner, postgres.dsn(name))
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))
        runner.run(administer(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def house(shared_house: House, caplog: pytest.LogCaptureFixture) -> Iterator[House]:
    with caplog.at_level("DEBUG"):
        yield shared_house
    shared_house.told_nothing(caplog)
