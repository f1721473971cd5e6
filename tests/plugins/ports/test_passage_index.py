"""The suite of the port PassageIndex, for every implementation."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient

from glossator.domain.book.index import Build, PageEntry, PassageEntry, PassageIndex, PassagePoint, Query, VectorSpace
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import document_words, query_words
from glossator.domain.errors import BookMismatch, Unavailable
from glossator.domain.ports.embedder import Vectors
from glossator.kernel.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.plugins.qdrant.services import index_over, open_qdrant
from tests.servers.qdrant_server import qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

DIMENSION = 8
BUILD = Build(1, "A Book", "https://book.example", (VectorSpace("dense", "some-model", DIMENSION),), "splitter-1", "2")
TEXTS = {
    "intro.md": ["Welcome to the book of servers", "A server answers requests from clients"],
    "routing.md": ["Mount StaticFiles to serve a directory", "A route has a path and an endpoint"],
    "tests.md": ["The TestClient sends requests without a socket"],
}


OpenIndex = Callable[[Path, bool], AbstractAsyncContextManager[PassageIndex]]
"""In a folder; `durable`: the data are there for the next one."""


@asynccontextmanager
async def embedded(folder: Path, _: bool) -> AsyncIterator[PassageIndex]:
    index = EdgeIndex(EdgeFolder(folder), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def in_process(folder: Path, durable: bool) -> AsyncIterator[PassageIndex]:
    """The client's in-process mode."""
    client = AsyncQdrantClient(path=str(folder / "client")) if durable else AsyncQdrantClient(":memory:")
    index = index_over(client)
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def remote(folder: Path, durable: bool) -> AsyncIterator[PassageIndex]:
    """The whole plugin, with a server that speaks the protocol."""
    async with qdrant_server(folder=folder / "server" if durable else None) as server, open_qdrant(server.url) as index:
        yield index


IMPLEMENTATIONS: Final[dict[str, OpenIndex]] = {
    "qdrant_edge": embedded,
    "qdrant_in_process": in_process,
    "qdrant": remote,
}


@pytest.fixture(params=IMPLEMENTATIONS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    async with IMPLEMENTATIONS[request.param](tmp_path, False) as implementation:
        yield implementation


def axis(number: int) -> Vectors:
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[number % DIMENSION] = 1
    return row


def passage(page: str, number: int, text: str) -> Passage:
    name = str(uuid5(NAMESPACE_URL, f"{page} {number} {text}"))
    start = number * 100
    return Passage(name, page, ("Book", page), f"{page}#h{number}", start, start + len(text), text, f"hash of {text}")


def named(vector: Vectors | None) -> dict[str, Vectors]:
    return {} if vector is None else {"dense": vector}


def point(page: str, number: int, text: str, vector: Vectors | None) -> PassagePoint:
    return PassagePoint(passage(page, number, text), f"hash of {page}", named(vector), document_words(text))


def page(path: str) -> Page:
    return Page(path, path.title(), path.removesuffix(".md"), "\n".join(TEXTS[path]), f"hash of {path}")


def book() -> Iterator[PassagePoint]:
    passages = [(path, number, text) for path, texts in TEXTS.items() for number, text in enumerate(texts)]
    for position, (path, number, text) in enumerate(passages):
        yield point(path, number, text, axis(position))


@pytest.fixture
async def full_index(index: PassageIndex) -> PassageIndex:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.put_pages(1, [page(path) for path in TEXTS])
    await index.activate(1)
    return index


def query(text: str, vector: Vectors | None = None, limit: int = 10, page: str | None = None) -> Query:
    return Query(named(vector), query_words(text), limit, page=page)


async def test_an_empty_index_has_no_build_no_page_and_no_hits(index: PassageIndex) -> None:
    assert await index.live() is None
    assert await index.builds() == []
    assert await index.page("intro") is None
    assert await index.search(query("server", axis(0))) == []


async def test_a_created_build_is_listed_and_not_live(index: PassageIndex) -> None:
    await index.create(BUILD)
    assert await index.builds() == [BUILD]
    assert await index.live() is None
    assert await index.search(query("server", axis(0))) == []


async def test_an_activated_build_is_live(full_index: PassageIndex) -> None:
    assert await full_index.live() == BUILD


async def test_words_find_a_passage_with_all_its_stored_fields(full_index: PassageIndex) -> None:
    (hit,) = await full_index.search(query("testclient"))
    assert hit.passage == passage("tests.md", 0, TEXTS["tests.md"][0])
    assert hit.cosines.get("dense") is None
    assert hit.keyword > 0


async def test_a_vector_finds_its_passage_with_the_cosine(full_index: PassageIndex) -> None:
    best = (await full_index.search(Query({"dense": axis(3)}, query_words(""), 10)))[0]
    assert best.passage.text == "A route has a path and an endpoint"
    assert best.cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    assert best.keyword == 0


async def test_both_searches_are_fused(full_index: PassageIndex) -> None:
    hits = await full_index.search(query("mount static files", axis(2)))
    assert hits[0].passage.text == "Mount StaticFiles to serve a directory"
    assert hits[0].cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    assert hits[0].keyword > 0
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)


