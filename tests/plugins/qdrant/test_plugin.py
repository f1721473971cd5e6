"""The qdrant plugin against a server that speaks the protocol: start, faults in one line, secrets, repetitions."""

import asyncio
import logging
import socket
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import numpy as np
import pytest
from qdrant_client.http.exceptions import ResponseHandlingException

from glossator.domain.book.index import Build, PassageIndex, Query
from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import BadValue
from glossator_plugins.passage_points.points import REBUILD
from glossator_plugins.qdrant.cluster import Cluster
from glossator_plugins.qdrant.failures import reason
from glossator_plugins.qdrant.plugin import API_KEY, SPACE_ID, TIMEOUT, URL, QdrantPlugin
from tests.indexes import CountingEmbedder
from tests.plugins.qdrant.services import KEY, opened
from tests.servers.http_server import Reply, Request, serving
from tests.servers.qdrant_behaviour import TOO_MANY, Behaviour, Failure
from tests.servers.qdrant_server import QdrantServer, qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

BUILD = Build(1, "A Book", "", "counting", 8, "splitter-1")
QUERY = Query(np.ones(8, dtype=np.float32), query_words("word"), 5)


@pytest.fixture
async def server() -> AsyncIterator[QdrantServer]:
    async with qdrant_server(Behaviour(key=KEY)) as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def fault_of(url: str, timeout: float = 5.0) -> str:
    async with opened(url, {TIMEOUT: timeout}) as index:
        with pytest.raises(ServiceError) as fault:
            await index.check()
    return str(fault.value)


def test_it_keeps_the_contract_of_a_plugin() -> None:
    plugin = QdrantPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("qdrant", (PassageIndex,), (Embedder,))


def test_naming_the_plugin_does_not_load_the_sdk() -> None:
    code = "import sys, glossator_plugins.qdrant; sys.exit('qdrant_client' in sys.modules or 'grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_check_of_an_empty_cluster_only_reads_and_sends_the_key(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        await index.check()
    assert server.asked == ["GET /aliases", "GET /collections/book", "GET /collections/book"]
    assert {request.headers["api-key"] for request in server.requests} == {KEY}


async def test_check_of_a_book_is_two_reads(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        await index.create(BUILD)
        await index.activate(1)
        server.requests.clear()
        await index.check()
    assert server.asked == ["GET /aliases", "POST /collections/book--1/points"]


async def test_a_server_of_ones_own_needs_no_key() -> None:
    async with qdrant_server() as server, opened(server.url, {API_KEY: None}) as index:
        await index.check()
        assert "api-key" not in server.requests[0].headers


async def test_an_empty_cluster_passes_the_check_and_counts_as_well(server: QdrantServer) -> None:
    services = Services()
    async with opened(server.url, services=services) as index:
        await index.check()
        assert await index.live() is None
    last = services.guard("qdrant").last
    assert last is not None
    assert last.ok
    assert services.guard("qdrant").failure_count == 0


async def test_check_names_both_models_and_the_command(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        await index.create(replace(BUILD, embedding_model="other", dimension=16))
        await index.activate(1)
        with pytest.raises(ServiceError) as fault:
            await index.check()
    assert str(fault.value) == (
        "the book was embedded with other (16 dimensions), but the embedding model is counting (8 dimensions)"
        " - run `glossator ingest --rebuild`, or set the former model"
    )


async def test_a_rebuild_starts_though_the_book_does_not_fit(server: QdrantServer) -> None:
    async with opened(server.url, {REBUILD: True}) as index:
        await index.create(replace(BUILD, dimension=16))
        await index.activate(1)
        await index.check()


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (Failure(401), "the key was refused (401) - check QDRANT_API_KEY"),
        (Failure(403), "the key was refused, or may not do this (403) - check QDRANT_API_KEY and that it may write"),
        (
            Failure(404),
            "there is no such collection, or no Qdrant at this address (404) - check QDRANT_URL",
        ),
        (Failure(429), "too many requests (429) - try again later, or give the cluster more room"),
        (Failure(429, "0"), "too many requests (429) - try again later, or give the cluster more room"),
        (Failure(429, "3600"), "too many requests (429) - try again later, or give the cluster more room"),
        (Failure(429, "soon"), "too many requests (429) - try again later, or give the cluster more room"),
        (Failure(500), "the server failed (500) - try again later, or look at the cluster in its console"),
        (Failure(503), "the server failed (503) - try again later, or look at the cluster in its console"),
        (Failure(418), "the request was refused (418)"),
    ],
)
async def test_check_tells_a_refusal_in_one_line(server: QdrantServer, failure: Failure, line: str) -> None:
    server.behaviour.failure = failure
    assert await fault_of(server.url) == line


