"""The qdrant plugin with a server that speaks the protocol: start, one-line errors, secrets and retries."""

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from qdrant_client.http.exceptions import ResponseHandlingException

from glossator.domain.book.index import Build, PassageIndex, Query, VectorSpace
from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator.domain.ports.embedder import Embedder
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.services import Services
from glossator.kernel.settings.setting import BadValue
from glossator_plugins.passage_points.points import REBUILD
from glossator_plugins.qdrant.cluster import QdrantCluster
from glossator_plugins.qdrant.failures import reason
from glossator_plugins.qdrant.plugin import API_KEY, SPACE_ID, TIMEOUT, URL, QdrantPlugin
from tests.indexes import SPACES, CountingEmbedder
from tests.plugins.qdrant.services import KEY, open_qdrant
from tests.servers.http_server import Reply, Request, serving
from tests.servers.qdrant_behaviour import TOO_MANY, Behaviour, Failure
from tests.servers.qdrant_server import QdrantServer, qdrant_server
from tests.servers.tls_server import Authority, tls_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

BUILD = Build(1, "A Book", "", SPACES, "splitter-1", "2")
QUERY = Query({"dense": np.ones(8, dtype=np.float32)}, query_words("word"), 5)


@pytest.fixture
async def server() -> AsyncIterator[QdrantServer]:
    async with qdrant_server(Behaviour(key=KEY)) as running:
        yield running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def check_error(url: str, timeout: float = 5.0) -> str:
    async with open_qdrant(url, {TIMEOUT: timeout}) as index:
        with pytest.raises(ServiceError) as error:
            await index.check()
    return str(error.value)


def test_the_plugin_fulfils_the_contract() -> None:
    plugin = QdrantPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("qdrant", (PassageIndex,), (Embedder,))


