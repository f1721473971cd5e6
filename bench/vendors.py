"""Local servers for OpenAI and Qdrant, a real PostgreSQL, and the settings that point to them."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from glossator_plugins.local_postgres.server import running_server
from tests.servers.openai_behaviour import Behaviour
from tests.servers.openai_server import OpenAIServer, openai_server
from tests.servers.qdrant_server import QdrantServer, qdrant_server

CHUNKS: Final = 60
ANSWER: Final = " ".join(f"word{number}" for number in range(CHUNKS - 1)) + " [1]"


@dataclass(frozen=True)
class Vendors:
    """`settings` are environment variables; `openai` counts its requests."""

    openai: OpenAIServer
    qdrant: QdrantServer
    settings: dict[str, str]


@asynccontextmanager
async def vendor_servers(*, first_delay: float = 0.0, chunk_delay: float = 0.0) -> AsyncIterator[Vendors]:
    """Answers have 60 chunks. Delays are in seconds: before the first chunk, and after each."""
    with tempfile.TemporaryDirectory() as folder:
        behaviour = Behaviour(answer=ANSWER, chunks=CHUNKS, first_delay=first_delay, chunk_delay=chunk_delay)
        async with (
            openai_server(behaviour) as openai,
            qdrant_server() as qdrant,
            running_server(Path(folder)) as postgres,
        ):
            settings = {
                "GLOSSATOR_ENV": "production",
                "PLUGINS": "openai,qdrant,neon,tracing",
                "OPENAI_API_KEY": "sk-bench",
                "OPENAI_BASE_URL": openai.url,
                "OPENAI__EVIDENCE_NONE": "0",  # the fake vectors carry no meaning, so no question may be declined
                "OPENAI__EVIDENCE_WEAK": "0",
                "QDRANT_URL": qdrant.url,
                "NEON_API_KEY": postgres.dsn(),
                "BETTER_AUTH_SECRET": "a-benchmark-secret-that-is-long-enough",
                "OPENAI__PROMPT_PRICE": "0.15",  # so that the budget counts, without refusing anything
                "OPENAI__COMPLETION_PRICE": "0.6",
                "BUDGET__SITE_DAY": "1000",
                "BUDGET__SITE_MONTH": "10000",
                "BUDGET__NETWORK_DAY": "1000",
            }
            yield Vendors(openai, qdrant, settings)
