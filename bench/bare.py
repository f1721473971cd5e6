"""The yardstick: only the SDK calls of an answer, as a first draft would make them. Do not improve it.

Plain asyncio, the default transports, two lists of 50 hits with their texts. A question is embedded, searched for,
answered from 60 chunks, and the texts of the proof are embedded.

`python -m bench.bare READERS QUESTIONS`: readers in parallel, each with so many questions one after the other.
Prints the CPU milliseconds of a question, and the 95th percentile of its seconds.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from qdrant_client import AsyncQdrantClient, models

from bench.figures import percentile
from glossator.domain.book.words import query_words

ALIAS: Final = "claude-cli-db--live"
SENTENCES: Final = [f"Sentence {number} of the passages that the answer cites." for number in range(7)]
QUESTION: Final = "How does the assistant find a passage?"
PASSAGES: Final = "Words of the passages that may answer. " * 120
MODEL: Final = "text-embedding-3-small"
TIMEOUT: Final = 60

Search = Callable[[list[float], models.SparseVector], list[models.QueryRequest]]


def both_lists(meaning: list[float], words: models.SparseVector) -> list[models.QueryRequest]:
    return [
        models.QueryRequest(query=meaning, using="dense", limit=50, with_payload=True),
        models.QueryRequest(query=words, using="bm25", limit=50, with_payload=True),
    ]


async def measure(openai: AsyncOpenAI, search: Search, readers: int, questions: int) -> tuple[float, float]:
    qdrant = AsyncQdrantClient(os.environ["QDRANT_URL"], check_compatibility=False, timeout=TIMEOUT)

    async def read(number: int) -> list[float]:
        return [await seconds(openai, qdrant, search, number % 10) for _ in range(questions)]

    await seconds(openai, qdrant, search, 0)
    began = time.process_time()
    found = await asyncio.gather(*map(read, range(readers)))
    spent = time.process_time() - began
    await openai.close()
    await qdrant.close()
    return spent * 1000 / readers / questions, percentile([one for many in found for one in many], 0.95)


async def seconds(openai: AsyncOpenAI, qdrant: AsyncQdrantClient, search: Search, number: int) -> float:
    """Of one question."""
    began = time.monotonic()
    question = f"{QUESTION} {number}"
    embedded = await openai.embeddings.create(model=MODEL, input=question)
    found = query_words(QUESTION)
    words = models.SparseVector(indices=list(found.indices), values=list(found.values))
    await qdrant.query_batch_points(ALIAS, search(embedded.data[0].embedding, words))
    stream = await openai.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": f"{PASSAGES}{question}"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async with stream:
        async for _chunk in stream:
            pass
    await openai.embeddings.create(model=MODEL, input=SENTENCES)
    return time.monotonic() - began


async def main(arguments: Sequence[str]) -> tuple[float, float]:
    openai = AsyncOpenAI(http_client=DefaultAsyncHttpxClient(timeout=TIMEOUT))
    return await measure(openai, both_lists, *map(int, arguments))


if __name__ == "__main__":
    print(*asyncio.run(main(sys.argv[1:])))
