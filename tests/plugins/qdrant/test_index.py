"""The index on a server: builds changed by another process, requests and their concurrency."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient, models

from glossator.domain.book.index import Build, PassagePoint, Query
from glossator.domain.book.passages import Passage
from glossator.domain.book.words import query_words
from glossator.domain.errors import Unavailable
from glossator_plugins.passage_points.generations import COUNTED_FIELDS
from glossator_plugins.passage_points.points import FILTERED_FIELDS
from tests.indexes import SPACES
from tests.plugins.qdrant.services import index_over, open_qdrant
from tests.servers.qdrant_behaviour import Failure
from tests.servers.qdrant_server import QdrantServer, qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

FIRST = Build(1, "A Book", "", SPACES, "splitter-1", "2")
SECOND = replace(FIRST, number=2)


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def client() -> AsyncIterator[AsyncQdrantClient]:
    client = AsyncQdrantClient(":memory:")
    yield client
    await client.close()


@pytest.fixture
async def server() -> AsyncIterator[QdrantServer]:
    async with qdrant_server() as running:
        yield running


def passages(count: int) -> list[PassagePoint]:
    points = []
    for number in range(count):
        passage = Passage(f"00000000-0000-0000-0000-{number:012}", "a.md", (), "a", 0, 4, "text", "hash")
        points.append(
            PassagePoint(passage, "hash", {"dense": np.ones(8, dtype=np.float32)}, query_words(f"word{number}"))
        )
    return points


async def test_a_change_by_another_process_is_noticed_after_30_seconds(client: AsyncQdrantClient) -> None:
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
    assert await server.search(Query({}, query_words("anything"), 5)) == []
    assert await server.live() == SECOND


async def test_a_missing_collection_is_logged_as_an_error_with_its_setting(
    client: AsyncQdrantClient, caplog: pytest.LogCaptureFixture
) -> None:
    index = index_over(client, Clock())
    with pytest.raises(Unavailable):
        await index.search(Query({}, query_words("anything"), 5, build=7))
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "collection_unknown: book has no such collection - check QDRANT_COLLECTION_NAME"
    ]


async def test_other_collections_are_not_builds(client: AsyncQdrantClient) -> None:
    index = index_over(client, Clock())
    for name in ("book", "book--x", "book--1--old", "books--3", "other--4"):
        await client.create_collection(name, vectors_config={})
    assert await index.builds() == []
    await index.create(FIRST)
    assert await index.builds() == [FIRST]


async def test_a_collection_without_a_build_point_is_not_a_build(client: AsyncQdrantClient) -> None:
    index = index_over(client, Clock())
    await client.create_collection("book--7", vectors_config={})
    assert await index.builds() == []


async def test_an_alias_to_a_foreign_collection_is_ignored(client: AsyncQdrantClient) -> None:
    index = index_over(client, Clock())
    await client.create_collection("theirs", vectors_config={})
    alias = models.CreateAlias(alias_name="book--live", collection_name="theirs")
    await client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
    assert await index.live() is None
    await index.create(FIRST)
    await index.activate(1)
    assert await index.live() == FIRST


async def test_concurrent_searches_read_the_live_build_once(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
        await index.activate(1)
        server.requests.clear()
        await asyncio.gather(*(index.search(Query({}, query_words("word"), 5)) for _ in range(4)))
    assert server.calls.count("GET /aliases") == 1
    assert server.calls.count("POST /collections/book--1/points/query/batch") == 4


async def test_a_hybrid_search_is_one_request(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
        await index.activate(1)
        await index.live()
        server.requests.clear()
        await index.search(Query({"dense": np.ones(8, dtype=np.float32)}, query_words("word"), 5))
    assert server.calls == ["POST /collections/book--1/points/query/batch"]


async def test_a_build_is_activated_by_one_request(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
        await index.create(SECOND)
        await index.activate(1)
        server.requests.clear()
        await index.activate(2)
    (change,) = [request.json() for request in server.requests if request.path.startswith("/collections/aliases")]
    assert change["actions"] == [
        {"delete_alias": {"alias_name": "book--live"}},
        {"create_alias": {"collection_name": "book--2", "alias_name": "book--live"}},
    ]


async def test_every_filtered_field_gets_an_index_before_the_first_point(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
    writes = [request for request in server.requests if request.method == "PUT"]
    assert [request.path.partition("?")[0].removeprefix("/collections/book--1") for request in writes] == [
        "", *["/index"] * 7, "/points",
    ]  # fmt: skip
    fields = {request.json()["field_name"]: request.json()["field_schema"] for request in writes[1:-1]}
    assert fields == dict.fromkeys(FILTERED_FIELDS, "keyword") | dict.fromkeys(COUNTED_FIELDS, "integer")
    assert all("wait=true" in request.path for request in writes[1:])


async def test_passages_are_written_in_batches_of_64_four_at_a_time(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
        server.requests.clear()
        server.behaviour.writes_together = 4
        await index.put_passages(1, passages(300))
    sizes = [len(request.json()["points"]) for request in server.requests if request.method == "PUT"]
    assert sorted(sizes) == [44, 64, 64, 64, 64]
    assert server.max_concurrent == 4
    assert all("wait=true" in request.path for request in server.requests if request.method == "PUT")


async def test_a_failed_batch_cancels_the_others_with_one_error(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        await index.create(FIRST)
        server.behaviour.failure = Failure(500)
        server.behaviour.delay = 0.02
        with pytest.raises(Unavailable, match=r"the server failed \(500\)"):
            await index.put_passages(1, passages(256))
