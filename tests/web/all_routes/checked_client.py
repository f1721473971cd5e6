"""A client of the whole app over PostgreSQL. It checks that no reply or log leaks secrets or another reader's data."""

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
from glossator.kernel.guards.guard import Guard
from glossator.kernel.services import Services
from glossator.web.http.context import WebOptions
from glossator_plugins.local_postgres.server import PostgresServer
from glossator_plugins.postgres.pool import open_pool
from tests.accounts_in_memory import HOME, SECRET
from tests.databases import OPTIONS, TEMPLATE, administer
from tests.indexes import CountingEmbedder, MemoryIndex
from tests.options import ACCOUNT_OPTIONS
from tests.storage.accounts.people import an_exchange
from tests.storage.test_costs import CallCounter
from tests.web.all_routes.route_table import Route
from tests.web.apps import ADMIN_KEY
from tests.web.auth.test_stored import TABLES, StoredAuthParts
from tests.web.wire import Reply, WireRequest, assert_valid_reply, send_concurrently

SECRET_WORD: Final = "quokkaberry"
OWN_WORD: Final = "zebrafinch"
OWN_PASSWORD: Final = f"correct-{OWN_WORD}"
NEVER_SHOWN: Final = (SECRET_WORD, SECRET, ADMIN_KEY, "$argon2")
NEVER_LOGGED: Final = (*NEVER_SHOWN, OWN_WORD)


@dataclass
class AllRoutesParts(StoredAuthParts):
    """Ingest and search use different indexes. The X-Forwarded-For header sets the client's network."""

    jobs: JobRunner = field(default_factory=lambda: JobRunner(MemoryJobs(), single_process=True))

    def _services(self) -> Services:
        services = super()._services()
        embedder = CountingEmbedder()
        splitter = Splitter(Limits(1000))
        ingest = Ingest(MemoryIndex(), embedder, splitter, batch=256)
        services.provide(AccountOptions, ACCOUNT_OPTIONS)
        services.provide(JobRunner, self.jobs)
        services.provide(IngestJobs, IngestJobs(self.jobs, ingest, services.get(BookOptions)))
        return services

    def web_options(self) -> WebOptions:
        return replace(super().web_options(), trusted_hops=1, session_patience=0.0)


@dataclass(frozen=True)
class SignedInReader:
    """A signed-in reader; `deleted` is the id of a deleted conversation."""

    issued: IssuedSession
    conversation: str
    deleted: str
    messages: tuple[str, ...]

    @property
    def placeholders(self) -> dict[str, str]:
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
class CheckedClient:
    """Call it outside of any event loop. Every reply is checked before it is returned."""

    runner: asyncio.Runner
    parts: AllRoutesParts
    app: Quart
    database: Database
    other: SignedInReader
    lasting: SignedInReader
    """For requests that change nothing of it."""
    numbers: Iterator[int]
    readers: list[SignedInReader] = field(default_factory=list)

    def reader(self) -> SignedInReader:
        """Creates a reader, since any request may end the session or delete the account."""
        self.readers.append(self.runner.run(create_reader(self.parts, f"reader{next(self.numbers)}", OWN_WORD)))
        return self.readers[-1]

    def reader_of(self, route: Route) -> SignedInReader:
        return self.reader() if route.changes else self.lasting

    def network(self) -> str:
        """An address that was not used before."""
        number = next(self.numbers)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    @property
    def placeholders(self) -> dict[str, str]:
        """Placeholders in requests and their values, for any sender."""
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

    def send(self, sent: WireRequest, reader: SignedInReader | None = None) -> Reply:
        return self.send_all([sent], reader)[0]

    def send_all(self, requests: Sequence[WireRequest], reader: SignedInReader | None = None) -> list[Reply]:
        placeholders = {**self.placeholders, **(reader.placeholders if reader else {})}
        fill = [sent.fill(placeholders).with_headers({"X-Forwarded-For": self.network()}) for sent in requests]
        replies = self.runner.run(send_concurrently(self.app, fill))
        for sent, reply in zip(fill, replies, strict=True):
            assert_valid_reply(sent, reply)
            shown = f"{reply.headers.raw!r} {reply.text}"
            assert not [word for word in (*NEVER_SHOWN, *self.other.credentials) if word in shown], reply
        return replies

    def assert_clean_logs(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log contains no error and no text or credential of a reader."""
        assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
        secrets = [secret for person in (self.other, self.lasting, *self.readers) for secret in person.credentials]
        assert [word for word in (*NEVER_LOGGED, *secrets) if word in caplog.text] == []
        caplog.clear()
        self.readers.clear()

    def rows(self, *ids: str) -> dict[str, list[str]]:
        """All rows, or those of which a column of ids has one of these, by table. Waits for pending writes first.

        A reader may store any text, the id of another reader's conversation too.
        """
        self.runner.run(self.parts.rewriting.cache.flush())
        return self.runner.run(rows_of(self.database, list(ids)))


OWNED: Final = """
    SELECT r::text AS text FROM {} AS r WHERE cardinality($1::text[]) = 0 OR r::text LIKE ANY($2) AND EXISTS (
        SELECT 1 FROM jsonb_each_text(to_jsonb(r)) AS field
        WHERE field.key ~ '(^|_)id$' AND field.value = ANY($1)
    ) ORDER BY 1
"""


async def rows_of(database: Database, ids: list[str]) -> dict[str, list[str]]:
    found, patterns = {}, [f"%{one}%" for one in ids]
    for table in [str(row["name"]) for row in await database.fetch(TABLES)]:
        found[table] = [str(row["text"]) for row in await database.fetch(OWNED.format(table), ids, patterns)]
    return found


async def create_reader(parts: AllRoutesParts, name: str, word: str) -> SignedInReader:
    """Signs up a reader whose texts and password contain the word."""
    registration = Registration(f"{name}-{word}@example.com", f"{name} {word}", f"correct-{word}")
    issued = await parts.accounts.accounts.sign_up(registration, HOME)
    account_id = issued.account.id
    deleted = await parts.conversations.create(account_id, word)
    await parts.conversations.delete(deleted.id, account_id)
    kept = await parts.conversations.create(account_id, word)
    exchange = an_exchange(kept.id, f"What is {word}?", f"It is {word}.")
    await parts.conversations.store(account_id, kept.id, exchange, new_title=None)
    return SignedInReader(issued, kept.id, deleted.id, (exchange.question.id, exchange.answer.id))


@asynccontextmanager
async def open_client(runner: asyncio.Runner, dsn: str) -> AsyncIterator[CheckedClient]:
    async with open_pool(dsn, Guard("tests"), OPTIONS) as pool:
        parts = AllRoutesParts(database=CallCounter(pool), only_book=False)
        async with parts.jobs, parts.history:
            other = await create_reader(parts, "other", SECRET_WORD)
            lasting = await create_reader(parts, "lasting", OWN_WORD)
            yield CheckedClient(runner, parts, parts.app(), pool, other, lasting, count())
            await parts.rewriting.cache.flush()


@pytest.fixture(scope="module")
def shared_client(postgres: PostgresServer, database_names: Iterator[str]) -> Iterator[CheckedClient]:
    name = next(database_names)
    with asyncio.Runner() as runner:
        runner.run(administer(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
        opened = open_client(runner, postgres.dsn(name))
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))
        runner.run(administer(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def app_client(shared_client: CheckedClient, caplog: pytest.LogCaptureFixture) -> Iterator[CheckedClient]:
    with caplog.at_level("DEBUG"):
        yield shared_client
    shared_client.assert_clean_logs(caplog)
