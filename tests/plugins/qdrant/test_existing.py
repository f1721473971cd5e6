"""The collection of an existing deployment: served unchanged, never written, and replaced by the first ingest."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient, models

from glossator.domain.answering.retrieval.retriever import Retriever
from glossator.domain.book.index import Query
from glossator.domain.book.ingest.book_options import IngestOptions
from glossator.domain.book.ingest.ingest import Ingest
from glossator.domain.book.passages import Page
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter, passage_hash
from glossator.domain.book.words import query_words
from glossator.domain.errors import BookMismatch, Unavailable
from glossator.domain.ports.embedder import Embedder, Vectors
from glossator.kernel.errors import ServiceError
from glossator.kernel.services import Services
from glossator_plugins.passage_points.points import REBUILD
from glossator_plugins.qdrant.existing import headings_of
from glossator_plugins.qdrant.plugin import GENERATOR, TITLE
from tests.indexes import CountingEmbedder
from tests.options import RETRIEVAL_OPTIONS
from tests.plugins.qdrant.services import open_qdrant
from tests.servers.qdrant_server import QdrantServer, qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

DIMENSION: Final = 1536
CHAPTER: Final[dict[str, object]] = {
    "content": "A server answers requests.",
    "context": "Servers > Requests",
    "headers": ["Servers", "Requests"],
    "file_path": "docs/01-intro/servers.md",
    "chunk_index": 0,
}
OTHER: Final = CHAPTER | {"content": "A route has a path.", "headers": ["Routes"], "file_path": "docs/routes.md"}
PAGE: Final = Page("new.md", "New", "new", "# New\n\nEntirely new words.\n", "hash")


def axis(number: int) -> Vectors:
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[number] = 1
    return row


async def fill(client: AsyncQdrantClient, distance: models.Distance = models.Distance.COSINE) -> None:
    await client.create_collection("book", vectors_config=models.VectorParams(size=DIMENSION, distance=distance))
    stored: dict[int, dict[str, object]] = {7: CHAPTER, 8: OTHER, 9: {"content": " "}, 10: {}}
    points = [
        models.PointStruct(id=number, vector=axis(number).tolist(), payload=payload)
        for number, payload in stored.items()
    ]
    await client.upsert("book", points)


@pytest.fixture
async def server() -> AsyncIterator[QdrantServer]:
    async with qdrant_server() as running:
        await fill(running.client)
        yield running


def with_dimension(dimension: int) -> Services:
    services = Services()
    services.provide(Embedder, CountingEmbedder("text-embedding-3-small", dimension))
    return services


async def test_it_is_build_0_with_its_own_size_and_count(server: QdrantServer) -> None:
    async with open_qdrant(server.url, {TITLE: "The Book"}, with_dimension(DIMENSION)) as index:
        await index.check()
        live = await index.live()
    assert live is not None
    assert (live.number, live.title, live.spaces[0].dimension, live.distance, live.passages) == (
        0, "The Book", DIMENSION, "Cosine", 4,
    )  # fmt: skip


async def test_the_title_defaults_to_the_name_of_the_collection(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        live = await index.live()
    assert live is not None
    assert live.title == "book"


async def test_a_hit_has_all_known_fields_of_the_passage(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        hit = (await index.search(Query({"dense": axis(7)}, query_words("routes"), 5)))[0]
    assert hit.cosines.get("dense") == pytest.approx(1.0)
    assert hit.score == pytest.approx(1.0)
    assert hit.score <= 1
    assert hit.keyword == 0
    assert (hit.passage.id, hit.passage.page) == ("7", "docs/01-intro/servers.md")
    assert hit.passage.headings == ("Servers", "Requests")
    assert hit.passage.url == "docs/intro/servers"
    assert hit.passage.text == CHAPTER["content"]
    assert (hit.passage.start, hit.passage.end) == (0, len(hit.passage.text))
    assert hit.passage.hash == passage_hash(hit.passage.headings, hit.passage.text)


async def test_the_site_generator_determines_the_url(server: QdrantServer) -> None:
    async with open_qdrant(server.url, {GENERATOR: "github"}) as index:
        hit = (await index.search(Query({"dense": axis(7)}, query_words(""), 1)))[0]
    assert hit.passage.url == "docs/01-intro/servers.md"


async def test_points_without_text_are_not_hits(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        hits = await index.search(Query({"dense": axis(9)}, query_words(""), 10))
    assert {hit.passage.id for hit in hits} == {"7", "8"}


async def test_words_alone_find_nothing(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        assert await index.search(Query({}, query_words("server"), 5)) == []


async def test_a_page_limits_a_search_without_a_filter(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        hits = await index.search(Query({"dense": axis(7)}, query_words(""), 5, page="docs/routes.md"))
    assert [hit.passage.id for hit in hits] == ["8"]
    assert server.requests[-1].json()["searches"][0].get("filter") is None


async def test_it_has_no_pages_and_is_not_listed(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        assert await index.page("docs/routes") is None
        assert await index.builds() == []


async def test_a_question_is_answered_from_it(server: QdrantServer) -> None:
    services = with_dimension(DIMENSION)
    async with open_qdrant(server.url, services=services) as index:
        found = await Retriever(services.get(Embedder), index, RETRIEVAL_OPTIONS).retrieve("what answers requests?")
    assert {hit.passage.id for hit in found.hits} == {"7", "8"}


async def test_check_reports_both_dimensions_and_the_command(server: QdrantServer) -> None:
    async with open_qdrant(server.url, services=with_dimension(3072)) as index:
        with pytest.raises(ServiceError) as error:
            await index.check()
    assert "an unknown model (1536 dimensions)" in str(error.value)
    assert "text-embedding-3-small (3072 dimensions)" in str(error.value)
    assert "run `glossator ingest --rebuild`" in str(error.value)


async def test_a_question_of_a_different_dimension_is_a_mismatch(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        with pytest.raises(BookMismatch, match="1536 dimensions, the question with 3"):
            await index.search(Query({"dense": np.ones(3, dtype=np.float32)}, query_words(""), 5))


async def test_the_first_ingest_creates_a_separate_build(server: QdrantServer) -> None:
    embedder = CountingEmbedder("text-embedding-3-small", DIMENSION)
    before = await server.client.scroll("book", with_vectors=True, limit=10)
    async with open_qdrant(server.url, services=with_dimension(DIMENSION)) as index:
        splitter = Splitter(Limits(1000))
        summary = await Ingest(index, embedder, splitter, batch=256).run([PAGE], IngestOptions())
        live = await index.live()
        found = await index.search(Query({}, query_words("entirely"), 5))
    assert summary.live
    assert live is not None
    assert live.number == 1
    assert [hit.passage.page for hit in found] == ["new.md"]
    assert await server.client.scroll("book", with_vectors=True, limit=10) == before
    assert not [call for call in server.calls if not call.startswith("GET") and call.endswith("/book")]


async def test_nothing_is_written_to_build_0(server: QdrantServer) -> None:
    async with open_qdrant(server.url) as index:
        with pytest.raises(Unavailable):
            await index.put_pages(0, [PAGE])
        with pytest.raises(Unavailable):
            await index.delete(0, passages=["7"])
        await index.drop(0)
    assert (await server.client.count("book")).count == 4


@pytest.mark.parametrize("distance", [models.Distance.EUCLID, models.Distance.MANHATTAN])
async def test_other_distances_than_cosine_are_not_served(distance: models.Distance) -> None:
    async with qdrant_server() as server:
        await fill(server.client, distance)
        async with open_qdrant(server.url) as index:
            with pytest.raises(ServiceError, match="the collection book cannot be served"):
                await index.check()
            assert await index.live() is None


async def test_a_rebuild_starts_despite_a_collection_of_another_kind() -> None:
    async with qdrant_server() as server:
        await server.client.create_collection("book", vectors_config={})
        async with open_qdrant(server.url, {REBUILD: True}) as index:
            await index.check()


@pytest.mark.parametrize(
    ("payload", "headings"),
    [
        ({}, ()),
        ({"headers": ["A", "B"]}, ("A", "B")),
        ({"headers": {"Header 1": "A", "Header 2": "B"}}, ("A", "B")),
        ({"headers": {"Header 2": "B", "Header 1": "A"}}, ("A", "B")),
        ({"headers": [{"level": 1, "text": "A"}, {"level": 2, "title": "B"}]}, ("A", "B")),
        ({"headers": "A > B"}, ("A", "B")),
        ({"headers": "# A"}, ("A",)),
        ({"headers": [], "context": "A > B"}, ("A", "B")),
        ({"headers": None, "context": "A"}, ("A",)),
        ({"headers": ["A"], "context": "B"}, ("A",)),
        ({"headers": [1, None, ["x"], {}, " "]}, ()),
        ({"context": "A summary\nof many lines"}, ()),
        ({"context": "A summary " * 30}, ()),
        ({"context": 5, "headers": 7}, ()),
    ],
)
def test_headings_are_read_from_headers_or_context(payload: Mapping[str, Any], headings: tuple[str, ...]) -> None:
    assert headings_of(payload) == headings
