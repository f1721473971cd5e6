"""What only the index on a server promises: builds that another process changes, and a server that is not there."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from qdrant_client import AsyncQdrantClient

from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator.domain.ports import Build, Embedder, Query
from glossator.kernel.errors import ServiceFault
from glossator.kernel.plugin import ServicePlugin
from glossator.kernel.resilience import Guard
from glossator.kernel.services import Services
from glossator.kernel.settings import Settings
from glossator_plugins.qdrant import API_KEY, TIMEOUT, URL, QdrantPlugin
from glossator_plugins.qdrant_index import QdrantIndex
from glossator_plugins.qdrant_points import COLLECTION, REBUILD
from tests.indexes import CountingEmbedder

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

FIRST = Build(1, "A Book", "", "counting", 8, "splitter-1")
SECOND = replace(FIRST, number=2)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def client() -> AsyncIterator[AsyncQdrantClient]:
    client = AsyncQdrantClient(":memory:")
    yield client
    await client.close()


def index_over(client: AsyncQdrantClient, clock: Clock) -> QdrantIndex:
    return QdrantIndex(client, "book", Guard("qdrant"), clock=clock)


def test_it_is_a_plugin() -> None:
    assert isinstance(QdrantPlugin(), ServicePlugin)


async def test_another_process_change_is_noticed_after_30_seconds(client: AsyncQdrantClient) -> None:
    clock = Clock()
    server, ingest = index_over(client, clock), index_over(client, clock)
    await ingest.create(FIRST)
    await ingest.create(SECOND)
    await ingest.activate(1)
    assert await server.live() == FIRST
    await ingest.activate(2)
    clock.now = 29.9
    assert await server.live() == FIRST
    clock.now = 30.0
    assert await server.live() == SECOND


async def test_a_build_dropped_by_another_process_is_replaced_within_the_same_search(client: AsyncQdrantClient) -> None:
    server, ingest = index_over(client, Clock()), index_over(client, Clock())
    await ingest.create(FIRST)
    await ingest.create(SECOND)
    await ingest.activate(1)
    assert await server.live() == FIRST
    await ingest.activate(2)
    await ingest.drop(1)
    assert await server.search(Query(None, query_words("anything"), 5)) == []
    assert await server.live() == SECOND


async def test_collections_of_others_are_no_builds(client: AsyncQdrantClient) -> None:
    index = index_over(client, Clock())
    for name in ("book", "book--x", "book--1--old", "books--3", "other--4"):
        await client.create_collection(name, vectors_config={})
    assert await index.builds() == []
    await index.create(FIRST)
    assert await index.builds() == [FIRST]


async def test_a_collection_without_its_build_point_is_no_build(client: AsyncQdrantClient) -> None:
    index = index_over(client, Clock())
    await client.create_collection("book--7", vectors_config={})
    assert await index.builds() == []


async def test_a_server_that_is_not_there_fails_the_check_without_its_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    services = Services()
    services.provide(Embedder, CountingEmbedder())
    settings = Settings.of({URL: url, API_KEY: None, COLLECTION: "book", TIMEOUT: 2, REBUILD: False})
    async with QdrantPlugin().open(settings, services) as index:
        with pytest.raises(ServiceFault, match="cannot be reached - check QDRANT_URL") as fault:
            await index.check()
        with pytest.raises(Unavailable, match="qdrant: the server cannot be reached"):
            await index.builds()
    assert "127.0.0.1" not in str(fault.value)
