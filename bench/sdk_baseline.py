"""Makes only the four SDK calls of an answer: embed, search, stream, and embed the texts of the proof.

`python -m bench.sdk_baseline READERS QUESTIONS`: readers in parallel, each with so many questions one after the other.
Prints the CPU milliseconds of a question, and the 95th percentile of its seconds.
"""

import asyncio
import os
import sys
import time
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


async def main(readers: int, questions: int) -> tuple[float, float]:
    openai = AsyncOpenAI(
        api_key=os.environ["OPENAI_API_KEY"],
        base_url=os.environ["OPENAI_BASE_URL"],
        http_client=DefaultAsyncHttpxClient(timeout=60.0),
    )
    qdrant = AsyncQdrantClient(os.environ["QDRANT_URL"], check_compatibility=False, timeout=60)
    await ask(openai, qdrant, 0)
    began = time.process_time()
    seconds = await asyncio.gather(*(read(openai, qdrant, number, questions) for number in range(readers)))
    spent = time.process_time() - began
    await openai.close()
    await qdrant.close()
    return spent * 1000 / readers / questions, percentile([one for many in seconds for one in many], 0.95)


async def read(openai: AsyncOpenAI, qdrant: AsyncQdrantClient, number: int, questions: int) -> list[float]:
    found = []
    for _ in range(questions):
        began = time.monotonic()
        await ask(openai, qdrant, number % 10)
        found.append(time.monotonic() - began)
    return found


async def ask(openai: AsyncOpenAI, qdrant: AsyncQdrantClient, number: int) -> None:
    question = f"{QUESTION} {number}"
    embedded = await openai.embeddings.create(model=MODEL, input=question)
    found = query_words(QUESTION)
    words = models.SparseVector(indices=list(found.indices), values=list(found.values))
    await qdrant.query_batch_points(
        ALIAS,
        [
            models.QueryRequest(query=embedded.data[0].embedding, using="dense", limit=50, with_payload=True),
            models.QueryRequest(query=words, using="bm25", limit=50, with_payload=True),
        ],
    )
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


if __name__ == "__main__":
    print(*asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]))))
