"""A reader presses "Urdu" on a chapter: 71 texts in 8 batches, one after the other, as the existing page sends them."""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import httpx

from bench.figures import Figure
from bench.ingesting import ingest
from bench.server import server
from bench.stand_ins import stand_ins
from glossator.domain.book.pages.sections import parse_page
from glossator.domain.ports.chat_model import Prompt
from glossator.domain.rewriting.book_texts.page_texts import page_texts
from tests.domain.rewriting.models import urdu
from tests.servers.openai_answers import Messages

TEXTS: Final = 71
BATCH: Final = 10
CALL_SECONDS: Final = 0.6
WORDS: Final = ("robot", "node", "topic", "message", "service", "action", "sensor", "camera", "wheel", "motor", "frame")


async def figures() -> AsyncIterator[Figure]:
    chapter = written_chapter()
    async with stand_ins() as vendors:
        with tempfile.TemporaryDirectory() as folder:
            docs = Path(folder)
            (docs / "chapter.md").write_text(chapter, "utf-8")
            await ingest(docs, docs, vendors.settings)
        vendors.openai.behaviour.answer = translated
        vendors.openai.behaviour.first_delay = CALL_SECONDS
        async with (
            server("serve", data=Path(tempfile.gettempdir()), extra=vendors.settings) as running,
            httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=60) as client,
        ):
            texts = list(page_texts(parse_page("chapter.md", chapter, "docusaurus"), "docusaurus"))
            first = await press(client, texts)
            calls = len(vendors.openai.sent_to("chat/completions"))
            again = [await press(client, texts) for _ in range(5)]
            more = len(vendors.openai.sent_to("chat/completions")) - calls
    yield Figure(f"a chapter of {len(texts)} texts in Urdu, {CALL_SECONDS:g} s a call", (sum(first),), "s", 7.0)
    yield Figure("  model calls", (calls,), "", TEXTS + 0.1)
    yield Figure("the same chapter for the second reader", tuple(map(sum, again)), "s", 0.5)
    yield Figure("  its slowest batch", (1000 * max(again[0]),), "ms", 20)
    yield Figure("  model calls", (more,), "", 0.1)


def written_chapter() -> str:
    """Sizes as met in practice: texts of 40 to 300 characters, no two the same."""
    rng = random.Random(1)
    texts = (" ".join(rng.choices(WORDS, k=rng.randint(7, 40))) for _ in range(TEXTS - 1))
    return "\n\n".join(["# Chapter", *(f"The {text} number {at}." for at, text in enumerate(texts))])


def translated(messages: Messages) -> str:
    return urdu(Prompt(messages[0]["content"], messages[1]["content"]))


async def press(client: httpx.AsyncClient, texts: Sequence[str]) -> list[float]:
    """Seconds of each batch."""
    took = []
    for start in range(0, len(texts), BATCH):
        began = time.monotonic()
        reply = await client.post("/translate/batch", json={"texts": texts[start : start + BATCH]})
        took.append(time.monotonic() - began)
        reply.raise_for_status()
        if reply.json()["errors"]:
            raise RuntimeError(str(reply.json()["errors"]))
    return took
