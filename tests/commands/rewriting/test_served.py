"""Rewriting by a running server with real engines: which texts are accepted and stored, and what works without them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import httpx
from qdrant_client import models

from tests.domain.rewriting.browser import inner_texts
from tests.domain.rewriting.models import answering, urdu
from tests.processes import PAGES, Running
from tests.production import Production

BOOK: Final = "Mars looks red because its soil is full of rusty iron."
LETTER: Final = "Dear aunt, thank you for the parcel that you sent me at the beginning of the year, it was a joy."
PLUGINS: Final = "neon,openai,qdrant_edge"
TITLES: Final = ("Mars", "Colour")


@asynccontextmanager
async def ingested_server(production: Production, **variables: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with the ingested book and default rewriting settings."""
    ingested = await production.runs("ingest", "sample-book", PLUGINS=PLUGINS)
    assert ingested.code == 0, ingested.errors
    async with running_server(production, PLUGINS=PLUGINS, **variables) as (client, _):
        yield client


@asynccontextmanager
async def running_server(production: Production, **variables: str) -> AsyncIterator[tuple[httpx.AsyncClient, Running]]:
    production.openai.behaviour.answer = answering(urdu)
    with production.place.having(**variables).starts("serve") as running:
        await asyncio.to_thread(running.serves)
        async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False) as client:
            yield client, running


async def translate_once(production: Production, texts: Sequence[str], **variables: str) -> dict[str, Any]:
    """Translates without an account, by a server that is terminated afterwards."""
    async with running_server(production, **variables) as (client, running):
        document = await translate(client, *texts)
        await asyncio.to_thread(running.signalled, signal.SIGTERM)
    return document


async def translate(client: httpx.AsyncClient, *texts: str) -> dict[str, Any]:
    reply = await client.post("/translate/batch", json={"texts": texts})
    assert reply.status_code == 200, reply.text
    document: dict[str, Any] = reply.json()
    return document


def calls(production: Production) -> int:
    return len(production.openai.sent_to("chat/completions"))


async def test_only_the_books_own_texts_are_rewritten_and_stored_by_default(production: Production) -> None:
    assert BOOK in PAGES["mars.md"]
    async with ingested_server(production) as client:
        first = await translate(client, BOOK, LETTER, "Close the menu", *TITLES)
        again = await translate(client, *first["translations"])
        calls_before = calls(production)
        second = await translate(client, BOOK, "Close the menu", *TITLES)
    connection = await asyncpg.connect(production.dsn.partition("?")[0])
    stored = {row["result"] for row in await connection.fetch("SELECT result FROM glossator.rewritings")}
    await connection.close()

    assert [(error["index"], error["code"]) for error in first["errors"]] == [(1, "not_in_book")]
    assert [(error["index"], error["code"]) for error in again["errors"]] == [(1, "not_in_book")]
    assert second["translations"] == [first["translations"][index] for index in (0, 2, 3, 4)]
    assert calls(production) == calls_before
    assert stored == {first["translations"][index] for index in (0, 2, 3, 4)}


CHAPTER: Final = """# Sensors

A <kbd>camera</kbd> sees the world&mdash;and [a lidar][l] measures how far away the things in it are.

## API Reference

| Name | What it is |
|------|------------|
| `read` | *It* reads a sensor |

- Every sensor has a driver, which is a program that publishes what the sensor measures.

## Further reading

<p align="center">The <strong>handbook</strong> tells more about <em>sensors</em> and their drivers.</p>

[l]: https://lidar.example
"""
LABELS: Final = ("Try it yourself", "Next Steps\u200b", "Important Note")
EXISTING_PAGE: Final = {
    "content": f"# Mars\n\n{BOOK}",
    "context": "Mars",
    "headers": ["Mars"],
    "file_path": "docs/mars.md",
    "chunk_index": 0,
}


async def test_a_whole_chapter_is_served_from_the_cache_after_a_restart(production: Production) -> None:
    (production.place.folder / "sample-book" / "sensors.mdx").write_text(CHAPTER, "utf-8")
    texts = [*inner_texts(CHAPTER), *LABELS]
    ingested = await production.runs("ingest", "sample-book", PLUGINS=PLUGINS)
    assert ingested.code == 0, ingested.errors
    first = await translate_once(production, texts, PLUGINS=PLUGINS)
    calls_before = calls(production)
    second = await translate_once(production, texts, PLUGINS=PLUGINS)

    assert len(texts) == 13
    assert first["errors"] == []
    assert second == first
    assert calls_before > 0
    assert calls(production) == calls_before


async def test_a_page_of_a_foreign_collection_is_served_from_the_cache_after_a_restart(
    production: Production,
) -> None:
    await production.qdrant.client.create_collection(
        "book", vectors_config=models.VectorParams(size=1536, distance=models.Distance.COSINE)
    )
    point = models.PointStruct(id=1, vector=[1.0] + [0.0] * 1535, payload=EXISTING_PAGE)
    await production.qdrant.client.upsert("book", [point])
    texts = [
        BOOK,
        "Mars\u200b",
        "A paragraph of a page that the collection of the other program does not hold.",
        *LABELS,
    ]
    first = await translate_once(production, texts, QDRANT_COLLECTION_NAME="book")
    calls_before = calls(production)
    second = await translate_once(production, texts, QDRANT_COLLECTION_NAME="book")

    assert first["errors"] == []
    assert second == first
    assert (calls_before, calls(production)) == (len(texts), len(texts))


async def test_a_book_rewritten_in_advance_needs_no_model_calls(production: Production) -> None:
    production.openai.behaviour.answer = answering(urdu)
    assert (await production.runs("rewrite", "sample-book", "--language", "ur")).code == 0
    async with ingested_server(production) as client:
        calls_before = calls(production)
        document = await translate(client, *(f"{text}\u200b" for text in (BOOK, *TITLES)))

    assert document["errors"] == []
    assert calls(production) == calls_before


async def test_the_model_call_is_cancelled_when_the_client_disconnects(production: Production) -> None:
    async with ingested_server(production) as client:
        production.openai.behaviour.first_delay = 60.0
        before = calls(production)
        posting = asyncio.create_task(client.post("/translate", json={"text": BOOK}))
        while calls(production) == before:
            await asyncio.sleep(0.01)
        posting.cancel()
        await production.openai.cancelled.acquire()

    assert calls(production) == before + 1


async def test_rewriting_works_without_the_database(production: Production) -> None:
    async with ingested_server(production, NEON__TIMEOUT="1") as client:
        production.forwarder.unanswered = 10_000
        production.forwarder.cut()
        document = await translate(client, BOOK, "Mars")

    assert document["errors"] == []
    assert all("لفظ" in text for text in document["translations"])
