"""Several servers behind HAProxy, on one PostgreSQL and one Qdrant, which is a local server as OpenAI is."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from bench.ingest import ingest
from bench.server import ROOT, Server, free_port, server
from bench.site import SETTINGS
from bench.upstreams import Delays, upstreams
from glossator_plugins.local_postgres.server import running_server

ADMIN_KEY: Final = "an-admin-key-of-the-replicas"
DELAYS: Final = Delays(embedding=0.08, index=0.01, chunk=0.01)
PATIENT: Final = {f"{name}__START_TIMEOUT": "100" for name in ("OPENAI", "QDRANT", "NEON", "TRACING")}
"""Four processes that start at once on two cores import their libraries for a while."""
SHARED: Final = {
    **SETTINGS, **PATIENT, "ADMIN_API_KEY": ADMIN_KEY, "INGEST__BATCH": "4", "SUGGESTIONS__MODEL": "false",
    "BUDGET__NETWORK_DAY": "0", "BUDGET__GUESTS_SHARE": "0", "OPENAI__PROMPT_PRICE": "0.15",
    "OPENAI__COMPLETION_PRICE": "0.6",
}  # fmt: skip
START_SECONDS: Final = 10.0
BOOK_SECONDS: Final = 31.0
"""A process looks for a new build every 30 seconds."""
POLL_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Replicas:
    """`url` is the address of the proxy."""

    url: str
    servers: Sequence[Server]

    @property
    def urls(self) -> list[str]:
        return [served.url for served in self.servers]


@asynccontextmanager
async def replicas(count: int, **settings: str) -> AsyncIterator[Replicas]:
    """They start at the same time on an empty database, and serve the sample book when the block begins."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with upstreams(DELAYS) as vendors, running_server(data) as postgres, AsyncExitStack() as stack:
            shared = SHARED | vendors.settings | {"NEON_API_KEY": postgres.dsn(), "REPLICAS": str(count)}
            starting = [
                stack.enter_async_context(server("serve", data=data, extra=shared | settings)) for _ in range(count)
            ]
            served = await asyncio.gather(*starting)
            await ingest(ROOT / "sample-book", data, shared)
            running = Replicas(await stack.enter_async_context(proxy(data, [each.url for each in served])), served)
            await everywhere(running, "inverted")
            yield running


@asynccontextmanager
async def proxy(folder: Path, urls: Sequence[str]) -> AsyncIterator[str]:
    """HAProxy with the configuration of the repository and these servers."""
    port = free_port()
    text, _, _ = (ROOT / "deploy" / "haproxy.cfg").read_text("utf-8").partition("    server replica1")
    text = text.replace("bind :8080", f"bind 127.0.0.1:{port}")
    servers = [f"    server replica{number} {httpx.URL(url).netloc.decode()}" for number, url in enumerate(urls, 1)]
    (folder / "haproxy.cfg").write_text("\n".join([text, *servers, ""]), "utf-8")
    process = await asyncio.create_subprocess_exec("haproxy", "-q", "-db", "-f", str(folder / "haproxy.cfg"))
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False) as client:
            await until(partial(answers, client, url), START_SECONDS, "the proxy answers")
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/health")).is_success
    except httpx.TransportError:
        return False


async def everywhere(running: Replicas, words: str) -> float:
    """Waits until every replica finds the words in its book; the seconds that took."""
    began = time.monotonic()
    async with httpx.AsyncClient(trust_env=False) as client:
        for url in running.urls:
            await until(partial(finds, client, url, words), BOOK_SECONDS, f"{url} finds '{words}'")
    return time.monotonic() - began


async def finds(client: httpx.AsyncClient, url: str, words: str) -> bool:
    reply = await client.post(f"{url}/search", json={"query": words, "mode": "words"})
    return reply.is_success and any(words in passage["text"] for passage in reply.json()["passages"])


async def until(look: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await look():  # noqa: ASYNC110 - other processes change it
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise SystemExit(f"not within {seconds:g} s: {what}") from None
