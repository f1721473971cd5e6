"""Accounts with the production services: cost of a session, stored chats, concurrent and refused sign-ins.

This process creates the load and also runs the vendors' local servers, so the figures include their CPU time.
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

from bench.account_rows import CONVERSATIONS, HASH_KINDS, MESSAGES, PASSWORD, READERS, email_of, inserted_accounts
from bench.figures import Figure, percentile
from bench.ingest import ingest
from bench.server import ROOT, server
from bench.vendors import CHUNKS, vendor_servers
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
"""One trusted proxy, so that each request can choose its client network."""


@dataclass(frozen=True)
class Bench:
    """`client` creates the load, `watcher` measures `/health`, `database` is a connection to the server's database."""

    process: psutil.Process
    client: httpx.AsyncClient
    watcher: httpx.AsyncClient
    database: "asyncpg.Connection[asyncpg.Record]"

    async def sign_in(self, email: str, password: str, network: str) -> httpx.Response:
        body = {"email": email, "password": password}
        return await self.client.post("/api/auth/sign-in/email", json=body, headers={"X-Forwarded-For": network})


def client_of(url: str) -> httpx.AsyncClient:
    """Closes idle connections before the server does, which keeps them for 5 s."""
    limits = httpx.Limits(keepalive_expiry=2.0)
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits)


async def figures() -> AsyncIterator[Figure]:
    async with vendor_servers(first_delay=FIRST_DELAY, chunk_delay=CHUNK_DELAY) as vendors:
        settings = vendors.settings | SETTINGS
        data = Path(tempfile.gettempdir())
        await ingest(ROOT / "sample-book", data, settings)
        async with (
            server("serve", data=data, extra=settings) as running,
            client_of(running.url) as client,
            client_of(running.url) as watcher,
            inserted_accounts(settings["NEON_API_KEY"]) as database,
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
    """All readers sign in within one second, evenly distributed; measures `/health` at the same time."""
    idle = await _health_until(bench.watcher, asyncio.create_task(asyncio.sleep(2)))
    began = time.monotonic()
    signing = asyncio.create_task(_sign_all_in(bench))
    busy = await _health_until(bench.watcher, signing)
    seconds = time.monotonic() - began
    replies = signing.result()
    tokens += [reply.json()["token"] for reply in replies if reply.status_code == 200]
    yield Figure(f"{READERS} sign-ins in one second, until the last response", (seconds,), "s", 20)
    yield Figure("  of which not 200", (READERS - len(tokens),), "", 1)
    yield Figure("  /health alone, p99", (percentile(idle, 0.99),), "ms")
    yield Figure("  /health at the same time, p99", (percentile(busy, 0.99),), "ms", 50)


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
    """Reads each session once, which queries the database; then one session repeatedly, alternating with `/health`."""
    client = bench.watcher
    uncached = [await _timed(partial(_get_session, client, token)) for token in tokens]
    health, cached = [], []
    for _ in range(CALLS):
        health.append(await _timed(lambda: client.get("/health")))
        cached.append(await _timed(partial(_get_session, client, tokens[0])))
    base = percentile(health, 0.5)
    yield Figure("/health, p50", (base,), "ms")
    yield Figure("get-session, p50, over that", (percentile(cached, 0.5) - base,), "ms", 5)
    yield Figure("  for sessions that are not cached", (percentile(uncached, 0.5) - base,), "ms", 5)


async def _get_session(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/api/auth/get-session", headers={"Authorization": f"Bearer {token}"})


async def _conversations(bench: Bench) -> Figure:
    """Planning and execution time, as reported by PostgreSQL, of the route's default page."""
    times = []
    for _ in range(EXPLAINED):
        plan = json.loads(await bench.database.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {PAGE}", email_of(0), 20, 0))
        times.append(plan[0]["Planning Time"] + plan[0]["Execution Time"])
    return Figure(f"page of {CONVERSATIONS:,} conversations, in SQL", tuple(times), "ms", 10)


async def _export(bench: Bench, token: str) -> AsyncIterator[Figure]:
    """Exports the account with the many conversations; measures `/health` at the same time."""
    headers = {"Authorization": f"Bearer {token}"}
    began = time.monotonic()
    exporting = asyncio.create_task(bench.client.get("/api/auth/account/export", headers=headers))
    busy = await _health_until(bench.watcher, exporting)
    seconds = time.monotonic() - began
    exported = exporting.result().raise_for_status().json()
    if sum(len(conversation["messages"]) for conversation in exported["conversations"]) != MESSAGES:
        raise RuntimeError("the export is incomplete")
    yield Figure(f"export of {MESSAGES:,} messages", (seconds,), "s")
    yield Figure("  /health at the same time, p99", (percentile(busy, 0.99),), "ms", 50)


async def _chats(bench: Bench, tokens: Sequence[str]) -> AsyncIterator[Figure]:
    """Each reader has a separate client: one pool would spend client time on scanning its 50 connections."""
    async with AsyncExitStack() as stack:
        url = str(bench.client.base_url)
        readers = [(await stack.enter_async_context(client_of(url)), token) for token in tokens[-CHATS:]]
        await asyncio.gather(*(_chat(client, token) for client, token in readers[:5]))
        async for figure in _rounds(bench, readers):
            yield figure


async def _rounds(bench: Bench, readers: Sequence[tuple[httpx.AsyncClient, str]]) -> AsyncIterator[Figure]:
    before = await bench.database.fetchval("SELECT count(*) FROM chat_messages")
    seconds, cpu_times, unstored = [], [], 0
    for _ in range(ROUNDS):
        began, cpu = time.monotonic(), cpu_ms(bench.process)
        replies = await asyncio.gather(*(_chat(client, token) for client, token in readers))
        seconds.append(time.monotonic() - began)
        cpu_times.append((cpu_ms(bench.process) - cpu) / CHATS)
        unstored += sum(not reply.json().get("stored") for reply in replies)
    stored = await bench.database.fetchval("SELECT count(*) FROM chat_messages") - before
    yield Figure(f"{CHATS} concurrent signed-in /chat, 690 ms of vendor time", tuple(seconds), "s")
    yield Figure("  slowest round", (max(seconds),), "s", 2)
    yield Figure("  CPU time of the server for each", tuple(cpu_times), "ms")
    yield Figure("  answers reported as not stored", (unstored,), "", 1)
    yield Figure("  messages missing in the table", (ROUNDS * CHATS * 2 - stored,), "", 1)


async def _chat(client: httpx.AsyncClient, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    reply = await client.post("/chat", json={"query": "How are passages found?"}, headers=headers)
    if reply.is_error or reply.json()["mode"] != "generated":
        raise RuntimeError(f"the answer was {reply.status_code} {reply.json().get('mode')}")
    return reply


def cpu_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


async def _refusals(bench: Bench) -> AsyncIterator[Figure]:
    """Alternates between the kinds. Each attempt comes from another network, so that no rate limit applies."""
    times: dict[str, list[float]] = {kind: [] for kind in HASH_KINDS}
    for number in range(REFUSED):
        for kind, taken in times.items():
            began = time.monotonic()
            reply = await bench.sign_in(f"{kind}@example.com", "not the password", f"198.51.100.{number}")
            taken.append((time.monotonic() - began) * 1000)
            if reply.status_code != 401:
                raise RuntimeError(f"a wrong password got the response {reply.status_code}")
    for kind, taken in times.items():
        yield Figure(f"refused sign-in, {kind}", tuple(taken), "ms")
    medians = [percentile(taken, 0.5) for taken in times.values()]
    yield Figure("  slowest median over the fastest", ((max(medians) / min(medians) - 1) * 100,), "%", 10)