async def test_limit_and_candidates_limit_the_hits(full_index: PassageIndex) -> None:
    assert len(await full_index.search(query("server requests", axis(0), limit=2))) == 2
    assert len(await full_index.search(Query({"dense": axis(0)}, query_words(""), 10, candidates=3))) == 3


async def test_a_page_filters_both_searches(full_index: PassageIndex) -> None:
    hits = await full_index.search(query("requests", axis(0), page="tests.md"))
    assert {hit.passage.page for hit in hits} == {"tests.md"}
    assert hits[0].keyword > 0
    assert hits[0].cosines.get("dense") is not None


async def test_an_empty_query_finds_nothing(full_index: PassageIndex) -> None:
    assert await full_index.search(query("???")) == []


async def test_pages_and_builds_are_neither_hits_nor_counted_as_documents(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.activate(1)
    before = await index.search(query("testclient", axis(0)))
    await index.put_pages(1, [page(path) for path in TEXTS] * 20)
    assert await index.search(query("testclient", axis(0))) == before


async def test_the_keyword_score_is_bm25_with_qdrants_idf(full_index: PassageIndex) -> None:
    (hit,) = await full_index.search(query("testclient"))
    weights = dict(zip(*_indices_and_values(TEXTS["tests.md"][0]), strict=True))
    idf = np.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert hit.keyword == pytest.approx(weights[query_words("testclient").indices[0]] * idf, rel=1e-4)


def _indices_and_values(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    words = document_words(text)
    return words.indices, words.values


async def test_a_page_is_found_by_its_url(full_index: PassageIndex) -> None:
    assert await full_index.page("routing") == page("routing.md")
    assert await full_index.page("routing.md#h0") is None
    assert await full_index.page("") is None


async def test_the_root_page_has_the_empty_url(full_index: PassageIndex) -> None:
    root = replace(page("intro.md"), path="index.md", url="")
    await full_index.put_pages(1, [root])
    assert await full_index.page("") == root


async def test_stored_pages_and_passages_are_listed(full_index: PassageIndex) -> None:
    assert {entry async for entry in full_index.pages(1)} == {PageEntry(path, f"hash of {path}") for path in TEXTS}
    assert {entry async for entry in full_index.passages(1)} == {
        PassageEntry(p.passage.id, p.passage.page, p.page_hash, p.passage.hash) for p in book()
    }


async def test_long_lists_are_complete(index: PassageIndex) -> None:
    await index.create(BUILD)
    many = [point("long.md", number, f"text {number}", axis(number)) for number in range(1203)]
    await index.put_passages(1, many)
    assert {entry.id async for entry in index.passages(1)} == {p.passage.id for p in many}


async def test_a_second_write_replaces_the_first(full_index: PassageIndex) -> None:
    await full_index.put_passages(1, list(book()))
    changed = replace(page("tests.md"), title="Testing", hash="new")
    await full_index.put_pages(1, [changed])
    assert len([entry async for entry in full_index.passages(1)]) == 5
    assert await full_index.page("tests") == changed


async def test_a_moved_passage_keeps_its_vectors(full_index: PassageIndex) -> None:
    stored = passage("tests.md", 0, TEXTS["tests.md"][0])
    moved = replace(stored, start=700, end=746, url="tests.md#elsewhere")
    await full_index.move_passages(1, [(moved, "new page hash")])
    hits = await full_index.search(query("testclient", axis(4)))
    assert hits[0].passage == moved
    assert hits[0].keyword > 0
    assert hits[0].cosines.get("dense") == pytest.approx(1.0, abs=1e-5)
    hashes = {entry.id: entry.page_hash async for entry in full_index.passages(1)}
    assert hashes[moved.id] == "new page hash"


async def test_deleted_passages_and_pages_disappear_at_once(full_index: PassageIndex) -> None:
    deleted = [p.passage.id for p in book() if p.passage.page == "routing.md"]
    await full_index.delete(1, passages=deleted, pages=["routing.md"])
    assert await full_index.page("routing") is None
    assert await full_index.search(query("mount static files route")) == []
    assert {entry.page async for entry in full_index.passages(1)} == {"intro.md", "tests.md"}


async def test_deleting_unknown_passages_and_pages_does_nothing(full_index: PassageIndex) -> None:
    await full_index.delete(1, passages=[str(uuid5(NAMESPACE_URL, "none"))], pages=["none.md"])
    await full_index.delete(1)
    assert len([entry async for entry in full_index.passages(1)]) == 5


async def test_a_saved_build_is_returned_unchanged(full_index: PassageIndex) -> None:
    finished = replace(BUILD, title="Another title", state="ready", pages=3, passages=5)
    await full_index.save(finished)
    assert await full_index.live() == finished
    assert await full_index.builds() == [finished]


async def test_a_new_build_is_searched_only_after_its_activation(full_index: PassageIndex) -> None:
    second = replace(BUILD, number=2)
    await full_index.create(second)
    await full_index.put_passages(2, [point("new.md", 0, "Entirely new words", axis(0))])
    assert await full_index.search(query("entirely new")) == []
    await full_index.activate(2)
    (hit,) = await full_index.search(query("entirely new"))
    assert hit.passage.page == "new.md"
    assert await full_index.live() == second
    assert await full_index.search(query("testclient")) == []


async def test_an_old_build_can_be_activated_again(full_index: PassageIndex) -> None:
    await full_index.create(replace(BUILD, number=2))
    await full_index.activate(2)
    await full_index.activate(1)
    assert await full_index.live() == BUILD
    assert len(await full_index.search(query("testclient"))) == 1


async def test_builds_are_listed_by_number(index: PassageIndex) -> None:
    for number in (10, 9, 2):
        await index.create(replace(BUILD, number=number))
    assert [build.number for build in await index.builds()] == [2, 9, 10]


async def test_a_dropped_build_disappears_and_frees_its_number(full_index: PassageIndex) -> None:
    await full_index.create(replace(BUILD, number=2))
    await full_index.drop(2)
    assert await full_index.builds() == [BUILD]
    await full_index.drop(2)
    await full_index.create(replace(BUILD, number=2, title="Again"))
    assert [build.title for build in await full_index.builds()] == ["A Book", "Again"]


async def test_creating_a_build_again_empties_it(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.create(replace(BUILD, title="Again"))
    assert [entry async for entry in index.passages(1)] == []
    assert [build.title for build in await index.builds()] == ["Again"]


async def test_the_live_build_cannot_be_dropped_or_replaced(full_index: PassageIndex) -> None:
    with pytest.raises(ValueError, match="build 1 is live"):
        await full_index.drop(1)
    with pytest.raises(ValueError, match="build 1 is live"):
        await full_index.create(BUILD)
    assert len(await full_index.search(query("testclient"))) == 1


async def test_a_build_without_a_model_is_searched_by_words_alone(index: PassageIndex) -> None:
    await index.create(replace(BUILD, spaces=()))
    await index.put_passages(1, [point("a.md", 0, "only words here", None)])
    await index.activate(1)
    (hit,) = await index.search(query("words"))
    assert (hit.cosines.get("dense"), hit.passage.page) == (None, "a.md")
    assert len(await index.search(query("words", axis(0)))) == 1


async def test_a_vector_of_a_different_length_is_a_mismatch(full_index: PassageIndex) -> None:
    with pytest.raises(BookMismatch, match="8 dimensions, the question with 5"):
        await full_index.search(query("words", np.ones(5, dtype=np.float32)))


async def test_a_passage_without_words_is_found_by_its_vector(full_index: PassageIndex) -> None:
    await full_index.put_passages(1, [point("x.md", 0, "???", axis(7))])
    assert (await full_index.search(Query({"dense": axis(7)}, query_words(""), 1)))[0].passage.page == "x.md"
    await full_index.delete(1, passages=[passage("x.md", 0, "???").id])


async def test_texts_of_any_script_are_returned_unchanged(full_index: PassageIndex) -> None:
    text = "\u0645\u0631\u062d\u0628\u0627 \U0001f600 \u51fd\u6570 \t\r\n line \x7f"
    await full_index.put_passages(1, [point("\u9875 1.md", 0, text, axis(7))])
    hits = await full_index.search(query("\u51fd\u6570", page="\u9875 1.md"))
    assert [hit.passage.text for hit in hits] == [text]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS)
async def test_all_data_survives_a_restart(implementation: OpenIndex, tmp_path: Path) -> None:
    async with implementation(tmp_path, True) as index:
        await index.create(BUILD)
        await index.put_passages(1, list(book()))
        await index.put_pages(1, [page("tests.md")])
        await index.activate(1)
        before = await index.search(query("requests", axis(0)))
    async with implementation(tmp_path, True) as index:
        assert await index.live() == BUILD
        assert await index.page("tests") == page("tests.md")
        assert await index.search(query("requests", axis(0))) == before


async def test_writing_to_an_unknown_build_is_unavailable(index: PassageIndex) -> None:
    with pytest.raises(Unavailable):
        await index.put_passages(7, list(book()))
    with pytest.raises(Unavailable):
        await index.activate(7)