async def test_a_missing_key_is_told_apart_from_a_wrong_one(server: QdrantServer) -> None:
    async with opened(server.url, {API_KEY: None}) as index:
        with pytest.raises(ServiceError, match=r"the cluster wants a key \(401\) - set QDRANT_API_KEY"):
            await index.check()


async def test_check_names_the_address_that_nobody_listens_on() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert await fault_of(url) == (
        f"nobody listens at {url} - check QDRANT_URL and its port: 443 or 6333, never 6334, which is gRPC's"
    )


async def test_check_names_the_address_that_does_not_answer(server: QdrantServer) -> None:
    server.behaviour.hang = True
    line = await fault_of(server.url, timeout=0.2)
    assert line.startswith(f"no answer from {server.url} within 0.2 s - check QDRANT_URL and that the cluster is awake")


async def test_a_host_that_is_not_found_may_be_a_suspended_cluster() -> None:
    line = await fault_of("https://no-such-cluster.invalid")
    assert line == (
        "the host no-such-cluster.invalid was not found - check QDRANT_URL; free clusters are suspended after 1 week "
        "without use and deleted after 4: open the Qdrant Cloud console"
    )


async def test_tls_that_the_server_does_not_speak_is_told(server: QdrantServer) -> None:
    url = server.url.replace("http:", "https:")
    assert await fault_of(url) == (f"{url} does not speak TLS - check the port in QDRANT_URL, or begin it with http://")


