"""Translates a chapter as the existing page does: 71 texts in 8 sequential batches."""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import httpx

from bench.figures import Figure
from bench.ingest import ingest
from bench.server import server
from bench.vendors import vendor_servers
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.rewriting.book_texts.page_texts import page_texts
from tests.domain.rewriting.models import answering, urdu

TEXTS: Final = 71
BATCH: Final = 10
CALL_SECONDS: Final = 0.6
WORDS: Final = ("robot", "node", "topic", "message", "service", "action", "sensor", "camera", "wheel", "motor", "frame")


async def figures() -> AsyncIterator[Figure]:
    chapter = chapter_source()
    async with vendor_servers() as vendors:
        with tempfile.TemporaryDirectory() as folder:
            docs = Path(folder)
            (docs / "chapter.md").write_text(chapter, "utf-8")
            await ingest(docs, docs, vendors.settings)
        vendors.openai.behaviour.answer = answering(urdu)
        vendors.openai.behaviour.first_delay = CALL_SECONDS
        async with (
            server("serve", data=Path(tempfile.gettempdir()), extra=vendors.settings) as running,
            httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=60) as client,
        ):
            texts = list(page_texts(parse_page("chapter.md", chapter)))
            first = await translate_page(client, texts)
            calls = len(vendors.openai.sent_to("chat/completions"))
            repeated = [await translate_page(client, texts) for _ in range(5)]
            more = len(vendors.openai.sent_to("chat/completions")) - calls
    yield Figure(f"a chapter of {len(texts)} texts in Urdu, {CALL_SECONDS:g} s a call", (sum(first),), "s", 7.0)
    yield Figure("  model calls", (calls,), "", TEXTS + 0.1)
    yield Figure("the same chapter for the second reader", tuple(map(sum, repeated)), "s", 0.5)
    yield Figure("  its slowest batch", (1000 * max(repeated[0]),), "ms", 20)
    yield Figure("  model calls", (more,), "", 0.1)


def chapter_source() -> str:
    """Realistic sizes: texts of 40 to 300 characters, all different."""
    rng = random.Random(1)
    texts = (" ".join(rng.choices(WORDS, k=rng.randint(7, 40))) for _ in range(TEXTS - 1))
    return "\n\n".join(["# Chapter", *(f"The {text} number {at}." for at, text in enumerate(texts))])


async def translate_page(client: httpx.AsyncClient, texts: Sequence[str]) -> list[float]:
    """Returns the seconds of each batch."""
    seconds = []
    for start in range(0, len(texts), BATCH):
        began = time.monotonic()
        reply = await client.post("/translate/batch", json={"texts": texts[start : start + BATCH]})
        seconds.append(time.monotonic() - began)
        reply.raise_for_status()
        if reply.json()["errors"]:
            raise RuntimeError(str(reply.json()["errors"]))
    return seconds
