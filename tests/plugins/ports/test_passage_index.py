"""The promises of the PassageIndex port, kept by every implementation."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import pytest
from qdrant_client import AsyncQdrantClient

from glossator.domain.book.index import Build, PageEntry, PassageEntry, PassageIndex, PassagePoint, Query
from glossator.domain.book.passages import Page, Passage
from glossator.domain.book.words import document_words, query_words
from glossator.domain.errors import BookMismatch, Unavailable
from glossator.domain.ports.embedder import Vectors
from glossator.kernel.guard import Guard
from glossator_plugins.qdrant_edge.folder import EdgeFolder
from glossator_plugins.qdrant_edge.index import EdgeIndex
from tests.plugins.qdrant.services import index_over, opened
from tests.servers.qdrant_server import qdrant_server

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")

DIMENSION = 8
BUILD = Build(1, "A Book", "https://book.example", "some-model", DIMENSION, "splitter-1")
TEXTS = {
    "intro.md": ["Welcome to the book of servers", "A server answers requests from clients"],
    "routing.md": ["Mount StaticFiles to serve a directory", "A route has a path and an endpoint"],
    "tests.md": ["The TestClient sends requests without a socket"],
}


Opened = Callable[[Path], AbstractAsyncContextManager[PassageIndex]]


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[PassageIndex]:
    index = EdgeIndex(EdgeFolder(folder), Guard("qdrant_edge"))
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def in_process(folder: Path) -> AsyncIterator[PassageIndex]:
    """The client's own mode without a server."""
    index = index_over(AsyncQdrantClient(path=str(folder / "client")))
    try:
        yield index
    finally:
        await index.close()


@asynccontextmanager
async def remote(folder: Path) -> AsyncIterator[PassageIndex]:
    """The whole plugin against a server that speaks the protocol."""
    async with qdrant_server(folder=folder / "server") as server, opened(server.url) as index:
        yield index


IMPLEMENTATIONS: Final[dict[str, Opened]] = {"qdrant_edge": embedded, "qdrant_in_process": in_process, "qdrant": remote}


@pytest.fixture(params=IMPLEMENTATIONS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    async with IMPLEMENTATIONS[request.param](tmp_path) as implementation:
        yield implementation


def axis(number: int) -> Vectors:
    row = np.zeros(DIMENSION, dtype=np.float32)
    row[number % DIMENSION] = 1
    return row


def passage(page: str, number: int, text: str) -> Passage:
    name = str(uuid5(NAMESPACE_URL, f"{page} {number} {text}"))
    start = number * 100
    return Passage(name, page, ("Book", page), f"{page}#h{number}", start, start + len(text), text, f"hash of {text}")


def point(page: str, number: int, text: str, vector: Vectors | None) -> PassagePoint:
    return PassagePoint(passage(page, number, text), f"hash of {page}", vector, document_words(text))


def page(path: str) -> Page:
    return Page(path, path.title(), path.removesuffix(".md"), "\n".join(TEXTS[path]), f"hash of {path}")


def book() -> Iterator[PassagePoint]:
    every = [(path, number, text) for path, texts in TEXTS.items() for number, text in enumerate(texts)]
    for place, (path, number, text) in enumerate(every):
        yield point(path, number, text, axis(place))


@pytest.fixture
async def filled(index: PassageIndex) -> PassageIndex:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.put_pages(1, [page(path) for path in TEXTS])
    await index.activate(1)
    return index


def ask(text: str, vector: Vectors | None = None, limit: int = 10, page: str | None = None) -> Query:
    return Query(vector, query_words(text), limit, page=page)


async def test_an_empty_index_has_no_build_no_page_and_no_hits(index: PassageIndex) -> None:
    assert await index.live() is None
    assert await index.builds() == []
    assert await index.page("intro") is None
    assert await index.search(ask("server", axis(0))) == []


async def test_a_created_build_is_listed_and_not_live(index: PassageIndex) -> None:
    await index.create(BUILD)
    assert await index.builds() == [BUILD]
    assert await index.live() is None
    assert await index.search(ask("server", axis(0))) == []


async def test_an_activated_build_is_live(filled: PassageIndex) -> None:
    assert await filled.live() == BUILD


async def test_words_find_a_passage_with_all_that_was_stored_of_it(filled: PassageIndex) -> None:
    (hit,) = await filled.search(ask("testclient"))
    assert hit.passage == passage("tests.md", 0, TEXTS["tests.md"][0])
    assert hit.cosine is None
    assert hit.keyword > 0


async def test_a_vector_finds_its_passage_with_the_cosine(filled: PassageIndex) -> None:
    best = (await filled.search(Query(axis(3), query_words(""), 10)))[0]
    assert best.passage.text == "A route has a path and an endpoint"
    assert best.cosine == pytest.approx(1.0, abs=1e-5)
    assert best.keyword == 0


async def test_both_sides_are_fused(filled: PassageIndex) -> None:
    hits = await filled.search(ask("mount static files", axis(2)))
    assert hits[0].passage.text == "Mount StaticFiles to serve a directory"
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-5)
    assert hits[0].keyword > 0
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 for hit in hits)


