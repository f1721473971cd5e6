"""A production setup for tests: local servers instead of vendors, and a real PostgreSQL with a password."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pytest

from glossator_plugins.local_postgres.server import PostgresServer
from tests.databases import administer
from tests.plugins.neon.services import PASSWORD, ROLE, dsn_at, require_password, socket_of
from tests.processes import Done, Workplace
from tests.servers.openai_server import OpenAIServer, openai_server
from tests.servers.qdrant_behaviour import Behaviour as QdrantBehaviour
from tests.servers.qdrant_server import QdrantServer, qdrant_server
from tests.servers.tcp_forwarder import Forwarder, forwarding

OPENAI_KEY: Final = "sk-key-of-the-tests"
QDRANT_KEY: Final = "qdrant-key-of-the-tests"
SESSION_KEY: Final = "session-key-of-the-tests-long-enough"
PRICES: Final = {
    "OPENAI__PROMPT_PRICE": "0.15",
    "OPENAI__COMPLETION_PRICE": "0.6",
    "OPENAI__EMBEDDING_PRICE": "0.02",
}
"""A server on this machine would cost nothing."""
SECRETS: Final = (OPENAI_KEY, QDRANT_KEY, SESSION_KEY, PASSWORD)


@dataclass(frozen=True)
class Production:
    """The three upstreams and a working folder whose variables refer to them."""

    openai: OpenAIServer
    qdrant: QdrantServer
    dsn: str
    database: str
    forwarder: Forwarder
    place: Workplace

    async def runs(self, *arguments: str, **variables: str) -> Done:
        return await asyncio.to_thread(self.place.having(**variables).runs, *arguments)


@pytest.fixture
async def production(place: Workplace, postgres: PostgresServer, empty_database_dsn: str) -> AsyncIterator[Production]:
    name = urlsplit(empty_database_dsn).path.removeprefix("/")
    await require_password(postgres)
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO {ROLE}")
    async with (
        forwarding(socket_of(postgres)) as forwarder,
        openai_server() as openai,
        qdrant_server(QdrantBehaviour(key=QDRANT_KEY)) as qdrant,
    ):
        dsn = dsn_at(forwarder.port, name)
        given = place.having(
            OPENAI_BASE_URL=openai.url, OPENAI_API_KEY=OPENAI_KEY, QDRANT_URL=qdrant.url, QDRANT_API_KEY=QDRANT_KEY,
            NEON_API_KEY=dsn, BETTER_AUTH_SECRET=SESSION_KEY, BETTER_AUTH_URL="https://book.example.com",
            OPENAI__MAX_RETRIES="0", **PRICES,
        )  # fmt: skip
        yield Production(openai, qdrant, dsn, name, forwarder, given)
    await administer(postgres, f"ALTER DATABASE {name} OWNER TO postgres")
