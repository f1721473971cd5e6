"""One question through the whole app with real accounts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from glossator.app import register, running_services
from glossator.configuration.core import Configuration
from glossator.domain.book.ingest.book_options import BookOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.sources.folder import read_pages
from glossator.kernel.draining import Draining
from glossator.web.http.context import WebApp
from tests.live.accounts import (
    NEON,
    OPENAI,
    QDRANT,
    configured,
    is_configured,
    live,
    throwaway_collection,
    throwaway_database,
)
from tests.live.price import BOOK

pytestmark = live(OPENAI, QDRANT)


@pytest.fixture
async def configuration() -> AsyncIterator[Configuration]:
    """A production configuration with a temporary collection and database; no accounts without NEON_API_KEY."""
    async with AsyncExitStack() as made:
        plugins = ["openai", "qdrant"]
        options = {"QDRANT_COLLECTION_NAME": await made.enter_async_context(throwaway_collection())}
        if is_configured(NEON):
            plugins.append("neon")
            options[NEON] = await made.enter_async_context(throwaway_database())
        yield configured(",".join([*plugins, "tracing"]), options)


async def test_a_question_is_answered_from_the_sample_book(configuration: Configuration) -> None:
    async with running_services(configuration, Draining()) as services:
        app = WebApp()
        register(app, services)
        book = services.get(BookOptions)
        summary = await services.get(Ingest).run(read_pages(BOOK, book.generator), book.ingest)
        reply = await app.test_client().post("/chat", json={"query": "What does the constant k1 of BM25 limit?"})
        answer = await reply.get_json()

    assert summary.broken == ()
    assert (reply.status_code, answer["mode"]) == (200, "generated"), answer
    assert answer["citations"]
    pages = " ".join(" ".join(page.read_text("utf-8") for page in BOOK.glob("*.md")).split())
    assert all(" ".join(citation["quote"].split()) in pages for citation in answer["citations"]), answer["citations"]
    assert answer["usage"]["cost_usd"] > 0