async def test_limit_and_candidates_bound_the_hits(filled: PassageIndex) -> None:
    assert len(await filled.search(ask("server requests", axis(0), limit=2))) == 2
    assert len(await filled.search(Query(axis(0), query_words(""), 10, candidates=3))) == 3


async def test_a_page_narrows_both_sides(filled: PassageIndex) -> None:
    hits = await filled.search(ask("requests", axis(0), page="tests.md"))
    assert {hit.passage.page for hit in hits} == {"tests.md"}
    assert hits[0].keyword > 0
    assert hits[0].cosine is not None


async def test_a_query_of_nothing_finds_nothing(filled: PassageIndex) -> None:
    assert await filled.search(ask("???")) == []


async def test_pages_and_builds_are_no_hits_and_do_not_count_as_documents(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.activate(1)
    before = await index.search(ask("testclient", axis(0)))
    await index.put_pages(1, [page(path) for path in TEXTS] * 20)
    assert await index.search(ask("testclient", axis(0))) == before


async def test_the_keyword_score_is_bm25_with_qdrants_idf(filled: PassageIndex) -> None:
    (hit,) = await filled.search(ask("testclient"))
    weights = dict(zip(*_parallel(TEXTS["tests.md"][0]), strict=True))
    idf = np.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    assert hit.keyword == pytest.approx(weights[query_words("testclient").indices[0]] * idf, rel=1e-4)


def _parallel(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    words = document_words(text)
    return words.indices, words.values


async def test_a_page_is_found_by_its_url(filled: PassageIndex) -> None:
    assert await filled.page("routing") == page("routing.md")
    assert await filled.page("routing.md#h0") is None
    assert await filled.page("") is None


async def test_the_root_page_has_the_empty_url(filled: PassageIndex) -> None:
    root = replace(page("intro.md"), path="index.md", url="")
    await filled.put_pages(1, [root])
    assert await filled.page("") == root


async def test_what_is_stored_is_listed(filled: PassageIndex) -> None:
    assert {entry async for entry in filled.pages(1)} == {PageEntry(path, f"hash of {path}") for path in TEXTS}
    assert {entry async for entry in filled.passages(1)} == {
        PassageEntry(p.passage.id, p.passage.page, p.page_hash, p.passage.hash) for p in book()
    }


async def test_long_lists_are_complete(index: PassageIndex) -> None:
    await index.create(BUILD)
    many = [point("long.md", number, f"text {number}", axis(number)) for number in range(1203)]
    await index.put_passages(1, many)
    assert {entry.id async for entry in index.passages(1)} == {p.passage.id for p in many}


async def test_writing_twice_replaces(filled: PassageIndex) -> None:
    await filled.put_passages(1, list(book()))
    changed = replace(page("tests.md"), title="Testing", hash="new")
    await filled.put_pages(1, [changed])
    assert len([entry async for entry in filled.passages(1)]) == 5
    assert await filled.page("tests") == changed


async def test_a_moved_passage_keeps_its_vectors(filled: PassageIndex) -> None:
    stored = passage("tests.md", 0, TEXTS["tests.md"][0])
    moved = replace(stored, start=700, end=746, url="tests.md#elsewhere")
    await filled.move_passages(1, [(moved, "new page hash")])
    hits = await filled.search(ask("testclient", axis(4)))
    assert hits[0].passage == moved
    assert hits[0].keyword > 0
    assert hits[0].cosine == pytest.approx(1.0, abs=1e-5)
    hashes = {entry.id: entry.page_hash async for entry in filled.passages(1)}
    assert hashes[moved.id] == "new page hash"


async def test_deleted_passages_and_pages_are_gone_at_once(filled: PassageIndex) -> None:
    gone = [p.passage.id for p in book() if p.passage.page == "routing.md"]
    await filled.delete(1, passages=gone, pages=["routing.md"])
    assert await filled.page("routing") is None
    assert await filled.search(ask("mount static files route")) == []
    assert {entry.page async for entry in filled.passages(1)} == {"intro.md", "tests.md"}


async def test_deleting_what_is_not_there_is_fine(filled: PassageIndex) -> None:
    await filled.delete(1, passages=[str(uuid5(NAMESPACE_URL, "none"))], pages=["none.md"])
    await filled.delete(1)
    assert len([entry async for entry in filled.passages(1)]) == 5


async def test_a_saved_build_tells_what_was_saved(filled: PassageIndex) -> None:
    finished = replace(BUILD, title="Another title", state="ready", pages=3, passages=5)
    await filled.save(finished)
    assert await filled.live() == finished
    assert await filled.builds() == [finished]


async def test_a_new_build_is_searched_only_when_it_is_activated(filled: PassageIndex) -> None:
    second = replace(BUILD, number=2)
    await filled.create(second)
    await filled.put_passages(2, [point("new.md", 0, "Entirely new words", axis(0))])
    assert await filled.search(ask("entirely new")) == []
    await filled.activate(2)
    (hit,) = await filled.search(ask("entirely new"))
    assert hit.passage.page == "new.md"
    assert await filled.live() == second
    assert await filled.search(ask("testclient")) == []


async def test_an_old_build_can_be_activated_again(filled: PassageIndex) -> None:
    await filled.create(replace(BUILD, number=2))
    await filled.activate(2)
    await filled.activate(1)
    assert await filled.live() == BUILD
    assert len(await filled.search(ask("testclient"))) == 1


async def test_builds_are_listed_by_number(index: PassageIndex) -> None:
    for number in (10, 9, 2):
        await index.create(replace(BUILD, number=number))
    assert [build.number for build in await index.builds()] == [2, 9, 10]


async def test_a_dropped_build_is_gone_and_its_number_free(filled: PassageIndex) -> None:
    await filled.create(replace(BUILD, number=2))
    await filled.drop(2)
    assert await filled.builds() == [BUILD]
    await filled.drop(2)
    await filled.create(replace(BUILD, number=2, title="Again"))
    assert [build.title for build in await filled.builds()] == ["A Book", "Again"]


async def test_creating_a_build_anew_empties_it(index: PassageIndex) -> None:
    await index.create(BUILD)
    await index.put_passages(1, list(book()))
    await index.create(replace(BUILD, title="Again"))
    assert [entry async for entry in index.passages(1)] == []
    assert [build.title for build in await index.builds()] == ["Again"]


async def test_the_live_build_can_be_neither_dropped_nor_replaced(filled: PassageIndex) -> None:
    with pytest.raises(ValueError, match="build 1 is live"):
        await filled.drop(1)
    with pytest.raises(ValueError, match="build 1 is live"):
        await filled.create(BUILD)
    assert len(await filled.search(ask("testclient"))) == 1


async def test_a_build_without_a_model_is_searched_by_words_alone(index: PassageIndex) -> None:
    await index.create(replace(BUILD, embedding_model="", dimension=0))
    await index.put_passages(1, [point("a.md", 0, "only words here", None)])
    await index.activate(1)
    (hit,) = await index.search(ask("words"))
    assert (hit.cosine, hit.passage.page) == (None, "a.md")
    assert len(await index.search(ask("words", axis(0)))) == 1


async def test_a_vector_of_another_length_is_a_mismatch(filled: PassageIndex) -> None:
    with pytest.raises(BookMismatch, match="8 dimensions, the question with 5"):
        await filled.search(ask("words", np.ones(5, dtype=np.float32)))


async def test_a_passage_without_words_is_found_by_its_vector(filled: PassageIndex) -> None:
    await filled.put_passages(1, [point("x.md", 0, "???", axis(7))])
    assert (await filled.search(Query(axis(7), query_words(""), 1)))[0].passage.page == "x.md"
    await filled.delete(1, passages=[passage("x.md", 0, "???").id])


async def test_texts_of_every_script_come_back_unchanged(filled: PassageIndex) -> None:
    text = "\u0645\u0631\u062d\u0628\u0627 \U0001f600 \u51fd\u6570 \t\r\n line \x7f"
    await filled.put_passages(1, [point("\u9875 1.md", 0, text, axis(7))])
    hits = await filled.search(ask("\u51fd\u6570", page="\u9875 1.md"))
    assert [hit.passage.text for hit in hits] == [text]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS)
async def test_everything_is_there_after_a_restart(implementation: Opened, tmp_path: Path) -> None:
    async with implementation(tmp_path) as index:
        await index.create(BUILD)
        await index.put_passages(1, list(book()))
        await index.put_pages(1, [page("tests.md")])
        await index.activate(1)
        before = await index.search(ask("requests", axis(0)))
    async with implementation(tmp_path) as index:
        assert await index.live() == BUILD
        assert await index.page("tests") == page("tests.md")
        assert await index.search(ask("requests", axis(0))) == before


async def test_writing_to_a_build_that_is_not_there_is_unavailable(index: PassageIndex) -> None:
    with pytest.raises(Unavailable):
        await index.put_passages(7, list(book()))
    with pytest.raises(Unavailable):
        await index.activate(7)
