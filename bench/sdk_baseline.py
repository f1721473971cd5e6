"""Makes only the three SDK calls of an answer: embed, search, stream. Prints CPU milliseconds per iteration."""

import asyncio
import os
import sys
import time

from openai import AsyncOpenAI
from qdrant_client import AsyncQdrantClient, models

ALIAS = "claude-cli-db--live"


async def main(count: int) -> float:
    openai = AsyncOpenAI(api_key=os.environ["OPENAI_API_KEY"], base_url=os.environ["OPENAI_BASE_URL"])
    qdrant = AsyncQdrantClient(os.environ["QDRANT_URL"], check_compatibility=False)
    await ask(openai, qdrant, 0)
    began = time.process_time()
    for number in range(count):
        await ask(openai, qdrant, number)
    spent = time.process_time() - began
    await openai.close()
    await qdrant.close()
    return spent * 1000 / count


async def ask(openai: AsyncOpenAI, qdrant: AsyncQdrantClient, number: int) -> None:
    question = f"How is middleware {number} added?"
    embedded = await openai.embeddings.create(model="text-embedding-3-small", input=question)
    words = models.SparseVector(indices=[1, 2, 3], values=[1.0, 1.0, 1.0])
    await qdrant.query_batch_points(
        ALIAS,
        [
            models.QueryRequest(query=embedded.data[0].embedding, using="dense", limit=50, with_payload=True),
            models.QueryRequest(query=words, using="bm25", limit=50, with_payload=True),
        ],
    )
    stream = await openai.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async with stream:
        async for _chunk in stream:
            pass


if __name__ == "__main__":
    print(asyncio.run(main(int(sys.argv[1]))))