async def test_a_port_that_speaks_another_protocol_is_told() -> None:
    async def grpc_like(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(grpc_like, "127.0.0.1", 0)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        line = await fault_of(url)
    assert line.startswith(f"the connection to {url} broke off - check QDRANT_URL and its port: 443 or 6333")


async def test_a_page_of_html_is_no_qdrant(server: QdrantServer) -> None:
    server.behaviour.garbage = True
    assert await fault_of(server.url) == f"{server.url} answers, but not as Qdrant does - check QDRANT_URL"


@pytest.mark.parametrize("error", [TimeoutError(), ResponseHandlingException(httpx.ConnectError("secret words"))])
def test_on_a_space_a_closed_port_is_told_with_the_fix(error: Exception) -> None:
    line = reason(error, Cluster("https://x.cloud.qdrant.io:6333", on_space=True), 10)
    assert line.endswith(
        "check QDRANT_URL: a Space may call only the ports 80, 443 and 8080, not 6333: write https://x.cloud.qdrant.io"
    )


async def test_on_a_space_a_closed_port_is_a_warning_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    async with opened("https://x.cloud.qdrant.io:6334", {SPACE_ID: "owner/name"}):
        assert "qdrant_port: QDRANT_URL: a Space may call only the ports 80, 443 and 8080, not 6334" in caplog.text


@pytest.mark.parametrize(
    ("url", "port", "warning"),
    [
        ("https://x.cloud.qdrant.io", 443, False),
        ("https://x.cloud.qdrant.io:443", 443, False),
        ("https://x.cloud.qdrant.io:6333", 6333, True),
        ("https://x.cloud.qdrant.io:6334", 6334, True),
        ("http://localhost", 6333, False),
        ("http://qdrant:8080", 8080, False),
        ("http://[::1]", 6333, False),
        ("http://qdrant", 6333, True),
    ],
)
def test_the_port_is_443_with_https_and_6333_with_http(url: str, port: int, warning: bool) -> None:
    assert Cluster(url).port == port
    assert Cluster(url).warning == ""
    assert bool(Cluster(url, on_space=True).warning) is warning


async def test_an_address_may_have_a_path_and_never_shows_it() -> None:
    async def not_found(request: Request, reply: Reply) -> None:
        paths.append(request.path)
        await reply.send_json(404, {})

    paths: list[str] = []
    async with serving(not_found) as port:
        line = await fault_of(f"http://127.0.0.1:{port}/vectors")
    assert paths[0] == "/vectors/aliases"
    assert "vectors" not in line


@pytest.mark.parametrize("behaviour", [Behaviour(failure=TOO_MANY, failing=1), Behaviour(drop=1)])
async def test_a_read_is_sent_once_more(server: QdrantServer, behaviour: Behaviour) -> None:
    async with opened(server.url) as index:
        server.behaviour = behaviour
        assert await index.live() is None
    assert server.asked == ["GET /aliases", "GET /aliases", "GET /collections/book"]


@pytest.mark.parametrize("behaviour", [Behaviour(failure=TOO_MANY, failing=2), Behaviour(drop=2)])
async def test_a_read_is_never_sent_three_times(server: QdrantServer, behaviour: Behaviour) -> None:
    services = Services()
    async with opened(server.url, services=services) as index:
        server.behaviour = behaviour
        with pytest.raises(Unavailable):
            await index.live()
    assert server.asked == ["GET /aliases"] * 2
    assert services.guard("qdrant").failure_count == 1


async def test_a_long_retry_after_is_not_waited_for(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        server.behaviour.failure = Failure(429, "3")
        with pytest.raises(Unavailable, match="too many requests"):
            await index.live()
    assert server.asked == ["GET /aliases"]


async def test_a_write_that_was_one_too_many_is_sent_once_more(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        await index.create(BUILD)
        server.requests.clear()
        server.behaviour = Behaviour(failure=TOO_MANY, failing=1)
        await index.save(BUILD)
    assert server.asked == ["PUT /collections/book--1/points"] * 2


async def test_a_write_that_broke_off_is_not_sent_again(server: QdrantServer) -> None:
    async with opened(server.url) as index:
        await index.create(BUILD)
        server.requests.clear()
        server.behaviour.drop = 1
        with pytest.raises(Unavailable, match="broke off"):
            await index.save(BUILD)
    assert server.asked == ["PUT /collections/book--1/points"]


async def test_a_repetition_counts_against_the_same_deadline(server: QdrantServer) -> None:
    server.behaviour.failure = Failure(429, "2")
    async with opened(server.url, {TIMEOUT: 0.3}) as index, asyncio.timeout(1):
        with pytest.raises(Unavailable, match=r"no answer from .* within 0\.3 s"):
            await index.live()


async def test_a_write_may_take_longer_than_a_read(server: QdrantServer) -> None:
    async with opened(server.url, {TIMEOUT: 0.3}) as index:
        await index.create(BUILD)
        server.behaviour.delay = 0.5
        await index.save(BUILD)
        with pytest.raises(Unavailable, match=r"within 0\.3 s"):
            await index.live()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
async def test_an_echoed_key_reaches_no_text_of_ours(
    server: QdrantServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.behaviour.failure = Failure(status)
    told: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with opened(server.url) as index:
            told.append(f"{index!r} {vars(index)!r}")
            for attempt in (index.search(QUERY), index.save(BUILD), index.create(BUILD), index.builds(), index.check()):
                with pytest.raises((Unavailable, ServiceError)) as fault:
                    await attempt
                told += traceback.format_exception(fault.value)
    everything = "\n".join([*told, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert KEY not in everything
    assert "secret words" not in everything


@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "qdrant_client"])
async def test_the_libraries_own_logs_stay_quiet(server: QdrantServer, library: str) -> None:
    async with opened(server.url):
        assert not logging.getLogger(library).isEnabledFor(logging.INFO)


async def test_closing_ends_what_is_under_way(server: QdrantServer) -> None:
    server.behaviour.hang = True
    async with asyncio.timeout(3), opened(server.url) as index:
        hanging = asyncio.create_task(index.live())
        await asyncio.sleep(0.1)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)


async def test_it_waits_for_nothing_when_it_opens() -> None:
    services = Services()
    services.provide(Embedder, CountingEmbedder())
    async with opened(f"http://127.0.0.1:{free_port()}", services=services):
        assert services.guard("qdrant").last is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("http://x.cloud.qdrant.io", "must begin with https"),
        ("https://key@x.cloud.qdrant.io", "user name"),
        ("x.cloud.qdrant.io", "must begin with https"),
        ("https://x.cloud.qdrant.io?api-key=1", "query"),
    ],
)
def test_an_address_that_cannot_be_is_a_fault_of_the_settings(text: str, fault: str) -> None:
    with pytest.raises(BadValue, match=fault):
        URL.type.parse(text)
