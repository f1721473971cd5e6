"""The whole trace of a request to a production server: real plugins, local servers, and a real collector."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from glossator.app import running_app
from glossator.configuration import core as conf
from glossator.domain.book.ingest.jobs import JobRunner
from glossator.domain.book.ingest.start_job import IngestJobs, IngestRequest
from glossator.kernel.draining import Draining
from glossator.kernel.services import Services
from tests.servers.app_server import serving_app
from tests.servers.openai_server import OpenAIServer, openai_server
from tests.servers.otlp_server import ExportedSpan, OtlpServer, grpc_otlp_server, otlp_server
from tests.servers.qdrant_server import QdrantServer, qdrant_server

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
CALLER: Final = "b7ad6b7169203331"
CALLER_HEADERS: Final = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=caller"}
ADMIN_KEY: Final = "admin-key-of-the-tests-long-enough"
TREE: Final = [
    "POST /chat/stream",
    "  SELECT chat_sessions SELECT chat_messages glossator.message_details glossator.feedback",
    "  chat gpt-4o-mini",
    "  embeddings text-embedding-3-small",
    "  retrieval",
    "  chat gpt-4o-mini",
    "  ground",
    "  SELECT glossator.store_exchange",
]
QUESTION: Final = "Why is the soil of Mars red?"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    (folder / "mars.md").write_text("# Mars\n\nThe soil of Mars is red because it is full of rusty iron.\n")
    return folder


@dataclass(frozen=True)
class Traced:
    client: httpx.AsyncClient
    openai: OpenAIServer
    qdrant: QdrantServer
    collector: OtlpServer


@asynccontextmanager
async def traced_server(dsn: str, docs: Path, protocol: str = "http/protobuf") -> AsyncIterator[Traced]:
    """After the block all spans have arrived."""
    collecting = grpc_otlp_server if protocol == "grpc" else otlp_server
    async with openai_server() as openai, qdrant_server() as qdrant, collecting() as collector:
        values = {
            "OPENAI_BASE_URL": openai.url, "OPENAI_API_KEY": "sk-tests", "QDRANT_URL": qdrant.url,
            "NEON_API_KEY": dsn, "BETTER_AUTH_SECRET": "session-key-of-the-tests-long-enough",
            "BETTER_AUTH_URL": "https://book.example.com", "ADMIN_API_KEY": ADMIN_KEY, "DOCS_PATH": str(docs),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        }  # fmt: skip
        configuration = conf.load(values, environment="production", dotenv=Path(os.devnull))
        async with (
            running_app(configuration, Draining()) as app,
            serving_app(app) as url,
            httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client,
        ):
            await ingest(app.extensions["glossator"])
            yield Traced(client, openai, qdrant, collector)


async def ingest(services: Services) -> None:
    job = await services.get(IngestJobs).start_folder(IngestRequest())
    while job.active:
        await asyncio.sleep(0.01)
        job = await services.get(JobRunner).get(job.id) or job
    assert job.state == "done"


def tree(spans: Sequence[ExportedSpan], parent: str, depth: int = 0) -> list[str]:
    """The names of the spans under a parent, indented, in the order of their starts."""
    lines: list[str] = []
    for span in sorted(spans, key=lambda span: span.start):
        if span.parent_id == parent:
            lines += ["  " * depth + span.name, *tree(spans, span.id, depth + 1)]
    return lines


async def sign_up(client: httpx.AsyncClient) -> dict[str, str]:
    body = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse"}
    reply = (await client.post("/api/auth/sign-up/email", json=body)).raise_for_status().json()
    return {"Authorization": f"Bearer {reply['token']}"}


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect")
@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
async def test_a_follow_up_question_is_one_trace_from_the_caller_to_every_upstream(
    empty_database_dsn: str, book: Path, protocol: str
) -> None:
    async with traced_server(empty_database_dsn, book, protocol) as traced:
        reader = await sign_up(traced.client)
        first = (await traced.client.post("/chat", json={"query": QUESTION}, headers=reader)).raise_for_status().json()
        (await traced.client.get("/suggestions")).raise_for_status()  # keeps them in memory
        already = len(traced.openai.requests), len(traced.qdrant.requests)
        follow_up = {"query": "And why?", "session_id": first["session_id"]}
        reply = await traced.client.post("/chat/stream", json=follow_up, headers=reader | CALLER_HEADERS)

    spans = [span for span in traced.collector.spans if span.trace_id == TRACE]
    assert tree(spans, CALLER) == TREE
    assert [span.attributes.get("glossator.step") for span in spans if span.name.startswith("chat ")] == [
        "condense", "generate",
    ]  # fmt: skip
    [server] = [span for span in spans if span.parent_id == CALLER]
    assert server.attributes["glossator.request_id"] == reply.headers["x-request-id"]
    sent = [*traced.openai.requests[already[0] :], *traced.qdrant.requests[already[1] :]]
    parents = {request.headers["traceparent"].split("-")[2] for request in sent}
    assert parents == {span.id for span in spans if span.name.startswith(("chat ", "embeddings ", "retrieval"))}
    assert {request.headers["tracestate"] for request in sent} == {"vendor=caller"}
    private = [b"And why", b"soil of Mars", b"rusty iron", b"Ada", b"ada@example.com", b"sk-tests"]
    assert [text for text in private if text in traced.collector.received] == []
    [ingest] = [span for span in traced.collector.spans if span.name == "ingest"]
    assert {span.name for span in traced.collector.spans if span.parent_id == ingest.id} >= {
        "embeddings text-embedding-3-small", "qdrant write", "chat gpt-4o-mini",
    }  # fmt: skip
