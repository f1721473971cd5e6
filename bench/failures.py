"""Readers who leave at once, a model that fails, and a PostgreSQL that restarts under load."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Final

import asyncpg
import httpx

from bench.figures import Figure
from bench.readers import QUESTIONS, ask, leave_at_once
from bench.site import Site, running_site
from bench.upstreams import CHUNKS, Delays

READERS: Final = 20
SLOW: Final = Delays(embedding=1.0, index=1.0, chunk=1.0)
"""A call that survives its reader is still open when it is counted."""
SURVIVAL_SECONDS: Final = 0.1
USUAL: Final = Delays(embedding=0.08, index=0.01, chunk=0.6 / CHUNKS)
REJECTED: Final = 401
"""Opens the breaker at once."""
LOAD_SECONDS: Final = 12
RESTART_AT: Final = 3
RECOVERY_SECONDS: Final = 60
COUNT: Final = "SELECT count(*) FROM chat_messages WHERE content = $1"


async def figures() -> AsyncIterator[Figure]:
    async with running_site(SLOW) as site:
        for path in ("/chat", "/chat/stream"):
            yield await _disconnects(site, path)
    async with running_site(USUAL, LIMITS__SIGN_UP_PER_NETWORK="0") as site:
        async for figure in _restart(site):
            yield figure
        yield await _quotation(site)


async def _disconnects(site: Site, path: str) -> Figure:
    """Calls that are open 100 ms later, and those that begin after that."""
    await asyncio.gather(*(leave_at_once(site.url, path, number) for number in range(READERS)))
    await asyncio.sleep(SURVIVAL_SECONDS)
    open_calls, calls = await site.upstreams.state()
    await asyncio.sleep(3.0)
    _, later = await site.upstreams.state()
    name = f"{READERS} readers leave {path} at once: calls that survive {1000 * SURVIVAL_SECONDS:.0f} ms"
    return Figure(name, (open_calls + later - calls,), "", 1)


async def _quotation(site: Site) -> Figure:
    await site.upstreams.state(REJECTED)
    readings = [await ask(site.url, "/chat", number) for number in range(1 + len(QUESTIONS))]
    if any(one.mode != "extractive" for one in readings):
        raise RuntimeError("a question was not answered by quotation")
    return Figure("breaker open: a quotation", tuple(1000 * one.seconds for one in readings[1:]), "ms", 400)


async def _restart(site: Site) -> AsyncIterator[Figure]:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=60) as client:
        tokens = [await _sign_up(client, number) for number in range(READERS)]
        began = time.monotonic()
        restarting = asyncio.create_task(_restart_later(site))
        asked = []
        for number in range(READERS * LOAD_SECONDS):
            await asyncio.sleep(max(0.0, began + number / READERS - time.monotonic()))
            asked.append(asyncio.create_task(_ask_as(client, tokens[number % READERS], f"What is passage {number}?")))
        answers = await asyncio.gather(*asked)
        await restarting
    others = [status for status, _, _ in answers if status not in (200, 503)]
    yield Figure(f"PostgreSQL restarts under {READERS} requests/s: other statuses than 200, 503", (len(others),), "", 1)
    yield Figure("  503", (sum(status == 503 for status, _, _ in answers),), "")
    yield Figure("  slowest answer", (max(seconds for _, _, seconds in answers),), "s")
    stored = [f"What is passage {number}?" for number, (status, _, _) in enumerate(answers) if status == 200]
    late = [body for status, body, _ in answers if status == 200 and not body["stored"]]
    yield Figure("  stored later", (len(late),), "")
    yield Figure("  lost or stored twice", (await _lost(site, stored),), "", 1)


async def _sign_up(client: httpx.AsyncClient, number: int) -> str:
    body = {"email": f"reader{number}@example.com", "name": "Ada", "password": "correct-horse-battery"}
    return str((await client.post("/api/auth/sign-up/email", json=body)).raise_for_status().json()["token"])


async def _restart_later(site: Site) -> None:
    """The server's supervisor starts it again."""
    await asyncio.sleep(RESTART_AT)
    await site.postgres.stop()


async def _ask_as(client: httpx.AsyncClient, token: str, question: str) -> tuple[int, Any, float]:
    began = time.monotonic()
    response = await client.post("/chat", json={"query": question}, headers={"Authorization": f"Bearer {token}"})
    return response.status_code, response.json(), time.monotonic() - began


async def _lost(site: Site, questions: Sequence[str]) -> int:
    """Questions that are not stored exactly once."""
    connection = await asyncpg.connect(site.postgres.dsn())
    lost = len(questions)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(RECOVERY_SECONDS):
                while lost:
                    counts = [await connection.fetchval(COUNT, question) for question in questions]
                    lost = sum(count != 1 for count in counts)
                    await asyncio.sleep(1.0)
    finally:
        await connection.close()
    return lost
