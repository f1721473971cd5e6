"""A production server with the sample book, in front of upstreams with known delays."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.ingest import ingest
from bench.server import ROOT, Server, server
from bench.upstreams import Delays, Running, upstreams
from glossator_plugins.local_postgres.server import PostgresServer, running_server

SETTINGS: Final = {
    "GLOSSATOR_ENV": "production",
    "PLUGINS": "openai,qdrant,neon,tracing",
    "OPENAI_API_KEY": "sk-bench",
    "OPENAI__EVIDENCE_NONE": "0",
    "OPENAI__EVIDENCE_WEAK": "0",
    "OPENAI__PROMPT_PRICE": "0",
    "OPENAI__COMPLETION_PRICE": "0",
    "OPENAI__EMBEDDING_PRICE": "0",
    "BETTER_AUTH_SECRET": "a-benchmark-secret-that-is-long-enough",
    "SERVER__TRUSTED_HOPS": "1",
    "LOG__LEVEL": "ERROR",
}


@dataclass(frozen=True)
class Site:
    """`settings` are those of the server, as environment variables."""

    server: Server
    upstreams: Running
    postgres: PostgresServer
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.server.url


@asynccontextmanager
async def running_site(delays: Delays, **extra: str) -> AsyncIterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with upstreams(delays) as running, running_server(data) as postgres:
            settings = SETTINGS | running.settings | {"NEON_API_KEY": postgres.dsn()} | extra
            await ingest(ROOT / "sample-book", data, settings)
            async with server("serve", data=data, extra=settings) as served:
                yield Site(served, running, postgres, settings)
