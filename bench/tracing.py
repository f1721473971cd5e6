"""What tracing costs: CPU of a request with tracing off and on, and the stop with a dead collector.

What is compared runs in turns, so that the load of the machine affects all. A ratio is that of one round. Of a
difference the lowest values count, since load only adds. The CPU of an export counts too. Tracing that is on also
exports metrics, except for the plain route.
"""

import asyncio
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from quart import Quart

from bench.figures import Figure
from bench.production import cpu_seconds
from bench.readers import in_parallel
from bench.server import Server, server
from bench.site import Site, running_site
from bench.upstreams import Delays
from glossator.kernel.services import Services
from glossator_plugins.tracing.settings import METRICS_EXPORTER
from tests.plugins.tracing.apps import SCOPE, exported_to, registered, tracing_services
from tests.servers.otlp_server import otlp_server

PLAIN_ROUNDS, PLAIN = 80, 40
CHAT_ROUNDS, READERS, QUESTIONS = 10, 4, 5
PAGES, PAGE_REQUESTS = ("/openapi.json", "/docs"), 200
PATH: Final = "/suggestions"
WITHOUT: Final = {"PLUGINS": "openai,qdrant,neon"}
STOP_SECONDS: Final = 2.0

Rows = list[list[float]]
"""Milliseconds of CPU: without the plugin, with tracing off, and with tracing on."""
Work = Callable[[Server], Awaitable[int]]
"""Sends requests to a server and returns their number."""


async def figures() -> AsyncIterator[Figure]:
    for figure in compared(f"GET {PATH}", await plain_ms()):
        yield figure
    async with running_site(Delays()) as site:
        for figure in compared("/chat", await chat_ms(site)):
            yield figure
        for path in PAGES:
            yield Figure(f"{path}, CPU", tuple([await cpu_ms(site.server, getting(path)) for _ in range(3)]), "ms", 10)
        async for figure in stops(site):
            yield figure


def compared(name: str, rows: Rows) -> list[Figure]:
    found = [
        Figure(f"{name} with tracing off, CPU", tuple(off for _, off, _ in rows), "ms"),
        Figure("  times that without the plugin", tuple(off / without for without, off, _ in rows), "", 1.05),
    ]
    if name == "/chat":
        return [*found, Figure("  on, times off", tuple(on / off for _, off, on in rows), "", 1.1)]
    _, off, on = (min(column) for column in zip(*rows, strict=True))
    return [*found, Figure("  more with tracing on, lowest", (on - off,), "ms", 0.4)]


async def plain_ms() -> Rows:
    """In this process, without a socket."""
    async with otlp_server() as collector:
        exported = exported_to(collector.url) | {METRICS_EXPORTER: "none"}
        async with tracing_services({}) as off, tracing_services(exported) as on:
            apps = [registered(services) for services in (Services(), off, on)]
            for app in apps:
                await requests_ms(app)
            return [[await requests_ms(app) for app in apps] for _ in range(PLAIN_ROUNDS)]


async def requests_ms(app: Quart) -> float:
    began = time.process_time()
    for _ in range(PLAIN):
        await request(app)
    return (time.process_time() - began) * 1000 / PLAIN


async def request(app: Any) -> None:
    body = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(body, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200

    address = {"path": PATH, "raw_path": PATH.encode(), "query_string": b"", "root_path": "", "client": ("::1", 9)}
    await app({**SCOPE, **address, "http_version": "1.1", "headers": [(b"host", b"book")], "state": {}}, receive, send)


async def chat_ms(site: Site) -> Rows:
    async with otlp_server() as collector, AsyncExitStack() as stack:
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        without, on = [await stack.enter_async_context(beside(site, extra)) for extra in (WITHOUT, traced)]
        servers = (without, site.server, on)
        for one in servers:
            await chats(one)
        return [[await cpu_ms(one, chats) for one in servers] for _ in range(CHAT_ROUNDS)]


@asynccontextmanager
async def beside(site: Site, extra: Mapping[str, str]) -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        async with server("serve", data=Path(folder), extra={**site.settings, **extra}) as running:
            yield running


async def cpu_ms(running: Server, work: Work) -> float:
    """Per request."""
    before = cpu_seconds(running.pid)
    count = await work(running)
    return (cpu_seconds(running.pid) - before) * 1000 / count


def getting(path: str, count: int = PAGE_REQUESTS) -> Work:
    async def get(running: Server) -> int:
        async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
            for _ in range(count):
                (await client.get(path)).raise_for_status()
        return count

    return get


async def chats(running: Server) -> int:
    readings = await in_parallel(running.url, "/chat", READERS, QUESTIONS)
    assert all(one.is_complete for one in readings)
    return len(readings)


async def stops(site: Site) -> AsyncIterator[Figure]:
    """Seconds from SIGTERM to the end of the process, while the collector is dead."""
    async with otlp_server(hangs=True) as silent:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # and does not listen
            gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
            for name, url, protocol in (
                ("that never answers", silent.url, "http/protobuf"),
                ("that is gone", gone, "http/protobuf"),
                ("that is gone, grpc", gone, "grpc"),
            ):
                settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
                yield Figure(f"stop with a collector {name}", (await stop_seconds(site, settings),), "s", STOP_SECONDS)


async def stop_seconds(site: Site, settings: Mapping[str, str]) -> float:
    async with beside(site, settings) as running:
        await getting(PATH, 20)(running)
        began = time.monotonic()
    return time.monotonic() - began