async def test_check_of_an_empty_cluster_only_reads_and_sends_the_key(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.check()
    assert server.calls == ["GET /aliases", "GET /collections/book", "GET /collections/book"]
    assert {request.headers["api-key"] for request in server.requests} == {KEY}


async def test_check_of_a_book_sends_two_reads(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(BUILD)
        await index.activate(1)
        server.requests.clear()
        await index.check()
    assert server.calls == ["GET /aliases", "POST /collections/book--1/points"]


async def test_a_self_hosted_server_needs_no_key() -> None:
    async with qdrant_server() as server, open_qdrant(server.url, {API_KEY: None}) as index:
        await index.check()
        assert "api-key" not in server.requests[0].headers


async def test_an_empty_cluster_passes_the_check_and_counts_as_healthy(server: QdrantServer) -> None:
    services = Services()
    async with open_qdrant(server.url, services=services) as index:
        await index.check()
        assert await index.live() is None
    last = services.guard("qdrant").last
    assert last is not None
    assert last.ok
    assert services.guard("qdrant").failure_count == 0


async def test_check_reports_both_models_and_the_command(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(replace(BUILD, spaces=(VectorSpace("dense", "other", 16),)))
        await index.activate(1)
        with pytest.raises(ServiceError) as error:
            await index.check()
    assert str(error.value) == (
        "the book was embedded with other (16 dimensions), but the embedding model is counting (8 dimensions)"
        " - run `glossator ingest --rebuild`, or set the former model"
    )


async def test_a_rebuild_starts_despite_a_mismatched_book(server: QdrantServer) -> None:
    async with open_qdrant(server.url, {REBUILD: True}) as index:
        await index.create(replace(BUILD, spaces=(VectorSpace("dense", "counting", 16),)))
        await index.activate(1)
        await index.check()


@pytest.mark.parametrize(
    ("failure", "line"),
    [
        (Failure(401), "the key was rejected (401) - check QDRANT_API_KEY"),
        (Failure(403), "the key was rejected or has no permission (403) - check QDRANT_API_KEY and its write access"),
        (
            Failure(404),
            "collection not found, or no Qdrant at this address (404) - check QDRANT_URL",
        ),
        (Failure(429), "too many requests (429) - try again later, or upgrade the cluster"),
        (Failure(429, "0"), "too many requests (429) - try again later, or upgrade the cluster"),
        (Failure(429, "3600"), "too many requests (429) - try again later, or upgrade the cluster"),
        (Failure(429, "soon"), "too many requests (429) - try again later, or upgrade the cluster"),
        (Failure(500), "the server failed (500) - try again later, or check the cluster in its console"),
        (Failure(503), "the server failed (503) - try again later, or check the cluster in its console"),
        (Failure(418), "the request was rejected (418)"),
    ],
)
async def test_check_reports_an_error_status_in_one_line(server: QdrantServer, failure: Failure, line: str) -> None:
    server.behaviour.failure = failure
    assert await check_error(server.url) == line


async def test_a_missing_key_is_distinguished_from_a_wrong_one(server: QdrantServer) -> None:
    async with open_qdrant(server.url, {API_KEY: None}) as index:
        with pytest.raises(ServiceError, match=r"the cluster requires a key \(401\) - set QDRANT_API_KEY"):
            await index.check()


async def test_check_reports_the_address_of_a_closed_port() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert await check_error(url) == (
        f"{url} refused the connection - check QDRANT_URL and its port: 443 or 6333, never 6334, which is for gRPC"
    )


async def test_check_reports_the_address_after_a_timeout(server: QdrantServer) -> None:
    server.behaviour.hang = True
    line = await check_error(server.url, timeout=0.2)
    assert line.startswith(f"no answer from {server.url} within 0.2 s - check QDRANT_URL, and in the Qdrant")


async def test_an_unknown_host_may_be_a_suspended_cluster() -> None:
    line = await check_error("https://no-such-cluster.invalid")
    assert line == (
        "the host no-such-cluster.invalid was not found - check QDRANT_URL; free clusters are suspended after 1 week "
        "without use and deleted after 4: open the Qdrant Cloud console"
    )


@pytest.mark.parametrize("excluded", [False, True])
async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, *, excluded: bool) -> None:
    async def refuse(request: Request, reply: Reply) -> None:
        paths.append(request.path)
        await reply.send_json(503, {})

    paths: list[str] = []
    async with serving(refuse) as port:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "qdrant.invalid" if excluded else "other.invalid")
        line = await check_error("http://qdrant.invalid:6333")

    assert ("was not found" if excluded else "the server failed (503)") in line
    assert paths[:1] == ([] if excluded else ["http://qdrant.invalid:6333/aliases"])


@pytest.mark.parametrize("proxy", ["127.0.0.1:9", "http://no-such-proxy.invalid:3128"])
async def test_a_proxy_that_is_unreachable_is_named(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)

    assert await check_error("http://qdrant.invalid:6333") == (
        "no connection to http://qdrant.invalid:6333 through the proxy of the environment - "
        "check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY"
    )


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_certificate_of_a_cluster_is_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, trusted: bool
) -> None:
    authority = Authority.made_in(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with tls_server(authority.context("localhost", 60)) as port:
        line = await check_error(f"https://localhost:{port}", timeout=0.5)
    assert ("no answer from" if trusted else "is not trusted") in line


async def test_a_server_without_tls_is_reported(server: QdrantServer) -> None:
    url = server.url.replace("http:", "https:")
    assert await check_error(url) == (
        f"{url} does not speak TLS - check the port in QDRANT_URL, or begin it with http://"
    )


async def test_a_port_of_another_protocol_is_reported() -> None:
    async def grpc_like(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(grpc_like, "127.0.0.1", 0)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        line = await check_error(url)
    assert line.startswith(f"{url} does not speak HTTP - check QDRANT_URL and its port: 443 or 6333")


async def test_an_html_page_is_reported(server: QdrantServer) -> None:
    server.behaviour.garbage = True
    assert await check_error(server.url) == f"{server.url} is not a Qdrant server - check QDRANT_URL"


@pytest.mark.parametrize("error", [TimeoutError(), ResponseHandlingException(httpx.ConnectError("secret words"))])
def test_a_blocked_port_on_a_space_is_reported_with_the_fix(error: Exception) -> None:
    line = reason(error, QdrantCluster("https://x.cloud.qdrant.io:6333", on_space=True), 10)
    assert line.endswith(
        "check QDRANT_URL: a Space can only call ports 80, 443 and 8080, not 6333: use https://x.cloud.qdrant.io"
    )


async def test_a_blocked_port_on_a_space_is_a_warning_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    async with open_qdrant("https://x.cloud.qdrant.io:6334", {SPACE_ID: "owner/name"}):
        assert "qdrant_port: QDRANT_URL: a Space can only call ports 80, 443 and 8080, not 6334" in caplog.text


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
    assert QdrantCluster(url).port == port
    assert QdrantCluster(url).warning == ""
    assert bool(QdrantCluster(url, on_space=True).warning) is warning


async def test_the_path_of_an_address_is_never_printed() -> None:
    async def not_found(request: Request, reply: Reply) -> None:
        paths.append(request.path)
        await reply.send_json(404, {})

    paths: list[str] = []
    async with serving(not_found) as port:
        line = await check_error(f"http://127.0.0.1:{port}/vectors")
    assert paths[0] == "/vectors/aliases"
    assert "vectors" not in line


@pytest.mark.parametrize("behaviour", [Behaviour(failure=TOO_MANY, failing=1), Behaviour(drop=1)])
async def test_a_read_is_retried_once(server: QdrantServer, behaviour: Behaviour) -> None:
    async with open_qdrant(server.url) as index:
        server.behaviour = behaviour
        assert await index.live() is None
    assert server.calls == ["GET /aliases", "GET /aliases", "GET /collections/book"]


@pytest.mark.parametrize("behaviour", [Behaviour(failure=TOO_MANY, failing=2), Behaviour(drop=2)])
async def test_a_read_is_not_retried_twice(server: QdrantServer, behaviour: Behaviour) -> None:
    services = Services()
    async with open_qdrant(server.url, services=services) as index:
        server.behaviour = behaviour
        with pytest.raises(Unavailable):
            await index.live()
    assert server.calls == ["GET /aliases"] * 2
    assert services.guard("qdrant").failure_count == 1


async def test_an_endless_response_is_an_error(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        server.behaviour.endless = True
        with pytest.raises(Unavailable, match="is not a Qdrant server"):
            await index.live()
    assert server.calls == ["GET /aliases"]


async def test_a_rejected_key_stops_further_calls(server: QdrantServer) -> None:
    services = Services()
    async with open_qdrant(server.url, services=services) as index:
        server.behaviour.failure = Failure(401)
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"rejected \(401\)"):
                await index.live()
    assert server.calls == ["GET /aliases"]
    assert services.guard("qdrant").state == "open"


async def test_a_long_retry_after_is_not_awaited(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        server.behaviour.failure = Failure(429, "3")
        with pytest.raises(Unavailable, match="too many requests"):
            await index.live()
    assert server.calls == ["GET /aliases"]


async def test_a_rate_limited_write_is_retried(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(BUILD)
        server.requests.clear()
        server.behaviour = Behaviour(failure=TOO_MANY, failing=1)
        await index.save(BUILD)
    assert server.calls == ["PUT /collections/book--1/points"] * 2


async def test_a_write_on_a_lost_connection_is_not_retried(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(BUILD)
        server.requests.clear()
        server.behaviour.drop = 1
        with pytest.raises(Unavailable, match="was lost"):
            await index.save(BUILD)
    assert server.calls == ["PUT /collections/book--1/points"]


async def test_a_retry_counts_against_the_same_timeout(server: QdrantServer) -> None:
    server.behaviour.failure = Failure(429, "2")
    async with open_qdrant(server.url, {TIMEOUT: 0.3}) as index:
        with pytest.raises(Unavailable, match=r"no answer from .* within 0\.3 s"):
            await index.live()


async def test_a_write_may_take_longer_than_a_read(server: QdrantServer) -> None:
    async with open_qdrant(server.url, {TIMEOUT: 0.3}) as index:
        await index.create(BUILD)
        server.behaviour.delay = 0.5
        await index.save(BUILD)
        with pytest.raises(Unavailable, match=r"within 0\.3 s"):
            await index.live()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
async def test_a_key_in_a_server_error_is_never_printed(
    server: QdrantServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.behaviour.failure = Failure(status)
    texts: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with open_qdrant(server.url) as index:
            texts.append(f"{index!r} {vars(index)!r}")
            for call in (index.search(QUERY), index.save(BUILD), index.create(BUILD), index.builds(), index.check()):
                with pytest.raises((Unavailable, ServiceError)) as error:
                    await call
                texts += traceback.format_exception(error.value)
    everything = "\n".join([*texts, caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert KEY not in everything
    assert "secret words" not in everything


@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "qdrant_client"])
async def test_the_libraries_log_nothing_below_warning(server: QdrantServer, library: str) -> None:
    async with open_qdrant(server.url):
        assert not logging.getLogger(library).isEnabledFor(logging.INFO)


async def test_closing_ends_running_calls(server: QdrantServer) -> None:
    server.behaviour.hang = True
    async with open_qdrant(server.url) as index:
        hanging = asyncio.create_task(index.live())
        await asyncio.sleep(0.1)
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)


async def test_opening_sends_no_request() -> None:
    services = Services()
    services.provide(Embedder, CountingEmbedder())
    async with open_qdrant(f"http://127.0.0.1:{free_port()}", services=services):
        assert services.guard("qdrant").last is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("http://x.cloud.qdrant.io", "must begin with https"),
        ("https://key@x.cloud.qdrant.io", "user name"),
        ("x.cloud.qdrant.io", "must begin with https"),
        ("https://x.cloud.qdrant.io?api-key=1", "query"),
    ],
)
def test_an_invalid_address_is_a_settings_error(text: str, error: str) -> None:
    with pytest.raises(BadValue, match=error):
        URL.type.parse(text)
