"""Accounts in production's shape: what a session costs, chats that are stored, and sign-ins, refused and many at once.

The load comes from this process, which also holds the stand-ins, so the figures include what those take.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import psutil

from bench.account_rows import CONVERSATIONS, KINDS, MESSAGES, PASSWORD, READERS, email_of, planted
from bench.figures import Figure, percentile
from bench.ingesting import ingest
from bench.server import ROOT, server
from bench.stand_ins import CHUNKS, stand_ins
from glossator.storage.conversations import PAGE

FIRST_DELAY: Final = 0.39
CHUNK_DELAY: Final = 0.3 / CHUNKS
CALLS: Final = 300
CHATS: Final = 50
ROUNDS: Final = 3
EXPLAINED: Final = 20
REFUSED: Final = 15
SIGN_IN_SECONDS: Final = 1.0
SETTINGS: Final = {"SERVER__TRUSTED_HOPS": "1", "LOG__LEVEL": "ERROR"}
"""One trusted proxy: each call says itself which network it comes from."""


@dataclass(frozen=True)
class Bench:
    """A client of the server, another one that only watches its health, and a connection to its database."""

    process: psutil.Process
    client: httpx.AsyncClient
    watcher: httpx.AsyncClient
    database: "asyncpg.Connection[asyncpg.Record]"

    async def sign_in(self, email: str, password: str, network: str) -> httpx.Response:
        body = {"email": email, "password": password}
        return await self.client.post("/api/auth/sign-in/email", json=body, headers={"X-Forwarded-For": network})


def client_of(url: str) -> httpx.AsyncClient:
    """Lets connections go before the server does, which keeps idle ones for 5 s."""
    limits = httpx.Limits(keepalive_expiry=2.0)
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits)


async def figures() -> AsyncIterator[Figure]:
    async with stand_ins(first_delay=FIRST_DELAY, chunk_delay=CHUNK_DELAY) as vendors:
        settings = vendors.settings | SETTINGS
        data = Path(tempfile.gettempdir())
        await ingest(ROOT / "sample-book", data, settings)
        async with (
            server("serve", data=data, extra=settings) as running,
            client_of(running.url) as client,
            client_of(running.url) as watcher,
            planted(settings["NEON_API_KEY"]) as database,
        ):
            bench = Bench(psutil.Process(running.pid), client, watcher, database)
            async for figure in _all(bench):
                yield figure


async def _all(bench: Bench) -> AsyncIterator[Figure]:
    tokens: list[str] = []
    async for figure in _many_sign_ins(bench, tokens):
        yield figure
    async for figure in _sessions(bench, tokens):
        yield figure
    yield await _conversations(bench)
    async for figure in _export(bench, tokens[0]):
        yield figure
    async for figure in _chats(bench, tokens):
        yield figure
    async for figure in _refusals(bench):
        yield figure


async def _many_sign_ins(bench: Bench, tokens: list[str]) -> AsyncIterator[Figure]:
    """As many as there are readers, evenly over one second, while `/health` is asked."""
    idle = await _health_until(bench.watcher, asyncio.create_task(asyncio.sleep(2)))
    began = time.monotonic()
    signing = asyncio.create_task(_sign_all_in(bench))
    busy = await _health_until(bench.watcher, signing)
    seconds = time.monotonic() - began
    replies = signing.result()
    tokens += [reply.json()["token"] for reply in replies if reply.status_code == 200]
    yield Figure(f"{READERS} sign-ins in one second, until the last one's answer", (seconds,), "s", 20)
    yield Figure("  of which not 200", (READERS - len(tokens),), "", 1)
    yield Figure("  /health alone, p99", (percentile(idle, 0.99),), "ms")
    yield Figure("  /health meanwhile, p99", (percentile(busy, 0.99),), "ms", 50)


async def _sign_all_in(bench: Bench) -> list[httpx.Response]:
    async def one(number: int) -> httpx.Response:
        await asyncio.sleep(number * SIGN_IN_SECONDS / READERS)
        return await bench.sign_in(email_of(number), PASSWORD, f"192.0.2.{number}")

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number)) for number in range(READERS)]
    return [task.result() for task in tasks]


async def _health_until(client: httpx.AsyncClient, work: "asyncio.Task[object]") -> list[float]:
    times = []
    while not work.done():
        times.append(await _timed(lambda: client.get("/health")))
        await asyncio.sleep(0.01)
    return times


async def _timed(call: Callable[[], Awaitable[httpx.Response]]) -> float:
    """Milliseconds."""
    began = time.monotonic()
    (await call()).raise_for_status()
    return (time.monotonic() - began) * 1000


async def _sessions(bench: Bench, tokens: Sequence[str]) -> AsyncIterator[Figure]:
    """Each session for the first time, which asks the database; then one again and again; `/health` in turn with it."""
    client = bench.watcher
    first = [await _timed(partial(_get_session, client, token)) for token in tokens]
    health, again = [], []
    for _ in range(CALLS):
        health.append(await _timed(lambda: client.get("/health")))
        again.append(await _timed(partial(_get_session, client, tokens[0])))
    base = percentile(health, 0.5)
    yield Figure("/health, p50", (base,), "ms")
    yield Figure("get-session, p50, over that", (percentile(again, 0.5) - base,), "ms", 5)
    yield Figure("  of sessions that are read from the database", (percentile(first, 0.5) - base,), "ms", 5)


async def _get_session(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/api/auth/get-session", headers={"Authorization": f"Bearer {token}"})


async def _conversations(bench: Bench) -> Figure:
    """Planning and execution as PostgreSQL itself tells them, of the page that the route shows by default."""
    times = []
    for _ in range(EXPLAINED):
        plan = json.loads(await bench.database.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {PAGE}", email_of(0), 20, 0))
        times.append(plan[0]["Planning Time"] + plan[0]["Execution Time"])
    return Figure(f"page of {CONVERSATIONS:,} conversations, in SQL", tuple(times), "ms", 10)


async def _export(bench: Bench, token: str) -> AsyncIterator[Figure]:
    """Everything of the account with the many conversations, while `/health` is asked."""
    headers = {"Authorization": f"Bearer {token}"}
    began = time.monotonic()
    exporting = asyncio.create_task(bench.client.get("/api/auth/account/export", headers=headers))
    busy = await _health_until(bench.watcher, exporting)
    seconds = time.monotonic() - began
    exported = exporting.result().raise_for_status().json()
    if sum(len(conversation["messages"]) for conversation in exported["conversations"]) != MESSAGES:
        raise RuntimeError("the export is not whole")
    yield Figure(f"export of {MESSAGES:,} messages", (seconds,), "s")
    yield Figure("  /health meanwhile, p99", (percentile(busy, 0.99),), "ms", 50)


async def _chats(bench: Bench, tokens: Sequence[str]) -> AsyncIterator[Figure]:
    """Each reader has a client of their own: one pool's look over its 50 connections is no time of the server's."""
    async with AsyncExitStack() as stack:
        url = str(bench.client.base_url)
        readers = [(await stack.enter_async_context(client_of(url)), token) for token in tokens[-CHATS:]]
        await asyncio.gather(*(_chat(client, token) for client, token in readers[:5]))
        async for figure in _rounds(bench, readers):
            yield figure


async def _rounds(bench: Bench, readers: Sequence[tuple[httpx.AsyncClient, str]]) -> AsyncIterator[Figure]:
    before = await bench.database.fetchval("SELECT count(*) FROM chat_messages")
    slowest, spent, lost = [], [], 0
    for _ in range(ROUNDS):
        began, cpu = time.monotonic(), processor_ms(bench.process)
        replies = await asyncio.gather(*(_chat(client, token) for client, token in readers))
        slowest.append(time.monotonic() - began)
        spent.append((processor_ms(bench.process) - cpu) / CHATS)
        lost += sum(not reply.json().get("stored") for reply in replies)
    stored = await bench.database.fetchval("SELECT count(*) FROM chat_messages") - before
    yield Figure(f"{CHATS} signed-in /chat at once, 690 ms of service each", tuple(slowest), "s")
    yield Figure("  slowest round", (max(slowest),), "s", 2)
    yield Figure("  the server's processor time for one", tuple(spent), "ms")
    yield Figure("  answers that said they are not stored", (lost,), "", 1)
    yield Figure("  messages missing in the table", (ROUNDS * CHATS * 2 - stored,), "", 1)


async def _chat(client: httpx.AsyncClient, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    reply = await client.post("/chat", json={"query": "How are passages found?"}, headers=headers)
    if reply.is_error or reply.json()["mode"] != "generated":
        raise RuntimeError(f"the answer was {reply.status_code} {reply.json().get('mode')}")
    return reply


def processor_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


async def _refusals(bench: Bench) -> AsyncIterator[Figure]:
    """The kinds in turn, each try from a network of its own, so that nobody is made to wait."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(REFUSED):
        for kind, taken in times.items():
            began = time.monotonic()
            reply = await bench.sign_in(f"{kind}@example.com", "not the password", f"198.51.100.{number}")
            taken.append((time.monotonic() - began) * 1000)
            if reply.status_code != 401:
                raise RuntimeError(f"a wrong password was answered with {reply.status_code}")
    for kind, taken in times.items():
        yield Figure(f"refused sign-in, {kind}", tuple(taken), "ms")
    medians = [percentile(taken, 0.5) for taken in times.values()]
    yield Figure("  slowest median over the fastest", ((max(medians) / min(medians) - 1) * 100,), "%", 10)
