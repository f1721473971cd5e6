"""The kinds of faults, each with how it begins and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from tests.faults.readers import Site, good_model, hostile_answer
from tests.servers.faulty_postgres import FaultyPostgres
from tests.servers.openai_behaviour import NO_CREDIT, UNAUTHORIZED, Behaviour, Failure
from tests.servers.qdrant_behaviour import Behaviour as IndexBehaviour
from tests.servers.qdrant_behaviour import Failure as IndexFailure

Injected = Callable[[Site], AbstractAsyncContextManager[None]]

OPEN_JSON: Final = b'{"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.1, '
NO_JSON: Final = b"data: {\x00\xff\xfe]\n\ndata: 7\n\ndata: [DONE]\n\n"
NO_VECTORS: Final = b'{"object": "list", "data": [], "model": "m", "usage": null}'
NAN_VECTORS: Final = b'{"object": "list", "data": [{"index": 0, "embedding": [NaN, NaN]}], "model": "m"}'


def misbehaving(**fields: Any) -> Behaviour:
    return Behaviour(**{"answer": hostile_answer} | fields)


@asynccontextmanager
async def of_model(behaviour: Behaviour, site: Site) -> AsyncIterator[None]:
    site.openai.chat = behaviour
    yield
    site.openai.chat = None


@asynccontextmanager
async def of_embeddings(behaviour: Behaviour, site: Site) -> AsyncIterator[None]:
    site.openai.behaviour, site.openai.chat = behaviour, good_model()
    yield
    site.openai.behaviour, site.openai.chat = good_model(), None


@asynccontextmanager
async def of_both(behaviour: Behaviour, site: Site) -> AsyncIterator[None]:
    site.openai.behaviour = behaviour
    yield
    site.openai.behaviour = good_model()


@asynccontextmanager
async def of_index(behaviour: IndexBehaviour, site: Site) -> AsyncIterator[None]:
    site.qdrant.behaviour = behaviour
    yield
    site.qdrant.behaviour = IndexBehaviour()


Change = Callable[[FaultyPostgres], Awaitable[None]]


@asynccontextmanager
async def of_database(begin: Change, end: Change, site: Site) -> AsyncIterator[None]:
    await begin(site.postgres)
    try:
        yield
    finally:
        await end(site.postgres)


@asynccontextmanager
async def of_killed_midway(site: Site) -> AsyncIterator[None]:
    """The database is killed and started again while answers are written and stored."""
    before = len(site.openai.requests)

    async def kill_and_start() -> None:
        while len(site.openai.requests) < before + MIDWAY:
            await asyncio.sleep(0.001)
        await site.postgres.kill()
        await site.postgres.start()

    killing = asyncio.create_task(kill_and_start())
    yield
    await killing


MIDWAY: Final = 7
"""Calls of the model after which some of the first answers are being stored."""
BUSY: Final = Failure(429, "rate_limit_exceeded")
MODEL: Final[dict[str, Behaviour]] = {
    "429": misbehaving(failure=BUSY),
    "429, Retry-After 1": misbehaving(failure=Failure(429, "rate_limit_exceeded", 1)),
    "429, Retry-After 60": misbehaving(failure=Failure(429, "rate_limit_exceeded", 60)),
    "no credit": misbehaving(failure=NO_CREDIT),
    "401": misbehaving(failure=UNAUTHORIZED),
    "400": misbehaving(failure=Failure(400)),
    "500": misbehaving(failure=Failure(500)),
    "hangs": misbehaving(hang=True),
    "resets": misbehaving(reset=True),
    "slow": misbehaving(first_delay=0.2, chunk_delay=0.05),
    "half a stream": misbehaving(drop_after=3),
    "stalled stream": misbehaving(stall_after=3),
    "error in the stream": misbehaving(error_after=3),
    "endless stream": misbehaving(endless=True),
    "endless empty stream": misbehaving(endless=True, empty_chunks=True),
    "endless line": misbehaving(endless_line=True),
    "HTML with 200": misbehaving(garbage=True),
    "no JSON": misbehaving(body=NO_JSON),
    "empty choices": misbehaving(empty_choices=True),
    "empty text": misbehaving(answer=""),
    "nothing but links": misbehaving(answer="![a](https://evil.example/a) [77] <img src=//evil.example/b>"),
}
EMBEDDINGS: Final[dict[str, Behaviour]] = {
    "429, Retry-After 60": misbehaving(failure=Failure(429, "rate_limit_exceeded", 60)),
    "500": misbehaving(failure=Failure(500)),
    "hang": misbehaving(hang=True),
    "reset": misbehaving(reset=True),
    "wrong dimension": misbehaving(short_vectors=True),
    "zero vectors": misbehaving(zero_vectors=True),
    "NaN": misbehaving(body=NAN_VECTORS),
    "no vectors": misbehaving(body=NO_VECTORS),
    "half a document": misbehaving(body=OPEN_JSON),
    "endless document": misbehaving(endless=True),
    "HTML with 200": misbehaving(garbage=True),
}
BOTH: Final[dict[str, Behaviour]] = {
    "500": misbehaving(failure=Failure(500)),
    "hang": misbehaving(hang=True),
    "reset": misbehaving(reset=True),
}
INDEX: Final[dict[str, IndexBehaviour]] = {
    "429": IndexBehaviour(failure=IndexFailure(429, retry_after="1")),
    "401": IndexBehaviour(failure=IndexFailure(401)),
    "500": IndexBehaviour(failure=IndexFailure(500)),
    "hangs": IndexBehaviour(hang=True),
    "resets": IndexBehaviour(drop=1_000_000),
    "HTML with 200": IndexBehaviour(garbage=True),
    "endless document": IndexBehaviour(endless=True),
}
DATABASE: Final[dict[str, tuple[Change, Change]]] = {
    "stopped": (FaultyPostgres.stop, FaultyPostgres.start),
    "killed": (FaultyPostgres.kill, FaultyPostgres.start),
    "frozen": (FaultyPostgres.freeze, FaultyPostgres.thaw),
    "read-only": (FaultyPostgres.make_read_only, FaultyPostgres.make_writable),
    "out of connections": (FaultyPostgres.refuse_connections, FaultyPostgres.allow_connections),
}


VARIANTS: Final = frozenset(
    {
        "model: 429", "model: 401", "model: 400", "model: error in the stream", "model: endless empty stream",
        "model: empty text", "embeddings: 429, Retry-After 60", "embeddings: NaN", "embeddings: no vectors",
        "embeddings: half a document", "embeddings: reset", "both: 500", "both: reset", "index: 429", "index: 401",
        "index: resets", "index: endless document", "model: 429, Retry-After 1", "model: stalled stream",
        "embeddings: HTML with 200", "embeddings: endless document", "embeddings: hang", "model: no JSON",
        "model: empty choices", "model: endless line", "database: killed",
    }
)  # fmt: skip
"""Of other faults in the table: only the long suite has time for them."""


@dataclass(frozen=True)
class Fault:
    """`answered`: every question gets an answer. `readable`: other routes that read answer too."""

    name: str
    injected: Injected
    answered: bool = True
    readable: bool = True


FAULTS: Final = (
    *(Fault(f"model: {name}", partial(of_model, behaviour)) for name, behaviour in MODEL.items()),
    *(Fault(f"embeddings: {name}", partial(of_embeddings, behaviour)) for name, behaviour in EMBEDDINGS.items()),
    *(Fault(f"both: {name}", partial(of_both, behaviour)) for name, behaviour in BOTH.items()),
    *(
        Fault(f"index: {name}", partial(of_index, behaviour), answered=False, readable=False)
        for name, behaviour in INDEX.items()
    ),
    Fault("database: killed midway", of_killed_midway, readable=False),
    *(Fault(f"database: {name}", partial(of_database, *change), readable=False) for name, change in DATABASE.items()),
)
