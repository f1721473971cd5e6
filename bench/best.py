"""The limit: the same SDK calls as in `bench.bare`, as cheaply as the SDKs make them. Do not improve it.

uvloop, aiohttp instead of httpx for OpenAI, and one list of eight hits that Qdrant fuses. A product that shows the
scores of both lists, proves its sentences and serves readers cannot reach it. Same arguments and output.
"""

import sys
from collections.abc import Sequence

import uvloop
from openai import AsyncOpenAI, DefaultAioHttpClient
from qdrant_client import models

from bench.bare import TIMEOUT, measure


def fused_list(meaning: list[float], words: models.SparseVector) -> list[models.QueryRequest]:
    lists = [
        models.Prefetch(query=meaning, using="dense", limit=50),
        models.Prefetch(query=words, using="bm25", limit=50),
    ]
    return [
        models.QueryRequest(
            prefetch=lists, query=models.FusionQuery(fusion=models.Fusion.RRF), limit=8, with_payload=True
        )
    ]


async def main(arguments: Sequence[str]) -> tuple[float, float]:
    openai = AsyncOpenAI(http_client=DefaultAioHttpClient(timeout=TIMEOUT))
    return await measure(openai, fused_list, *map(int, arguments))


if __name__ == "__main__":
    print(*uvloop.run(main(sys.argv[1:])))
