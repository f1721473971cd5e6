"""Nothing that a stranger sends keeps the event loop busy for long, and good requests are answered meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final

import pytest

from bench.ingest import ingest
from bench.server import ROOT
from bench.vendors import Vendors, vendor_servers
from tests.domain.rewriting.models import answering, urdu
from tests.servers.measured_server import MeasuredServer, measured_server
from tests.servers.openai_answers import Messages, quote_first_passage
from tests.servers.raw_http import exchange
from tests.web.all_routes.hostile_requests import (
    Hostile,
    hostile_bodies,
    hostile_connections,
    hostile_forms,
    hostile_heads,
    hostile_texts,
    hostile_uploads,
    post,
    request,
)

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1200),
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect"),  # of the local Qdrant
    # Of the clients' libraries, when a reader leaves while a piece is read.
    pytest.mark.filterwarnings("ignore:.*(Response.aiter_raw|AiohttpResponseStream.__aiter__)"),
]

LIMIT: Final = 0.02
MARGIN: Final = 3
"""CPU time of a thread also grows when other processes use the caches."""
KEY: Final = "an-admin-key-that-is-long-enough"
QUERY: Final = {"query": "How is middleware added?"}


def answer(messages: Messages) -> str:
    """A translation where the prompt has a text to translate, else an answer from the book."""
    try:
        return answering(urdu)(messages)
    except AssertionError:
        return quote_first_passage(messages)


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    async with vendor_servers() as running:
        running.openai.behaviour.answer = answer
        yield running


@pytest.fixture
async def server(vendors: Vendors, tmp_path: Path) -> AsyncIterator[MeasuredServer]:
    settings = vendors.settings | {"ADMIN_API_KEY": KEY, "SERVER__TRUSTED_HOPS": "1", "REWRITING__ONLY_BOOK": "false"}
    await ingest(ROOT / "sample-book", tmp_path, vendors.settings)
    async with measured_server(settings) as serving:
        for good in good_requests():  # imports what the first request of each kind needs
            await exchange(serving.address, good)
        yield serving


def good_requests() -> list[bytes]:
    return [
        request("GET", "/health"),
        request("GET", "/", headers={"Accept": "text/html"}),
        request("GET", "/config"),
        post("/search", QUERY),
        post("/chat", QUERY),
        post("/translate", {"text": "The robot walks to the door.", "target_language": "ur"}),
    ]


async def sign_up(server: MeasuredServer) -> dict[str, str]:
    body = {"email": "ada@example.com", "name": "Ada", "password": "correct-horse"}
    reply = await exchange(server.address, post("/api/auth/sign-up/email", body))
    return {"Authorization": f"Bearer {reply.body['token']}"}


async def test_no_request_keeps_the_event_loop_busy(server: MeasuredServer) -> None:
    """A third of them, drawn with a fixed seed: `python -m bench blocking` sends all."""
    reader, admin = await sign_up(server), {"Authorization": f"Bearer {KEY}"}
    corpus: Iterator[Hostile] = chain(
        hostile_bodies(reader), hostile_forms(), hostile_heads(), hostile_connections(),
        hostile_uploads(admin), hostile_texts(),
    )  # fmt: skip
    drawn = Random(14)
    rounds: dict[str, float] = {}
    for number, hostile in enumerate(each for each in corpus if drawn.random() < 1 / 3):
        status, rounds[hostile.name] = await server.longest_round(hostile.data, enough=LIMIT)
        assert status < 500 or status == 503, hostile.name
        good = good_requests()[number % len(good_requests())]
        assert (await exchange(server.address, good)).status == 200, hostile.name

    slowest = sorted(rounds.items(), key=lambda pair: -pair[1])[:10]
    lines = [f"{seconds * 1000:.1f} ms {name}" for name, seconds in slowest]
    print(f"{len(rounds)} kinds; slowest:", *lines, sep="\n")  # noqa: T201 - the figures of a long test
    assert [name for name, seconds in rounds.items() if seconds > MARGIN * LIMIT] == []


@pytest.mark.parametrize("upstream", ["openai", "qdrant"])
async def test_health_answers_while_requests_hang_in_an_upstream(
    vendors: Vendors, server: MeasuredServer, upstream: str
) -> None:
    behaviour = vendors.openai.behaviour if upstream == "openai" else vendors.qdrant.behaviour
    behaviour.hang = True
    hanging = [asyncio.create_task(exchange(server.address, post("/chat", QUERY))) for _ in range(50)]
    await asyncio.sleep(0.5)  # they reach the upstream

    replies = [await exchange(server.address, request("GET", "/health")) for _ in range(50)]

    assert {reply.status for reply in replies} == {200}
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_two_hundred_readers_who_open_their_history_at_once_are_answered(server: MeasuredServer) -> None:
    headers = await sign_up(server)
    paths = ("/api/chat/sessions", "/api/auth/get-session")

    replies = await asyncio.gather(
        *(exchange(server.address, request("GET", paths[number % 2], headers=headers)) for number in range(200))
    )

    assert {reply.status for reply in replies} == {200}
